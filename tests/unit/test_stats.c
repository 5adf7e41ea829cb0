// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

/*
 * Planted truth: samples with a known difference, noise, drift, a clock that
 * advances in steps, and outliers. The interval must cover the truth as often
 * as it promises, and each dropped sample must be counted under its cause.
 */

#define SAMPLES 8000
#define TRUTH	13.7
#define BLOCKS	40

struct planting {
	double noise; /* standard deviation, ticks */
	double drift; /* over the run, ticks, hitting all arms */
	double step;  /* of the clock, ticks; 0: continuous */
};

static void plant(struct swc_sample *samples, const struct planting *p,
		  gsl_rng *rng)
{
	double phase, ticks;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		samples[i] =
			(struct swc_sample){.arm = gsl_rng_uniform_int(rng, 2)};
		ticks = 100 + (samples[i].arm ? TRUTH : 0) +
			p->drift * i / SAMPLES +
			gsl_ran_gaussian(rng, p->noise);
		if (p->step > 0) {
			/* A random phase to the clock, as the delay makes it. */
			phase = gsl_rng_uniform(rng) * p->step;
			ticks = floor((ticks + phase) / p->step) * p->step;
		}
		samples[i].ticks = lround(ticks);
	}
}

static double difference(const double *means, void *context)
{
	(void)context;
	return means[1] - means[0];
}

static struct estimate estimate(const struct swc_sample *samples,
				unsigned long seed)
{
	struct stats_drops drops;
	struct error err = {0};
	struct estimate e;
	struct stats *s;

	s = stats_new(samples, SAMPLES, 2, BLOCKS, &drops, &err);
	assert_non_null(s);
	e = stats_estimate(s, difference, NULL, seed);
	stats_free(s);
	return e;
}

/*
 * Nominal coverage is 95 of 100. 86 or fewer happen by chance less than once in
 * a thousand runs, so a failure is a fault; the seed is fixed besides.
 */
static void check_coverage(const struct planting *p)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	int run, covered = 0;
	struct estimate e;

	assert_non_null(samples);
	gsl_rng_set(rng, 20260101);
	for (run = 0; run < 100; run++) {
		plant(samples, p, rng);
		e = estimate(samples, run + 1);
		assert_true(e.lo <= e.mean && e.mean <= e.hi);
		assert_true(e.hi - e.lo < 3);
		covered += e.lo <= TRUTH && TRUTH <= e.hi;
	}
	assert_in_range(covered, 87, 100);
	free(samples);
	gsl_rng_free(rng);
}

static void test_coverage_noise(void **state)
{
	(void)state;
	check_coverage(&(struct planting){.noise = 4});
}

static void test_coverage_drift(void **state)
{
	(void)state;
	check_coverage(&(struct planting){.noise = 4, .drift = 20});
}

static void test_coverage_coarse_clock(void **state)
{
	(void)state;
	check_coverage(&(struct planting){.noise = 1, .step = 26});
}

static void test_drops_are_counted(void **state)
{
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct planting quiet = {.noise = 2};
	struct stats_drops drops;
	struct error err = {0};
	struct stats *s;
	int i;

	(void)state;
	assert_non_null(samples);
	plant(samples, &quiet, rng);
	for (i = 0; i < 10; i++)
		samples[100 * i].flags = SWC_SAMPLE_NMI;
	for (i = 0; i < 7; i++)
		samples[100 * i + 1].flags = SWC_SAMPLE_MIGRATED;
	for (i = 0; i < 25; i++)
		samples[100 * i + 2].ticks = 100000;
	s = stats_new(samples, SAMPLES, 2, BLOCKS, &drops, &err);
	assert_non_null(s);
	assert_int_equal(drops.nmi, 10);
	assert_int_equal(drops.migrated, 7);
	assert_int_equal(drops.outlier, 25);
	assert_int_equal(stats_kept(s, 0) + stats_kept(s, 1), SAMPLES - 42);
	stats_free(s);
	gsl_rng_free(rng);
	free(samples);
}

static void test_too_few_are_refused(void **state)
{
	struct swc_sample samples[30] = {{0}};
	struct stats_drops drops;
	struct error err = {0};

	(void)state;
	assert_null(stats_new(samples, 30, 2, BLOCKS, &drops, &err));
	assert_string_not_equal(err.text, "");
	assert_int_equal(err.code, EXIT_CHECK_FAILED);
}

static void test_mean(void **state)
{
	/* Student's t with 3 degrees of freedom: 3.182 at 97.5 %. */
	static const double values[] = {9, 11, 10, 10};
	struct estimate e = stats_mean(values, 4);

	(void)state;
	assert_true(fabs(e.mean - 10) < 1e-9);
	assert_true(fabs(e.hi - e.mean - 3.18245 * sqrt(2.0 / 3) / 2) < 1e-4);
	assert_true(fabs(e.mean - e.lo - (e.hi - e.mean)) < 1e-9);
	assert_true(isnan(stats_mean(values, 1).lo));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage_noise),
		cmocka_unit_test(test_coverage_drift),
		cmocka_unit_test(test_coverage_coarse_clock),
		cmocka_unit_test(test_drops_are_counted),
		cmocka_unit_test(test_too_few_are_refused),
		cmocka_unit_test(test_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
