// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "../../bench/summary.h"

#define TOLERANCE 1e-4

static void close_to(double seen, double wanted)
{
	if (!(fabs(seen - wanted) < TOLERANCE))
		fail_msg("%g instead of %g", seen, wanted);
}

/* The values 1 to @n, largest first. */
static struct estimate median_of(size_t n)
{
	double values[200];
	size_t i;

	for (i = 0; i < n; i++)
		values[i] = n - i;
	return summary_median(values, n);
}

static void is_interval(struct estimate e, double mean, double lo, double hi)
{
	close_to(e.mean, mean);
	close_to(e.lo, lo);
	close_to(e.hi, hi);
}

/* Ranks as in tables of the sign test: Conover, 3rd ed., table A3. */
static void test_median(void **state)
{
	(void)state;
	assert_true(isinf(median_of(5).lo) && isinf(median_of(5).hi));
	is_interval(median_of(6), 3.5, 1, 6);
	is_interval(median_of(8), 4.5, 1, 8);
	is_interval(median_of(9), 5, 2, 8);
	is_interval(median_of(20), 10.5, 6, 15);
	is_interval(median_of(100), 50.5, 40, 61);
}

static void test_pool(void **state)
{
	static const struct estimate e[] = {
		{10, 7, 13}, {14, 10, 18}, {12, 12, 12}};

	(void)state;
	/* The root of 3^2 + 4^2 + 0^2 is 5. */
	is_interval(summary_pool(e, 3), 12, 12 - 5 / 3.0, 12 + 5 / 3.0);
	is_interval(summary_pool(e, 1), 10, 7, 13);
}

static void test_rms(void **state)
{
	static const double values[] = {-3, 4, 0, 0};

	(void)state;
	close_to(summary_rms(values, 4), 2.5);
}

/* Limits where the exact interval has a closed form, and one from tables. */
static void test_coverage(void **state)
{
	struct estimate e;

	(void)state;
	is_interval(summary_coverage(0, 20), 0, 0, 1 - pow(0.025, 1 / 20.0));
	is_interval(summary_coverage(20, 20), 1, pow(0.025, 1 / 20.0), 1);
	is_interval(summary_coverage(5, 10), 0.5, 0.1871, 0.8129);
	e = summary_coverage(93, 100);
	assert_true(e.lo > 0.85 && e.lo < 0.93 && e.hi > 0.93 && e.hi < 0.98);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_rms),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
