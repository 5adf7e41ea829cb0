/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PAIRING_H
#define SWC_LIB_PAIRING_H

#include "apart.h"
#include "arms.h"
#include "clock.h"
#include "levels.h"
#include "live.h"
#include "machine.h"
#include "pin.h"
#include "run.h"
#include "selftest.h"
#include "stats.h"

/*
 * Live programs and a backend that replays, on one CPU, as the source of a run whose
 * blocks are live or replayed by turns. A call is held against its replay, warm or cold, or
 * against another program's call; these differ in their arms, and in what a block is.
 */

#define PAIRING_LEVEL 0.95

#define PAIRING_MOST_PROGRAMS 2u

/*
 * A round asks for the replays and for the calls of each program by turns, in an order
 * drawn for each visit: PAIRING_LIVE is the first program, the next group the second.
 */
enum { PAIRING_REPLAYS, PAIRING_LIVE };

/**
 * struct pairing_options - where, and how long
 * @cpu: of all
 * @samples: of a replayed block
 * @warm: untimed replays before each of them; 0: MEASURE_WARM
 * @time_limit: seconds; a run ends earlier when it knows enough
 * @processes: so many times everything is started anew, and intervals contain what
 *	differs between them
 * @apart: how each is started; what is shared is filled in by the study
 * @seed: of the run; 0: drawn
 * @tsc_step: see struct swc_sampler; live calls are timed by such a TSC, too
 */
struct pairing_options {
	uint32_t cpu;
	uint32_t samples;
	uint32_t warm;
	double time_limit;
	uint32_t processes;
	struct run_apart apart;
	uint64_t seed;
	uint32_t tsc_step;
};

/* The two that are compared in one process, core cycles. */
struct pairing_process {
	double one;
	double other;
	double ratio;
	bool odd; /* it lies far from where the others do */
	size_t rounds;
	uint32_t padding; /* bytes of its environment */
};

/* A run's findings, whatever it compares. */
struct pairing_result {
	struct machine machine;
	struct clock clock;
	struct selftests selftests;
	uint32_t dropped[DROP_CAUSES];
	uint64_t seed;
	size_t rounds;
	size_t blocks; /* of each group */
	struct pairing_process processes[RUN_MAX_PROCESSES];
	size_t nprocesses;
};

/* A program, and how its calls are to be made. */
struct pairing_program {
	char *const *command;
	enum live_kind kind;
};

/**
 * struct pairing - first member of what a study has, so that either is the context
 * @programs: that the study has named before it begins
 * @nprograms: how many
 * @live: these, while they run
 * @arms: of the backend: the fixed ones, and what the study adds
 * @narms: with those of the live programs
 * @control: what is taken off each arm
 * @levels: of them by process, round and sample
 * @pin: to the CPU of all; the live programs' other threads may run elsewhere
 * @tsc_step: planted, or the machine's own
 * @random: state of the generator, of the round
 */
struct pairing {
	struct pairing_options options;
	struct pairing_result *result;
	struct pairing_program programs[PAIRING_MOST_PROGRAMS];
	unsigned int nprograms;
	struct live live[PAIRING_MOST_PROGRAMS];
	struct arms arms;
	unsigned int narms;
	unsigned int control[SWC_MAX_ARMS];
	struct stats *stats;
	struct levels *levels;
	struct backend *backend;
	struct pin pin;
	double tsc_step;
	__u64 random;
};

/* pairing_init() - @arms with the fixed ones; pairing_free() it in any case. */
int pairing_init(struct pairing *p, const struct pairing_options *options,
		 struct pairing_result *result, struct error *err);
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
 * pairing_length() - how many calls back to back make a sample of some 15 us
 * @p: whose programs run
 * @program: which of them
 * @calls: filled, if it is 0: another process may have found it
 * @err: set on failure
 *
 * A sample of live calls is as long as one of replays: so what disturbs one or the other
 * shows as an outlier in the same way, and what a loop's begin and end take is the same in
 * both. Where replays of 4000 cycles each had samples of a thousand, each held an
 * interrupt, and took 0.6 % longer. Return: 0, or -1 with @err set.
 */
int pairing_length(struct pairing *p, unsigned int program, uint32_t *calls,
		   struct error *err);

/**
 * pairing_calls() - one sample of a program's calls back to back
 * @p: whose programs run
 * @program: which of them
 * @calls: in the sample
 * @arm: that the row is of
 * @table: has a row more
 * @err: set on failure
 *
 * Samples before it that don't count, as many as before a sample of replays, wipe out the
 * traces of the switch of tasks. While they were a request of their own, the program's
 * answer to it made one more switch, and calls of much code were 1 to 3 % slower than their
 * replays. Return: 0, or -1 with @err set.
 */
int pairing_calls(struct pairing *p, unsigned int program, uint32_t calls,
		  unsigned int arm, struct run_table *table, struct error *err);

/* pairing_in_steps() - live ticks as a TSC that advances in steps would show them. */
uint64_t pairing_in_steps(struct pairing *p, uint64_t ticks);

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

/*
 * pairing_withhold() - may no figure be shown? By machine, clock and self-tests, and
 * where the ratio has no interval. Return: 0, or -1 with @why filled.
 */
int pairing_withhold(const struct pairing_result *result,
		     const struct estimate *ratio, char *why);

/**
 * pairing_estimate() - a figure, with the interval of the highest level there is
 * @p: whose rounds are over
 * @figure: of means, as pairing_judge()'s clock has them
 * @context: of the figure
 *
 * Return: over processes by estimate_ranked(); of a single one over its rounds.
 */
struct estimate pairing_estimate(struct pairing *p, stats_figure figure,
				 void *context);

/**
 * pairing_processes() - each process by itself
 * @one: cycles, or another figure of which @back makes cycles
 * @other: likewise
 * @ratio: likewise
 * @back: NULL: they are cycles and a ratio
 * @context: of the figures
 */
void pairing_processes(struct pairing *p, stats_figure one, stats_figure other,
		       stats_figure ratio, double (*back)(double),
		       void *context);

#endif
