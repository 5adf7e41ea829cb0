/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_BOUNDARY_H
#define SWC_EVICT_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/probe.h"
#include "engine/trial.h"
#include "error.h"
#include "proportion.h"

/**
 * struct boundary - what tells a load from one level from a load from beyond it
 * @at: for each length of the pedestal, the most ticks of a load from within; 0:
 *	loads of that length tell nothing
 * @gate: for each length, the most ticks of the hit before a load: above it the
 *	core is shared, and the load tells nothing
 * @near: of loads known to be from within, those that are told as from beyond
 * @far: of loads known to be from beyond, those told so
 * @near_ticks: median of loads from within, behind the shortest pedestal
 * @far_ticks: likewise from beyond
 */
struct boundary {
	__u32 at[SWC_PROBE_LENGTHS];
	__u32 gate[SWC_PROBE_LENGTHS];
	struct proportion near;
	struct proportion far;
	double near_ticks;
	double far_ticks;
};

/**
 * struct boundary_arms - the arms that a boundary is found by
 * @control: victims are primed, and nothing is replayed
 * @near: loads are from within
 * @far: loads are from beyond
 */
struct boundary_arms {
	unsigned int control;
	unsigned int near;
	unsigned int far;
};

/**
 * boundary_find() - from the references of the same run, never from a table
 * @b: filled
 * @samples: of all arms
 * @n: how many
 * @arms: which are the references
 * @err: set on failure: no memory
 *
 * For each length of the pedestal by itself, where the two distributions are told
 * apart best (Youden, Cancer 3, 1950). The gate is where loads tell most in all:
 * what else runs on the core makes loads slow, and evicts victims also in the
 * control. Return: 0, or -1 with @err set.
 */
int boundary_find(struct boundary *b, const struct swc_trial_sample *samples,
		  size_t n, const struct boundary_arms *arms,
		  struct error *err);

/* Least share told right, less that told wrong, to speak about single loads. */
#define BOUNDARY_LEAST_CONTRAST 0.5

/* Fewest references of each kind and length. */
#define BOUNDARY_LEAST_SAMPLES 12u

/* boundary_is_sharp() - can loads be told apart by it? */
bool boundary_is_sharp(const struct boundary *b);

/* boundary_is_usable() - does a sample tell anything? */
bool boundary_is_usable(const struct boundary *b,
			const struct swc_trial_sample *sample);

/* boundary_is_beyond() - what it tells. */
bool boundary_is_beyond(const struct boundary *b,
			const struct swc_trial_sample *sample);

#endif
