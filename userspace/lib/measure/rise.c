// SPDX-License-Identifier: GPL-2.0
#include "rise.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

#define RESAMPLINGS 500u
#define TAIL	    0.025

/* Of fewer places a line has no standard error worth the name. */
#define LINE_PLACES 4

/* How far to each side a rise is looked for, a factor. */
#define REACH 1.35

/* The parts of a rise that struct rise names. */
enum { BEGUN, MOST, OVER, PARTS };
static const double parts[PARTS] = {
	[BEGUN] = RISE_BEGUN, [MOST] = RISE_MOST, [OVER] = RISE_OVER};

/* The last place that is below each part, and the first that is not. */
struct crossing {
	double height;
	size_t first[PARTS];
};

void rise_steady(double *y, size_t n)
{
	double mean[RISE_PLACES];
	size_t length[RISE_PLACES], blocks = 0, i;

	for (i = 0; i < n; i++) {
		mean[blocks] = y[i];
		length[blocks++] = 1;
		for (; blocks > 1 && mean[blocks - 2] > mean[blocks - 1];
		     blocks--) {
			mean[blocks - 2] =
				(mean[blocks - 2] * length[blocks - 2] +
				 mean[blocks - 1] * length[blocks - 1]) /
				(length[blocks - 2] + length[blocks - 1]);
			length[blocks - 2] += length[blocks - 1];
		}
	}
	while (blocks--) {
		for (i = 0; i < length[blocks]; i++)
			y[--n] = mean[blocks];
	}
}

/* The mean curve of a choice of blocks; NULL: of all. */
static void mean_of(const struct rise_curve *curve, const size_t *choice,
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

static struct crossing cross(const struct rise_curve *curve, double *y)
{
	double low = gsl_stats_mean(y, 1, curve->low);
	double high =
		gsl_stats_mean(y + curve->n - curve->high, 1, curve->high);
	size_t last = curve->n - curve->high, part, i;
	struct crossing c = {.height = high - low};

	rise_steady(y + curve->low, last - curve->low);
	for (part = 0; part < PARTS; part++) {
		for (i = curve->low; i < last; i++) {
			if (y[i] - low >= parts[part] * c.height)
				break;
		}
		c.first[part] = i;
	}
	return c;
}

static double after(const struct rise_curve *curve, const struct crossing *c,
		    unsigned int part)
{
	return curve->x[c->first[part] - 1] + 1;
}

static double up_to(const struct rise_curve *curve, const struct crossing *c,
		    unsigned int part)
{
	return curve->x[c->first[part]];
}

/* The samplings found these. */
struct found {
	double lo[RESAMPLINGS];
	double hi[RESAMPLINGS];
	double height[RESAMPLINGS];
};

static double quantile(double *values, double p)
{
	gsl_sort(values, 1, RESAMPLINGS);
	return gsl_stats_quantile_from_sorted_data(values, 1, RESAMPLINGS, p);
}

static void resample(const struct rise_curve *curve, gsl_rng *rng,
		     size_t *choice, struct found *found)
{
	double y[RISE_PLACES];
	struct crossing c;
	size_t i, b;

	for (i = 0; i < RESAMPLINGS; i++) {
		for (b = 0; b < curve->blocks; b++)
			choice[b] = gsl_rng_uniform_int(rng, curve->blocks);
		mean_of(curve, choice, y);
		c = cross(curve, y);
		found->lo[i] = after(curve, &c, BEGUN);
		found->hi[i] = up_to(curve, &c, OVER);
		found->height[i] = c.height;
	}
}

/* Squares that are left of a curve if it is level before place @first, and a line after. */
static double left_over(const double *x, const double *y, size_t n,
			size_t first)
{
	double at, each, c00, c01, c11, squares;
	double low = gsl_stats_mean(y, 1, first);

	gsl_fit_linear(&x[first], 1, &y[first], 1, n - first, &at, &each, &c00,
		       &c01, &c11, &squares);
	if (each < 0) {
		at = gsl_stats_mean(&y[first], 1, n - first);
		squares = gsl_stats_tss_m(&y[first], 1, n - first, at);
	}
	return squares + gsl_stats_tss_m(y, 1, first, low);
}

double rise_level_end(const struct rise_curve *curve)
{
	double x[RISE_PLACES], y[RISE_PLACES], left, least = INFINITY, at = NAN;
	size_t i;

	mean_of(curve, NULL, y);
	for (i = 0; i < curve->n; i++)
		x[i] = log2(curve->x[i]);
	for (i = curve->low; i + LINE_PLACES <= curve->n; i++) {
		left = left_over(x, y, curve->n, i);
		if (left < least) {
			least = left;
			at = curve->x[i];
		}
	}
	return at;
}

/* Mean of the places from @from on up to @to, without that. */
static double mean_between(const struct rise_curve *curve, const double *y,
			   double from, double to)
{
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < curve->n; i++) {
		if (curve->x[i] < from || curve->x[i] >= to)
			continue;
		sum += y[i];
		n++;
	}
	return sum / n;
}

