// SPDX-License-Identifier: GPL-2.0
#include "series.h"

#include <gsl/gsl_cdf.h>
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

bool series_estimate(const struct series *s, double alpha, struct estimate *e)
{
	unsigned int k = looks(s);
	double spent, half, t;
	size_t n;

	if (s->fact && s->n) {
		*e = (struct estimate){s->draws[0], s->draws[0], s->draws[0]};
		return true;
	}
	if (!k)
		return false;
	n = series_look(k - 1);
	spent = 6 * alpha / (M_PI * M_PI * k * k);
	t = gsl_cdf_tdist_Qinv(spent / 2, n - 1);
	half = s->common + t * gsl_stats_sd(s->draws, 1, n) / sqrt(n);
	e->mean = gsl_stats_mean(s->draws, 1, n);
	e->lo = e->mean - half;
	e->hi = e->mean + half;
	return true;
}
