// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>

#include "helper.h"
#include "proportion.h"
#include "scale.h"

/*
 * Scores of loads, and the shares that follow from them: figures that others
 * published.
 */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Figures of Fisher, The Design of Experiments, 1935: the lady tasting tea. */
static void test_p_value(void **state)
{
	struct proportion four = {4, 4}, none = {0, 4}, three = {3, 4},
			  one = {1, 4};

	(void)state;
	assert_float_equal(proportion_p_value(&four, &none), 1 / 70., 1e-9);
	assert_float_equal(proportion_p_value(&three, &one), 17 / 70., 1e-9);
	assert_float_equal(proportion_p_value(&none, &four), 1, 1e-9);
}

/* Newcombe 1998, table II, example (a): 56/70 - 48/80, 0.0524 to 0.3339. */
static void test_interval(void **state)
{
	static const double none[2] = {1, 1};
	struct scores a = {56, 56, 70}, b = {48, 48, 80};
	struct score_references r = {.near = 0, .far = 1.6};
	struct estimate e = scores_excess(&a, &b, &r, 0.95, none);

	(void)state;
	/* The far reference less the control is 1: the plain difference. */
	assert_float_equal(e.mean, 0.2, 1e-9);
	assert_float_equal(e.lo, 0.0524, 5e-5);
	assert_float_equal(e.hi, 0.3339, 5e-5);
	/* The references' own uncertainty widens it. */
	r.error = 0.1;
	e = scores_excess(&a, &b, &r, 0.95, none);
	assert_float_equal(e.mean, 0.2, 1e-9);
	assert_float_equal(e.lo, 0.2 - hypot(0.2 - 0.0524, 0.0392), 1e-3);
	assert_float_equal(e.hi, 0.2 + hypot(0.3339 - 0.2, 0.0392), 1e-3);
	r = (struct score_references){.near = 0, .far = 0.7};
	assert_true(isnan(scores_excess(&a, &b, &r, 0.95, none).mean));
}

/* References score as the loads of victims would, however few they are. */
static void test_halves(void **state)
{
	static const struct scale_arms arms = {0, 1, 2};
	struct scale *scale = malloc(sizeof(*scale));
	struct reading list[4800];
	struct scores near = {0}, far = {0};
	struct error err = {0};
	size_t i;

	(void)state;
	srand(10);
	for (i = 0; i < COUNT(list); i++)
		list[i] = (struct reading){
			.arm = i % 3,
			.length = i / 3 % SWC_PROBE_LENGTHS,
			.half = i / 3 / SWC_PROBE_LENGTHS % SCALE_HALVES,
			.hit = 50,
			.ticks = 80 + rand() % 40,
		};
	assert_int_equal(scale_make(scale, list, COUNT(list), &arms, &err), 0);
	for (i = 0; i < COUNT(list); i++) {
		if (scale_is_usable(scale, &list[i]) && list[i].arm)
			scores_add(list[i].arm == 1 ? &near : &far,
				   scale_score(scale, &list[i]));
	}
	/* Loads from the same place: by their own scale they would differ by 0.1. */
	assert_float_equal(scores_mean(&near), scores_mean(&far), 0.03);
	free(scale);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p_value),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_halves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
