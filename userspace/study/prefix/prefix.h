/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PREFIX_PREFIX_H
#define SWC_PREFIX_PREFIX_H

#include "callpath.h"
#include "measure.h"
#include "opclass.h"

/*
 * The prefix profile: the cost of the first k operations of a sequence, for
 * every k. The cost of an operation is how much later all is complete with it
 * than without it, isolated, before anything that follows. It is 0 if the
 * operation overlaps others, and negative if it makes an earlier one complete
 * sooner.
 *
 * Each prefix is a program of its own, verified and emitted as such, measured
 * like any other sequence. All come in random order: the prefixes take turns in
 * rounds, and the whole sequence is in each of them.
 */

/*
 * Longest sequence: the number of prefixes grows with it, and what each of them
 * takes, too.
 */
#define PREFIX_MAX_OPS 4096u

/* Samples of each prefix, unless asked otherwise; emptying a cache takes its time. */
#define PREFIX_SAMPLES	    3000
#define PREFIX_SAMPLES_COLD 1000

/*
 * Untimed replays before a sample, more than MEASURE_WARM: with some sixty
 * sequences in a round, code, branch history and data of the one that is next have
 * left the core since its last turn. A nop call that took 77 cycles by itself took
 * 100 with two, and half of its samples spread over 28 ticks instead of 4; with ten,
 * 79 and 6 (Golden Cove).
 */
#define PREFIX_WARM 10u

/* The sum of all shares may be off 1 by so much. */
#define PREFIX_CLOSURE_LIMIT 0.03

/* Operations that belong together: a function, a class, a phase, a path. */
struct prefix_part {
	const char *name; /* the sequence's, or a class's title */
	size_t nops;
	struct estimate cycles;
	struct estimate share;	 /* of the whole, as replayed by itself */
	struct estimate lasting; /* cycles that nothing later takes back */
	struct estimate lasting_share;
};

/*
 * The cost of a single operation; see enum costs_view. The lasting cost is in the
 * result for those who want it: with a frame that hid work that feeds no
 * register, the plain costs of single operations were negative by the dozen.
 */
struct prefix_op {
	struct estimate cycles;
	struct estimate lasting;
};

struct prefix_parts {
	struct prefix_part *list;
	size_t n;
};

/**
 * struct prefix_run - operations one after another on the same call path
 * @path: which
 * @first: the first of them
 * @nops: how many
 * @cycles: what they cost
 * @lasting: that nothing later takes back
 */
struct prefix_run {
	uint32_t path;
	size_t first;
	size_t nops;
	struct estimate cycles;
	struct estimate lasting;
};

/**
 * struct prefix_profile - where a sequence's cycles go
 * @m: the run
 * @sequence: what was profiled
 * @classes_of: of each operation, enum opclass
 * @paths: call paths, and which each operation is on
 * @ops: of each operation, its core cycles
 * @functions: in order of first execution, without what they call
 * @classes: OPCLASSES of them, by number
 * @phases: from one mark to the next, in order; none without marks
 * @self: of each path, what it does itself
 * @within: of each path, with all paths that begin with it
 * @runs: in order of execution
 * @nruns: how many
 * @total: all of it: the prefix that is the whole
 * @whole: the sequence as replay measures it, in the same run
 * @closure: @total and @layout as a part of @whole
 * @packed: @total alone as a part of @whole
 * @layout: cycles that the whole takes more with its code where it was recorded
 *	than packed, as prefixes are; 0: the sequence doesn't say where
 * @has_layout: it does
 * @valid: the figures mean something
 * @why: if not: why not
 */
struct prefix_profile {
	struct measurement m;
	const struct sequence *sequence;
	unsigned char *classes_of;
	struct callpaths paths;
	struct prefix_op *ops;
	struct prefix_parts functions;
	struct prefix_parts classes;
	struct prefix_parts phases;
	struct prefix_parts self;
	struct prefix_parts within;
	struct prefix_run *runs;
	size_t nruns;
	struct estimate total;
	struct estimate whole;
	struct estimate closure;
	struct estimate packed;
	struct estimate layout;
	bool has_layout;
	bool valid;
	char why[256];
};

/* prefix_closes() - is the sum of all shares as near to 1 as it has to be? */
bool prefix_closes(const struct prefix_profile *p);

/*
 * prefix_agrees() - does the interval of the closure hold 1? If not, the two ways
 * to measure the whole differ by more than chance.
 */
bool prefix_agrees(const struct prefix_profile *p);

/**
 * prefix_profile() - measure all prefixes of a sequence, and sum up
 * @s: the sequence; to be kept as long as @p
 * @state: prepared before each sample
 * @options: as for measure(); samples are of each prefix
 * @p: filled; prefix_profile_free() it after success
 * @err: set on failure
 *
 * Return: 0, also if the measurement isn't valid; or -1 with @err set.
 */
int prefix_profile(const struct sequence *s, const struct swc_state *state,
		   const struct measure_options *options,
		   struct prefix_profile *p, struct error *err);
void prefix_profile_free(struct prefix_profile *p);

#endif
