/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_SERIES_H
#define SWC_CLAIMS_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "estimate.h"

/*
 * A quantity that is drawn again and again: each draw is a study of its own, in a process
 * of its own. How draws differ is therefore how the quantity differs, whatever a single
 * study's interval says: that knows nothing of the next process.
 *
 * One may look at a growing series and stop whenever it suits. Looks are at fixed numbers
 * of draws (series_look()), and each spends a part of the error that a claim is allowed in
 * all: of alpha, look k spends 6 alpha / (pi k)^2, which adds up to alpha (Lan and DeMets,
 * Biometrika 70, 1983, call it spending; the sum bounds the union whatever the dependence
 * between looks). So the chance that any look's interval misses the truth is at most
 * alpha, if draws are independent and near enough to normal for Student's t.
 */

/* Draws until the first look: with fewer, t makes any interval useless. */
#define SERIES_FIRST_LOOK 6u

#define SERIES_MAX 512u

/*
 * series_look() - the number of draws at look @k, from 0: 6, 9, 14, 21, ... half as many
 * again each time, so that the last look's price is paid for by what it adds.
 */
size_t series_look(unsigned int k);

/**
 * struct series - draws of a quantity
 * @draws: in the order in which they were drawn
 * @over: of a ratio: what each is divided by, drawn beside it
 * @n: how many
 * @common: what all draws may be off by together, to each side, which no spread shows
 * @ratio: the quantity is the ratio of two means
 * @reduction: it is 1 less that
 * @fact: it was found without drawing: it has no interval
 */
struct series {
	double draws[SERIES_MAX];
	double over[SERIES_MAX];
	size_t n;
	double common;
	bool ratio;
	bool reduction;
	bool fact;
};

/* series_add() - one draw; @over: 1 where there is no ratio. */
void series_add(struct series *s, double draw, double over);

/**
 * series_estimate() - what the last look knows
 * @s: of at least SERIES_FIRST_LOOK draws, or a fact
 * @alpha: the chance of missing the truth at any look ever, 0 to 1
 * @e: mean and interval, of the draws up to the last look
 *
 * A ratio is that of the means, not the mean of ratios, which is larger where the divisor
 * varies; its interval comes from how the pairs differ from it (Taylor's first order:
 * JCGM 100:2008, 5.2.2), so that what moves both of a pair moves it not.
 *
 * Return: false: there was no look yet.
 */
bool series_estimate(const struct series *s, double alpha, struct estimate *e);

/*
 * series_draws() - how many draws the last look had; 0: there was none yet. Further draws
 * wait for the next look.
 */
size_t series_draws(const struct series *s);

#endif
