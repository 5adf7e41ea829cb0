/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FIDELITY_PAIRING_H
#define SWC_FIDELITY_PAIRING_H

#include "arms.h"
#include "fidelity.h"
#include "levels.h"
#include "live.h"
#include "pin.h"
#include "run.h"
#include "stats.h"

/*
 * A live program and a backend that replays its call, on one CPU, as the source of a run
 * whose blocks are live or replayed by turns. Warm and cold calls have this in common;
 * they differ in their arms, and in what a block is.
 */

#define PAIRING_LEVEL 0.95

/* A round asks for these by turns, in an order drawn for each pair of blocks. */
enum { PAIRING_REPLAYS, PAIRING_LIVE, PAIRING_GROUPS };

/**
 * struct pairing - first member of what a study has, so that either is the context
 * @arms: of the backend: the fixed ones, and what the study adds
 * @kind: of live calls
 * @samples: of a replayed block
 * @narms: with those of the live program
 * @control: what is taken off each arm
 * @levels: of them by process, round and sample
 * @pin: to the CPU of both; the live program's other threads may run elsewhere
 * @tsc_step: planted, or the machine's own
 */
struct pairing {
	const struct fidelity_options *options;
	struct fidelity *f;
	struct arms arms;
	enum live_kind kind;
	uint32_t samples;
	unsigned int narms;
	unsigned int control[SWC_MAX_ARMS];
	struct stats *stats;
	struct levels *levels;
	struct backend *backend;
	struct live program;
	struct pin pin;
	double tsc_step;
};

/* pairing_init() - @arms with the fixed ones; pairing_free() it in any case. */
int pairing_init(struct pairing *p, const struct fidelity_options *options,
		 struct fidelity *f, enum live_kind kind, struct error *err);
void pairing_free(struct pairing *p);

/* pairing_count() - ready for rounds, when @narms and @control are known. */
int pairing_count(struct pairing *p, struct error *err);

/* Of a source; pairing_end() its @end, pairing_clear() its @clear. */
int pairing_start(struct pairing *p, struct error *err);
void pairing_end(void *pairing);
int pairing_load(struct pairing *p, const struct run_round *round,
		 struct error *err);
void pairing_clear(void *pairing);
int pairing_replay(struct pairing *p, uint64_t seed, struct run_table *table,
		   struct error *err);

/**
 * pairing_rounds() - take samples, live and replayed by turns
 * @p: as pairing_count() has left it
 * @source: with @p as its context
 * @plan: @visits, @rounds_least and @reached are the study's; the rest is filled here.
 *	With several processes each takes its whole share: only all of them know the
 *	interval, so that nothing is reached before.
 * @shared: what processes tell one another, or NULL
 * @nshared: how many
 * @err: set on failure
 */
int pairing_rounds(struct pairing *p, const struct run_source *source,
		   struct run_plan plan, const struct run_shared *shared,
		   size_t nshared, struct error *err);

/* pairing_judge() - what the samples say of clock and self-tests; what was dropped. */
int pairing_judge(struct pairing *p, struct error *err);

/**
 * pairing_processes() - each process by itself
 * @live: cycles, or another figure of which @back makes cycles
 * @replay: likewise
 * @ratio: likewise
 * @back: NULL: they are cycles and a ratio
 * @context: of the figures
 */
void pairing_processes(struct pairing *p, stats_figure live,
		       stats_figure replay, stats_figure ratio,
		       double (*back)(double), void *context);

#endif
