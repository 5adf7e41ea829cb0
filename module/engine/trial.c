// SPDX-License-Identifier: GPL-2.0
#include "trial.h"

#include "draw.h"
#include "probe.h"
#include "slots.h"
#include "tsc.h"

__u32 swc_trial_last_step(__u32 last)
{
	static const __u32 steps[SWC_TRIAL_LASTS] = {
		[SWC_TRIAL_LAST_NOTHING] = SWC_TRIAL_NOTHING,
		[SWC_TRIAL_LAST_TOUCH] = SWC_STEP_TOUCH,
		[SWC_TRIAL_LAST_FLUSH] = SWC_STEP_FLUSH,
		[SWC_TRIAL_LAST_INVLPG] = SWC_STEP_INVLPG,
	};

	return steps[last];
}

static bool replay(struct swc_trial *t, const struct swc_arm *arm)
{
	t->replays++;
	t->trapped = !swc_arm_replay(arm);
	return !t->trapped;
}

/* All that comes before the loads. Return: has the sequence run to its end? */
static bool set_up(struct swc_trial *t, const struct swc_trial_arm *arm)
{
	__u32 i;

	for (i = 0; i < t->warm; i++) {
		if (!replay(t, &arm->arm))
			return false;
	}
	for (i = 0; i < t->passes; i++)
		swc_step_do(&t->prime);
	swc_prepare(&arm->arm.preparation);
	return replay(t, &arm->arm);
}

static void do_place(__u32 kind, const __u64 *place)
{
	struct swc_step step = {.kind = kind, .count = 1, .list = place};

	swc_step_do(&step);
}

/* Lines of a page, a bit each, that a prefetcher may bring in with one. */
static __u64 lines_near(__u64 address)
{
	const __u64 five = 0x1f;
	__u32 from = (address / SWC_LINE_BYTES - 2) % SWC_LINES_PER_PAGE;

	return from ? five << from | five >> (SWC_LINES_PER_PAGE - from) : five;
}

/* Lines near those that the trial asks about, whichever page they lie in. */
static __u64 lines_asked(const struct swc_trial *t, __u32 index)
{
	__u32 i, victim = t->next[index];
	__u64 lines = 0;

	for (i = 0; i < t->probes; i++) {
		lines |= lines_near(t->victims[victim]);
		if (++victim == t->nvictims)
			victim = 0;
	}
	return lines;
}

/*
 * The partner is drawn anew for each probe: a prefetcher learns a constant
 * distance, and then brings the victim back (Zen 5). It isn't drawn where it
 * might bring in, or evict, a line that is still to be asked about.
 */
static __u64 draw_partner(struct swc_trial *t, __u32 victim, __u64 asked)
{
	__u32 i, place = swc_draw_below(&t->random, t->places);
	__u64 avoid = asked == ~0ull ? lines_near(t->victims[victim]) : asked;

	if (t->stride != SWC_LINE_BYTES)
		avoid = 0;
	for (i = 0; i < t->places && avoid >> place & 1; i++)
		place = (place + 1) % t->places;
	return t->partners[victim] + (__u64)place * t->stride;
}

/*
 * The partner is the last to be touched, even if a reference touches the victim:
 * pages that are tested have a line in common, and a core that predicts L1d's way by
 * the virtual address (AMD, since Zen) finds it slowly by another address than its
 * last. So it does for references as for all others.
 *
 * The first load is of something that is cached anyway: it brings back the code of
 * the probe, which the sequence may have evicted. So is the second, which shows how
 * fast a hit is at the moment.
 */
static void probe(struct swc_trial *t, __u32 index, __u32 victim, __u32 place,
		  __u64 asked)
{
	__u32 length = swc_draw_below(&t->random, SWC_PROBE_LENGTHS);
	__u64 partner = draw_partner(t, victim, asked);
	__u32 last = t->arms[index].last;
	struct swc_probe hit, load;

	if (last != SWC_TRIAL_NOTHING)
		do_place(last, &t->victims[victim]);
	do_place(SWC_STEP_TOUCH, &partner);
	swc_probe((unsigned long)t, length);
	swc_delay(&t->random, t->delay_max);
	hit = swc_probe((unsigned long)t, length);
	load = swc_probe(t->victims[victim], length);
	t->samples[t->produced++] = (struct swc_trial_sample){
		.ticks = swc_probe_ticks(&load, t->tsc_step),
		.victim = victim,
		.arm = index,
		.hit = swc_probe_ticks(&hit, t->tsc_step),
		.length = length,
		.place = place,
	};
}

__u32 swc_trial_first(struct swc_trial *t)
{
	return swc_draw_below(&t->random, t->nvictims / t->probes) * t->probes;
}

static __u32 next_victim(struct swc_trial *t, __u32 arm)
{
	__u32 victim = t->next[arm]++;

	if (t->next[arm] == t->nvictims)
		t->next[arm] = 0;
	return victim;
}

static void take(struct swc_trial *t, __u32 index)
{
	const struct swc_trial_arm *arm = &t->arms[index];
	__u64 asked = lines_asked(t, index);
	__u32 i, from = t->produced;
	__u16 flags;

	t->watch.begin(t->watch.context);
	if (!set_up(t, arm))
		return;
	for (i = 0; i < t->probes; i++)
		probe(t, index, next_victim(t, index), i, asked);
	flags = t->watch.end(t->watch.context);
	if (arm->arm.context->start_cpu != arm->arm.context->end_cpu)
		flags |= SWC_SAMPLE_MIGRATED;
	for (i = from; i < t->produced; i++)
		t->samples[i].flags = flags;
	t->trials++;
}

bool swc_trial_rehearse(struct swc_trial *t, __u32 index)
{
	struct swc_trial_sample lost[SWC_MAX_PROBES];
	struct swc_trial kept = *t;
	bool trapped;

	t->samples = lost;
	t->produced = 0;
	take(t, index);
	trapped = t->trapped;
	*t = kept;
	t->trapped = trapped;
	return !trapped;
}

static __u32 draw_arm(struct swc_trial *t)
{
	__u32 i, all = 0, at;

	for (i = 0; i < t->narms; i++)
		all += t->arms[i].weight;
	at = swc_draw_below(&t->random, all);
	for (i = 0; at >= t->arms[i].weight; i++)
		at -= t->arms[i].weight;
	return i;
}

void swc_trial_burst(struct swc_trial *t, __u64 ticks)
{
	__u64 start = swc_tsc();

	while (t->capacity - t->produced >= t->probes && !t->trapped) {
		take(t, draw_arm(t));
		if (swc_tsc() - start >= ticks)
			break;
	}
}

__u64 swc_trial_cycles(const struct swc_trial *t,
		       const struct swc_trial_arm *arm)
{
	/* The partner, and what comes last. */
	__u64 probe = 5ull * SWC_PROBE_CYCLES +
		      (__u64)SWC_DELAY_CYCLES * t->delay_max;

	return swc_step_cycles(&t->prime) * t->passes +
	       swc_prepare_cycles(&arm->arm.preparation) + t->probes * probe;
}
