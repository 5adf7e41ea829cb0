/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FIDELITY_FIDELITY_H
#define SWC_FIDELITY_FIDELITY_H

#include <stdbool.h>
#include <stdint.h>

#include "apart.h"
#include "error.h"
#include "levels.h"
#include "pairing.h"
#include "sequence.h"
#include "states.h"

/*
 * Is a replay the call? Both are measured by one method: calls back to back in a
 * loop, on one CPU, in blocks of some 0.2 ms that alternate at random, so that
 * drift of the core's clock hits both alike.
 */

/* A replay that lies off by more isn't the call. */
#define FIDELITY_TOLERANCE 0.05

/* Of a shorter call that would be less than what a loop's own branch may cost. */
#define FIDELITY_SHORT		 40.0 /* cycles */
#define FIDELITY_SHORT_TOLERANCE 4.0  /* cycles */

/* Variants of a trace that are replayed; the rarest ones are left out. */
#define FIDELITY_MAX_VARIANTS 6

#define FIDELITY_TIME_LIMIT 10.0 /* s */

/*
 * Unless asked otherwise: enough that one process in eight, which happens to lie
 * badly, is seen; and with a second each a run still takes ten.
 */
#define FIDELITY_PROCESSES 8u

/* One variant, and how often the recorder saw it. */
struct fidelity_variant {
	const struct sequence *sequence;
	uint32_t count;
	uint32_t index; /* in the trace */
};

/**
 * struct fidelity_options - what to compare, where, how long
 * @program: the goprobe program that was recorded
 * @live: or a command that speaks the protocol of docs/live.md, with blanks between its
 *	words; NULL: none
 * @another_build: the program may be another file than the recorded one, if the same Go
 *	version built it: the trace comes from another machine
 * @command: the words of the program that makes live calls; see live.h
 * @variants: at most FIDELITY_MAX_VARIANTS
 * @nvariants: how many
 * @cpu: of both
 * @states: that stand for what comes before each call; warm: nothing comes before,
 *	calls are back to back
 * @time_limit: seconds; a run ends earlier when it knows enough
 * @processes: so many pairs of live program and replay, and intervals contain what
 *	differs between them; only where calls are back to back
 * @apart: how each is started; what is shared is filled in by the study
 * @seed: of the run; 0: drawn
 * @tsc_step: see struct swc_sampler; live calls are timed by such a TSC, too
 */
struct fidelity_options {
	const char *program;
	const char *live;
	bool another_build;
	char *const *command;
	const struct fidelity_variant *variants;
	size_t nvariants;
	uint32_t cpu;
	struct states states;
	double time_limit;
	uint32_t processes;
	struct run_apart apart;
	uint64_t seed;
	uint32_t tsc_step;
};

/* One variant's replay, core cycles. */
struct fidelity_replay {
	struct estimate cycles; /* back to back, a turn of the loop */
	struct estimate loop; /* what its own instructions would take once more */
	struct estimate latency; /* alone, between fences */
	uint32_t iterations;	 /* in a sample */
};

/* @run: the live call is the one of each process, the replay the other. */
struct fidelity {
	struct pairing_result run;
	struct estimate live;	/* cycles a call */
	struct estimate replay; /* of all variants, as often as recorded */
	struct estimate ratio;	/* replay to live */
	struct estimate more;	/* replay minus live, cycles */
	struct estimate empty; /* an iteration of the live program's empty loop */
	struct fidelity_replay replays[FIDELITY_MAX_VARIANTS];
	uint32_t calls; /* in a live block */
	struct {
		struct level_variances live, replay, ratio;
	} variance; /* of natural logarithms: squares of relative deviations */
	bool cold;  /* one call at a time, in a state */
	bool valid;
	bool faithful; /* the interval lies within the tolerance */
	double off;    /* what is held against it: the ratio less 1, or of */
	double off_at_most; /* a short call what the replay takes more, cycles */
	char why[256];	    /* if not valid, or not faithful: why */
};

/**
 * fidelity_measure() - the live call against its replay
 * @options: which, where, how long
 * @f: filled
 * @err: set on failure
 *
 * Return: 0, also if the result isn't valid; or -1 with @err set.
 */
int fidelity_measure(const struct fidelity_options *options, struct fidelity *f,
		     struct error *err);

/*
 * fidelity_measure_cold() - the same one call at a time, in a state: live calls
 * come after what the scenario does before each, replays after their preparation.
 * Live calls are timed before and after the replays: a state costs far more than
 * drift does.
 */
int fidelity_measure_cold(const struct fidelity_options *options,
			  struct fidelity *f, struct error *err);

/* fidelity_begin() - a pairing of the live program, to which the study adds its arms. */
int fidelity_begin(struct pairing *p, const struct fidelity_options *options,
		   enum live_kind kind, struct fidelity *f, struct error *err);

/* fidelity_judge() - is a valid ratio near enough to 1? */
void fidelity_judge(struct fidelity *f);

#endif
