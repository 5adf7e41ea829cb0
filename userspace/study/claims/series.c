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

void series_add(struct series *s, double draw, double over)
{
	if (s->n == SERIES_MAX)
		return;
	s->draws[s->n] = draw;
	s->over[s->n++] = over;
}

/* The ratio of two means, and by how much each pair is off it. */
static double ratio(const struct series *s, size_t n, double off[SERIES_MAX])
{
	double over = gsl_stats_mean(s->over, 1, n);
	double of_means = gsl_stats_mean(s->draws, 1, n) / over;
	size_t i;

	for (i = 0; i < n; i++)
		off[i] = (s->draws[i] - of_means * s->over[i]) / over;
	return of_means;
}

/* Around @mean, @half to each side; as a reduction, 1 less that. */
static struct estimate around(const struct series *s, double mean, double half)
{
	if (s->reduction)
		mean = 1 - mean;
	return (struct estimate){mean, mean - half, mean + half};
}

bool series_estimate(const struct series *s, double alpha, struct estimate *e)
{
	unsigned int k = looks(s);
	double spent, half, mean, t, off[SERIES_MAX];
	size_t n = s->fact && s->n ? 1 : series_draws(s);

	if (!n)
		return false;
	mean = s->ratio ? ratio(s, n, off) : gsl_stats_mean(s->draws, 1, n);
	if (s->fact) {
		*e = around(s, mean, 0);
		return true;
	}
	spent = 6 * alpha / (M_PI * M_PI * k * k);
	t = gsl_cdf_tdist_Qinv(spent / 2, n - 1);
	half = t * gsl_stats_sd(s->ratio ? off : s->draws, 1, n) / sqrt(n);
	*e = around(s, mean, s->common + half);
	return true;
}
