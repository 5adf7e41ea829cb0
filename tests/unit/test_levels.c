// SPDX-License-Identifier: GPL-2.0
#include "levels.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>

#include "helper.h"
#include "stats.h"

/*
 * Runs whose processes, rounds and samples vary by what is known: is it found, and do
 * intervals over processes hold the truth as often as they say?
 */

#define TRUTH 1000.0

/* Standard deviations, ticks. */
struct world {
	double process;
	double round;
	double sample;
	unsigned int processes;
	unsigned int rounds;
	unsigned int samples;
	bool modes; /* a process is off by as much, one way or the other */
};

static gsl_rng *rng;
static struct levels *levels;
static struct stats *stats;

static double figure(const double *means, void *context)
{
	(void)context;
	return means[1] - means[0];
}

/* Arm 0 is a control of 1000 ticks, in which nothing but samples varies. */
static void play(const struct world *w)
{
	static const unsigned int control[] = {0, 0};
	struct run_table table = {.rows = NULL};
	struct error err = {0};
	unsigned int p, r, s;
	double by_process, by_round;

	levels = levels_new(2, &err);
	stats = stats_new(2, control, &err);
	assert_non_null(levels);
	assert_non_null(stats);
	stats_by_process(stats);
	for (p = 0; p < w->processes; p++) {
		by_process = gsl_ran_gaussian(rng, w->process);
		if (w->modes)
			by_process = copysign(w->process, by_process);
		for (r = 0; r < w->rounds; r++) {
			by_round = gsl_ran_gaussian(rng, w->round);
			table.n = 0;
			table.process = p;
			table.round = r;
			for (s = 0; s < 2 * w->samples; s++)
				assert_int_equal(
					run_table_add(
						&table, s % 2, 0,
						1000 +
							(s % 2 ? TRUTH + by_process +
									 by_round
							       : 0) +
							gsl_ran_gaussian(
								rng, w->sample),
						0, &err),
					0);
			stats_add_round(stats, &table);
			assert_int_equal(levels_add_round(levels, &table, &err),
					 0);
		}
	}
	run_table_free(&table);
}

static void forget(void)
{
	levels_free(levels);
	stats_free(stats);
}

static void assert_near(double found, double sd)
{
	assert_true(sqrt(found) > sd * 0.85 && sqrt(found) < sd * 1.15);
}

static void test_variances(void **state)
{
	static const struct world worlds[] = {
		{20, 10, 10, 400, 8, 40, false},
		{10, 16, 40, 400, 8, 400, false},
		{16, 0, 40, 400, 8, 40, false},
		{0, 20, 5, 100, 40, 40, false},
	};
	struct level_variances v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(worlds); i++) {
		play(&worlds[i]);
		assert_int_equal(levels_processes(levels), worlds[i].processes);
		assert_int_equal(levels_rounds(levels, 7), worlds[i].rounds);
		v = levels_variances(levels, figure, NULL);
		/* Of a sample of each of two arms. Whole ticks add a twelfth. */
		assert_near(v.sample, sqrt(2) * worlds[i].sample);
		if (worlds[i].round)
			assert_near(v.round, worlds[i].round);
		else
			assert_true(sqrt(v.round) < 0.2 * worlds[i].sample);
		if (worlds[i].process)
			assert_near(v.process, worlds[i].process);
		else
			assert_true(sqrt(v.process) < 0.2 * worlds[i].round);
		forget();
	}
}

/* A figure that is no difference: samples count by how steep it is. */
static double logarithm(const double *means, void *context)
{
	(void)context;
	return log(means[1]);
}

static void test_slope(void **state)
{
	static const struct world world = {0, 0, 20, 20, 20, 100, false};
	struct level_variances v;

	(void)state;
	play(&world);
	v = levels_variances(levels, logarithm, NULL);
	assert_near(v.sample, world.sample / (1000 + TRUTH));
	forget();
}

/* Nothing is told of a level that there is one of only. */
static void test_one(void **state)
{
	static const struct world one = {5, 5, 5, 1, 10, 10, false},
				  single = {5, 5, 5, 4, 1, 10, false};
	struct level_variances v;

	(void)state;
	play(&one);
	v = levels_variances(levels, figure, NULL);
	assert_true(isnan(v.process));
	assert_false(isnan(v.round));
	forget();
	play(&single);
	v = levels_variances(levels, figure, NULL);
	assert_true(isnan(v.round));
	forget();
}

