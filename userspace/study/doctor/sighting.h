/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_SIGHTING_H
#define SWC_DOCTOR_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>

#include "geometry.h"
#include "rise.h"

/*
 * Finds about where a level of the TLB ends, in a coarse curve of loads over the number of
 * other pages that were loaded before. It names the places that lie surely on one side of
 * that end, so that a fine curve between them can find it. Statistics only.
 */

/* So many blocks a curve has. */
#define SIGHTING_BLOCKS 32u

/**
 * struct sighting_curve - the coarse curve
 * @x: numbers of other pages, ascending
 * @n: how many, at most RISE_PLACES
 * @y: mean ticks of loads, [block * n + place], of SIGHTING_BLOCKS blocks
 * @occupied: pages that were in use besides
 * @cached: pages whose page table entries L1d holds
 */
struct sighting_curve {
	const double *x;
	size_t n;
	const double *y;
	double occupied;
	double cached;
};

/* So many other pages surely fit a level, and so many surely don't. */
struct sighting_limits {
	double low_from;
	double low_to;
	double high_from;
	double high_to;
};

/**
 * struct sighting - a level's end
 * @limits: that it was seen between
 * @slope: that was taken off
 * @rise: where
 * @seen: at all
 */
struct sighting {
	struct sighting_limits limits;
	struct rise_slope slope;
	struct rise rise;
	bool seen;
};

/**
 * sighting_find() - a level's end
 * @at: filled
 * @level: 0: the first; 1: the second
 *
 * First near the place from which on the curve isn't level, with what it rises by beyond
 * taken off; then likewise near its steepest place, of a rise over many places. One that is
 * wider still, as where sets are hashed and replacement isn't LRU, is seen between the ends
 * of the curve.
 * Return: 0, or -1 with @err set: no memory.
 */
int sighting_find(struct sighting *at, const struct sighting_curve *curve,
		  size_t level, struct error *err);

/* sighting_is_end() - is it a rise as a TLB's end makes it, and seen whole? */
bool sighting_is_end(const struct rise *rise);

/* sighting_pages_cached() - pages whose page table entries L1d holds. */
double sighting_pages_cached(const struct geometry *geometry);

/* sighting_fewest() - the fewest pages that surely don't fit a level any more. */
double sighting_fewest(size_t level, double cached);

/*
 * The least that missing a level must cost for it to count as one, ticks. Missing
 * a first level costs 7 or 8 core cycles on all CPUs since Nehalem (Intel's and
 * AMD's optimisation manuals), and the TSC ticks at no less than half the core's
 * clock.
 */
#define SIGHTING_TICKS 2.0

/*
 * A page table entry of pages beyond those that L1d has room for is further away, so a walk
 * takes longer for another reason: no curve has more pages than this.
 */
#define SIGHTING_MOST_PAGES 6144u

#endif
