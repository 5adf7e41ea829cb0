// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "sighting.h"

/*
 * Planted coarse curves of CPUs: one whose second level gives way at once, one after which
 * walks get dearer, some whose sets are hashed, and some whose walks take longer or shorter
 * by the number of pages, as on Zen 5. The end that is seen has to be the planted one, also by
 * a clock whose steps are larger than what a miss of the first level takes.
 */

#define FIRST_ENTRIES 64.0
#define FIRST_TICKS   7.0
#define CACHED	      6144.0
#define TRIALS	      24u
#define CURVES	      60u

/* A second level, and what else makes loads take longer. */
struct planting {
	double entries;
	double ticks; /* of a walk */
	bool hashed;
	double bump_from; /* others from which on a walk, or a hit, is dearer */
	double bump_to;	  /* fully so */
	double bump_ticks;
	double by_place; /* standard deviation of a walk, by the number of others */
};

static const struct planting plantings[] = {
	{1536, 20, false, 1, 1, 0, 0},	   {2048, 60, false, 2100, 6000, 25, 0},
	{3072, 16, true, 1, 1, 0, 0},	   {4096, 16, true, 1, 1, 0, 0},
	{3072, 30, true, 600, 640, 10, 0}, {2048, 9, false, 1, 1, 0, 3},
	{2048, 9, false, 1, 1, 0, 4},	   {1024, 9, false, 1, 1, 0, 4},
};

struct curve {
	double x[RISE_PLACES];
	double y[SIGHTING_BLOCKS * RISE_PLACES];
	size_t n;
};

/* The share of 16 ways' sets that are full, which pages are hashed to. */
static double gone(const struct planting *p, double others)
{
	if (!p->hashed)
		return others >= p->entries;
	return gsl_cdf_poisson_Q(15, 16 * others / p->entries);
}

static double ticks_of(const struct planting *p, double others)
{
	double bump =
		log(others / p->bump_from) / log(p->bump_to / p->bump_from);

	return 30 + FIRST_TICKS * (others >= FIRST_ENTRIES) +
	       p->ticks * gone(p, others) +
	       (p->bump_ticks > 0 ? p->bump_ticks * fmin(1, fmax(0, bump)) : 0);
}

/* A mean of loads by a clock that advances in steps; a step of 0: one without. */
static double reading(double ticks, double step, gsl_rng *rng)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < TRIALS; i++) {
		double at = gsl_rng_uniform(rng) * step;
		double load = ticks + gsl_ran_gaussian(rng, 4);

		sum += step > 0 ? floor((at + load) / step) * step : load;
	}
	return sum / TRIALS;
}

static void plant(struct curve *c, const struct planting *p, double step,
		  gsl_rng *rng)
{
	double x, ticks;
	size_t block, i;

	c->n = 0;
	for (x = 4; x <= SIGHTING_MOST_PAGES; x *= exp2(0.1))
		if (!c->n || round(x) > c->x[c->n - 1])
			c->x[c->n++] = round(x);
	for (i = 0; i < c->n; i++) {
		ticks = ticks_of(p, c->x[i]) +
			gone(p, c->x[i]) * gsl_ran_gaussian(rng, p->by_place);
		for (block = 0; block < SIGHTING_BLOCKS; block++)
			c->y[block * c->n + i] = reading(ticks, step, rng);
	}
}

/* Others up to which fewer than half are gone, and from which on nearly all are. */
static void truth_of(const struct planting *p, double *from, double *to)
{
	for (*from = 1; gone(p, *from) < 0.5; (*from)++)
		;
	for (*to = *from; gone(p, *to) < 0.75; (*to)++)
		;
}

/*
 * The fine curve reaches three tenths beyond the rise; an end at one place has to lie between
 * the limits, too, since the places beyond them are taken for the levels.
 */
static bool is_elsewhere(const struct sighting *at, bool wide, double from,
			 double to)
{
	return at->rise.at.lo * 0.7 > from || at->rise.at.hi * 1.3 < to ||
	       (!wide &&
		(at->limits.low_to >= from || at->limits.high_from <= to));
}

/* How many ends of a level are seen, and how many elsewhere than they are. */
static void look(const struct planting *p, size_t level, double step,
		 unsigned int *seen, unsigned int *wrong)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	double from = FIRST_ENTRIES, to = FIRST_ENTRIES;
	static struct curve c;
	struct error err = {0};
	struct sighting at;
	unsigned int i;

	if (level)
		truth_of(p, &from, &to);
	*seen = *wrong = 0;
	for (i = 0; i < CURVES; i++) {
		struct sighting_curve curve = {
			.x = c.x, .y = c.y, .cached = CACHED};

		plant(&c, p, step, rng);
		curve.n = c.n;
		assert_int_equal(sighting_find(&at, &curve, level, &err), 0);
		*seen += at.seen;
		*wrong += at.seen && is_elsewhere(&at, p->hashed, from, to);
	}
	gsl_rng_free(rng);
}

static void check(const struct planting *p, size_t level, double step)
{
	/* Numbers that differ by half of the rise may hide it once in a while. */
	unsigned int most = level && p->by_place > 0 ? CURVES / 20 : 0;
	unsigned int least = level && p->hashed ? 1 : CURVES * 9 / 10;
	unsigned int seen, wrong;

	look(p, level, step, &seen, &wrong);
	if (wrong > most || seen < least)
		fail_msg(
			"%g entries, steps of %g, level %zu: %u of %u seen, %u elsewhere",
			p->entries, step, level + 1, seen, CURVES, wrong);
}

static void test_levels(void **state)
{
	static const double steps[] = {0, 26};
	size_t i, k, level;

	(void)state;
	for (i = 0; i < sizeof(plantings) / sizeof(*plantings); i++)
		for (k = 0; k < 2; k++)
			for (level = 0; level < 2; level++)
				check(&plantings[i], level, steps[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
