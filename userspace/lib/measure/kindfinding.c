// SPDX-License-Identifier: GPL-2.0
#include "kindfinding.h"

#include <gsl/gsl_fit.h>
#include <math.h>

#include "selftest.h"

const unsigned int kind_counts[KIND_COUNTS] = {1, 2, 4, 8, 16, 32};

void kind_judge(struct kind_finding *f)
{
	double x[KIND_COUNTS], y[KIND_COUNTS], intercept, unused;
	double off, allowed;
	unsigned int i;

	for (i = 0; i < KIND_COUNTS; i++) {
		x[i] = kind_counts[i];
		y[i] = f->cycles[i].mean;
	}
	gsl_fit_linear(x, 1, y, 1, KIND_COUNTS, &intercept, &f->slope, &unused,
		       &unused, &unused, &unused);
	f->in_proportion = true;
	f->off = f->allowed = 0;
	for (i = 0; i < KIND_COUNTS; i++) {
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
