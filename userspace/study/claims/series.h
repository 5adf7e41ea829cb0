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
 * The figure is the median of draws, and its interval lies between two of them: how many of
 * n draws lie below the median is binomial whatever they are distributed like (David and
 * Nagaraja, Order Statistics, 3rd ed., 7.1). Student's t, which was here first, decided 4 %
 * of real draws wrongly where 1 % was allowed (bench/verdicts): six draws know nothing of
 * what happens to every tenth process.
 *
 * One may look at a growing series and stop whenever it suits. Looks are at fixed numbers
 * of draws (series_look()), and each spends a part of the error that a claim is allowed in
 * all: of alpha, the first spends a half, the next a quarter, and so on, which adds up to
 * alpha (Lan and DeMets, Biometrika 70, 1983, call it spending; the sum bounds the union
 * whatever the dependence between looks). So the chance that any look's interval misses
 * the truth is at most alpha, if draws are independent.
 */

/* Draws until the first look: of nine, the least and the largest hold the median but once
 * in 256 times.
 */
#define SERIES_FIRST_LOOK 9u

#define SERIES_MAX 512u

/* series_look() - the number of draws at look @k, from 0: 9, 14, 21, 32, ... */
size_t series_look(unsigned int k);

/**
 * struct series - draws of a quantity
 * @draws: in the order in which they were drawn
 * @over: of a ratio: what each is divided by, drawn beside it
 * @n: how many
 * @common: what all draws may be off by together, to each side, which no spread shows
 * @ratio: the quantity is the ratio of two that are drawn side by side
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
 * @e: median and interval, of the draws up to the last look; without limits, if so few
 *	draws can't have so small an error
 *
 * A ratio is the median of the pairs' ratios, which what moves both of a pair doesn't move.
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
