/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RULER_RULER_H
#define SWC_RULER_RULER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "estimate.h"
#include "histogram.h"
#include "machine.h"
#include "run.h"
#include "situations.h"
#include "stats.h"

/*
 * The ruler of calls: the same call in all situations, from one that finds everything warm
 * to one that finds its P gone, each with the distribution of its single calls; beside it
 * the replay of the call as it was recorded; and prices that people know, on the same
 * machine in the same minutes.
 *
 * All is measured in turns, each by a process of its own, by goprobe spread and by the
 * verbs record and replay, run as anybody would run them. The dearest turns come last, so
 * that a short budget leaves rows open, and no row half measured.
 */

#define RULER_TURNS	5u
#define RULER_MAX_TURNS 32u
#define RULER_BUDGET	60.0 /* s */

/**
 * struct ruler_options - what to measure
 * @switchcost: the path of this command
 * @goprobe: the program whose calls these are
 * @rows: bit i: situation i
 * @budget: seconds, after which no step begins
 * @turns: of each row, at most
 */
struct ruler_options {
	const char *switchcost;
	const char *goprobe;
	uint32_t rows;
	double budget;
	unsigned int turns;
};

/* A figure of each turn. */
struct ruler_turns {
	double of[RULER_MAX_TURNS];
	unsigned int n;
};

/* A bin that isn't empty, as a result has it. */
struct ruler_bin {
	double ns;
	uint64_t calls;
};

/**
 * struct ruler_live - a situation's live calls
 * @histogram: of single calls, of all turns
 * @by: "time stamps", or the scenario's "clock"
 * @medians: of each turn, ns
 * @loops: a call in a loop, ns; none where calls don't follow one another
 * @clocks: core cycles in a nanosecond
 * @bins: of the histogram
 * @nbins: how many
 */
struct ruler_live {
	struct histogram histogram;
	char by[16];
	struct ruler_turns medians;
	struct ruler_turns loops;
	struct ruler_turns clocks;
	struct ruler_bin bins[HISTOGRAM_BINS];
	unsigned int nbins;
};

/**
 * struct ruler_replay - its replay
 * @quantiles: ns, those of stats_quantiles
 * @cycles: core cycles of the mean replay between fences
 * @loops: one more in a loop, ns; none in a cold state
 * @clocks: core cycles in a nanosecond
 * @samples: of all turns
 * @ops: operations of the replay
 * @why: the last one isn't valid; "": it is
 */
struct ruler_replay {
	struct ruler_turns quantiles[STATS_QUANTILES];
	struct ruler_turns cycles;
	struct ruler_turns loops;
	struct ruler_turns clocks;
	uint64_t samples;
	int64_t ops;
	char why[256];
};

/**
 * struct ruler_row - a row of the ruler
 * @situation: which
 * @asked: it was asked for
 * @live: of a reference: only its loop and its clock
 * @replay: all empty, where there is none
 * @valid: its live figures are there
 * @why: if not
 */
struct ruler_row {
	const struct situation *situation;
	bool asked;
	struct ruler_live live;
	struct ruler_replay replay;
	bool valid;
	char why[256];
};

/**
 * struct ruler - what was found
 * @complete: each row that was asked for has all its turns
 * @interrupted: by a signal, before that
 * @valid: a bare call was measured, or whatever was asked for, on a CPU that is one
 * @why: if not
 */
struct ruler {
	const struct ruler_options *options;
	char go[48];
	struct ruler_row rows[SITUATIONS];
	struct ruler_row references[REFERENCES];
	double seconds;
	bool complete;
	bool interrupted;
	bool valid;
	char why[256];
	struct machine machine;
};

/* ruler_mean() - of the turns, with Student's interval of two or more. */
struct estimate ruler_mean(const struct ruler_turns *t);

/**
 * ruler_run() - measure as much as fits into the budget
 * @r: filled
 * @options: must outlive @r
 * @err: set on failure
 *
 * Return: 0, also if rows are left open; or -1 with @err set.
 */
int ruler_run(struct ruler *r, const struct ruler_options *options,
	      struct error *err);

#endif
