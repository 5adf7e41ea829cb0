// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <gsl/gsl_rng.h>
#include <math.h>

#include "arms.h"
#include "contrast.h"
#include "helper.h"
#include "plant.h"

/*
 * The core's clock from chains: planted, steady and changing in the middle, and
 * the TSC as this machine has it.
 */

#define ROUNDS	  80
#define PER_ROUND 2500

/* A run whose clock changes by @change from the middle on. */
static struct stats *run(struct plant *p, double change)
{
	struct error err = {0};
	struct stats *stats = stats_new(p->narms, NULL, &err);
	double before = p->ticks_per_cycle;
	int i;

	assert_non_null(stats);
	for (i = 0; i < ROUNDS; i++) {
		p->ticks_per_cycle = i < ROUNDS / 2 ? before
						    : before * (1 + change);
		plant_round(p, stats, PER_ROUND);
	}
	p->ticks_per_cycle = before;
	return stats;
}

static void check_clock(double change, double step, enum stats_pooling pooling)
{
	struct contrast_arms arms = {
		.one = {ARM_CHAIN_CHECK, {ARM_CONTROL, ARM_CONTROL}}};
	struct clock clock;
	struct stats *stats;
	struct estimate e;
	struct plant p;

	plant_init(&p, 20261);
	p.noise = 2;
	p.step = step;
	stats = run(&p, change);
	clock_calibrate(&clock, stats);
	assert_true(fabs(clock.ticks_per_cycle / p.ticks_per_cycle - 1 -
			 change / 2) < 0.004);
	assert_true(fabs(clock.drift - fabs(change)) < 0.005);
	assert_int_equal(clock.pooling, pooling);
	assert_true(clock_is_plausible(&clock));
	/* Known work comes out right, whatever the clock did. */
	e = stats_estimate(stats, contrast_cycles, &arms, clock.pooling, 0.999);
	assert_true(e.lo <= CHAIN_CHECK && CHAIN_CHECK <= e.hi);
	assert_true(e.hi - e.lo < 0.05 * CHAIN_CHECK);
	stats_free(stats);
	plant_free(&p);
}

static void test_steady(void **state)
{
	(void)state;
	check_clock(0, 0, STATS_POOLED);
}

static void test_drifting(void **state)
{
	(void)state;
	check_clock(0.02, 0, STATS_BY_BLOCK);
	check_clock(-0.02, 0, STATS_BY_BLOCK);
	check_clock(0.1, 0, STATS_BY_BLOCK);
}

/* Too few rounds to see a drift through the noise. */
static void test_few_rounds(void **state)
{
	struct error err = {0};
	struct clock clock;
	struct stats *stats;
	struct plant p;
	int i;

	(void)state;
	plant_init(&p, 20263);
	stats = stats_new(p.narms, NULL, &err);
	for (i = 0; i < 3; i++)
		plant_round(&p, stats, PER_ROUND);
	clock_calibrate(&clock, stats);
	assert_true(fabs(clock.ticks_per_cycle - 0.7) < 0.01);
	assert_int_equal(clock.pooling, STATS_POOLED);
	stats_free(stats);
	plant_free(&p);
}

static void test_plausible(void **state)
{
	static const struct {
		double ticks;
		bool plausible;
	} list[] = {
		{0.7, true},	{0.1, true},	   {10, true},
		{0.099, false}, {10.1, false},	   {0, false},
		{-0.7, false},	{INFINITY, false}, {NAN, false},
	};
	struct clock clock = {.drift = 0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		clock.ticks_per_cycle = list[i].ticks;
		assert_int_equal(clock_is_plausible(&clock), list[i].plausible);
	}
}

static void test_slope(void **state)
{
	double means[ARMS_FIXED] = {
		[ARM_CHAIN_SHORT] = 1000,
		[ARM_CHAIN_LONG] = 1000 + 2.5 * (CHAIN_LONG - CHAIN_SHORT)};

	(void)state;
	assert_true(clock_ticks_per_cycle(means) == 2.5);
}

static void test_tsc_hz(void **state)
{
	double hz = clock_tsc_hz(), again = clock_tsc_hz();

	(void)state;
	assert_true(hz > 1e8 && hz < 1e11);
	assert_true(fabs(again / hz - 1) < 0.02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_drifting),
		cmocka_unit_test(test_few_rounds),
		cmocka_unit_test(test_plausible),
		cmocka_unit_test(test_slope),
		cmocka_unit_test(test_tsc_hz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
