/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPLAY_REPLAYPLAN_H
#define SWC_REPLAY_REPLAYPLAN_H

#include "codelayout.h"
#include "cold.h"
#include "input.h"
#include "measure.h"
#include "modelling.h"
#include "states.h"

/* All sequences of a run, what they are replayed in, and what a model predicts for them. */

#define REPLAY_MAX_SEQUENCES 49

/**
 * struct replay_options - what is asked
 * @paths: of traces and sequences
 * @npaths: how many
 * @minus: of the one that is taken off the first; NULL: none is
 * @variant: of traces
 * @events: to be counted instead of time, in words; NULL: none
 * @states: to be prepared before each replay
 * @packed: code lies as densely as it can, not as it was recorded
 * @modelling: of the model
 * @model: what that is built from
 * @here: the caches that states empty; only where @states aren't warm
 * @measure: where and how long; no samples: as many as the rest asks for
 */
struct replay_options {
	const char *const *paths;
	size_t npaths;
	const char *minus;
	unsigned int variant;
	const char *events;
	struct states states;
	bool packed;
	struct modelling_options modelling;
	const struct geometry *model;
	const struct geometry *here;
	struct measure_options measure;
};

/**
 * struct replay_plan - all that is to be measured
 * @inputs: each sequence, in the order in which measure() knows them
 * @n: how many
 * @subjects: the same for measure()
 * @layouts: of their code
 * @predictions: for each
 * @measure: where and how long
 * @events: that @measure counts
 * @cold: that @subjects are in
 * @modelling: that @predictions are by
 */
struct replay_plan {
	struct input inputs[REPLAY_MAX_SEQUENCES];
	size_t n;
	struct measure_subject subjects[REPLAY_MAX_SEQUENCES];
	struct code_layout layouts[REPLAY_MAX_SEQUENCES];
	struct prediction predictions[REPLAY_MAX_SEQUENCES];
	struct measure_options measure;
	struct events events;
	struct cold cold;
	struct modelling modelling;
};

/**
 * replay_plan_make() - open the sequences, and get all ready
 * @p: filled; replay_plan_free() it in any case, after measuring
 * @options: what is asked, as long as @p is used
 * @err: set on failure
 */
int replay_plan_make(struct replay_plan *p,
		     const struct replay_options *options, struct error *err);
void replay_plan_free(struct replay_plan *p);

#endif
