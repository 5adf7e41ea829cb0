/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_REPLAY_MODEL_REPORT_H
#define SWC_REPORT_REPLAY_MODEL_REPORT_H

#include "machine.h"
#include "model_report.h"
#include "replaymodel.h"
#include "report.h"

/* One of the sequences, as it is shown. */
struct shown_prediction {
	struct report_subject subject;
	struct predicted predicted;
};

/**
 * struct replay_model_result - what the model has predicted
 * @model: that
 * @machine: where
 * @list: each sequence
 * @n: how many
 */
struct replay_model_result {
	const struct replay_model *model;
	struct machine machine;
	struct shown_prediction list[REPLAY_MAX_SEQUENCES];
	size_t n;
};

/* replay_model_describe() - fill @r, to be shown. */
void replay_model_describe(struct replay_model_result *r,
			   const struct replay_model *m,
			   const struct states *states);

extern const struct record replay_model_record;

/* replay_model_text() - the same for people, on stdout. */
void replay_model_text(const void *data, const struct result *result);

#endif