double rise_steepest(const struct rise_curve *curve)
{
	double y[RISE_PLACES], x, rise, most = -INFINITY, at = NAN;
	size_t i;

	mean_of(curve, NULL, y);
	for (i = 1; i < curve->n; i++) {
		x = curve->x[i];
		rise = mean_between(curve, y, x, x * REACH) -
		       mean_between(curve, y, x / REACH, x);
		if (rise > most) {
			most = rise;
			at = x;
		}
	}
	return at;
}

struct rise_slope rise_slope(const struct rise_curve *curve, double from)
{
	double x[RISE_PLACES], y[RISE_PLACES], at, each, c00, c01, c11, squares;
	size_t first = curve->n - curve->high, i;

	mean_of(curve, NULL, y);
	for (i = first; i < curve->n; i++)
		x[i] = log2(curve->x[i]);
	if (curve->high < LINE_PLACES)
		return (struct rise_slope){0};
	gsl_fit_linear(&x[first], 1, &y[first], 1, curve->high, &at, &each,
		       &c00, &c01, &c11, &squares);
	return (struct rise_slope){
		.from = from,
		.per_octave = fmax(0, each - sqrt(c11)),
	};
}

void rise_level_off(const struct rise_curve *curve, double *y,
		    const struct rise_slope *slope)
{
	size_t block, i;

	if (!slope->per_octave)
		return;
	for (block = 0; block < curve->blocks; block++) {
		for (i = 0; i < curve->n; i++) {
			if (curve->x[i] > slope->from)
				y[block * curve->n + i] -=
					slope->per_octave *
					log2(curve->x[i] / slope->from);
		}
	}
}

static bool is_whole(const struct rise_curve *curve)
{
	return curve->n <= RISE_PLACES && curve->low && curve->high &&
	       curve->low + curve->high < curve->n && curve->blocks >= 2;
}

int rise_find(const struct rise_curve *curve, struct rise *r, struct error *err)
{
	struct found *found = malloc(sizeof(*found));
	size_t *choice = calloc(curve->blocks + 1, sizeof(*choice));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	double y[RISE_PLACES];
	struct crossing c;
	int rc = 0;

	if (!is_whole(curve)) {
		rc = error_set(err, EXIT_CHECK_FAILED,
			       "%zu places measured %zu times: too few to look "
			       "for a rise",
			       curve->n, curve->blocks);
	} else if (!found || !choice || !rng) {
		rc = error_set(err, EXIT_IMPOSSIBLE,
			       "no memory to look for a rise in a curve");
	} else {
		mean_of(curve, NULL, y);
		c = cross(curve, y);
		resample(curve, rng, choice, found);
		*r = (struct rise){
			.at.mean = (after(curve, &c, MOST) +
				    up_to(curve, &c, MOST)) /
				   2,
			.at.lo = fmin(quantile(found->lo, TAIL),
				      after(curve, &c, BEGUN)),
			.at.hi = fmax(quantile(found->hi, 1 - TAIL),
				      up_to(curve, &c, OVER)),
			.height.mean = c.height,
			.height.lo = quantile(found->height, TAIL),
			.height.hi = quantile(found->height, 1 - TAIL),
		};
		r->ended = r->at.hi < curve->x[curve->n - curve->high];
	}
	free(found);
	free(choice);
	if (rng)
		gsl_rng_free(rng);
	return rc;
}
