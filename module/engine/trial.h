/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_TRIAL_H
#define SWC_ENGINE_TRIAL_H

#include "sampler.h"

/*
 * An experiment on what a sequence evicts. Victims are brought into a cache or
 * TLB, the sequence is replayed, and a victim or some are loaded, timed. Many
 * such trials show how often each victim has been evicted.
 */

/**
 * struct swc_trial_arm - what happens between the priming and the probe
 * @arm: prepared, then replayed. A reference replays the control, and differs
 *	in the preparation or in what comes last.
 * @last: done to the victim right before its probe: SWC_STEP_TOUCH makes a
 *	reference of a hit, SWC_STEP_FLUSH of a load from memory, SWC_STEP_INVLPG
 *	(ring 0) of a page walk; SWC_TRIAL_NOTHING for sequences
 * @weight: how often it is drawn, in relation to the others; at least 1
 */
struct swc_trial_arm {
	struct swc_arm arm;
	__u32 last;
	__u32 weight;
};

#define SWC_TRIAL_NOTHING 0xffffffffu

/*
 * swc_trial_last_step() - what enum swc_trial_last, less than SWC_TRIAL_LASTS,
 * stands for in @last.
 */
__u32 swc_trial_last_step(__u32 last);

/**
 * struct swc_trial - the loop that both rings run
 * @arms: drawn at random for each trial, so that drift hits all of them alike
 * @narms: 1 to SWC_MAX_TRIAL_ARMS
 * @warm: untimed replays of the arm before the victims are primed
 * @victims: their addresses, in the order in which they are probed: a random
 *	one, lest a prefetcher foresee it
 * @nvictims: at least @probes
 * @prime: brings all victims in: SWC_STEP_TOUCH with a list, or SWC_STEP_CHASE
 * @passes: how often: replacement isn't LRU
 * @partners: of each victim, the first of @places places. One of them, drawn each time,
 *	is touched right before the victim's probe. If lines are tested it is another
 *	line of the victim's page, which brings back the translation; if pages are
 *	tested, the same line in another page, which brings back the line: so the part
 *	that isn't tested is a hit whatever the sequence did. It is of another set than
 *	the victim, or it would evict it.
 * @places: how many, 1 to 64
 * @stride: from each to the next, bytes; SWC_LINE_BYTES: they are lines of a page,
 *	and those near the lines that the trial asks about are left out
 * @probes: victims loaded in one trial, 1 to SWC_MAX_PROBES. A load brings in a line or
 *	a translation, which may evict the next victim: so take more than one only if
 *	successive victims lie in other sets, or are so many that this is rare.
 * @delay_max: upper bound of the random delay before each load, in iterations of a loop
 * @tsc_step: as in struct swc_sampler
 * @random: state of the generator, any value but 0
 * @samples: where samples go
 * @capacity: how many
 * @produced: so far
 * @next: for each arm, which victim is probed next: each as often as all others;
 *	what comes when is random, as arms are drawn
 * @trials: so far
 * @replays: timed and untimed
 * @watch: what notices disturbances
 * @trapped: a replay ended in a recovered fault; the experiment is over
 */
struct swc_trial {
	const struct swc_trial_arm *arms;
	__u32 narms;
	__u32 warm;
	const __u64 *victims;
	const __u64 *partners;
	__u32 places;
	__u32 stride;
	__u32 nvictims;
	__u32 passes;
	struct swc_step prime;
	__u32 probes;
	__u32 delay_max;
	__u32 tsc_step;
	__u64 random;
	struct swc_trial_sample *samples;
	__u32 capacity;
	__u32 produced;
	__u32 next[SWC_MAX_TRIAL_ARMS];
	__u64 trials;
	__u64 replays;
	struct swc_watch watch;
	bool trapped;
};

/*
 * swc_trial_first() - which victim an arm probes first: any multiple of @probes,
 * so that the victims of one trial are those from one multiple to the next.
 */
__u32 swc_trial_first(struct swc_trial *t);

/**
 * swc_trial_burst() - carry out trials until a deadline
 * @t: the experiment
 * @ticks: of the TSC, from now on. One trial at least is carried out, and one
 *	that has begun is finished, so the deadline may be overrun by one trial.
 *
 * Stops also if a whole trial's samples have no room left. Context: as
 * swc_sampler_burst().
 */
void swc_trial_burst(struct swc_trial *t, __u64 ticks);

/**
 * swc_trial_rehearse() - a trial whose samples are lost
 * @t: the experiment; it goes on as if there had been none
 * @index: of which arm
 *
 * Context: as swc_trial_burst(). Return: false if a replay trapped.
 */
bool swc_trial_rehearse(struct swc_trial *t, __u32 index);

/**
 * swc_trial_cycles() - upper bound of the time of one trial, but for its replays
 * @t: the experiment
 * @arm: of which arm
 *
 * Nearly all of it is the memory's, so it is in cycles as struct swc_cost has them.
 */
__u64 swc_trial_cycles(const struct swc_trial *t,
		       const struct swc_trial_arm *arm);

#endif
