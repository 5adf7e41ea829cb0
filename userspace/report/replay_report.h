/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_REPLAY_REPORT_H
#define SWC_REPORT_REPLAY_REPORT_H

#include "model_report.h"
#include "replayplan.h"
#include "report.h"

/**
 * struct replayed - one of the sequences of a run
 * @subject: what was replayed
 * @facts: of the run
 * @measured: what it took
 * @layout: how its code lay
 * @predicted: misses
 */
struct replayed {
	struct report_subject subject;
	const struct report_facts *facts;
	const struct measured *measured;
	const struct code_layout *layout;
	struct predicted predicted;
};

/**
 * struct replay_result - what replay has found
 * @facts: where, how and how well
 * @list: of each sequence
 * @n: how many
 * @difference: of the first two is wanted
 * @quiet: the system was made quiet
 */
struct replay_result {
	struct report_facts facts;
	const struct replayed *list;
	size_t n;
	bool difference;
	bool quiet;
};

/* replay_describe() - fill @list, one for each sequence of the plan. */
void replay_describe(struct replayed *list, const struct report_facts *facts,
		     const struct replay_plan *p, const struct states *states);

/*
 * The first sequence's figures are at the top, all of them in "sequences" if there are
 * more.
 */
extern const struct record replay_record;

void replay_text(const void *data, const struct result *result);

#endif
