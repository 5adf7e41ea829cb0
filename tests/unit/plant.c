// SPDX-License-Identifier: GPL-2.0
#include "plant.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "arms.h"
#include "helper.h"

/* Fences, time stamps and the pedestal take so many core cycles. */
#define FRAME 150.0

void plant_init(struct plant *p, unsigned long seed)
{
	unsigned int slot;

	*p = (struct plant){
		.rng = gsl_rng_alloc(gsl_rng_taus2),
		.narms = ARMS_FIXED,
		.ticks_per_cycle = 0.7,
		.cycles = {[ARM_CHAIN_LONG] = CHAIN_LONG,
			   [ARM_CHAIN_CHECK] = CHAIN_CHECK,
			   [ARM_UNREAD_SHORT] = UNREAD_SHORT,
			   [ARM_UNREAD_LONG] = UNREAD_LONG,
			   [ARMS_ALONE] = KIND_SHORT * PLANT_LOCKED,
			   [ARMS_ALONE + 1] = KIND_LONG * PLANT_LOCKED,
			   [ARMS_ALONE + 2] = KIND_SHORT * PLANT_LOAD,
			   [ARMS_ALONE + 3] = KIND_LONG * PLANT_LOAD},
	};
	for (slot = 0; slot < CHAIN_SLOTS; slot++)
		p->cycles[ARM_CHAIN_SHORT + slot] = CHAIN_SHORT + slot;
	assert_non_null(p->rng);
	gsl_rng_set(p->rng, seed);
}

void plant_free(struct plant *p)
{
	gsl_rng_free(p->rng);
}

static double ticks_of(struct plant *p, unsigned int arm)
{
	double ticks =
		(FRAME + p->pedestal + p->cycles[arm]) * p->ticks_per_cycle +
		gsl_ran_gaussian(p->rng, p->noise);
	double phase = gsl_rng_uniform(p->rng);

	/* A random phase to the clock, as the delay makes it. */
	if (p->step > 0)
		return floor(ticks / p->step + phase) * p->step;
	return floor(ticks + phase);
}

void plant_samples(struct plant *p, struct swc_sample *samples, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		samples[i] = (struct swc_sample){
			.arm = gsl_rng_uniform_int(p->rng, p->narms)};
		samples[i].ticks = fmax(0, ticks_of(p, samples[i].arm));
	}
}

void plant_add(struct stats *stats, const struct swc_sample *samples, size_t n)
{
	struct run_table table = {.rows = NULL};
	struct error err = {0};
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(run_table_add(&table, samples[i].arm, 0,
					       samples[i].ticks,
					       samples[i].flags, &err),
				 0);
	assert_int_equal(
		drop_rows(table.rows, table.n, SWC_MAX_ARMS, true, &err), 0);
	stats_add_round(stats, &table);
	run_table_free(&table);
}

void plant_round(struct plant *p, struct stats *stats, size_t n)
{
	struct swc_sample *samples = calloc(n, sizeof(*samples));

	assert_non_null(samples);
	plant_samples(p, samples, n);
	plant_add(stats, samples, n);
	free(samples);
}
