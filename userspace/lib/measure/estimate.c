// SPDX-License-Identifier: GPL-2.0
#include "estimate.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

#define RESAMPLINGS 2000u
#define MIN_BLOCKS  2u

/* Values whose pairs are looked at: of more, Student's interval is as good. */
#define ESTIMATE_MAX_RANKED 64u

/*
 * Nobody knows how long a block must be: a neighbour or the clock ties rounds
 * together, for a millisecond or a second. So intervals are made from blocks of
 * several lengths, down to so few blocks, and the widest counts.
 */
#define COARSE_BLOCKS 16u

/* Mean over a choice of blocks of their own figures, as far as they have one. */
static bool mean_of(const size_t *choice, const double *by_block, size_t blocks,
		    double *value)
{
	double sum = 0, one;
	size_t i, n = 0;

	for (i = 0; i < blocks; i++) {
		one = by_block[choice ? choice[i] : i];
		if (!isfinite(one))
			continue;
		sum += one;
		n++;
	}
	*value = sum / n;
	return n;
}

/*
 * The bootstrap resamples this: a figure of blocks' means, or of blocks that
 * have one each.
 */
struct sampled {
	size_t n;		/* blocks */
	const double *by_block; /* each block's own figure, or NULL */
	const struct rounds *rounds;
	double *means; /* scratch: one for each arm */
	stats_figure figure;
	void *context;
};

/* The figure of a choice of blocks, or, if that is NULL, of all. */
static bool figure_of(const struct sampled *s, const size_t *choice,
		      double *value)
{
	if (s->by_block)
		return mean_of(choice, s->by_block, s->n, value);
	if (!rounds_means(s->rounds, choice, 0, s->n, s->means))
		return false;
	*value = s->figure(s->means, s->context);
	return isfinite(*value);
}

/*
 * The probability below the lower limit: the percentile interval is too short
 * by sqrt((n - 1) / n), and by the normal's quantile in place of Student's t.
 */
static double tail(size_t n, double level)
{
	double t = gsl_cdf_tdist_Qinv((1 - level) / 2, n - 1);

	return gsl_cdf_ugaussian_Q(t * sqrt((double)n / (n - 1)));
}

/*
 * The choices of all bootstraps of @n blocks, RESAMPLINGS times @n: their seed is the number
 * of blocks, so they are drawn once. NULL: no memory.
 */
static const size_t *choices_of(size_t n)
{
	static size_t *drawn[ROUNDS_MAX_BLOCKS + 1];
	size_t i;
	gsl_rng *rng;

	if (drawn[n])
		return drawn[n];
	rng = gsl_rng_alloc(gsl_rng_taus2);
	if (rng)
		drawn[n] = malloc(RESAMPLINGS * n * sizeof(*drawn[n]));
	if (drawn[n]) {
		gsl_rng_set(rng, n);
		for (i = 0; i < RESAMPLINGS * n; i++)
			drawn[n][i] = gsl_rng_uniform_int(rng, n);
	}
	gsl_rng_free(rng);
	return drawn[n];
}

/* Fill @e's limits. @scratch: RESAMPLINGS values. */
static void bootstrap(const struct sampled *s, double level, double *scratch,
		      struct estimate *e)
{
	const size_t *choices = choices_of(s->n);
	size_t i, n = 0;
	double p;

	for (i = 0; choices && i < RESAMPLINGS; i++) {
		if (figure_of(s, &choices[i * s->n], &scratch[n]))
			n++;
	}
	if (!n)
		return;
	p = tail(s->n, level);
	gsl_sort(scratch, 1, n);
	e->lo = gsl_stats_quantile_from_sorted_data(scratch, 1, n, p);
	e->hi = gsl_stats_quantile_from_sorted_data(scratch, 1, n, 1 - p);
}

static struct estimate estimate_sampled(const struct sampled *s, double level)
{
	struct estimate e = {NAN, NAN, NAN};
	double scratch[RESAMPLINGS];

	if (s->n && figure_of(s, NULL, &e.mean) && s->n >= MIN_BLOCKS)
		bootstrap(s, level, scratch, &e);
	return e;
}

/* Estimates from the blocks as they are. @means: scratch, one for each arm. */
static struct estimate estimate_once(const struct rounds *rounds,
				     stats_figure figure, void *context,
				     enum stats_pooling pooling, double level,
				     double *means)
{
	struct sampled s = {
		.n = rounds->nblocks,
		.rounds = rounds,
		.means = means,
		.figure = figure,
		.context = context,
	};
	double by_block[ROUNDS_MAX_BLOCKS];
	size_t i;

	if (pooling == STATS_BY_BLOCK) {
		s.by_block = by_block;
		for (i = 0; i < rounds->nblocks; i++)
			by_block[i] = rounds_means(rounds, NULL, i, 1, means)
					      ? figure(means, context)
					      : NAN;
	}
	return estimate_sampled(&s, level);
}

/* Take over the limits of @other where that is wider. */
static void widen(struct estimate *e, const struct estimate *other)
{
	if (!(other->hi - other->lo > e->hi - e->lo))
		return;
	e->lo = fmin(other->lo, e->mean);
	e->hi = fmax(other->hi, e->mean);
}

