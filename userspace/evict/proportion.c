// SPDX-License-Identifier: GPL-2.0
#include "proportion.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/*
 * Least distance of sensitivity and control to speak of an excess: below it, a
 * control's scatter would be stretched to more than five times its size.
 */
#define LEAST_CONTRAST 0.2

double proportion_rate(const struct proportion *p)
{
	return p->n ? (double)p->k / p->n : 0;
}

/* Of @p's trials, which are worth as much as @n that are independent. */
static struct estimate score_interval(const struct proportion *p, double n,
				      double level)
{
	double z = gsl_cdf_ugaussian_Pinv(0.5 + level / 2);
	double rate = proportion_rate(p), middle, half;

	if (!p->n)
		return (struct estimate){NAN, 0, 1};
	middle = (rate + z * z / (2 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) *
	       sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
	return (struct estimate){rate, fmax(middle - half, 0),
				 fmin(middle + half, 1)};
}

struct estimate proportion_interval(const struct proportion *p, double level)
{
	return score_interval(p, p->n, level);
}

static double to_share(double difference, double contrast)
{
	return fmin(fmax(difference / contrast, 0), 1);
}

struct estimate proportion_excess(const struct proportion *treated,
				  const struct proportion *control,
				  double sensitivity, double level,
				  const double effect[2])
{
	struct estimate t =
		score_interval(treated, treated->n / effect[0], level);
	struct estimate c =
		score_interval(control, control->n / effect[1], level);
	double contrast = sensitivity - proportion_rate(control);
	double difference = t.mean - c.mean;

	/* Written so that a figure that isn't a number tells nothing, either. */
	if (!(contrast >= LEAST_CONTRAST && treated->n && control->n))
		return (struct estimate){NAN, 0, 1};
	return (struct estimate){
		to_share(difference, contrast),
		to_share(difference - hypot(t.mean - t.lo, c.hi - c.mean),
			 contrast),
		to_share(difference + hypot(t.hi - t.mean, c.mean - c.lo),
			 contrast),
	};
}

double proportion_p_value(const struct proportion *treated,
			  const struct proportion *control)
{
	uint64_t hits = treated->k + control->k;
	uint64_t misses = treated->n + control->n - hits;

	/* So that the next line can ask for more than one less. */
	if (!treated->k)
		return 1;
	return gsl_cdf_hypergeometric_Q(treated->k - 1, hits, misses,
					treated->n);
}
