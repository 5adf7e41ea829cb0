// SPDX-License-Identifier: GPL-2.0
#include "summary.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>

struct estimate summary_median(double *values, size_t n)
{
	struct estimate e = {.lo = -INFINITY, .hi = INFINITY};
	size_t k;

	gsl_sort(values, 1, n);
	e.mean = gsl_stats_median_from_sorted_data(values, 1, n);
	/* The k-th smallest and the k-th largest: outside with 2 P(X < k). */
	for (k = 1; k <= n / 2 && 2 * gsl_cdf_binomial_P(k - 1, 0.5, n) <= 0.05;
	     k++) {
		e.lo = values[k - 1];
		e.hi = values[n - k];
	}
	return e;
}

struct estimate summary_pool(const struct estimate *estimates, size_t n)
{
	struct estimate e = {0};
	double square = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		e.mean += estimates[i].mean / n;
		square += pow(estimate_half_width(&estimates[i]) / n, 2);
	}
	e.lo = e.mean - sqrt(square);
	e.hi = e.mean + sqrt(square);
	return e;
}

double summary_rms(const double *values, size_t n)
{
	return sqrt(gsl_stats_tss_m(values, 1, n, 0) / n);
}

struct estimate summary_coverage(unsigned int hits, unsigned int n)
{
	struct estimate e = {.mean = (double)hits / n, .lo = 0, .hi = 1};

	if (hits)
		e.lo = gsl_cdf_beta_Pinv(0.025, hits, n - hits + 1);
	if (hits < n)
		e.hi = gsl_cdf_beta_Pinv(0.975, hits + 1, n - hits);
	return e;
}
