/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_PLANT_H
#define SWC_TESTS_PLANT_H

#include <gsl/gsl_rng.h>

#include "stats.h"

/* An operation of the fixed kinds takes so many core cycles. */
#define PLANT_LOCKED 20
#define PLANT_LOAD   5

/*
 * Samples of arms whose cost is known, as a run would have them: in random
 * order, noisy, read off a clock that may advance in steps.
 */
struct plant {
	gsl_rng *rng;
	unsigned int narms;
	double cycles[SWC_MAX_ARMS]; /* of each arm, core cycles */
	double pedestal;	     /* additions that all have besides */
	double ticks_per_cycle;
	double noise; /* standard deviation, ticks */
	double step;  /* of the clock, ticks; 0: continuous */
};

/* plant_init() - the arms of every run, at their known cost, and no noise. */
void plant_init(struct plant *p, unsigned long seed);
void plant_free(struct plant *p);

void plant_samples(struct plant *p, struct swc_sample *samples, size_t n);

/* plant_add() - judge the samples of a round as a run does, and add them to @stats. */
void plant_add(struct stats *stats, const struct swc_sample *samples, size_t n);

/* plant_round() - add a round of @n samples to @stats. */
void plant_round(struct plant *p, struct stats *stats, size_t n);

#endif
