/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_SAMPLER_H
#define SWC_ENGINE_SAMPLER_H

#include "emit.h"
#include "prepare.h"

/**
 * struct swc_arm - one of the sequences that are compared in a run
 * @code: entry of its emitted code
 * @context: that the code was emitted for
 * @preparation: carried out before each timed replay
 */
struct swc_arm {
	const void *code;
	struct swc_context *context;
	struct swc_preparation preparation;
};

/**
 * struct swc_watch - how a backend notices what disturbs a sample
 * @begin: before the sample's warm replays
 * @end: after its timed one. Return: SWC_SAMPLE_* of what happened in between.
 * @context: passed to both
 */
struct swc_watch {
	void (*begin)(void *context);
	__u16 (*end)(void *context);
	void *context;
};

/**
 * struct swc_tally - how a backend counts events in timed replays
 * @begin: directly before the timed replay; NULL: nothing is counted
 * @end: directly after it
 * @keep: the sample is complete: its counts are added, or dropped as it will be
 * @context: passed to all three
 */
struct swc_tally {
	void (*begin)(void *context);
	void (*end)(void *context);
	void (*keep)(void *context, const struct swc_sample *sample);
	void *context;
};

/**
 * struct swc_sampler - the loop that both rings run
 * @arms: the arms; which is next is drawn at random, so that drift of the
 *	clock, the caches and the neighbours hits all of them alike
 * @narms: 1 to SWC_MAX_ARMS
 * @warm: untimed replays of the same arm before each timed one
 * @delay_max: upper bound of the random delay before each sample, in loop
 *	iterations. It makes the phase to the TSC uniform: if RDTSC advances in
 *	steps, the mean stays unbiased although each reading is coarse.
 * @tsc_step: for tests: round time stamps down to multiples of so many ticks, as
 *	a TSC that advances in steps would show them; 0: don't
 * @random: state of the generator, any value but 0
 * @samples: where samples go
 * @capacity: how many
 * @produced: so far
 * @replays: timed and untimed
 * @watch: what notices disturbances
 * @tally: what counts events
 * @trapped: a replay ended in a recovered fault; the run is over
 */
struct swc_sampler {
	const struct swc_arm *arms;
	__u32 narms;
	__u32 warm;
	__u32 delay_max;
	__u32 tsc_step;
	__u64 random;
	struct swc_sample *samples;
	__u32 capacity;
	__u32 produced;
	__u64 replays;
	struct swc_watch watch;
	struct swc_tally tally;
	bool trapped;
};

/*
 * swc_arm_replay() - one replay of an arm, without its preparation.
 * Return: false if it ended in a recovered fault: then replay no more.
 */
bool swc_arm_replay(const struct swc_arm *arm);

/**
 * swc_sampler_rehearse() - do all that a sample consists of, but for delay and
 * tally
 * @s: the sampler
 * @index: of which arm
 *
 * Nothing is taken, nor counted as a replay. Context: as swc_sampler_burst().
 * Return: false if it trapped.
 */
bool swc_sampler_rehearse(struct swc_sampler *s, __u32 index);

/**
 * swc_sampler_burst() - take samples until a deadline
 * @s: the sampler
 * @ticks: of the TSC, from now on. The burst takes one sample at least, and
 *	finishes one that has begun, so it may overrun the deadline by one
 *	sample.
 *
 * Context: as the isolation level asks, from none to interrupts off; FPU state
 * saved by the caller. Does not sleep.
 */
void swc_sampler_burst(struct swc_sampler *s, __u64 ticks);

#endif
