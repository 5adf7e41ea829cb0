// SPDX-License-Identifier: GPL-2.0
#include "changepoint.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

#define RESAMPLINGS 500u
#define TAIL	    0.025
#define ERRORS	    5.0 /* standard errors that a rise must have */

/* Two levels fitted to a curve. */
struct fit {
	size_t a; /* last place on the lower level */
	size_t b; /* first on the upper one */
	double below;
	double height;
	double rest; /* sum of squares; INFINITY: none fits */
};

/* Sums over the places before each, so that any stretch's are differences. */
struct sums {
	double x;
	double xx;
	double y;
	double xy;
	double yy;
};

static void sum_up(struct sums *sums, const double *x, const double *y,
		   size_t n)
{
	double at;
	size_t i;

	sums[0] = (struct sums){0};
	for (i = 0; i < n; i++) {
		at = x[i] - x[0]; /* small numbers, small errors */
		sums[i + 1] = (struct sums){
			sums[i].x + at,		  sums[i].xx + at * at,
			sums[i].y + y[i],	  sums[i].xy + at * y[i],
			sums[i].yy + y[i] * y[i],
		};
	}
}

/*
 * The levels that suit these limits best: regression on the share of the rise that
 * lies before a place, 0 up to @a, 1 from @b on, (x - x[a]) / (x[b] - x[a]) between.
 */
static struct fit fit_levels(const double *x, const struct sums *sums, size_t n,
			     size_t a, size_t b)
{
	const struct sums *lo = &sums[a + 1], *hi = &sums[b], *all = &sums[n];
	double from = x[a] - x[0], length = x[b] - x[a], m = b - a - 1;
	double sx = hi->x - lo->x, sy = hi->y - lo->y;
	double w, ww, wy, variance, covariance;
	struct fit f = {.a = a, .b = b};

	w = (sx - m * from) / length + (n - b);
	ww = (hi->xx - lo->xx - 2 * from * sx + m * from * from) /
		     (length * length) +
	     (n - b);
	wy = (hi->xy - lo->xy - from * sy) / length + all->y - hi->y;
	variance = ww - w * w / n;
	covariance = wy - w * all->y / n;
	f.height = covariance / variance;
	f.below = (all->y - f.height * w) / n;
	f.rest = all->yy - all->y * all->y / n - f.height * covariance;
	return f;
}

/* @sums: room for @n + 1. */
static struct fit fit_all(const double *x, const double *y, size_t n,
			  struct sums *sums)
{
	struct fit best = {.rest = INFINITY}, f;
	size_t a, b;

	sum_up(sums, x, y, n);
	for (a = CHANGEPOINT_LEVEL - 1; a + CHANGEPOINT_LEVEL < n; a++) {
		for (b = a + 1; b + CHANGEPOINT_LEVEL <= n; b++) {
			f = fit_levels(x, sums, n, a, b);
			if (f.rest < best.rest)
				best = f;
		}
	}
	return best;
}

/* The mean curve of a choice of blocks; NULL: of all. */
static void mean_of(const struct changepoint_curve *curve, const size_t *choice,
		    double *y)
{
	size_t i, b;

	for (i = 0; i < curve->n; i++) {
		y[i] = 0;
		for (b = 0; b < curve->blocks; b++)
			y[i] += curve->y[(choice ? choice[b] : b) * curve->n +
					 i];
		y[i] /= curve->blocks;
	}
}

static double quantile(double *values, double p)
{
	gsl_sort(values, 1, RESAMPLINGS);
	return gsl_stats_quantile_from_sorted_data(values, 1, RESAMPLINGS, p);
}

struct scratch {
	double *y; /* a mean curve */
	struct sums *sums;
	size_t *choice; /* of blocks */
	double *from;
	double *to;
	double *height;
	gsl_rng *rng;
};

static void free_scratch(struct scratch *s)
{
	free(s->y);
	free(s->sums);
	free(s->choice);
	free(s->from);
	if (s->rng)
		gsl_rng_free(s->rng);
}

