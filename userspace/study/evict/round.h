/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_ROUND_H
#define SWC_EVICT_ROUND_H

#include "error.h"
#include "sequence.h"
#include "victims.h"

/*
 * A round of trials, in either ring: the same sequences, victims and references,
 * the same loop (module/engine/trial.h), other memory.
 */

/**
 * struct trial_round - one round
 * @sequences: that sources name
 * @nsequences: how many
 * @sources: what is drawn from; as in the ABI, but @sequence is an index of
 *	@sequences
 * @nsources: at most SWC_MAX_TRIAL_ARMS
 * @victims: arranged anew by the round, so that samples are to be counted before
 *	the next
 * @warm: untimed replays before the victims are primed
 * @passes: of the priming
 * @delay_max: random delay before each load, in iterations of a loop
 * @tsc_step: as in struct swc_sampler; in ring 3 only
 * @cpu: where
 * @seconds: at most, but one trial is carried out
 * @random: state of the generator, any value but 0; goes on
 * @samples: filled
 * @capacity: how many there is room for, at most the ring's @max_samples
 * @produced: out: so many are there
 * @trials: out
 * @isolation: out: enum swc_isolation
 */
struct trial_round {
	const struct sequence *const *sequences;
	uint32_t nsequences;
	const struct swc_trial_source *sources;
	uint32_t nsources;
	struct victims *victims;
	uint32_t warm;
	uint32_t passes;
	uint32_t delay_max;
	uint32_t tsc_step;
	uint32_t cpu;
	double seconds;
	uint64_t random;
	struct swc_trial_sample *samples;
	uint32_t capacity;
	uint32_t produced;
	uint64_t trials;
	uint32_t isolation;
};

/**
 * struct round_ring - where trials are carried out
 * @open: make ready. Return: the argument of the others, or NULL with @err set.
 * @run: one round: sequences and victims get memory of their own, and it is given
 *	back at the end. Return: 0; 1 with @err set if a trial may take longer than
 *	this ring allows; or -1 with @err set.
 * @close: give everything back
 * @max_samples: of one round
 * @max_sweep_pages: that a source may read through
 * @l2_sets: what is known of L2's sets, and why no more
 */
struct round_ring {
	void *(*open)(struct error *err);
	int (*run)(void *ring, struct trial_round *t, struct error *err);
	void (*close)(void *ring);
	uint32_t max_samples;
	uint32_t max_sweep_pages;
	const char *l2_sets;
};

extern const struct round_ring round_user;   /* in this process */
extern const struct round_ring round_kernel; /* in the module, /dev/switchcost */

#endif
