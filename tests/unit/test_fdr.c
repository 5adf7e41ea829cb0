// SPDX-License-Identifier: GPL-2.0
#include "fdr.h"

#include "helper.h"

#define N 15

/* The example of Benjamini and Hochberg (1995), section 3.3: four at 5 %. */
static void test_published_example(void **state)
{
	static const double p[N] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201,
				    0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
				    0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
	bool rejected[N];
	size_t i;

	(void)state;
	assert_int_equal(fdr_select(p, N, 0.05, rejected), 4);
	for (i = 0; i < N; i++)
		assert_int_equal(rejected[i], i < 4);
}

/* The order they come in makes no difference. */
static void test_any_order(void **state)
{
	static const double p[] = {0.9, 0.001, 0.5, 0.002, 1};
	bool rejected[5];

	(void)state;
	assert_int_equal(fdr_select(p, 5, 0.05, rejected), 2);
	assert_true(rejected[1] && rejected[3]);
	assert_false(rejected[0] || rejected[2] || rejected[4]);
}

/* A step up: one above its own line is rejected if a later one is below its. */
static void test_steps_up(void **state)
{
	static const double p[] = {0.03, 0.04};
	bool rejected[2];

	(void)state;
	assert_int_equal(fdr_select(p, 2, 0.05, rejected), 2);
}

static void test_nothing(void **state)
{
	static const double p[] = {1, 1, 0.2};
	bool rejected[3];

	(void)state;
	assert_int_equal(fdr_select(p, 3, 0.05, rejected), 0);
	assert_int_equal(fdr_select(p, 0, 0.05, rejected), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_example),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_steps_up),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
