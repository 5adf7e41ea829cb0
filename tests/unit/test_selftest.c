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
static bool judge(struct plant *p, struct selftests *tests)
{
	struct error err = {0};
	struct stats *stats = stats_new(p->narms, NULL, &err);
	struct clock clock;
	struct arms arms;
	bool passed;
	int i;

	assert_non_null(stats);
	assert_int_equal(arms_init(&arms, &err), 0);
	for (i = 0; i < ROUNDS; i++)
		plant_round(p, stats, PER_ROUND);
	clock_calibrate(&clock, stats);
	passed = selftest_run(tests, &arms, stats, &clock);
	assert_int_equal(passed, !selftest_failed(tests));
	arms_free(&arms);
	stats_free(stats);
	return passed;
}

static bool judge_biased(double null, double check, double noise, double step)
{
	struct selftests tests;
	struct plant p;
	bool passed;

	plant_init(&p, 4711);
	p.noise = noise;
	p.step = step;
	p.cycles[ARM_NULL] += null;
	p.cycles[ARM_CHAIN_CHECK] += check;
	passed = judge(&p, &tests);
	assert_string_equal(tests.list[0].name, "null");
	assert_string_equal(tests.list[1].name, "chain");
	if (noise < 5) {
		assert_int_equal(tests.list[0].passed, !null);
		assert_int_equal(tests.list[1].passed, !check);
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

/* A frame hides something of these arms. */
enum hidden {
	HIDDEN_UNREAD, /* of what feeds no register, or waits for none */
	HIDDEN_ALL,
};

/* A frame under which so many cycles of the start or of the end vanish. */
static bool judge_hiding(enum hidden what, double hidden, double step)
{
	struct selftests tests;
	struct plant p;
	unsigned int arm;
	bool passed;

	plant_init(&p, 815);
	p.noise = 3;
	p.step = step;
	for (arm = ARM_CHAIN_SHORT; arm < ARMS_FIXED; arm++) {
		if (what == HIDDEN_ALL || arm >= ARM_UNREAD_SHORT)
			p.cycles[arm] = fmax(0, p.cycles[arm] - hidden);
	}
	passed = judge(&p, &tests);
	plant_free(&p);
	return passed;
}

/*
 * A frame that hides work is refused, however little it hides, even if it hides
 * additions: these are then too short by as much, which a line through two chains
 * takes for a constant.
 */
static void test_hiding(void **state)
{
	static const double hidden[] = {5, 20, 90};
	static const double steps[] = {0, 26};
	enum hidden what;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(hidden); i++) {
		for (what = HIDDEN_UNREAD; what <= HIDDEN_ALL; what++) {
			assert_false(judge_hiding(what, hidden[i / 2],
						  steps[i % 2]));
			assert_true(judge_hiding(what, 0, steps[i % 2]));
		}
	}
}

/* A constant of the frame is taken off, and what is left of it is known by kind. */
static void test_constant(void **state)
{
	struct selftests tests;
	struct arm chain = {.works = true}, locked = {.works = true};
	struct sequence s;
	struct plant p;
	unsigned int arm;

	(void)state;
	plant_init(&p, 47);
	for (arm = ARM_CHAIN_SHORT; arm < ARMS_FIXED; arm++)
		p.cycles[arm] += 4;
	p.cycles[ARMS_ALONE] -= 3;
	p.cycles[ARMS_ALONE + 1] -= 3;
	assert_true(judge(&p, &tests));
	assert_float_equal(tests.constant.mean, 4, 0.2);
	assert_float_equal(tests.of_kind[KIND_LOCKED], -3, 0.2);
	assert_float_equal(tests.of_kind[KIND_LOADS], 0, 0.2);
	sequence_from(&s, "chain 20");
	chain.sequence = locked.sequence = &s;
	assert_float_equal(selftest_rest(&tests, &chain), 0, 0.2);
	sequence_free(&s);
	sequence_from(&s, "region m 1; lock rmw m+0");
	locked.kinds = kinds_in(&s);
	assert_float_equal(selftest_rest(&tests, &locked), 3, 0.2);
	sequence_free(&s);
	plant_free(&p);
}

/*
 * A core that notices later what ends in some of its ALUs: an addition more costs 0.3
 * cycles or 1.7. The constant lies in the middle, and the rest is half of it.
 */
static void test_slots(void **state)
{
	static const double planted[] = {0, 1.1};
	struct selftests tests;
	struct arm chain = {.works = true};
	struct sequence s;
	struct plant p;
	unsigned int i, slot;

	(void)state;
	sequence_from(&s, "chain 50");
	chain.sequence = &s;
	for (i = 0; i < ARRAY_SIZE(planted); i++) {
		plant_init(&p, 11 + i);
		p.noise = 3;
		for (slot = 1; slot <= 2; slot++)
			p.cycles[ARM_CHAIN_SHORT + slot] -= planted[i];
		assert_true(judge(&p, &tests));
		assert_float_equal(tests.constant.mean, -planted[i] / 2, 0.2);
		assert_float_equal(tests.slot, planted[i] / 2, 0.15);
		assert_true(selftest_rest(&tests, &chain) == tests.slot);
		plant_free(&p);
	}
	sequence_free(&s);
}

/* One in a thousand may fail by chance: none of fifty does. */
static void test_noisy(void **state)
{
	struct selftests tests;
	struct plant p;
	int i, passed = 0;

	(void)state;
	for (i = 0; i < 50; i++) {
		plant_init(&p, 100 + i);
		p.noise = 20;
		passed += judge(&p, &tests);
		plant_free(&p);
	}
	assert_in_range(passed, 49, 50);
}

/* A figure that isn't a number doesn't pass. */
static void test_not_a_number(void **state)
{
	struct selftests tests;
	struct error err = {0};
	struct clock clock;
	struct stats *stats;
	struct arms arms;
	struct plant p;
	unsigned int i;

	(void)state;
	plant_init(&p, 1);
	stats = stats_new(p.narms, NULL, &err);
	plant_round(&p, stats, PER_ROUND); /* one block: no interval */
	clock_calibrate(&clock, stats);
	assert_int_equal(arms_init(&arms, &err), 0);
	assert_false(selftest_run(&tests, &arms, stats, &clock));
	for (i = 0; i < tests.n; i++)
		assert_false(tests.list[i].passed);
	arms_free(&arms);
	stats_free(stats);
	plant_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_biased),
		cmocka_unit_test(test_hiding),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_noisy),
		cmocka_unit_test(test_not_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
