/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_COUNTS_H
#define SWC_LIB_COUNTS_H

#include <stdbool.h>

#include "backend.h"
#include "events.h"
#include "contrast.h"
#include "stats.h"

/*
 * The counts of a run, event by event and round by round. A figure is a mean per
 * replay less the control's, as for ticks, with the interval of the same block
 * bootstrap over rounds.
 */

/**
 * struct counted - an event of a run
 * @stats: its counts, of the rounds that counted it
 * @null: of the null sequence, which must be 0; interval at SELFTEST_LEVEL
 * @passed: it is
 */
struct counted {
	struct stats *stats;
	struct estimate null;
	bool passed;
};

/**
 * struct counts - all events of a run
 * @events: what is counted; NULL: nothing
 * @turn: what the round under way counts
 * @list: by event, as in @events
 * @rounds: so far
 * @valid: the counts mean something
 * @why: if not
 */
struct counts {
	const struct events *events;
	struct backend_counting turn;
	struct counted list[EVENTS_MAX];
	unsigned int rounds;
	bool valid;
	char why[256];
};

/* counts_init() - for runs of @narms arms; counts_free() it after success. */
int counts_init(struct counts *c, const struct events *events,
		unsigned int narms, struct error *err);
void counts_free(struct counts *c);

/* counts_ask() - have the next round count what it is its turn to. */
void counts_ask(struct counts *c, struct backend_run *run);

/* counts_take() - add what that round has counted. */
void counts_take(struct counts *c);

/* counts_judge() - see that nothing counts as nothing. */
void counts_judge(struct counts *c);

/* counts_estimate() - of event number @i, events per replay. */
struct estimate counts_estimate(const struct counts *c, unsigned int i,
				struct contrast_arms *arms);

#endif
