// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define RESAMPLINGS 1000u
#define MIN_KEPT    20u /* of each arm */

/*
 * A sample is an outlier this many interquartile ranges above the upper
 * quartile: an interrupt or a page fault, far outside any cache effect. Where
 * the quartiles coincide, the TSC's step stands in for their distance.
 */
#define OUTLIER_RANGES	10.0
#define OUTLIER_MINIMUM 40.0 /* ticks */

struct stats {
	unsigned int narms;
	unsigned int nblocks;
	double *sum;   /* [block * narms + arm] */
	double *count; /* likewise */
	size_t *kept;  /* [arm] */
};

void stats_free(struct stats *stats)
{
	if (!stats)
		return;
	free(stats->sum);
	free(stats->count);
	free(stats->kept);
	free(stats);
}

size_t stats_kept(const struct stats *stats, unsigned int arm)
{
	return stats->kept[arm];
}

/* The highest number of ticks that isn't an outlier, for one arm. */
static double outlier_limit(const struct swc_sample *samples, size_t n,
			    unsigned int arm, double *scratch)
{
	double q1, q3, range;
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (samples[i].arm == arm && !samples[i].flags)
			scratch[kept++] = samples[i].ticks;
	}
	if (!kept)
		return INFINITY;
	gsl_sort(scratch, 1, kept);
	q1 = gsl_stats_quantile_from_sorted_data(scratch, 1, kept, 0.25);
	q3 = gsl_stats_quantile_from_sorted_data(scratch, 1, kept, 0.75);
	range = OUTLIER_RANGES * (q3 - q1);
	return q3 + fmax(range, OUTLIER_MINIMUM);
}

static bool is_dropped(const struct swc_sample *s, const double *limits,
		       struct stats_drops *drops)
{
	if (s->flags & SWC_SAMPLE_NMI) {
		drops->nmi++;
		return true;
	}
	if (s->flags & SWC_SAMPLE_MIGRATED) {
		drops->migrated++;
		return true;
	}
	if (s->ticks > limits[s->arm]) {
		drops->outlier++;
		return true;
	}
	return false;
}

static void fill(struct stats *stats, const struct swc_sample *samples,
		 size_t n, const double *limits, struct stats_drops *drops)
{
	size_t i, cell;

	for (i = 0; i < n; i++) {
		if (is_dropped(&samples[i], limits, drops))
			continue;
		cell = i * stats->nblocks / n * stats->narms + samples[i].arm;
		stats->sum[cell] += samples[i].ticks;
		stats->count[cell]++;
		stats->kept[samples[i].arm]++;
	}
}

static struct stats *stats_alloc(unsigned int narms, unsigned int nblocks)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (!stats)
		return NULL;
	stats->narms = narms;
	stats->nblocks = nblocks;
	stats->sum = calloc((size_t)stats->nblocks * narms, sizeof(double));
	stats->count = calloc((size_t)stats->nblocks * narms, sizeof(double));
	stats->kept = calloc(narms, sizeof(size_t));
	if (stats->sum && stats->count && stats->kept)
		return stats;
	stats_free(stats);
	return NULL;
}

struct stats *stats_new(const struct swc_sample *samples, size_t n,
			unsigned int narms, unsigned int nblocks,
			struct stats_drops *drops, struct error *err)
{
	struct stats *stats = stats_alloc(narms, nblocks);
	double *scratch = calloc(n + narms, sizeof(*scratch));
	double *limits = scratch ? scratch + n : NULL;
	unsigned int arm;

	*drops = (struct stats_drops){0};
	if (!stats || !scratch) {
		error_set(err, EXIT_IMPOSSIBLE, "no memory for the statistics");
		goto fail;
	}
	for (arm = 0; arm < narms; arm++)
		limits[arm] = outlier_limit(samples, n, arm, scratch);
	fill(stats, samples, n, limits, drops);
	for (arm = 0; arm < narms; arm++) {
		if (stats->kept[arm] < MIN_KEPT) {
			error_set(
				err, EXIT_CHECK_FAILED,
				"only %zu usable samples: take more (--samples)",
				stats->kept[arm]);
			goto fail;
		}
	}
	free(scratch);
	return stats;
fail:
	free(scratch);
	stats_free(stats);
	return NULL;
}

/* Means of the arms over a choice of blocks, @choice NULL: all once. */
static bool means_of(const struct stats *s, const unsigned int *choice,
		     double *means)
{
	unsigned int i, arm, block;
	double sum, count;

	for (arm = 0; arm < s->narms; arm++) {
		sum = 0;
		count = 0;
		for (i = 0; i < s->nblocks; i++) {
			block = choice ? choice[i] : i;
			sum += s->sum[block * s->narms + arm];
			count += s->count[block * s->narms + arm];
		}
		if (count == 0)
			return false;
		means[arm] = sum / count;
	}
	return true;
}

struct estimate stats_estimate(const struct stats *stats, stats_figure figure,
			       void *context, unsigned long seed)
{
	double means[SWC_MAX_ARMS], resampled[RESAMPLINGS];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	struct estimate e = {NAN, NAN, NAN};
	unsigned int choice[STATS_MAX_BLOCKS];
	unsigned int i, b, n = 0;

	if (means_of(stats, NULL, means))
		e.mean = figure(means, context);
	if (!rng)
		return e;
	gsl_rng_set(rng, seed);
	for (i = 0; i < RESAMPLINGS; i++) {
		for (b = 0; b < stats->nblocks; b++)
			choice[b] = gsl_rng_uniform_int(rng, stats->nblocks);
		if (means_of(stats, choice, means))
			resampled[n++] = figure(means, context);
	}
	gsl_rng_free(rng);
	if (n) {
		gsl_sort(resampled, 1, n);
		e.lo = gsl_stats_quantile_from_sorted_data(resampled, 1, n,
							   0.025);
		e.hi = gsl_stats_quantile_from_sorted_data(resampled, 1, n,
							   0.975);
	}
	return e;
}

struct estimate stats_mean(const double *values, size_t n)
{
	struct estimate e = {NAN, NAN, NAN};
	double half;

	if (!n)
		return e;
	e.mean = gsl_stats_mean(values, 1, n);
	if (n < 2)
		return e;
	half = gsl_cdf_tdist_Pinv(0.975, n - 1) *
	       gsl_stats_sd_m(values, 1, n, e.mean) / sqrt(n);
	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}
