/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_PREDICT_H
#define SWC_MODEL_PREDICT_H

#include "feed.h"
#include "model.h"

/* Predicts what a sequence misses, and what it evicts. */

/* Replays that are looked at, at most, and under a random policy. */
#define PREDICT_REPLAYS 256u
/* Under a random policy, so many first ones aren't counted. */
#define PREDICT_SETTLE 64u

/* The counts of one replay; means over those that were counted. */
struct model_count {
	double accesses;
	double misses;
};

/**
 * struct model_counts - what one replay misses
 * @count: by structure and side; 0 where the structure isn't modelled
 * @replays: how many were counted
 * @steady: the replays repeat exactly, from the first counted one on; false under
 *	a random policy
 */
struct model_counts {
	struct model_count count[MODEL_STRUCTURES][MODEL_SIDES];
	unsigned int replays;
	bool steady;
};

/**
 * model_predict_misses() - replay until steady, and count
 * @m: from model_init(); emptied first
 * @replay: the accesses of one replay
 * @state: run, and not counted, before each replay; NULL: none, warm
 * @counts: filled
 *
 * Under LRU and tree-PLRU replays are continued until all caches and TLBs are in
 * a state that they were in before: the replays since then repeat for ever, and
 * their mean is the prediction. If that doesn't happen in PREDICT_REPLAYS, and
 * under a random policy, the mean is over those after the first PREDICT_SETTLE.
 */
void model_predict_misses(struct model *m, const struct feed *replay,
			  const struct feed *state,
			  struct model_counts *counts);

/* The structures that victims are looked for in. */
enum model_victim_level {
	MODEL_VICTIM_L1D,
	MODEL_VICTIM_L2,
	MODEL_VICTIM_DTLB,
	MODEL_VICTIM_STLB,
	MODEL_VICTIM_LEVELS
};

enum model_structure model_victim_structure(enum model_victim_level level);

/**
 * struct model_eviction - what becomes of one victim
 * @evicted: probability that one replay evicts it, of those times that it was
 *	there just before; NAN: not modelled, or never there
 * @primed: probability that it was there just before; NAN: not modelled
 */
struct model_eviction {
	double evicted[MODEL_VICTIM_LEVELS];
	double primed[MODEL_VICTIM_LEVELS];
};

/**
 * model_predict_evictions() - which victims does a sequence evict?
 * @m: from model_init(); emptied first
 * @replay: the accesses of one replay
 * @victims: addresses, in the order in which they are primed
 * @n: how many
 * @eviction: filled, @n entries
 * @err: set on failure (no memory)
 *
 * Turn by turn each victim is read once, in order, and then the sequence is
 * replayed once. Turns are counted as in model_predict_misses(): under LRU and
 * tree-PLRU probabilities are exactly 0 or 1, unless turns repeat by twos or more.
 * Victims that must not disturb one another are asked for one by one.
 *
 * Return: 0, or -1 with @err set.
 */
int model_predict_evictions(struct model *m, const struct feed *replay,
			    const uint64_t *victims, size_t n,
			    struct model_eviction *eviction, struct error *err);

#endif
