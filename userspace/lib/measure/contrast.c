// SPDX-License-Identifier: GPL-2.0
#include "contrast.h"

#include "clock.h"

static double without_control(const double *means, const struct contrast_arm *a)
{
	return means[a->arm] -
	       (a->cold ? means[a->restored] - means[a->warm] : 0) -
	       (means[a->control[0]] + means[a->control[1]]) / 2 -
	       (a->works ? clock_frame_ticks(means) : 0);
}

double contrast_ticks(const double *means, void *arms)
{
	const struct contrast_arms *a = arms;

	return without_control(means, &a->one);
}

double contrast_cycles(const double *means, void *arms)
{
	return contrast_ticks(means, arms) / clock_ticks_per_cycle(means);
}

double contrast_difference_ticks(const double *means, void *arms)
{
	const struct contrast_arms *a = arms;

	return without_control(means, &a->one) -
	       without_control(means, &a->other);
}

double contrast_difference_cycles(const double *means, void *arms)
{
	return contrast_difference_ticks(means, arms) /
	       clock_ticks_per_cycle(means);
}
