// SPDX-License-Identifier: GPL-2.0
#include "proportion.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double proportion_rate(const struct proportion *p)
{
	return p->n ? (double)p->k / p->n : 0;
}

struct estimate proportion_score_interval(double rate, double n, double level)
{
	double z = gsl_cdf_ugaussian_Pinv(0.5 + level / 2);
	double middle, half;

	if (!(n > 0))
		return (struct estimate){NAN, 0, 1};
	middle = (rate + z * z / (2 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) *
	       sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
	return (struct estimate){rate, fmax(middle - half, 0),
				 fmin(middle + half, 1)};
}

struct estimate proportion_interval(const struct proportion *p, double level)
{
	return proportion_score_interval(proportion_rate(p), p->n, level);
}

double proportion_p_value(const struct proportion *treated,
			  const struct proportion *control)
{
	uint64_t hits = treated->k + control->k;
	uint64_t misses = treated->n + control->n - hits;

	/* The next line asks for more than k - 1. */
	if (!treated->k)
		return 1;
	return gsl_cdf_hypergeometric_Q(treated->k - 1, hits, misses,
					treated->n);
}