static void test_process(void **state)
{
	static const struct world world = {50, 0, 1, 3, 4, 40, false};
	struct estimate e;
	double sum = 0;
	size_t i;

	(void)state;
	play(&world);
	for (i = 0; i < 3; i++)
		sum += levels_process(levels, i, figure, NULL);
	e = stats_estimate(stats, figure, NULL, STATS_POOLED, 0.95);
	assert_float_equal(e.mean, sum / 3, 1e-6);
	forget();
}

/* Few processes or many, of one mode or of two: 95 % of the intervals hold the truth. */
static void test_coverage(void **state)
{
	static const struct world worlds[] = {
		{20, 10, 10, 3, 4, 10, false},
		{20, 10, 10, 8, 4, 10, false},
		{1, 30, 10, 12, 4, 10, false},
		{20, 2, 10, 12, 4, 10, true},
	};
	unsigned int held, runs = 1000, i;
	struct estimate e;
	size_t w;

	(void)state;
	for (w = 0; w < ARRAY_SIZE(worlds); w++) {
		for (i = held = 0; i < runs; i++) {
			play(&worlds[w]);
			e = stats_estimate(stats, figure, NULL, STATS_POOLED,
					   0.95);
			held += e.lo <= TRUTH && TRUTH <= e.hi;
			forget();
		}
		print_message("%u of %u\n", held, runs);
		assert_in_range(held, 925, 975);
	}
}

/* Rounds that are off by far, a tenth of them, all in the first process. */
static void test_midmean(void **state)
{
	static const struct world world = {0, 10, 10, 10, 40, 40, false};
	struct run_table table = {.rows = NULL, .process = 0};
	struct error err = {0};
	unsigned int i;

	(void)state;
	play(&world);
	table.process = world.processes;
	assert_int_equal(run_table_add(&table, 0, 0, 1000, 0, &err), 0);
	assert_int_equal(run_table_add(&table, 1, 0, 1000 + 9 * TRUTH, 0, &err),
			 0);
	for (i = 0; i < world.processes * world.rounds / 10; i++)
		assert_int_equal(levels_add_round(levels, &table, &err), 0);
	run_table_free(&table);
	/* A tenth more on one side moves the middle half by 0.2 of a round's spread. */
	assert_float_equal(levels_midmean(levels, SIZE_MAX, figure, NULL),
			   TRUTH, 4);
	assert_true(levels_midmean(levels, SIZE_MAX, figure, NULL) >
		    levels_midmean(levels, world.processes, figure, NULL));
	assert_float_equal(levels_midmean(levels, world.processes, figure,
					  NULL),
			   TRUTH, 2);
	forget();
}

/* Of one process alone nothing is left without it. */
static void test_midmean_of_none(void **state)
{
	static const struct world one = {5, 5, 5, 1, 3, 10, false};

	(void)state;
	play(&one);
	assert_true(isnan(levels_midmean(levels, 0, figure, NULL)));
	assert_float_equal(levels_midmean(levels, SIZE_MAX, figure, NULL),
			   levels_process(levels, 0, figure, NULL), 1e-9);
	forget();
}

#define PROCESSES 8u
#define ROUNDS	  20u

/* A round has two loops; the second has what all have in common once more. */
struct turn {
	double once;
	double twice;
};

/* The processes' mean without what is in common, which is a midmean, or the mean. */
static double together(struct turn turns[PROCESSES][ROUNDS], size_t without,
		       bool midmean)
{
	double list[PROCESSES * ROUNDS], sum = 0;
	size_t p, r, n = 0;

	for (p = 0; p < PROCESSES; p++) {
		for (r = 0; p != without && r < ROUNDS; r++) {
			sum += turns[p][r].once;
			list[n++] = turns[p][r].twice - turns[p][r].once;
		}
	}
	gsl_sort(list, 1, n);
	return sum / n -
	       (midmean ? gsl_stats_trmean_from_sorted_data(0.25, list, 1, n)
			: gsl_stats_mean(list, 1, n));
}

