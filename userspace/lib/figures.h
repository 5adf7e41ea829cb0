/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_FIGURES_H
#define SWC_LIB_FIGURES_H

#include "stats.h"

/* Which arm's time, without which; for the figures below. */
struct figures_arms {
	unsigned int arm;
	unsigned int control;
	unsigned int other; /* figures_difference(): minus this one */
	unsigned int other_control;
};

/* For stats_estimate(); context: struct figures_arms. */
double figures_ticks(const double *means, void *arms);
double figures_cycles(const double *means, void *arms);
double figures_difference_ticks(const double *means, void *arms);
double figures_difference_cycles(const double *means, void *arms);

#endif
