// SPDX-License-Identifier: GPL-2.0
#include "scores.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "proportion.h"

/*
 * Least distance of the far reference and the control, as a share of the distance of
 * both references, to speak of an excess: below it, a control's scatter would be
 * stretched to more than five times its size.
 */
#define LEAST_CONTRAST 0.2

void scores_add(struct scores *s, double score)
{
	s->sum += score;
	s->squares += score * score;
	s->n++;
}

void scores_merge(struct scores *to, const struct scores *from)
{
	to->sum += from->sum;
	to->squares += from->squares;
	to->n += from->n;
}

double scores_mean(const struct scores *s)
{
	return s->n ? s->sum / s->n : 0;
}

double scores_variance(const struct scores *s)
{
	double mean = scores_mean(s);

	return s->n ? fmax(s->squares / s->n - mean * mean, 0) : 0;
}

static double to_share(double share)
{
	return fmin(fmax(share, 0), 1);
}

struct estimate scores_excess(const struct scores *treated,
			      const struct scores *control,
			      const struct score_references *references,
			      double level, const double effect[2])
{
	struct estimate t = proportion_score_interval(
		scores_mean(treated), treated->n / effect[0], level);
	struct estimate c = proportion_score_interval(
		scores_mean(control), control->n / effect[1], level);
	double least = LEAST_CONTRAST * (references->far - references->near);
	double contrast = references->far - c.mean, share, error;

	/* Written so that a figure that isn't a number counts as nothing, too. */
	if (!(contrast >= least && contrast > 0 && treated->n && control->n))
		return (struct estimate){NAN, 0, 1};
	share = (t.mean - c.mean) / contrast;
	error = share * gsl_cdf_ugaussian_Pinv(0.5 + level / 2) *
		references->error / contrast;
	return (struct estimate){
		to_share(share),
		to_share(share -
			 hypot(hypot(t.mean - t.lo, c.hi - c.mean) / contrast,
			       error)),
		to_share(share +
			 hypot(hypot(t.hi - t.mean, c.mean - c.lo) / contrast,
			       error)),
	};
}
