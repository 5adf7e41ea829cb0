// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

#include "changepoint.h"

/*
 * Planted curves: two levels, known places where they part, and noise of single
 * places and of whole blocks, as a clock that drifts makes it.
 */

#define N      40u
#define BLOCKS 24u

struct planting {
	double first; /* place number 0 */
	double step;  /* between places */
	double from;  /* the rise begins and ends */
	double to;
	double height;
	double noise;	 /* standard deviation, of one place in one block */
	double by_block; /* likewise, of all places in one block */
};

struct curve {
	double x[N];
	double y[BLOCKS * N];
	struct changepoint_curve c;
};

static void plant(struct curve *c, const struct planting *p, gsl_rng *rng)
{
	double level, share;
	size_t b, i;

	c->c = (struct changepoint_curve){c->x, N, c->y, BLOCKS};
	for (i = 0; i < N; i++)
		c->x[i] = p->first + i * p->step;
	for (b = 0; b < BLOCKS; b++) {
		level = 100 + gsl_ran_gaussian(rng, p->by_block);
		for (i = 0; i < N; i++) {
			share = c->x[i] < p->to ? (c->x[i] - p->from) /
							  (p->to - p->from)
						: 1;
			c->y[b * N + i] = level + fmax(share, 0) * p->height +
					  gsl_ran_gaussian(rng, p->noise);
		}
	}
}

static void find(struct changepoint *found, const struct planting *p,
		 gsl_rng *rng)
{
	struct error err = {0};
	struct curve c;

	plant(&c, p, rng);
	if (changepoint_find(&c.c, found, &err))
		fail_msg("%s", err.text);
}

/* Without noise everything is exact. */
static void test_exact(void **state)
{
	const struct planting step = {70, 1, 95, 96, 5, 0, 0};
	const struct planting ramp = {70, 1, 80, 96, 5, 0, 0};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct changepoint c;

	(void)state;
	find(&c, &step, rng);
	assert_true(c.from == 95 && c.to == 96 && c.place.mean == 95.5);
	assert_true(c.place.lo == 95 && c.place.hi == 96);
	assert_true(fabs(c.below - 100) < 1e-6 &&
		    fabs(c.height.mean - 5) < 1e-6);
	find(&c, &ramp, rng);
	assert_true(c.from == 80 && c.to == 96 && c.place.mean == 88);
	gsl_rng_free(rng);
}

/* Steps at places drawn at random: their intervals hold them, and are short. */
static void test_coverage(void **state)
{
	struct planting p = {1600, 25, 0, 0, 8, 6, 2};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	unsigned int i, held = 0, risen = 0;
	double width = 0, off = 0;
	struct changepoint c;

	(void)state;
	for (i = 0; i < 100; i++) {
		p.from = 1800 + gsl_rng_uniform(rng) * 500;
		p.to = p.from + 1;
		find(&c, &p, rng);
		held += c.place.lo <= p.from && c.place.hi >= p.to;
		risen += c.height.lo > 0 && c.height.lo < 8 && c.height.hi > 8;
		width += (c.place.hi - c.place.lo) / 100;
		off += (c.place.mean - p.from - 0.5) / 100;
	}
	/* 95 promised; a standard deviation of 2.2: three of those below. */
	assert_in_range(held, 88, 100);
	assert_in_range(risen, 85, 100);
	/* Noise of 6 in 24 blocks is 1.2, against 8: a place or two wrong. */
	if (width > 150 || fabs(off) > 15)
		fail_msg("%g wide, %g off", width, off);
	gsl_rng_free(rng);
}

/* The middle of a rise is found, and the interval reaches over all of it. */
static void test_ramp(void **state)
{
	const struct planting p = {1600, 25, 1900, 2200, 10, 4, 1};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	unsigned int i, held = 0;
	struct changepoint c;
	double off = 0;

	(void)state;
	for (i = 0; i < 50; i++) {
		find(&c, &p, rng);
		held += c.place.lo <= 1950 && c.place.hi >= 2150;
		off += (c.place.mean - 2050) / 50;
	}
	assert_in_range(held, 45, 50);
	if (fabs(off) > 10)
		fail_msg("%g off", off);
	gsl_rng_free(rng);
}

/* Where there is none, the height's interval says so, nearly always. */
static void test_no_step(void **state)
{
	const struct planting p = {1600, 25, 1900, 1901, 0, 6, 2};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct changepoint c;
	unsigned int i, wide = 0;

	(void)state;
	for (i = 0; i < 50; i++) {
		find(&c, &p, rng);
		wide += c.height.lo <= 0 || c.place.hi - c.place.lo > 500;
	}
	assert_in_range(wide, 45, 50);
	gsl_rng_free(rng);
}

static void test_too_few(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	const struct planting p = {0, 1, 20, 21, 5, 0, 0};
	struct changepoint found;
	struct error err = {0};
	struct curve c;

	(void)state;
	plant(&c, &p, rng);
	c.c.n = 2 * CHANGEPOINT_LEVEL - 1;
	assert_int_equal(changepoint_find(&c.c, &found, &err), -1);
	err = (struct error){0};
	c.c.n = N;
	c.c.blocks = 1;
	assert_int_equal(changepoint_find(&c.c, &found, &err), -1);
	gsl_rng_free(rng);
}

/* Both of two steps, neither of slow rises nor of noise. */
static void test_scan(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	const struct planting flat = {0, 1, 10, 11, 0, 1, 1};
	struct changepoint_rise at[4];
	size_t i, b;
	struct curve c;
	unsigned int run;

	(void)state;
	for (run = 0; run < 50; run++) {
		plant(&c, &flat, rng);
		for (b = 0; b < BLOCKS; b++) {
			for (i = 0; i < N; i++)
				c.y[b * N + i] +=
					0.1 * i + 5 * (i >= 12) + 9 * (i >= 27);
		}
		assert_int_equal(changepoint_scan(&c.c, 4, 3, at, 4), 2);
		assert_in_range(at[0].at, 11, 13);
		assert_in_range(at[1].at, 26, 28);
		assert_true(fabs(at[0].height - 5.4) < 1 &&
			    fabs(at[1].height - 9.4) < 1);
		assert_int_equal(changepoint_scan(&c.c, 4, 3, at, 1), 1);
		assert_int_equal(changepoint_scan(&c.c, 4, 100, at, 4), 0);
		plant(&c, &flat, rng);
		assert_int_equal(changepoint_scan(&c.c, 4, 0.8, at, 4), 0);
	}
	gsl_rng_free(rng);
}

/* A rise is five times its standard error, or it is none. */
static void test_scan_noise(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct planting p = {0, 1, 20, 21, 3, 60, 0};
	unsigned int run, found = 0;
	struct curve c;
	struct changepoint_rise at[4];

	(void)state;
	for (run = 0; run < 50; run++) {
		plant(&c, &p, rng);
		found += changepoint_scan(&c.c, 4, 1, at, 4);
	}
	assert_in_range(found, 0, 1);
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_no_step),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
