/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_CLUSTERS_H
#define SWC_EVICT_CLUSTERS_H

#include "scores.h"

/*
 * Trials that come in clusters, here the rounds of an experiment: those of one
 * round have their memory in common and so aren't independent; rounds are.
 */

/**
 * clusters_p_value() - the chance of so much higher scores of the treated, or higher,
 *	if treatment made no difference
 * @treated: loads with it, by cluster
 * @control: without it, likewise
 * @n: how many clusters, at most SIGNFLIP_MAX_PAIRS
 *
 * One-sided. A round is a pair: if treatment made no difference, its two halves could
 * as well be exchanged. Return: 2^-@n at least.
 */
double clusters_p_value(const struct scores *treated,
			const struct scores *control, size_t n);

/**
 * struct dispersion - how scores scatter
 * @observed: variance of their sum as it is between clusters
 * @independent: as it were if all loads were independent
 * @counted: as it were if each, moreover, scored 0 or 1
 */
struct dispersion {
	double observed;
	double independent;
	double counted;
};

/* clusters_dispersion() - add that of one list of clusters. */
void clusters_dispersion(struct dispersion *d, const struct scores *list,
			 size_t n);

/*
 * clusters_design_effect() - how many loads are worth as much as one that is
 * independent and scores 0 or 1 (Rao and Scott, Biometrics 48, 1992). Return: 1 or
 * more if scores are 0 or 1, else more than 0; 1 if all means are 0 or 1, which
 * shows nothing.
 */
double clusters_design_effect(const struct dispersion *d);

#endif
