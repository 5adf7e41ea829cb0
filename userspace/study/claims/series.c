// SPDX-License-Identifier: GPL-2.0
#include "series.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

size_t series_look(unsigned int k)
{
	size_t n = SERIES_FIRST_LOOK;

	while (k--)
		n += (n + 1) / 2;
	return n;
}

/* The number of the last look, from 1; 0: none yet. */
static unsigned int looks(const struct series *s)
{
	unsigned int k = 0;

	while (series_look(k) <= s->n)
		k++;
	return k;
}

size_t series_draws(const struct series *s)
{
	unsigned int k = looks(s);

	return k ? series_look(k - 1) : 0;
}

void series_add(struct series *s, double draw, double over)
{
	if (s->n == SERIES_MAX)
		return;
	s->draws[s->n] = draw;
	s->over[s->n++] = over;
}

/* In order: what was drawn, or each pair's ratio. */
static void sort_draws(const struct series *s, size_t n, double *sorted)
{
	size_t i;

	for (i = 0; i < n; i++)
		sorted[i] = s->ratio ? s->draws[i] / s->over[i] : s->draws[i];
	gsl_sort(sorted, 1, n);
}

/*
 * The draw, counted from the outside, from 1, that ends the shortest interval with at most
 * this chance of missing the median; 0: none does.
 */
static size_t ends_at(size_t n, double chance)
{
	size_t j = 0;

	while (2 * (j + 1) <= n && 2 * gsl_cdf_binomial_P(j, 0.5, n) <= chance)
		j++;
	return j;
}

static struct estimate reduced(const struct estimate *e)
{
	return (struct estimate){1 - e->mean, 1 - e->hi, 1 - e->lo};
}

bool series_estimate(const struct series *s, double alpha, struct estimate *e)
{
	unsigned int k = looks(s);
	size_t n = s->fact && s->n ? 1 : series_draws(s), j;
	double sorted[SERIES_MAX];

	if (!n)
		return false;
	sort_draws(s, n, sorted);
	*e = (struct estimate){gsl_stats_median_from_sorted_data(sorted, 1, n),
			       -INFINITY, INFINITY};
	j = ends_at(n, ldexp(alpha, -(int)k));
	if (s->fact) {
		e->lo = e->hi = e->mean;
	} else if (j) {
		e->lo = sorted[j - 1] - s->common;
		e->hi = sorted[n - j] + s->common;
	}
	if (s->reduction)
		*e = reduced(e);
	return true;
}
