// SPDX-License-Identifier: GPL-2.0
#include "selftest.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#include "arms.h"
#include "helper.h"
#include "plant.h"

/*
 * A run must refuse itself when what is known comes out wrong, and must not
 * when it is merely noisy.
 */

#define ROUNDS	  60
#define PER_ROUND 2000

/* Run with these planted costs. Return: did all pass? */
static bool judge(struct plant *p, struct selftest tests[SELFTESTS])
{
	struct error err = {0};
	struct stats *stats = stats_new(p->narms, NULL, &err);
	struct clock clock;
	bool passed;
	int i;

	assert_non_null(stats);
	for (i = 0; i < ROUNDS; i++)
		plant_round(p, stats, PER_ROUND);
	clock_calibrate(&clock, stats);
	passed = selftest_run(tests, stats, &clock);
	assert_int_equal(passed, tests[0].passed && tests[1].passed);
	stats_free(stats);
	return passed;
}

static bool judge_biased(double null, double check, double noise, double step)
{
	struct selftest tests[SELFTESTS];
	struct plant p;
	bool passed;

	plant_init(&p, 4711);
	p.noise = noise;
	p.step = step;
	p.cycles[ARM_NULL] += null;
	p.cycles[ARM_CHAIN_CHECK] += check;
	passed = judge(&p, tests);
	assert_string_equal(tests[0].name, "null");
	assert_string_equal(tests[1].name, "chain");
	if (noise < 5) {
		assert_int_equal(tests[0].passed, !null);
		assert_int_equal(tests[1].passed, !check);
	}
	plant_free(&p);
	return passed;
}

static void test_clean(void **state)
{
	(void)state;
	assert_true(judge_biased(0, 0, 0, 0));
	assert_true(judge_biased(0, 0, 3, 0));
	assert_true(judge_biased(0, 0, 3, 26));
}

static void test_biased(void **state)
{
	(void)state;
	assert_false(judge_biased(1, 0, 1, 0));
	assert_false(judge_biased(-1, 0, 1, 0));
	assert_false(judge_biased(0, 1, 1, 0));
	assert_false(judge_biased(0, -1, 1, 0));
	assert_false(judge_biased(2, 2, 1, 0));
	/* A clock that is off by 3 % shows in the chain. */
	assert_false(judge_biased(0, 0.03 * CHAIN_CHECK, 1, 0));
}

/* One in a thousand may fail by chance: none of fifty does. */
static void test_noisy(void **state)
{
	struct selftest tests[SELFTESTS];
	struct plant p;
	int i, passed = 0;

	(void)state;
	for (i = 0; i < 50; i++) {
		plant_init(&p, 100 + i);
		p.noise = 20;
		passed += judge(&p, tests);
		plant_free(&p);
	}
	assert_in_range(passed, 49, 50);
}

/* What isn't a number doesn't pass. */
static void test_not_a_number(void **state)
{
	struct selftest tests[SELFTESTS];
	struct error err = {0};
	struct clock clock;
	struct stats *stats;
	struct plant p;

	(void)state;
	plant_init(&p, 1);
	stats = stats_new(p.narms, NULL, &err);
	plant_round(&p, stats, PER_ROUND); /* one block: no interval */
	clock_calibrate(&clock, stats);
	assert_false(selftest_run(tests, stats, &clock));
	assert_false(tests[0].passed);
	assert_false(tests[1].passed);
	stats_free(stats);
	plant_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_biased),
		cmocka_unit_test(test_noisy),
		cmocka_unit_test(test_not_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