static int make_scratch(struct scratch *s, const struct changepoint_curve *c,
			struct error *err)
{
	s->y = calloc(c->n, sizeof(*s->y));
	s->sums = calloc(c->n + 1, sizeof(*s->sums));
	s->choice = calloc(c->blocks, sizeof(*s->choice));
	s->from = calloc(3 * RESAMPLINGS, sizeof(*s->from));
	s->rng = gsl_rng_alloc(gsl_rng_taus2);
	if (!s->y || !s->sums || !s->choice || !s->from || !s->rng) {
		free_scratch(s);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory to look for a step in a curve");
	}
	s->to = s->from + RESAMPLINGS;
	s->height = s->to + RESAMPLINGS;
	return 0;
}

static void bootstrap(const struct changepoint_curve *curve, struct scratch *s,
		      struct changepoint *c)
{
	struct fit f;
	size_t i, b;

	for (i = 0; i < RESAMPLINGS; i++) {
		for (b = 0; b < curve->blocks; b++)
			s->choice[b] =
				gsl_rng_uniform_int(s->rng, curve->blocks);
		mean_of(curve, s->choice, s->y);
		f = fit_all(curve->x, s->y, curve->n, s->sums);
		s->from[i] = curve->x[f.a];
		s->to[i] = curve->x[f.b];
		s->height[i] = f.height;
	}
	c->place.lo = fmin(quantile(s->from, TAIL), c->from);
	c->place.hi = fmax(quantile(s->to, 1 - TAIL), c->to);
	c->height.lo = quantile(s->height, TAIL);
	c->height.hi = quantile(s->height, 1 - TAIL);
}

int changepoint_find(const struct changepoint_curve *curve,
		     struct changepoint *c, struct error *err)
{
	struct scratch s = {0};
	struct fit f;

	if (curve->n < 2 * CHANGEPOINT_LEVEL || curve->blocks < 2)
		return error_set(
			err, EXIT_CHECK_FAILED,
			"%zu places measured %zu times: too few to look "
			"for a step",
			curve->n, curve->blocks);
	if (make_scratch(&s, curve, err))
		return -1;
	mean_of(curve, NULL, s.y);
	f = fit_all(curve->x, s.y, curve->n, s.sums);
	*c = (struct changepoint){
		.place.mean = (curve->x[f.a] + curve->x[f.b]) / 2,
		.from = curve->x[f.a],
		.to = curve->x[f.b],
		.below = f.below,
		.height.mean = f.height,
	};
	bootstrap(curve, &s, c);
	free_scratch(&s);
	return 0;
}

/* What one block's curve rises by at place @i. */
static double rise(const double *y, size_t i, size_t reach)
{
	return gsl_stats_mean(y + i, 1, reach) -
	       gsl_stats_mean(y + i - reach, 1, reach);
}

/* The mean rise at a place, or 0 where it is within its own error. */
static double clear_rise(const struct changepoint_curve *curve, size_t i,
			 size_t reach)
{
	double sum = 0, squares = 0, one, mean, error;
	size_t b, n = curve->blocks;

	if (i < reach || i + reach > curve->n || n < 2)
		return 0;
	for (b = 0; b < n; b++) {
		one = rise(curve->y + b * curve->n, i, reach);
		sum += one;
		squares += one * one;
	}
	mean = sum / n;
	error = sqrt(fmax(squares / n - mean * mean, 0) / (n - 1));
	return mean > ERRORS * error ? mean : 0;
}

static bool is_highest(const double *rises, size_t n, size_t at, size_t reach)
{
	size_t from = at > reach ? at - reach : 0, i;

	for (i = from; i < n && i <= at + reach; i++) {
		/* Of equal ones the first. */
		if (rises[i] > rises[at] || (i < at && rises[i] == rises[at]))
			return false;
	}
	return true;
}

size_t changepoint_scan(const struct changepoint_curve *curve, size_t reach,
			double least, struct changepoint_rise *rises,
			size_t max)
{
	double *all = calloc(curve->n, sizeof(*all));
	size_t i, found = 0;

	for (i = 0; all && i < curve->n; i++)
		all[i] = clear_rise(curve, i, reach);
	for (i = 0; all && i < curve->n && found < max; i++) {
		if (all[i] >= least && is_highest(all, curve->n, i, reach))
			rises[found++] = (struct changepoint_rise){i, all[i]};
	}
	free(all);
	return found;
}
