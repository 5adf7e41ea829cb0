// SPDX-License-Identifier: GPL-2.0
/* Histograms of calls: bins add up, and quantiles lie where they were planted. */
#include "helper.h"

#include <math.h>
#include <stdlib.h>

#include "histogram.h"

/* As goprobe spread finds the bin. */
static int64_t bin_of(double ns)
{
	return (int64_t)floor(log2(ns) * HISTOGRAM_PER_OCTAVE);
}

static void test_empty(void **state)
{
	static struct histogram h;

	(void)state;
	assert_true(isnan(histogram_quantile(&h, 0.5)));
}

static void test_bins(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_add(&h, bin_of(8), 3);
	histogram_add(&h, INT64_MIN / 2, 1);
	histogram_add(&h, INT64_MAX / 2, 2);
	assert_int_equal(h.all, 6);
	assert_int_equal(h.calls[0], 1);
	assert_int_equal(h.calls[HISTOGRAM_BINS - 1], 2);
	assert_int_equal(h.calls[3 * HISTOGRAM_PER_OCTAVE - HISTOGRAM_LEAST],
			 3);
	assert_true(
		fabs(histogram_ns(3 * HISTOGRAM_PER_OCTAVE - HISTOGRAM_LEAST) -
		     8) < 1e-9);
}

/* Times that are spread evenly on the scale, from 1 to 1024 ns. */
static void test_quantiles(void **state)
{
	static struct histogram h;
	const unsigned int n = 100000;
	unsigned int i;

	(void)state;
	for (i = 0; i < n; i++)
		histogram_add(&h, bin_of(exp2(10.0 * (i + 0.5) / n)), 1);
	for (i = 1; i < 10; i++) {
		double found = histogram_quantile(&h, i / 10.0);

		assert_true(fabs(log2(found) - i) < 0.01);
	}
	assert_true(histogram_quantile(&h, 1) <= 1024.0001);
	assert_true(histogram_quantile(&h, 0) <= 1.0001);
}

/* A hundredth that is a million times as slow is all of what lies beyond 99 %. */
static void test_tail(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_add(&h, bin_of(25), 990);
	histogram_add(&h, bin_of(25e6), 10);
	assert_true(histogram_quantile(&h, 0.5) < 26);
	assert_true(histogram_quantile(&h, 0.99) < 26);
	assert_true(histogram_quantile(&h, 0.995) > 24e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
