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

#include "plant.h"
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

/* All samples, as so many rounds of equal length. */
static struct stats *rounds(const struct swc_sample *samples, size_t n,
			    size_t blocks)
{
	struct error err = {0};
	struct stats *s = stats_new(2, NULL, &err);
	size_t i;

	assert_non_null(s);
	for (i = 0; i < blocks; i++)
		plant_add(s, samples + i * n / blocks, n / blocks);
	return s;
}

static struct estimate estimate(const struct swc_sample *samples,
				enum stats_pooling pooling)
{
	struct stats *s = rounds(samples, SAMPLES, BLOCKS);
	struct estimate e = stats_estimate(s, difference, NULL, pooling, 0.95);

	stats_free(s);
	return e;
}

/*
 * Nominal coverage is 95 of 100: 380 of 400, standard deviation 4.4. Four of
 * those to each side: an interval that is a little too short or too long fails,
 * as percentiles without Hesterberg's correction do with few blocks.
 */
#define RUNS	    400
#define COVERED_MIN 363
#define COVERED_MAX 397

static void check_coverage_pooled(const struct planting *p,
				  enum stats_pooling pooling)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	int run, covered = 0;
	struct estimate e;

	assert_non_null(samples);
	gsl_rng_set(rng, 20260101);
	for (run = 0; run < RUNS; run++) {
		plant(samples, p, rng);
		e = estimate(samples, pooling);
		assert_true(e.lo <= e.mean && e.mean <= e.hi);
		assert_true(e.hi - e.lo < 3);
		covered += e.lo <= TRUTH && TRUTH <= e.hi;
	}
	assert_in_range(covered, COVERED_MIN, COVERED_MAX);
	free(samples);
	gsl_rng_free(rng);
}

static void check_coverage(const struct planting *p)
{
	check_coverage_pooled(p, STATS_POOLED);
	check_coverage_pooled(p, STATS_BY_BLOCK);
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

/* With six blocks, Student's t is 2.57 where the normal is 1.96. */
static void test_coverage_few_blocks(void **state)
{
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct planting quiet = {.noise = 4};
	int run, covered = 0;
	struct estimate e;
	struct stats *s;

	(void)state;
	assert_non_null(samples);
	gsl_rng_set(rng, 20260101);
	for (run = 0; run < RUNS; run++) {
		plant(samples, &quiet, rng);
		s = rounds(samples, SAMPLES, 6);
		e = stats_estimate(s, difference, NULL, STATS_POOLED, 0.95);
		covered += e.lo <= TRUTH && TRUTH <= e.hi;
		stats_free(s);
	}
	assert_in_range(covered, COVERED_MIN, COVERED_MAX);
	free(samples);
	gsl_rng_free(rng);
}

/* More rounds than blocks: nothing is lost, and the mean stays the same. */
static void test_many_rounds_fold(void **state)
{
	struct swc_sample round[40];
	struct error err = {0};
	struct stats *s = stats_new(2, NULL, &err);
	struct estimate e;
	int i, k;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 1000; i++) {
		for (k = 0; k < 40; k++)
			round[k] = (struct swc_sample){
				.arm = k & 1,
				.ticks = (k & 1 ? 200 : 100) + i % 3,
			};
		plant_add(s, round, 40);
	}
	assert_int_equal(stats_rounds(s), 1000);
	assert_in_range(stats_blocks(s), 32, 64);
	assert_int_equal(stats_kept(s, 0), 20000);
	e = stats_estimate(s, difference, NULL, STATS_POOLED, 0.95);
	assert_true(fabs(e.mean - 100) < 1e-9);
	assert_true(fabs(stats_arm_mean(s, 0) - 100.999) < 1e-9);
	stats_free(s);
}

/*
 * A process has something for itself, here a shift of one arm, which no number of its
 * rounds averages away. Blocks of processes know of it, blocks of rounds don't.
 */
#define PROCESSES   12
#define SHIFT	    5.0 /* standard deviation, ticks */
#define ROUNDS_EACH 20
#define SHIFTED	    200 /* runs */

static bool covers(gsl_rng *rng, bool by_process)
{
	struct error err = {0};
	struct stats *s = stats_new(2, NULL, &err);
	struct run_table round = {.rows = NULL};
	struct estimate e;
	double shift;
	int i, k;

	assert_non_null(s);
	if (by_process)
		stats_by_process(s);
	for (; round.process < PROCESSES; round.process++) {
		shift = gsl_ran_gaussian(rng, SHIFT);
		for (i = 0; i < ROUNDS_EACH; i++) {
			for (k = round.n = 0; k < 20; k++)
				run_table_add(&round, k & 1, 0,
					      lround(1000 +
						     (k & 1 ? shift : 0) +
						     gsl_ran_gaussian(rng, 2)),
					      0, &err);
			stats_add_round(s, &round);
		}
	}
	assert_int_equal(stats_rounds(s), PROCESSES * ROUNDS_EACH);
	if (by_process)
		assert_int_equal(stats_blocks(s), PROCESSES);
	e = stats_estimate(s, difference, NULL, STATS_POOLED, 0.95);
	run_table_free(&round);
	stats_free(s);
	return e.lo <= 0 && e.hi >= 0;
}

