/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_DIAGNOSIS_H
#define SWC_DOCTOR_DIAGNOSIS_H

#include <stdbool.h>

#include "chainline.h"
#include "environment.h"
#include "geometry.h"
#include "kindstudy.h"
#include "measure.h"
#include "pmu.h"

/*
 * Finds out what can be measured on this machine, and how well: chains of known
 * length go through the whole instrument, a witness for each state, each
 * isolation level.
 */

#define DIAGNOSIS_CHAINS 8

/* Something that is there, or isn't, and why. */
struct availability {
	bool available;
	char why[256];
};

/* A chain of known length, and the residual from the fitted line. */
struct diagnosis_chain {
	unsigned int length;
	struct estimate cycles;
	double residual;
};

/* Its witness, and what that takes more than warm, block by block. */
struct diagnosis_state {
	struct availability availability;
	struct witness_result witness;
	struct block_series more;
};

/* A null sequence and a chain at one isolation level of the kernel backend. */
struct diagnosis_isolation {
	enum swc_isolation level;
	struct availability availability;
	struct estimate null;  /* core cycles */
	struct estimate chain; /* of DIAGNOSIS_ISOLATION_CHAIN additions */
	double frame_ticks;
	double spread_ticks; /* interquartile range of the chain's samples */
	uint32_t samples;
	uint32_t dropped;
	uint32_t interrupts;
	bool timed;
};

#define DIAGNOSIS_ISOLATION_CHAIN 50u
#define DIAGNOSIS_ISOLATIONS	  (SWC_ISOLATION_QUIESCED + 1)

struct diagnosis {
	struct machine machine;
	uint32_t cpu;
	struct geometry geometry;
	struct environment environment;
	double tsc_step;
	double tsc_hz;
	double core_per_tsc;
	double frame_ticks;
	double sampling_s;

	struct measurement line; /* the run that the next seven are of */
	struct diagnosis_chain chains[DIAGNOSIS_CHAINS];
	struct estimate null;
	struct chainline fit;
	double slot; /* how far a chain's end moves by its slot, core cycles */
	double half_width; /* widest interval, to one side, core cycles */
	bool passed;
	char why[256]; /* if not */

	struct kind_study kinds;
	struct kind_study kernel_kinds; /* likewise in ring 0 */
	struct diagnosis_state states[STATE_KINDS];
	struct diagnosis_isolation isolations[DIAGNOSIS_ISOLATIONS];
	struct availability user;
	struct availability kernel;
	struct availability model; /* the caller's to fill: it isn't measured */
	struct availability pmu;
	struct pmu counters;
	struct availability tlb_oracle;
};

/**
 * diagnose() - examine this machine; takes some seconds
 * @d: filled
 * @cpu: -1: the last that the process may use
 * @tsc_step: plant a TSC that advances in steps of so many ticks; 0: don't
 * @err: set on failure: the CPU isn't usable, no memory
 *
 * Return: 0, also if the self-test fails; or -1 with @err set. diagnosis_free() in any case.
 */
int diagnose(struct diagnosis *d, int cpu, uint32_t tsc_step,
	     struct error *err);
void diagnosis_free(struct diagnosis *d);

/**
 * diagnose_kernel_kinds() - the table of kinds again, in ring 0; takes some seconds
 * @d: as diagnose() has filled it; a failure here is an answer in @kernel_kinds
 * @asked: on an emulated CPU, too: no time is valid there, but each sequence is
 *	accepted and replayed
 */
void diagnose_kernel_kinds(struct diagnosis *d, bool asked);

/*
 * diagnosis_resolution() - core cycles that two sequences must differ by for
 * the difference to be seen: the line's residual, or the widest interval.
 */
double diagnosis_resolution(const struct diagnosis *d);

#endif
