/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_PREDICTED_H
#define SWC_EVICT_PREDICTED_H

#include "geometry.h"
#include "sequence.h"
#include "victims.h"

/**
 * struct predicted - the model's prediction for each victim
 * @evicted: of each, the share of replays that evict it; NAN: it doesn't say.
 *	NULL: it says nothing
 * @why: if it says nothing, why
 */
struct predicted {
	double *evicted;
	char why[160];
};

/**
 * predicted_make() - ask the model what a sequence evicts
 * @p: filled; predicted_free() it after success
 * @s: the sequence, of which the verifier accepts that it runs on this CPU
 * @victims: the victims, each alone in its way as in the experiment
 * @geometry: of the CPU, or a description of one
 * @policy: of replacement
 * @err: set on failure: no memory
 *
 * The model's caches and TLBs are primed with the victims in the order of their
 * list. L2 is not modelled where physical addresses, and so its sets, aren't
 * known.
 */
int predicted_make(struct predicted *p, const struct sequence *s,
		   const struct victims *victims,
		   const struct geometry *geometry, enum geometry_policy policy,
		   struct error *err);
void predicted_free(struct predicted *p);

#endif
