/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_REPLAYS_H
#define SWC_LIB_REPLAYS_H

#include <stdbool.h>

#include "apart.h"
#include "backend.h"
#include "error.h"
#include "measurement.h"
#include "run.h"
#include "sequence.h"
#include "witness.h"

/* Replays of sequences, as the source of a run. */

#define MEASURE_SAMPLES 50000u /* of each sequence, unless asked otherwise */
#define MEASURE_SAMPLES_COLD \
	5000u /* likewise; emptying a cache takes its time */

/*
 * Untimed replays before a sample: another arm ran before, and two replays
 * bring back lines, translations and branch history.
 */
#define MEASURE_WARM 2u

/* Longer than any step of a TSC that advances in steps (26 ticks on Zen). */
#define MEASURE_DELAY_MAX 127u

#define MEASURE_SPREAD_S   2.0	/* pauses between rounds, in all */
#define MEASURE_TIME_LIMIT 10.0 /* s, if an interval is aimed at */

/*
 * One sequence to be measured, in a state. @pedestal_more: additions by which its
 * pedestal is longer than those of the round, of what takes turns.
 */
struct measure_subject {
	const struct sequence *sequence;
	struct swc_state state;
	uint32_t pedestal_more;
};

/*
 * Sequences of which there are more than fit into one round. They take turns: in
 * each round so many neighbours as fit, beside everything else, until each had
 * its turn; those rounds together are a block. The first one is drawn.
 * measurement_block() has what they cost, block by block.
 */
struct measure_rotation {
	const struct measure_subject *list;
	size_t n;
};

/**
 * struct measure_options - where, how long, how quietly
 * @backend: which
 * @cpu: -1: the last that the process may use
 * @isolation: enum swc_isolation, -1: the backend's own
 * @samples: of each sequence; 0: as many as @target_ci or @time_limit let
 * @warm: untimed replays before each sample
 * @tsc_step: see struct swc_sampler; 0 outside of tests
 * @target_ci: stop when each sequence's interval is at most so much to each
 *	side, core cycles; 0: don't look
 * @time_limit: stop after so many seconds, or soon after, when there is enough of
 *	each to speak about it; 0: none
 * @spread: seconds that pauses between rounds take in all, about
 * @events: counted beside each replay; NULL: none. The readings disturb what is
 *	timed: no timing is valid then. The kernel backend's only.
 * @witnesses: of the states that the subjects are in
 * @nwitnesses: how many, at most STATE_KINDS
 * @rotation: sequences that take turns
 * @back_to_back: measure the subjects in a loop, too, where the backend can; not
 *	together with @rotation
 * @processes: so many take the samples, one after the other, and intervals contain
 *	the differences between them; 0 is 1. Not together with @events or @rotation
 * @apart: how each is started; the library fills in what is shared
 * @seed: of the run; 0: drawn
 * @sums: the result is to have the sums that its estimates are made of
 */
struct measure_options {
	const struct backend_ops *backend;
	int cpu;
	int isolation;
	uint32_t samples;
	uint32_t warm;
	uint32_t tsc_step;
	double target_ci;
	double time_limit;
	double spread;
	const struct events *events;
	const struct witness *witnesses;
	size_t nwitnesses;
	struct measure_rotation rotation;
	bool back_to_back;
	unsigned int processes;
	struct run_apart apart;
	uint64_t seed;
	bool sums;
};

/* replays_add() - a backend's samples to a table. Return: 0, or -1 with @err set. */
int replays_add(struct run_table *table, const struct backend_run *run,
		struct error *err);

/**
 * replays_run() - take samples of all arms, round by round
 * @options: how long; where is in @m
 * @m: its arms, controls and what takes turns are known; its statistics and counts
 *	are filled
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set; measurement_free() @m in any case.
 */
int replays_run(const struct measure_options *options, struct measurement *m,
		struct error *err);

#endif