static void test_processes(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	int i, covered = 0, without = 0;

	(void)state;
	for (i = 0; i < SHIFTED; i++) {
		covered += covers(rng, true);
		without += covers(rng, false);
	}
	/* 190 are expected, give or take four deviations of 3. */
	assert_in_range(covered, 178, SHIFTED);
	assert_in_range(without, 0, 170);
	gsl_rng_free(rng);
}

/* Flags that say what hit a sample, and those that only explain an outlier. */
static void test_drops_are_counted(void **state)
{
	static const struct {
		uint16_t flag;
		bool far; /* its ticks, too */
		int n;
		enum drop_cause cause; /* DROP_CAUSES: kept */
	} plants[] = {
		{SWC_SAMPLE_NMI, false, 10, DROP_NMI},
		{SWC_SAMPLE_MIGRATED, false, 7, DROP_MIGRATED},
		{SWC_SAMPLE_SWITCHED, false, 5, DROP_CONTEXT_SWITCH},
		{SWC_SAMPLE_INTERRUPT, true, 4, DROP_INTERRUPT},
		{SWC_SAMPLE_NEAR_SMI, true, 3, DROP_SMI},
		{SWC_SAMPLE_NEAR_FAULT, true, 6, DROP_PAGE_FAULT},
		{SWC_SAMPLE_NEAR_STEAL, true, 8, DROP_STEAL},
		{SWC_SAMPLE_NEAR_STEAL, false, 9, DROP_CAUSES},
		{SWC_SAMPLE_NEAR_FAULT, false, 2, DROP_CAUSES},
		{0, true, 25, DROP_OUTLIER},
	};
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct planting quiet = {.noise = 2};
	size_t p, at = 3, dropped = 0;
	struct stats *s;
	int i;

	(void)state;
	assert_non_null(samples);
	plant(samples, &quiet, rng);
	for (p = 0; p < ARRAY_SIZE(plants); p++) {
		for (i = 0; i < plants[p].n; i++, at += 97) {
			samples[at % SAMPLES].flags = plants[p].flag;
			if (plants[p].far)
				samples[at % SAMPLES].ticks = 100000;
		}
		if (plants[p].cause != DROP_CAUSES)
			dropped += plants[p].n;
	}
	s = rounds(samples, SAMPLES, BLOCKS);
	for (p = 0; p < ARRAY_SIZE(plants); p++) {
		if (plants[p].cause != DROP_CAUSES)
			assert_int_equal(stats_dropped(s, plants[p].cause),
					 plants[p].n);
	}
	assert_int_equal(stats_kept(s, 0) + stats_kept(s, 1),
			 SAMPLES - dropped);
	stats_free(s);
	gsl_rng_free(rng);
	free(samples);
}

/* The median of a normal is its mean; its 5 % quantile 1.645 deviations below. */
static void test_quantiles(void **state)
{
	struct swc_sample *samples = calloc(SAMPLES, sizeof(*samples));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct planting noisy = {.noise = 10};
	struct stats *s;

	(void)state;
	assert_non_null(samples);
	plant(samples, &noisy, rng);
	s = rounds(samples, SAMPLES, BLOCKS);
	assert_true(stats_quantiles[1] == 0.05 && stats_quantiles[3] == 0.5);
	assert_true(fabs(stats_quantile(s, 0, 3) - 100) < 1);
	assert_true(fabs(stats_quantile(s, 0, 1) - (100 - 16.45)) < 1.5);
	stats_free(s);
	gsl_rng_free(rng);
	free(samples);
}

static void test_too_few_are_refused(void **state)
{
	struct swc_sample samples[30] = {{0}};
	struct error err = {0};
	struct stats *s = rounds(samples, 30, 2);

	(void)state;
	assert_int_equal(stats_check(s, &err), -1);
	assert_string_not_equal(err.text, "");
	assert_int_equal(err.code, EXIT_CHECK_FAILED);
	stats_free(s);
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

/* The middle three, with the spread of 2, 2, 3, 4, 4; Student's t is 4.303. */
static void test_trimmed_mean(void **state)
{
	static const double values[] = {1, 2, 3, 4, 1000};
	struct estimate e = stats_trimmed_mean(values, 5, 1);
	struct estimate mean = stats_mean(values, 5);

	(void)state;
	assert_float_equal(e.mean, 3, 1e-9);
	assert_float_equal(e.hi - e.mean, 4.30265 * sqrt(5) / 3, 1e-4);
	assert_float_equal(e.mean - e.lo, e.hi - e.mean, 1e-9);
	e = stats_trimmed_mean(values, 5, 0);
	assert_float_equal(e.mean, mean.mean, 1e-9);
	assert_float_equal(e.hi, mean.hi, 1e-9);
	assert_true(isnan(stats_trimmed_mean(values, 1, 0).lo));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage_noise),
		cmocka_unit_test(test_coverage_drift),
		cmocka_unit_test(test_coverage_coarse_clock),
		cmocka_unit_test(test_coverage_few_blocks),
		cmocka_unit_test(test_many_rounds_fold),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_drops_are_counted),
		cmocka_unit_test(test_too_few_are_refused),
		cmocka_unit_test(test_mean),
		cmocka_unit_test(test_trimmed_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
