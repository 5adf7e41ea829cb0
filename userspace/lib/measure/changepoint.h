/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CHANGEPOINT_H
#define SWC_LIB_CHANGEPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/*
 * Where a noisy curve rises from one level to another, and how sure that is.
 * Statistics only; what the curve means is the caller's.
 */

/**
 * struct changepoint_curve - a curve that was measured several times
 * @x: places, ascending
 * @n: how many
 * @y: [block * n + place]; a block is one time, and whole blocks are resampled
 * @blocks: how many, at least 2
 */
struct changepoint_curve {
	const double *x;
	size_t n;
	const double *y;
	size_t blocks;
};

/* Places on each side that a level needs at least, to be one. */
#define CHANGEPOINT_LEVEL 3

/**
 * struct changepoint - a rise
 * @place: its middle; the interval reaches from the lower limit of its begin to
 *	the upper limit of its end, so a truth anywhere in the rise is held
 * @from: the last place that is on the lower level
 * @to: the first that is on the upper one; the next place if it is a step
 * @below: the lower level
 * @height: from there to the upper one
 */
struct changepoint {
	struct estimate place;
	double from;
	double to;
	double below;
	struct estimate height;
};

/**
 * changepoint_find() - fit two levels and the straight line between them
 * @curve: with at least 2 * CHANGEPOINT_LEVEL places
 * @c: filled
 * @err: set on failure: no memory, too few places or blocks
 *
 * Least squares over all pairs of places, and the bootstrap's percentiles over
 * blocks at 95 % (Hinkley, Biometrika 57, 1970, for the model; Efron and
 * Tibshirani, An Introduction to the Bootstrap, chapter 13). Whether there is a
 * rise at all is told by the interval of its height. Return: 0, or -1.
 */
int changepoint_find(const struct changepoint_curve *curve,
		     struct changepoint *c, struct error *err);

/* Where a curve may rise: the first place above, and by how much. */
struct changepoint_rise {
	size_t at;
	double height;
};

/**
 * changepoint_scan() - places where a curve may rise
 * @curve: on places so spaced that a rise is short against @reach of them
 * @reach: places on each side that are compared
 * @least: rises by less are passed over
 * @rises: filled, in ascending order
 * @max: how many there is room for
 *
 * A place is taken where the mean of @reach places from there on exceeds that of
 * as many before by more than at all others within reach, by at least @least and
 * by five times its standard error. Return: how many were found.
 */
size_t changepoint_scan(const struct changepoint_curve *curve, size_t reach,
			double least, struct changepoint_rise *rises,
			size_t max);

#endif
