/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RISE_H
#define SWC_LIB_RISE_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/*
 * Finds where a noisy curve rises from one level to another, and how sure that is,
 * whether it rises at once or over a wide stretch. Statistics only; the caller knows
 * what the curve means.
 */

/**
 * struct rise_curve - a curve that was measured several times
 * @x: places, ascending
 * @n: how many, at most RISE_PLACES
 * @y: [block * n + place]; a block is one time, and whole blocks are resampled
 * @blocks: how many, at least 2
 * @low: so many first places are surely on the lower level
 * @high: so many last ones surely on the upper one
 */
struct rise_curve {
	const double *x;
	size_t n;
	const double *y;
	size_t blocks;
	size_t low;
	size_t high;
};

#define RISE_PLACES 128

/* Parts of the rise: a place is where the curve has risen by so much of it. */
#define RISE_BEGUN \
	0.6 /* more than half: a TLB of two halves may lose one early */
#define RISE_MOST 0.75 /* of both */
#define RISE_OVER 0.9

/**
 * struct rise - what was found
 * @at: where RISE_MOST is reached; its interval reaches from the lower limit of
 *	where RISE_BEGUN is to the upper one of where RISE_OVER is
 * @height: of the upper level over the lower one
 * @ended: the rise is over before the last places
 */
struct rise {
	struct estimate at;
	struct estimate height;
	bool ended;
};

/**
 * rise_find() - from the levels of a curve's ends
 * @curve: with @low and @high places at least 1, and one between at least
 * @r: filled
 * @err: set on failure: no memory, or the curve isn't as it has to be
 *
 * The curve between is taken not to fall (isotonic regression: Ayer and others, Annals of
 * Mathematical Statistics 26, 1955), and the limits are the bootstrap's percentiles over
 * blocks at 95 % (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13). A
 * place is reached somewhere after the last that is below and up to the first that is
 * not. The interval of the rise's height shows whether there is a rise at all: if there
 * is none, there is no place either. Return: 0, or -1.
 */
int rise_find(const struct rise_curve *curve, struct rise *r,
	      struct error *err);

/**
 * struct rise_slope - what a curve rises by, beyond the rise that is looked for
 * @from: the place from which on
 * @per_octave: for each doubling of it; 0 or more
 */
struct rise_slope {
	double from;
	double per_octave;
};

/**
 * rise_level_end() - the place from which on the curve isn't level any more
 * @curve: as for rise_find()
 *
 * A level and then a line that doesn't fall suit the curve best (least squares) if the
 * line begins there. All places have a say in it: some that happen to be high aren't
 * mistaken for the end.
 */
double rise_level_end(const struct rise_curve *curve);

/* rise_steepest() - the place about which the curve rises most. */
double rise_steepest(const struct rise_curve *curve);

/**
 * rise_slope() - by the last @high places, from @from on
 * @curve: as for rise_find()
 *
 * On Zen 2, in a guest, pages beyond the 2048 that the second level holds take 64
 * cycles more, and up to 3900 pages 20 further ones: walks through two page tables
 * get dearer. Against the curve's last places that rise is never over. The slope is
 * the line's (least squares) less its standard error: one that noise may have made
 * is none.
 */
struct rise_slope rise_slope(const struct rise_curve *curve, double from);

/* rise_level_off() - take a slope off. @y: the curve's, changed. */
void rise_level_off(const struct rise_curve *curve, double *y,
		    const struct rise_slope *slope);

/**
 * rise_steady() - the curve that suits best among those that don't fall
 * @y: values, replaced
 * @n: how many, at most RISE_PLACES
 */
void rise_steady(double *y, size_t n);

#endif
