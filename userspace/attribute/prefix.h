/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ATTRIBUTE_PREFIX_H
#define SWC_ATTRIBUTE_PREFIX_H

#include "measure.h"
#include "opclass.h"

/*
 * The prefix profile: what the first k operations of a sequence cost, for every
 * k. The cost of an operation is how much later the registers are ready with it
 * than without it, what follows not counted: it is 0 for what hides behind
 * others, and negative where it takes away from what came before.
 *
 * Each prefix is a program of its own, verified and emitted as such, measured
 * like any other sequence. All come in random order: the prefixes take turns in
 * rounds, and the whole sequence is in each of them.
 */

/*
 * Longest sequence: the number of prefixes grows with it, and what each of them
 * costs, too.
 */
#define PREFIX_MAX_OPS 4096u

#define PREFIX_SAMPLES 4000u /* of each prefix, unless asked otherwise */

/* How far the sum of all shares may be off 1. */
#define PREFIX_CLOSURE_LIMIT 0.03

/* A call path: a function and where it was called from. */
struct prefix_path {
	uint32_t function; /* index of its name in the sequence */
	uint32_t parent;   /* path that called it, below its own; its own: none */
};

/* One operation. */
struct prefix_op {
	enum opclass class;
	uint32_t path;
	struct estimate cycles;
};

/* A set of operations: a function, a class, a phase, or a run of a path. */
struct prefix_part {
	const char *name; /* the sequence's, or a class's title */
	uint32_t path;	  /* of a run */
	size_t first;	  /* operation */
	size_t nops;
	struct estimate cycles;
	struct estimate share; /* of the whole, as replayed by itself */
};

struct prefix_parts {
	struct prefix_part *list;
	size_t n;
};

/**
 * struct prefix_profile - where a sequence's cycles go
 * @m: the run
 * @nops: length of the sequence
 * @ops: each operation
 * @paths: call paths, callers before what they call
 * @npaths: how many
 * @functions: in order of first execution
 * @classes: OPCLASSES of them, by number
 * @phases: from one mark to the next, in order
 * @runs: operations one after another on the same path, in order
 * @total: all of them: the prefix that is the whole
 * @whole: the sequence as replay measures it, in the same run
 * @closure: @total as a part of @whole
 * @valid: the figures mean something
 * @why: if not: why not
 */
struct prefix_profile {
	struct measurement m;
	size_t nops;
	struct prefix_op *ops;
	struct prefix_path *paths;
	size_t npaths;
	struct prefix_parts functions;
	struct prefix_parts classes;
	struct prefix_parts phases;
	struct prefix_parts runs;
	struct estimate total;
	struct estimate whole;
	struct estimate closure;
	bool valid;
	char why[256];
};

/**
 * prefix_profile() - measure all prefixes of a sequence, and sum up
 * @s: the sequence; its names are referred to as long as @p is used
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
