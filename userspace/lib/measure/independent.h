/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_INDEPENDENT_H
#define SWC_LIB_INDEPENDENT_H

#include "estimate.h"

/*
 * Figures of runs that have nothing in common, of which nothing but the estimates are
 * known. Limits are recovered from both intervals, whatever made them, and however
 * lopsided they are: each end of the difference lies as far from it as the ends that
 * lead there, added as squares (MOVER: Zou and Donner, Statistics in Medicine 27, 2008).
 * For two symmetric intervals of normal means that is the usual root of the sum of
 * squares. The level is that of the intervals.
 */

/* independent_difference() - @a - @b; NAN where one has no interval. */
struct estimate independent_difference(const struct estimate *a,
				       const struct estimate *b);

/*
 * independent_ratio() - @a / @b, by the difference of logarithms; NAN: an interval holds
 * 0 or less.
 */
struct estimate independent_ratio(const struct estimate *a,
				  const struct estimate *b);

#endif
