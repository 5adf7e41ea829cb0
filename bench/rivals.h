/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_RIVALS_H
#define SWC_BENCH_RIVALS_H

#include <stdbool.h>

#include "chains.h"
#include "stats.h"

#define CHAIN_COUNT(n) +1
enum {
	CHAIN_COUNT = 0 CHAINS(CHAIN_COUNT),
	/* A rival times these besides, after the chains. */
	RIVAL_EMPTY = CHAIN_COUNT,
	RIVAL_CLOCK_SHORT,
	RIVAL_CLOCK_LONG,
	RIVAL_TIMED,
};

#define RIVAL_MAX_PASSES 1000u

/* Additions of each, in the order of the enumeration. */
extern const unsigned int rival_lengths[RIVAL_TIMED];

/*
 * How nanoseconds of a call become cycles of its chain.
 *
 * If the machine overlaps a call with the chain of the one before, its cost is
 * hidden and taking it off is wrong; if it doesn't, not taking it off is. From
 * outside nobody can know. The core clock of the same pass cancels drift
 * between passes; that of all passes adds no noise of its own.
 */
struct treatment {
	const char *name;
	bool less_empty;
	bool clock_of_all;
};

#define TREATMENTS 4
extern const struct treatment rival_treatments[TREATMENTS];

/* A benchmark program in nanoseconds, and what it has measured. */
struct rival {
	const char *name;

	/* Time all chains once, each for @benchtime seconds, into ns[]. */
	int (*pass)(double benchtime, double *ns, double *seconds,
		    struct error *err);

	/* The tool's own statistics of repetitions. */
	struct estimate (*summary)(double *values, size_t n);

	size_t passes;
	double seconds;	  /* wall time of all passes */
	double requested; /* sum of the benchtimes */
	double ns[RIVAL_TIMED][RIVAL_MAX_PASSES];
};

/* Go's testing.B with benchstat's statistics, and Google Benchmark. */
extern struct rival rival_gotest, rival_gbench;

/**
 * rival_catch_up() - make passes until @r has used @seconds of wall time
 *
 * Each takes about a second.
 */
int rival_catch_up(struct rival *r, double seconds, struct error *err);

/* rival_estimate() - the cycles of chain @i and their interval. */
struct estimate rival_estimate(const struct rival *r, const struct treatment *t,
			       size_t i);

#endif
