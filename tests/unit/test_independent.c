// SPDX-License-Identifier: GPL-2.0
#include "independent.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "helper.h"

#define VALUES 8
#define TRIALS 4000

static struct estimate mean_of(gsl_rng *random, double mean, double sigma)
{
	double values[VALUES];
	size_t i;

	for (i = 0; i < VALUES; i++)
		values[i] = mean + gsl_ran_gaussian(random, sigma);
	return stats_mean(values, VALUES);
}

/* How often the interval holds the truth, of 4000; 95 % are 3800, and a chance is 14. */
static unsigned int covered(double sigma, bool ratio)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	double truth = ratio ? 100.0 / 80 : 20;
	unsigned int i, n = 0;

	for (i = 0; i < TRIALS; i++) {
		struct estimate a = mean_of(random, 100, 5), b, found;

		b = mean_of(random, 80, sigma);
		found = ratio ? independent_ratio(&a, &b)
			      : independent_difference(&a, &b);
		n += found.lo <= truth && truth <= found.hi;
	}
	gsl_rng_free(random);
	return n;
}

/* Of unequal spreads it covers as one of them alone does, of equal ones a bit more. */
static void test_coverage(void **state)
{
	(void)state;
	assert_in_range(covered(5, false), 3760, 3920);
	assert_in_range(covered(0.5, false), 3740, 3860);
	assert_in_range(covered(5, true), 3760, 3920);
	assert_in_range(covered(0.5, true), 3740, 3860);
}

/* Each end is made of the two ends that lead there. */
static void test_lopsided(void **state)
{
	const struct estimate a = {10, 7, 14}, b = {5, 1, 17};
	struct estimate d = independent_difference(&a, &b);

	(void)state;
	assert_true(fabs(d.mean - 5) < 1e-12);
	assert_true(fabs(d.lo - (5 - hypot(3, 12))) < 1e-12);
	assert_true(fabs(d.hi - (5 + hypot(4, 4))) < 1e-12);
}

static void test_unknown(void **state)
{
	const struct estimate a = {10, 9, 11}, none = {10, NAN, NAN},
			      zero = {1, 0, 2};

	(void)state;
	assert_true(isnan(independent_difference(&a, &none).lo));
	assert_true(isnan(independent_ratio(&a, &zero).mean));
	assert_true(isnan(independent_ratio(&zero, &a).mean));
	assert_true(independent_ratio(&a, &a).mean == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_lopsided),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
