// SPDX-License-Identifier: GPL-2.0
#include "figures.h"

#include "clock.h"

double figures_ticks(const double *means, void *arms)
{
	const struct figures_arms *a = arms;

	return means[a->arm] - means[a->control];
}

double figures_cycles(const double *means, void *arms)
{
	return figures_ticks(means, arms) / clock_ticks_per_cycle(means);
}

double figures_difference_ticks(const double *means, void *arms)
{
	const struct figures_arms *a = arms;

	return figures_ticks(means, arms) -
	       (means[a->other] - means[a->other_control]);
}

double figures_difference_cycles(const double *means, void *arms)
{
	return figures_difference_ticks(means, arms) /
	       clock_ticks_per_cycle(means);
}
