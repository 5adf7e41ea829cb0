// SPDX-License-Identifier: GPL-2.0
#include "sighting.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <string.h>

/*
 * So many pages surely fit the first level; so many surely don't, but fit the second.
 * No first level has had fewer than 64 entries for 4 KiB since Nehalem, nor more than
 * 256 (Core 2); no second level beside such a one fewer than 512 (Nehalem).
 */
#define FIRST_HOLDS   56u
#define SECOND_BEGINS 300u
#define SECOND_HOLDS  480u

/*
 * The most pages are those whose page table entries, 8 bytes each, lie in L1d. L1d has had
 * 32 KiB at least since Nehalem; the numbers are shares of it.
 */
#define ENTRY_BYTES  8
#define L1D_LEAST    32768u
#define NONE_HOLDS   0.7
#define TABLE_CACHED 0.95

/* Places of the coarse curve in each of the two levels near a rise. */
#define LEAST_PLACES 3u

double sighting_pages_cached(const struct geometry *geometry)
{
	uint64_t bytes = geometry->cache[GEOMETRY_L1D].bytes;

	return fmin((bytes ? bytes : L1D_LEAST) / ENTRY_BYTES,
		    SIGHTING_MOST_PAGES);
}

double sighting_fewest(size_t level, double cached)
{
	return level ? NONE_HOLDS * cached : SECOND_BEGINS;
}

static struct sighting_limits limits_of(const struct sighting_curve *c,
					size_t level)
{
	if (level)
		return (struct sighting_limits){SECOND_BEGINS - c->occupied,
						SECOND_HOLDS - c->occupied,
						NONE_HOLDS * c->cached,
						TABLE_CACHED * c->cached};
	return (struct sighting_limits){1, FIRST_HOLDS - c->occupied,
					SECOND_BEGINS - c->occupied,
					SECOND_HOLDS - c->occupied};
}

/* Limits near a rise, where the ends of the curve are too far away to compare with. */
static struct sighting_limits limits_near(const struct sighting_limits *l,
					  double rise)
{
	return (struct sighting_limits){
		.low_from = fmax(l->low_from, rise / 2),
		.low_to = rise / 1.2,
		.high_from = rise * 1.15,
		.high_to = fmin(l->high_to, rise * 2),
	};
}

/* The places of a level out of a curve of all. @y: filled, as large as the curve's. */
static struct rise_curve part_of(const struct sighting_curve *c,
				 const struct sighting_limits *l, double *y)
{
	struct rise_curve part = {.y = y, .blocks = SIGHTING_BLOCKS};
	size_t i, block, from = 0;

	while (c->x[from] < l->low_from)
		from++;
	part.x = &c->x[from];
	for (i = from; i < c->n && c->x[i] <= l->high_to; i++) {
		part.low += c->x[i] <= l->low_to;
		part.high += c->x[i] >= l->high_from;
		part.n++;
	}
	for (block = 0; block < SIGHTING_BLOCKS; block++)
		memcpy(&y[block * part.n], &c->y[block * c->n + from],
		       part.n * sizeof(*y));
	return part;
}

bool sighting_is_end(const struct rise *r)
{
	return r->height.lo >= SIGHTING_TICKS / 2 &&
	       r->height.mean >= SIGHTING_TICKS && r->ended;
}

static int look(const struct sighting_curve *c, struct sighting *at,
		struct error *err)
{
	double y[SIGHTING_BLOCKS * RISE_PLACES];
	struct rise_curve curve = part_of(c, &at->limits, y);

	at->seen = false;
	if (curve.low < LEAST_PLACES || curve.high < LEAST_PLACES)
		return 0;
	rise_level_off(&curve, y, &at->slope);
	if (rise_find(&curve, &at->rise, err))
		return -1;
	at->seen = sighting_is_end(&at->rise);
	return 0;
}

/* The mean of a curve's places before any rise. */
static double bottom_of(const struct sighting_curve *c,
			const struct sighting_limits *l)
{
	double y[SIGHTING_BLOCKS * RISE_PLACES], sum = 0;
	struct rise_curve curve = part_of(c, l, y);
	size_t block;

	for (block = 0; block < curve.blocks; block++)
		sum += gsl_stats_mean(&y[block * curve.n], 1, curve.low);
	return sum / (double)curve.blocks;
}

/*
 * Before a level's end the curve is level, but for so much of what it rises by there. On
 * Zen 5 walks take some 9 ticks, and 4 more or fewer by the number of pages: that makes
 * rises, too, on top of the one that is looked for.
 */
#define MOST_BEFORE 0.3

static bool is_first(const struct sighting_curve *c, const struct sighting *at,
		     const struct sighting_limits *all)
{
	return bottom_of(c, &at->limits) - bottom_of(c, all) <
	       MOST_BEFORE * at->rise.height.mean;
}

/* Look near a place, with what the curve rises by beyond it taken off. */
static int look_near(const struct sighting_curve *c, struct sighting *at,
		     const struct rise_curve *curve,
		     const struct sighting_limits *all, double place,
		     struct error *err)
{
	at->slope = rise_slope(curve, place);
	at->limits = limits_near(all, place);
	if (look(c, at, err))
		return -1;
	at->seen = at->seen && is_first(c, at, all);
	return 0;
}

int sighting_find(struct sighting *at, const struct sighting_curve *c,
		  size_t level, struct error *err)
{
	double y[SIGHTING_BLOCKS * RISE_PLACES];
	struct sighting_limits all = limits_of(c, level);
	struct rise_curve curve = part_of(c, &all, y);

	if (look_near(c, at, &curve, &all, rise_level_end(&curve), err))
		return -1;
	if (!at->seen &&
	    look_near(c, at, &curve, &all, rise_steepest(&curve), err))
		return -1;
	if (at->seen)
		return 0;
	at->slope = (struct rise_slope){0};
	at->limits = all;
	return look(c, at, err);
}
