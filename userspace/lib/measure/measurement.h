/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_MEASUREMENT_H
#define SWC_LIB_MEASUREMENT_H

#include <stdbool.h>

#include "arms.h"
#include "backtoback.h"
#include "clock.h"
#include "counts.h"
#include "engine/optable.h"
#include "error.h"
#include "levels.h"
#include "machine.h"
#include "run.h"
#include "selftest.h"
#include "stats.h"
#include "systematic.h"
#include "witness.h"

/* The findings of a run. */

/* A sequence's cost in one process, core cycles; NAN: not measured. */
struct measured_process {
	double cycles;
	double back_to_back;
};

/*
 * A measured sequence, isolated: from when everything before it is complete to
 * when each of its operations is; its stores may wait in the store buffer. Ticks and
 * cycles are the sequence's own: the control, which is the same frame and pedestal
 * around nothing, is taken off, and so is the frame's constant. The intervals
 * include what is left of that, by the kinds of work that the sequence is made of.
 */
struct measured {
	struct swc_op_counts counts;
	struct estimate ticks;
	struct estimate cycles;	      /* core cycles */
	struct estimate back_to_back; /* one more in a loop; NAN: not measured */
	struct estimate loop;  /* what the loop's own instructions took */
	struct estimate state; /* core cycles more than warm; NAN: it is warm */
	struct level_variances variance;      /* of cycles */
	struct level_variances loop_variance; /* of back_to_back */
	struct measured_process by_process[RUN_MAX_PROCESSES];
	double rest; /* of the frame's constant, core cycles to each side */
	double quantiles[STATS_QUANTILES]; /* ticks, less the control's */
	uint32_t samples;		   /* kept */
};

struct measurement {
	struct arms arms;
	struct stats *stats;
	/* Each arm's; those that take turns come after all others. */
	unsigned int *control_of;
	unsigned int arm_of[SWC_MAX_ARMS]; /* each subject's */
	struct measured subjects[SWC_MAX_ARMS];
	size_t nsubjects;
	size_t nrotating;
	struct backtoback loops; /* of all subjects, or none */

	uint32_t cpu;
	enum swc_isolation isolation;
	struct clock clock;
	double tsc_hz;	      /* 0: not of a run here (measure_from_sums()) */
	double aperf_per_tsc; /* core clocks per tick by APERF; 0: not known */
	double frame_ticks;   /* what fences, time stamps and pedestal take */
	struct selftests selftests;
	struct witness_result witnesses[STATE_KINDS];
	struct {
		unsigned int warm;
		unsigned int cold;
	} witness_arms[STATE_KINDS];
	size_t nwitnesses;
	struct counts counts;
	enum run_stop stopped_by;
	unsigned int processes;
	uint64_t seed;	       /* of the run */
	struct levels *levels; /* NULL: some arms took turns */
	double sampling_s;     /* spent in the backend's runs */
	uint32_t dropped;      /* of all arms */
	uint32_t windows;
	uint32_t nmis;
	uint32_t interrupts;
	uint32_t smis;
	uint64_t replays; /* of all arms, timed and untimed */
	bool direct;	  /* indirect calls and jumps were direct ones */
	bool plain;	  /* addresses from a segment's base were plain ones */
	struct machine machine;
	bool valid;    /* ticks and cycles mean something */
	char why[256]; /* if not: why not */
};

void measurement_free(struct measurement *m);

/*
 * measurement_is_within() - are all subjects' intervals so short already, core
 * cycles to each side? Calibrates the clock by what there is so far.
 */
bool measurement_is_within(struct measurement *m, double half_width);

/**
 * measurement_estimate() - fill in what the samples say
 * @m: of a run that has ended
 * @witnesses: of its states, m->nwitnesses
 * @ring0: the run was in ring 0
 * @err: set on failure: too few samples
 */
int measurement_estimate(struct measurement *m, const struct witness *witnesses,
			 bool ring0, struct error *err);

/*
 * measurement_loop_difference() - back to back, subject @a minus subject @b, core
 * cycles. Only where m->loops.n isn't 0.
 */
struct estimate measurement_loop_difference(const struct measurement *m,
					    size_t a, size_t b);

/* measurement_difference() - subject @a minus subject @b, of the same samples. */
void measurement_difference(const struct measurement *m, size_t a, size_t b,
			    struct estimate *ticks, struct estimate *cycles);

/*
 * measurement_blocks() - how many blocks there are of those that take turns. They
 * are what intervals are made from: see estimate_by_block().
 */
size_t measurement_blocks(const struct measurement *m);

/**
 * measurement_block() - what everything cost in one block, in core cycles
 * @m: of a run in which some took turns
 * @block: which
 * @subjects: filled, m->nsubjects values
 * @turns: filled, m->nrotating values
 *
 * By the block's own clock, without the control of the same rounds.
 * Return: false if something has no samples in this block.
 */
bool measurement_block(const struct measurement *m, size_t block,
		       double *subjects, double *turns);

/*
 * measurement_loop_in() - subject number @i back to back, in one block, core cycles;
 * measurement_witness_in() - what witness number @i takes more than warm, likewise. NAN: too
 * few samples there.
 */
double measurement_loop_in(const struct measurement *m, size_t i, size_t block);
double measurement_witness_in(const struct measurement *m, size_t i,
			      size_t block);

/* measurement_count() - of event number @event, per replay of subject @subject. */
struct estimate measurement_count(const struct measurement *m, size_t subject,
				  unsigned int event);

const char *measure_stop_name(enum run_stop stop);

#endif
