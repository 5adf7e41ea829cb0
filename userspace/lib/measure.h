/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_MEASURE_H
#define SWC_LIB_MEASURE_H

#include <stdbool.h>

#include "arms.h"
#include "backend.h"
#include "clock.h"
#include "counts.h"
#include "engine/optable.h"
#include "error.h"
#include "machine.h"
#include "selftest.h"
#include "sequence.h"
#include "stats.h"
#include "witness.h"

#define MEASURE_SAMPLES 50000u /* of each sequence, unless asked otherwise */
#define MEASURE_SAMPLES_COLD \
	5000u /* likewise; emptying a cache takes its time */
/*
 * What chains of known length leave over whatever the number of samples, core
 * cycles rms (doctor, bench/precision: 0.02 to 0.07 with the noise, on Golden Cove). It is
 * part of every interval, as a standard uncertainty that no statistics of the
 * same run can tell (JCGM 100:2008, 4.3, type B).
 */
#define MEASURE_SYSTEMATIC 0.04

/* Half of a 95 % interval in standard uncertainties, for a normal distribution. */
#define MEASURE_LEVEL_FACTOR 1.96

/*
 * Untimed replays before a sample: another arm ran before, and two turns bring
 * back lines, translations and branch history.
 */
#define MEASURE_WARM 2u

/* Longer than any step of a TSC that advances in steps (26 ticks on Zen). */
#define MEASURE_DELAY_MAX 127u

#define MEASURE_SPREAD_S   2.0	/* pauses between rounds, in all */
#define MEASURE_TIME_LIMIT 10.0 /* s, if an interval is aimed at */

/* Why a run ended. */
enum measure_stop {
	STOPPED_BY_SAMPLES,
	STOPPED_BY_TARGET,
	STOPPED_BY_TIME,
};

/* One sequence to be measured, in a state. */
struct measure_subject {
	const struct sequence *sequence;
	struct swc_state state;
};

/*
 * Sequences of which there are more than fit into one round. They take turns: in
 * each round so many neighbours as fit, beside everything else, until each had
 * its turn; those rounds together are a block. Who is first is drawn. What they
 * cost is told block by block, by measurement_block().
 */
struct measure_turns {
	const struct measure_subject *list;
	size_t n;
};

/* Who wants to know how far a run has come, from 0 to 1. */
struct measure_progress {
	void (*tell)(void *context, double done);
	void *context;
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
 * @time_limit: stop after so many seconds; 0: none
 * @spread: seconds that pauses between rounds take in all, about
 * @events: counted beside each replay; NULL: none. The readings disturb what is
 *	timed: no timing is valid then. The kernel backend's only.
 * @witnesses: of the states that the subjects are in
 * @nwitnesses: how many, at most STATE_KINDS
 * @turns: what takes turns
 * @progress: whom to tell, between rounds
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
	struct measure_turns turns;
	struct measure_progress progress;
};

/*
 * A measured sequence. Ticks and cycles are the sequence's own: the control,
 * which is the same frame and pedestal around nothing, is taken off.
 */
struct measured {
	struct swc_op_counts counts;
	struct estimate ticks;
	struct estimate cycles;		   /* core cycles */
	double quantiles[STATS_QUANTILES]; /* ticks, less the control's */
	uint32_t samples;		   /* kept */
};

struct measurement {
	struct arms arms;
	struct stats *stats;
	/* Each arm's; those that take turns are behind all others. */
	unsigned int *control_of;
	unsigned int arm_of[SWC_MAX_ARMS]; /* each subject's */
	struct measured subjects[SWC_MAX_ARMS];
	size_t nsubjects;
	size_t nturns;

	uint32_t cpu;
	enum swc_isolation isolation;
	struct clock clock;
	double tsc_hz;
	double aperf_per_tsc; /* core clocks per tick by APERF; 0: not known */
	double frame_ticks;   /* what fences, time stamps and pedestal take */
	struct selftest selftests[SELFTESTS];
	struct witness_result witnesses[STATE_KINDS];
	size_t nwitnesses;
	struct counts counts;
	enum measure_stop stopped_by;
	double sampling_s; /* spent in the backend's runs */
	uint32_t dropped;  /* of all arms */
	uint32_t windows;
	uint32_t nmis;
	uint32_t interrupts;
	uint32_t smis;
	uint64_t replays; /* of all arms, timed and untimed */
	struct machine machine;
	bool valid;    /* ticks and cycles mean something */
	char why[256]; /* if not: why not */
};

/**
 * measure() - replay sequences and their controls, interleaved, and estimate
 * @subjects: what to measure, all in one run
 * @n: how many, at least 1
 * @options: where and how long
 * @m: filled; measurement_free() it after success
 * @err: set on failure
 *
 * Each run tests itself; one that fails, or that ran on an emulated CPU, is not
 * valid. Return: 0, also if the measurement isn't valid; or -1 with @err set.
 */
int measure(const struct measure_subject *subjects, size_t n,
	    const struct measure_options *options, struct measurement *m,
	    struct error *err);
void measurement_free(struct measurement *m);

/* measurement_difference() - subject @a minus subject @b, of the same samples. */
void measurement_difference(const struct measurement *m, size_t a, size_t b,
			    struct estimate *ticks, struct estimate *cycles);

/*
 * measurement_blocks() - how many blocks there are of those that take turns. They
 * are what intervals are made from: see stats_estimate_blocks().
 */
size_t measurement_blocks(const struct measurement *m);

/**
 * measurement_block() - what everything cost in one block, in core cycles
 * @m: of a run in which some took turns
 * @block: which
 * @subjects: filled, m->nsubjects values
 * @turns: filled, m->nturns values
 *
 * By the block's own clock, without the control of the same rounds.
 * Return: false if something has no samples in this block.
 */
bool measurement_block(const struct measurement *m, size_t block,
		       double *subjects, double *turns);

/*
 * measure_widen() - add to an interval what samples don't know of: so many times
 * MEASURE_SYSTEMATIC, as a standard uncertainty.
 */
void measure_widen(struct estimate *e, double factor);

/* measurement_count() - of event number @event, per replay of subject @subject. */
struct estimate measurement_count(const struct measurement *m, size_t subject,
				  unsigned int event);

/* measure_default_cpu() - the last that the process may use. */
int measure_default_cpu(void);

const char *measure_stop_name(enum measure_stop stop);

#endif