struct estimate estimate_rounds(const struct rounds *rounds,
				stats_figure figure, void *context,
				enum stats_pooling pooling, double level)
{
	double *means = calloc(rounds->narms + 1, sizeof(*means));
	struct estimate e = {NAN, NAN, NAN}, other;
	struct rounds coarse;

	if (!means)
		return e;
	e = estimate_once(rounds, figure, context, pooling, level, means);
	if (!rounds_copy(&coarse, rounds)) {
		while (coarse.nblocks >= 2 * COARSE_BLOCKS) {
			rounds_fold(&coarse);
			other = estimate_once(&coarse, figure, context, pooling,
					      level, means);
			widen(&e, &other);
		}
		rounds_free(&coarse);
	}
	free(means);
	return e;
}

/* Mean of two blocks' figures, as far as they have one. */
static double joined(double a, double b)
{
	if (!isfinite(a))
		return b;
	return isfinite(b) ? (a + b) / 2 : a;
}

struct estimate estimate_by_block(double *by_block, size_t n, double level)
{
	struct sampled s = {.by_block = by_block};
	struct estimate e, other;
	size_t i;

	s.n = n < ROUNDS_MAX_BLOCKS ? n : ROUNDS_MAX_BLOCKS;
	e = estimate_sampled(&s, level);
	while (s.n >= 2 * COARSE_BLOCKS) {
		s.n /= 2;
		/* A block without a neighbour is left out, since all weigh the same. */
		for (i = 0; i < s.n; i++)
			by_block[i] =
				joined(by_block[2 * i], by_block[2 * i + 1]);
		other = estimate_sampled(&s, level);
		widen(&e, &other);
	}
	return e;
}

static struct estimate mean_at(const double *values, size_t n, double level)
{
	struct estimate e = {NAN, NAN, NAN};
	double half;

	if (!n)
		return e;
	e.mean = gsl_stats_mean(values, 1, n);
	if (n < 2)
		return e;
	half = gsl_cdf_tdist_Qinv((1 - level) / 2, n - 1) *
	       gsl_stats_sd_m(values, 1, n, e.mean) / sqrt(n);
	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}

/*
 * The rank among the means of all pairs, from 1, that an interval begins with: the chance of
 * a lower sum of signed ranks is at most @chance. Each of the n ranks is in the sum or
 * not, with equal chances: the ways to each sum are counted. 0: there is none.
 */
static size_t signed_rank(size_t n, double chance)
{
	double ways[ESTIMATE_MAX_RANKED * (ESTIMATE_MAX_RANKED + 1) / 2 + 1] = {
		1};
	size_t most = n * (n + 1) / 2, rank, sum;
	double below = 0;

	for (rank = 1; rank <= n; rank++) {
		for (sum = most; sum >= rank; sum--)
			ways[sum] += ways[sum - rank];
	}
	for (sum = 0; sum <= most; sum++) {
		below += ldexp(ways[sum], -(int)n);
		if (below > chance)
			break;
	}
	return sum;
}

static struct estimate ranked_at(const double *values, size_t n, double level)
{
	double means[ESTIMATE_MAX_RANKED * (ESTIMATE_MAX_RANKED + 1) / 2];
	size_t i, k, pairs = 0, rank = signed_rank(n, (1 - level) / 2);
	struct estimate e = {NAN, -INFINITY, INFINITY};

	for (i = 0; i < n; i++) {
		for (k = 0; k <= i; k++)
			means[pairs++] = (values[i] + values[k]) / 2;
	}
	gsl_sort(means, 1, pairs);
	e.mean = gsl_stats_median_from_sorted_data(means, 1, pairs);
	if (rank) {
		e.lo = means[rank - 1];
		e.hi = means[pairs - rank];
	}
	return e;
}

struct estimate estimate_ranked(const double *values, size_t n, double level)
{
	return n >= ESTIMATE_RANKED && n <= ESTIMATE_MAX_RANKED
		       ? ranked_at(values, n, level)
		       : mean_at(values, n, level);
}

struct estimate stats_mean(const double *values, size_t n)
{
	return mean_at(values, n, 0.95);
}

struct estimate stats_trimmed_mean(const double *sorted, size_t n, size_t aside)
{
	struct estimate e = {gsl_stats_mean(sorted + aside, 1, n - 2 * aside),
			     NAN, NAN};
	size_t left = n - 2 * aside, i;
	double winsorized[n], half;

	if (left < 2)
		return e;
	for (i = 0; i < n; i++)
		winsorized[i] = sorted[i < aside       ? aside
				       : i < n - aside ? i
						       : n - aside - 1];
	half = gsl_cdf_tdist_Qinv(0.025, left - 1) *
	       gsl_stats_sd(winsorized, 1, n) * sqrt(n) / left;
	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}

struct estimate estimate_processes(const struct rounds *rounds,
				   stats_figure figure, void *context,
				   double level)
{
	double *means = calloc(rounds->narms + 1, sizeof(*means));
	double values[ROUNDS_MAX_BLOCKS];
	size_t i, n = 0;

	for (i = 0; means && i < rounds->nblocks; i++) {
		if (!rounds_means(rounds, NULL, i, 1, means))
			continue;
		values[n] = figure(means, context);
		n += isfinite(values[n]) != 0;
	}
	free(means);
	return mean_at(values, n, level);
}
