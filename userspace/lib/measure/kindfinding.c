// SPDX-License-Identifier: GPL-2.0
#include "kindfinding.h"

#include <gsl/gsl_fit.h>
#include <math.h>

#include "measurement.h"
#include "selftest.h"

#define LEVEL 0.95

const unsigned int kind_counts[KIND_COUNTS] = {1, 2, 4, 8, 16, 32};

/* Those that have to be in proportion. */
static unsigned int judged_counts(const struct kind *k)
{
	unsigned int n = KIND_COUNTS;

	while (k->most && kind_counts[n - 1] > k->most)
		n--;
	return n;
}

/* The line through a row's counts, and what follows from it. */
static void judge_counts(struct kind_finding *f)
{
	double x[KIND_COUNTS], y[KIND_COUNTS], intercept, unused;
	double off, allowed;
	unsigned int n = judged_counts(f->kind), i;

	for (i = 0; i < n; i++) {
		x[i] = kind_counts[i];
		y[i] = f->cycles[i].mean;
	}
	gsl_fit_linear(x, 1, y, 1, n, &intercept, &f->slope, &unused, &unused,
		       &unused, &unused);
	f->in_proportion = true;
	f->off = f->allowed = 0;
	for (i = 0; i < n; i++) {
		off = y[i] - x[i] * f->slope;
		allowed = fmax(SELFTEST_CONSTANT,
			       SELFTEST_SLOPE * x[i] * f->slope);
		if (kind_but_for_one(f->kind))
			allowed += f->slope;
		if (!selftest_passes(x[i] * f->slope, allowed, &f->cycles[i]))
			f->in_proportion = false;
		if (!f->allowed ||
		    fabs(off) / allowed > fabs(f->off) / f->allowed) {
			f->off = off;
			f->allowed = allowed;
		}
	}
}

/* How the figures change with the pedestal: @change is of each variant. */
static void judge_pedestal(struct kind_finding *f,
			   const struct block_series *change)
{
	struct estimate e;
	unsigned int i;

	f->independent = true;
	for (i = 0; i < KIND_VARIANTS; i++) {
		e = block_series_estimate(&change[i], SELFTEST_LEVEL);
		systematic_widen(&e, 1);
		e.mean /= KIND_PEDESTAL_MORE;
		e.lo /= KIND_PEDESTAL_MORE;
		e.hi /= KIND_PEDESTAL_MORE;
		if (!selftest_passes(0, KIND_PEDESTAL_SLOPE, &e))
			f->independent = false;
		if (!i || fabs(e.mean) > fabs(f->pedestal.mean))
			f->pedestal = e;
		f->pedestals[i] = e.mean;
	}
}

/* An estimate of all operations of a loop, and here of one. */
static struct estimate find_loop(const struct block_series *loop)
{
	struct estimate e = block_series_estimate(loop, LEVEL);

	e.mean /= kind_counts[KIND_LOOPED];
	e.lo /= kind_counts[KIND_LOOPED];
	e.hi /= kind_counts[KIND_LOOPED];
	return e;
}

void kind_find(struct kind_finding *f, const struct kind *kind,
	       const struct block_series series[KIND_SERIES])
{
	unsigned int i;

	*f = (struct kind_finding){.kind = kind};
	for (i = 0; i < KIND_COUNTS; i++) {
		f->cycles[i] = block_series_estimate(&series[i], LEVEL);
		systematic_widen(&f->cycles[i], 1);
	}
	judge_counts(f);
	judge_pedestal(f, series + KIND_COUNTS);
	f->back_to_back = find_loop(&series[KIND_LOOP]);
}
