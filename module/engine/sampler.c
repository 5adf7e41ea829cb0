// SPDX-License-Identifier: GPL-2.0
#include "sampler.h"

static __u64 read_tsc(void)
{
	__u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | (__u64)hi << 32;
}

/* xorshift64: Marsaglia, Journal of Statistical Software 8 (14), 2003. */
static __u32 draw(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

/* A number below @n, without the division that would spoil small phases. */
static __u32 draw_below(__u64 *state, __u32 n)
{
	return ((__u64)draw(state) * n) >> 32;
}

static void delay(__u32 turns)
{
	while (turns--)
		asm volatile("" ::: "memory");
}

static void replay(struct swc_sampler *s, const struct swc_arm *arm)
{
	swc_enter(arm->context, arm->code);
	s->replays++;
	if (arm->context->trapped) {
		arm->context->trapped = 0;
		s->trapped = true;
	}
}

static __u64 in_steps(const struct swc_sampler *s, __u64 tsc)
{
	return s->tsc_step ? tsc - tsc % s->tsc_step : tsc;
}

static void take(struct swc_sampler *s, __u32 index)
{
	const struct swc_arm *arm = &s->arms[index];
	struct swc_context *context = arm->context;
	struct swc_sample *sample = &s->samples[s->produced];
	__u64 ticks;
	__u32 i;

	s->watch.begin(s->watch.context);
	for (i = 0; i < s->warm && !s->trapped; i++)
		replay(s, arm);
	swc_prepare(&arm->preparation);
	delay(draw_below(&s->random, s->delay_max + 1));
	replay(s, arm);
	if (s->trapped)
		return;

	ticks = in_steps(s, context->end) - in_steps(s, context->start);
	sample->ticks = ticks < 0xffffffff ? ticks : 0xffffffff;
	sample->arm = index;
	sample->flags = s->watch.end(s->watch.context);
	if (context->start_cpu != context->end_cpu)
		sample->flags |= SWC_SAMPLE_MIGRATED;
	s->produced++;
}

void swc_sampler_burst(struct swc_sampler *s, __u64 ticks)
{
	__u64 start = read_tsc();

	while (s->produced < s->capacity && !s->trapped) {
		take(s, draw_below(&s->random, s->narms));
		if (read_tsc() - start >= ticks)
			break;
	}
}
