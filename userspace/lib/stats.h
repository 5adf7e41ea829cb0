/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_STATS_H
#define SWC_LIB_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/freestanding.h"
#include "error.h"

/* A mean and its 95 % confidence interval. */
struct estimate {
	double mean;
	double lo;
	double hi;
};

/* Why samples were dropped, each counted. */
struct stats_drops {
	uint32_t nmi;
	uint32_t migrated;
	uint32_t outlier;
};

/*
 * Samples of all arms in the order they were taken, cut into blocks of time.
 * Samples are not independent: frequency and neighbours drift. A block
 * bootstrap resamples blocks that are longer than what ties neighbours together
 * (Kuensch, Annals of Statistics 17, 1989).
 */
struct stats;

#define STATS_MAX_BLOCKS 200u

/**
 * stats_new() - drop what must be dropped and cut the rest into blocks
 * @samples: in order of time
 * @n: how many
 * @narms: of the run
 * @nblocks: into how many blocks of equal length, 2 to STATS_MAX_BLOCKS; each
 *	must be longer than what ties neighbouring samples together
 * @drops: filled
 * @err: set on failure: no memory, or too few samples are left
 */
struct stats *stats_new(const struct swc_sample *samples, size_t n,
			unsigned int narms, unsigned int nblocks,
			struct stats_drops *drops, struct error *err);
void stats_free(struct stats *stats);

/* stats_kept() - samples of @arm that were kept. */
size_t stats_kept(const struct stats *stats, unsigned int arm);

/*
 * A figure computed from the arms' mean ticks; @context is the caller's.
 */
typedef double (*stats_figure)(const double *means, void *context);

/**
 * stats_estimate() - a figure of all samples and its interval
 * @stats: the samples
 * @figure: computed from the means of all, and of each resampling
 * @context: passed to @figure
 * @seed: of the resampling
 */
struct estimate stats_estimate(const struct stats *stats, stats_figure figure,
			       void *context, unsigned long seed);

/* stats_mean() - mean of @n independent values, with Student's interval. */
struct estimate stats_mean(const double *values, size_t n);

#endif
