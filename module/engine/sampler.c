// SPDX-License-Identifier: GPL-2.0
#include "sampler.h"

#include "draw.h"
#include "tsc.h"

bool swc_arm_replay(const struct swc_arm *arm)
{
	swc_enter(arm->context, arm->code);
	if (!arm->context->trapped)
		return true;
	arm->context->trapped = 0;
	return false;
}

static void replay(struct swc_sampler *s, const struct swc_arm *arm)
{
	if (!swc_arm_replay(arm))
		s->trapped = true;
	s->replays++;
}

/* All that comes before the timed replay and its delay. */
static void approach(struct swc_sampler *s, const struct swc_arm *arm)
{
	__u32 i;

	s->watch.begin(s->watch.context);
	for (i = 0; i < s->warm && !s->trapped; i++)
		replay(s, arm);
	swc_prepare(&arm->preparation);
	if (arm->preparation.lasting)
		s->watch.begin(s->watch.context);
}

static __u64 in_steps(const struct swc_sampler *s, __u64 tsc)
{
	return s->tsc_step ? tsc - tsc % s->tsc_step : tsc;
}

static void take(struct swc_sampler *s, __u32 index)
{
	const struct swc_arm *arm = &s->arms[index];
	struct swc_context *context = arm->context;
	struct swc_sample sample = {.arm = index};
	__u64 ticks;

	approach(s, arm);
	swc_delay(&s->random, s->delay_max);
	if (s->tally.begin)
		s->tally.begin(s->tally.context);
	replay(s, arm);
	if (s->tally.begin)
		s->tally.end(s->tally.context);
	if (s->trapped)
		return;

	ticks = in_steps(s, context->end) - in_steps(s, context->start);
	sample.ticks = ticks < 0xffffffff ? ticks : 0xffffffff;
	sample.flags = s->watch.end(s->watch.context);
	if (context->start_cpu != context->end_cpu)
		sample.flags |= SWC_SAMPLE_MIGRATED;
	if (s->tally.begin)
		s->tally.keep(s->tally.context, &sample);
	/* The reader may write there at any time: nothing is read back. */
	s->samples[s->produced++] = sample;
}

bool swc_sampler_rehearse(struct swc_sampler *s, __u32 index)
{
	__u64 replays = s->replays;

	approach(s, &s->arms[index]);
	replay(s, &s->arms[index]);
	s->replays = replays;
	return !s->trapped;
}

void swc_sampler_burst(struct swc_sampler *s, __u64 ticks)
{
	__u64 start = swc_tsc();

	while (s->produced < s->capacity && !s->trapped) {
		take(s, swc_draw_below(&s->random, s->narms));
		if (swc_tsc() - start >= ticks)
			break;
	}
}
