/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ESTIMATE_H
#define SWC_LIB_ESTIMATE_H

#include <stddef.h>

#include "rounds.h"

/* A mean and its confidence interval, 95 % unless said otherwise. */
struct estimate {
	double mean;
	double lo;
	double hi;
};

/* estimate_half_width() - how far the interval reaches to each side. */
static inline double estimate_half_width(const struct estimate *e)
{
	return (e->hi - e->lo) / 2;
}

/* A figure computed from the arms' mean ticks; @context is the caller's. */
typedef double (*stats_figure)(const double *means, void *context);

/* How a figure is made of many blocks. */
enum stats_pooling {
	STATS_POOLED,	/* of the means over all blocks */
	STATS_BY_BLOCK, /* the mean over blocks of each block's figure */
};

/**
 * estimate_rounds() - a figure of all rounds and its interval
 * @rounds: with each arm's means
 * @figure: computed from means
 * @context: passed to @figure
 * @pooling: from which means
 * @level: of confidence, 0.95 for instance
 *
 * The interval is the bootstrap's percentile interval, at a level that widens it
 * as Student's t is wider than the normal for this number of blocks: plain
 * percentiles cover too rarely (Hesterberg, The American Statistician 69, 2015,
 * section 5.3). It is the widest over blocks of several lengths (after Flyvbjerg
 * and Petersen, J. Chem. Phys. 91, 1989). The same samples give the same interval.
 */
struct estimate estimate_rounds(const struct rounds *rounds,
				stats_figure figure, void *context,
				enum stats_pooling pooling, double level);

/*
 * estimate_processes() - likewise where a block is a process: the mean over processes of
 * each one's figure, with Student's interval. Processes are few, a dozen for example, of
 * which a bootstrap makes intervals that are too short. All that varies below, round by
 * round and sample by sample, is in how processes differ.
 */
struct estimate estimate_processes(const struct rounds *rounds,
				   stats_figure figure, void *context,
				   double level);

/**
 * estimate_ranked() - what processes have in common, of which one may be odd
 * @values: of each process
 * @n: processes; of fewer than two there is no interval
 * @level: of confidence
 *
 * Of ESTIMATE_RANKED processes and more it is the median of the means of all pairs of these
 * values, with the interval of Wilcoxon's signed ranks (Hodges and Lehmann, Annals of
 * Mathematical Statistics 34, 1963): for normal values as short as Student's within some
 * per cent, and one process in a dozen that lies far off, as live calls do now and then,
 * neither moves nor widens it. It asks for values that lie evenly about their middle. Of
 * fewer it is the mean, with Student's interval.
 */
#define ESTIMATE_RANKED 6u

struct estimate estimate_ranked(const double *values, size_t n, double level);

/**
 * estimate_by_block() - likewise, of a figure that is known block by block
 * @by_block: of each block; NAN where it has none. Spoiled.
 * @n: how many blocks, not more than stats_blocks() of any run
 * @level: of confidence
 *
 * As estimate_rounds() with STATS_BY_BLOCK, for figures of which there are many.
 */
struct estimate estimate_by_block(double *by_block, size_t n, double level);

/* stats_mean() - mean of @n independent values, with Student's interval. */
struct estimate stats_mean(const double *values, size_t n);

/**
 * stats_trimmed_mean() - mean without the @aside lowest and as many highest
 * @sorted: ascending, independent
 * @n: how many; more than 2 * @aside
 *
 * With Student's interval, 95 %, by the winsorized variance (Tukey and McLaughlin 1963,
 * Yuen 1974): for values of which a few are far off for a reason of their own.
 */
struct estimate stats_trimmed_mean(const double *sorted, size_t n,
				   size_t aside);

#endif
