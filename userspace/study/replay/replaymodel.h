/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPLAY_REPLAYMODEL_H
#define SWC_REPLAY_REPLAYMODEL_H

#include "engine/optable.h"
#include "replayplan.h"

/* Replays by a model alone: misses are predicted, and nothing is measured. */

/**
 * struct replay_predicted - one of the sequences
 * @input: that
 * @prediction: for one replay
 * @counts: of its operations, if it is @lowered
 * @lowered: a sequence was followed, or else the recording itself
 */
struct replay_predicted {
	struct input input;
	struct prediction prediction;
	struct swc_op_counts counts;
	bool lowered;
};

struct replay_model {
	struct modelling modelling;
	struct replay_predicted list[REPLAY_MAX_SEQUENCES];
	size_t n;
};

/**
 * replay_predict() - what would miss in each replay
 * @m: filled; replay_model_free() it in any case
 * @options: the sequences, the states each replay begins in, and the model. A trace is
 *	followed as it was recorded, but lowered if a state is asked for, since states
 *	name a sequence's regions.
 * @err: set on failure
 */
int replay_predict(struct replay_model *m, const struct replay_options *options,
		   struct error *err);
void replay_model_free(struct replay_model *m);

#endif