/* Now and then something takes ten times as much as otherwise varies. */
static double disturbed(void)
{
	double sd = gsl_ran_bernoulli(rng, 0.1) ? 100 : 10;

	return gsl_ran_gaussian(rng, sd);
}

/*
 * Processes that have something in common, found by all of them, disturbed rounds or not:
 * 95 % of the intervals hold the truth, and by midmeans they are narrower.
 */
static void test_jackknife(void **state)
{
	const double in_common = 30;
	unsigned int held[2] = {0}, runs = 1000, i, way;
	struct turn turns[PROCESSES][ROUNDS];
	double without[PROCESSES], width[2] = {0}, off[2] = {0}, all;
	struct estimate e;
	size_t p, r;

	(void)state;
	for (i = 0; i < runs; i++) {
		for (p = 0; p < PROCESSES; p++) {
			double lies = TRUTH + gsl_ran_gaussian(rng, 2);

			for (r = 0; r < ROUNDS; r++)
				turns[p][r] = (struct turn){
					lies + in_common + disturbed(),
					lies + 2 * in_common + disturbed()};
		}
		for (way = 0; way < 2; way++) {
			for (p = 0; p < PROCESSES; p++)
				without[p] = together(turns, p, way);
			all = together(turns, SIZE_MAX, way);
			e = estimate_jackknife(all, without, PROCESSES, 0.95);
			assert_float_equal(e.mean, all, 20);
			held[way] += e.lo <= TRUTH && TRUTH <= e.hi;
			width[way] += estimate_half_width(&e) / runs;
			off[way] += (e.mean - TRUTH) / runs;
		}
	}
	print_message("mean: %u, %.2f wide; midmean: %u, %.2f wide\n", held[0],
		      width[0], held[1], width[1]);
	for (way = 0; way < 2; way++) {
		assert_in_range(held[way], 925, 975);
		assert_true(fabs(off[way]) < 0.5);
	}
	assert_true(width[1] < 0.8 * width[0]);
}

/*
 * One process in a dozen lies far off, as a live call does now and then. The interval
 * still holds the middle, in 95 % of runs; one that lies off does little to its width.
 */
static void test_odd_processes(void **state)
{
	unsigned int held = 0, runs = 1000, i, n = 12;
	double values[12], without[12], width[2] = {0}, all, in_all = 0;
	struct estimate e;
	size_t p, odd;

	(void)state;
	for (i = 0; i < runs; i++) {
		for (odd = 0; odd < 2; odd++) {
			for (p = 0; p < n; p++)
				values[p] = TRUTH + gsl_ran_gaussian(rng, 2);
			values[0] += odd * 200;
			for (all = 0, p = 0; p < n; p++)
				all += values[p] / n;
			for (p = 0; p < n; p++)
				without[p] = (n * all - values[p]) / (n - 1);
			e = estimate_jackknife(all, without, n, 0.95);
			width[odd] += estimate_half_width(&e) / runs;
		}
		held += e.lo <= TRUTH && TRUTH <= e.hi;
		in_all += (all - TRUTH) / runs;
	}
	print_message("%u held; %.2f wide, %.2f with an odd one; the mean is "
		      "off by %.1f\n",
		      held, width[0], width[1], in_all);
	assert_in_range(held, 925, 985);
	assert_true(width[1] < 1.5 * width[0]);
	assert_true(in_all > 10);
}

/* Of fewer than six no ranks are rare enough: Student's interval, about the mean. */
static void test_few_processes(void **state)
{
	const double without[] = {11, 9, 10, 10, 10};
	struct estimate e = estimate_jackknife(10, without, 5, 0.95);

	(void)state;
	assert_float_equal(e.mean, 10, 0);
	assert_true(isfinite(e.lo) && isfinite(e.hi));
}

static int set_up(void **state)
{
	(void)state;
	rng = gsl_rng_alloc(gsl_rng_taus2);
	return !rng;
}

static int tear_down(void **state)
{
	(void)state;
	gsl_rng_free(rng);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variances),
		cmocka_unit_test(test_slope),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_midmean),
		cmocka_unit_test(test_midmean_of_none),
		cmocka_unit_test(test_jackknife),
		cmocka_unit_test(test_odd_processes),
		cmocka_unit_test(test_few_processes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
