// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arms.h"
#include "counts.h"

/*
 * Planted counts: each arm's events are drawn from a Poisson distribution of known
 * mean, which differs from round to round as if by placement.
 */

#define NARMS	6u
#define SUBJECT 5u
#define ROUNDS	60u
#define EACH	50u /* samples of an arm in a round */

struct planting {
	double mean[NARMS];
	double by_round; /* relative standard deviation, the same for all arms */
};

static void plant_turn(struct counts *c, const struct planting *p, gsl_rng *rng)
{
	struct backend_run run = {0};
	double factor = 1 + gsl_ran_gaussian(rng, p->by_round);
	unsigned int arm, i;

	counts_ask(c, &run);
	assert_ptr_equal(run.counting, &c->turn);
	for (arm = 0; arm < NARMS; arm++) {
		c->turn.samples[arm] = EACH;
		for (i = 0; i < c->turn.n; i++)
			c->turn.sums[arm * c->turn.n + i] = gsl_ran_poisson(
				rng, EACH * p->mean[arm] * factor);
	}
	counts_take(c);
}

static void plant(struct counts *c, const struct events *events,
		  const struct planting *p, gsl_rng *rng)
{
	struct error err = {0};
	unsigned int round;

	assert_int_equal(counts_init(c, events, NARMS, &err), 0);
	for (round = 0; round < ROUNDS; round++)
		plant_turn(c, p, rng);
	counts_judge(c);
}

static const struct contrast_arms subject = {
	.one = {.arm = SUBJECT, .control = {ARM_CONTROL, ARM_NULL}},
};

/* The interval holds the truth as often as it promises. */
static void test_coverage(void **state)
{
	const struct planting p = {.mean = {40, 40, 60, 260, 140, 43.7},
				   .by_round = 0.01};
	struct events events = {.n = 1, .at_once = 1};
	struct contrast_arms arms = subject;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	unsigned int i, covered = 0, valid = 0;
	struct estimate e;
	struct counts c;

	(void)state;
	for (i = 0; i < 200; i++) {
		plant(&c, &events, &p, rng);
		e = counts_estimate(&c, 0, &arms);
		covered += e.lo <= 3.7 && e.hi >= 3.7;
		valid += c.valid;
		assert_true(e.hi - e.lo < 1);
		counts_free(&c);
	}
	/* 190 expected, standard deviation 3: four of those; at level 0.999. */
	assert_in_range(covered, 178, 200);
	assert_in_range(valid, 197, 200);
	gsl_rng_free(rng);
}

/* Each turn's counts go to its own events, and none is counted twice. */
static void test_turns(void **state)
{
	struct events events = {.n = 5, .at_once = 2};
	struct contrast_arms arms = subject;
	struct error err = {0};
	unsigned int round, arm, i;
	struct estimate e;
	struct counts c;

	(void)state;
	assert_int_equal(counts_init(&c, &events, NARMS, &err), 0);
	for (round = 0; round < 9; round++) {
		struct backend_run run = {0};

		counts_ask(&c, &run);
		for (arm = 0; arm < NARMS; arm++) {
			c.turn.samples[arm] = EACH;
			for (i = 0; i < c.turn.n; i++)
				c.turn.sums[arm * c.turn.n + i] =
					EACH *
					(c.turn.events - events.list + i + 1) *
					(arm == SUBJECT);
		}
		counts_take(&c);
	}
	for (i = 0; i < events.n; i++) {
		e = counts_estimate(&c, i, &arms);
		assert_true(e.mean == i + 1 && e.lo == i + 1 && e.hi == i + 1);
		assert_int_equal(stats_rounds(c.list[i].stats), 3);
		assert_int_equal(stats_kept(c.list[i].stats, SUBJECT),
				 3 * EACH);
	}
	counts_free(&c);
}

/* An event that counts although nothing is replayed is refused, and named. */
static void test_null(void **state)
{
	const struct planting p = {.mean = {40, 42, 60, 260, 140, 43.7}};
	struct events events = {.n = 1, .at_once = 1};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct counts c;

	(void)state;
	strcpy(events.list[0].name, "planted");
	plant(&c, &events, &p, rng);
	assert_false(c.valid);
	assert_non_null(strstr(c.why, "event planted counts"));
	counts_free(&c);
	gsl_rng_free(rng);
}

/* One round has no interval, and no samples have no mean. */
static void test_too_few(void **state)
{
	const struct planting p = {.mean = {40, 40, 60, 260, 140, 43.7}};
	struct events events = {.n = 1, .at_once = 1};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct contrast_arms arms = subject;
	struct error err = {0};
	struct counts c;

	(void)state;
	assert_int_equal(counts_init(&c, &events, NARMS, &err), 0);
	counts_judge(&c);
	assert_false(c.valid);
	assert_true(isnan(counts_estimate(&c, 0, &arms).mean));
	counts_free(&c);
	assert_int_equal(counts_init(&c, &events, NARMS, &err), 0);
	plant_turn(&c, &p, rng);
	counts_judge(&c);
	assert_false(c.valid);
	assert_non_null(strstr(c.why, "too few"));
	counts_free(&c);
	gsl_rng_free(rng);
}

static void test_nothing_counted(void **state)
{
	struct backend_run run = {0};
	struct error err = {0};
	struct counts c;

	(void)state;
	assert_int_equal(counts_init(&c, NULL, NARMS, &err), 0);
	counts_ask(&c, &run);
	assert_null(run.counting);
	counts_take(&c);
	counts_judge(&c);
	assert_false(c.valid);
	assert_string_equal(c.why, "");
	counts_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_nothing_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
