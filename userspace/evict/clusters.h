/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_CLUSTERS_H
#define SWC_EVICT_CLUSTERS_H

#include "proportion.h"

/*
 * Trials that come in clusters, here the rounds of an experiment: those of one
 * round have their memory in common and so aren't independent; rounds are.
 */

/**
 * clusters_p_value() - the chance of so many more hits among the treated, or more,
 *	if treatment made no difference
 * @treated: trials with it, by cluster
 * @control: without it, likewise
 * @n: how many clusters, at most SIGNFLIP_MAX_PAIRS
 *
 * One-sided. A round is a pair: what it does to all of its trials it might as well
 * have done to the control's. Return: 2^-@n at least.
 */
double clusters_p_value(const struct proportion *treated,
			const struct proportion *control, size_t n);

/**
 * struct dispersion - how trials scatter
 * @observed: variance of the number of hits as it is between clusters
 * @expected: as it were if all trials were independent
 */
struct dispersion {
	double observed;
	double expected;
};

/* clusters_dispersion() - add that of one list of clusters. */
void clusters_dispersion(struct dispersion *d, const struct proportion *list,
			 size_t n);

/*
 * clusters_design_effect() - how many trials are worth as much as one that is
 * independent (Rao and Scott, Biometrics 48, 1992). Return: 1 or more; 1 where all
 * rates are 0 or 1, which doesn't tell.
 */
double clusters_design_effect(const struct dispersion *d);

#endif
