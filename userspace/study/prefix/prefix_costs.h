/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PREFIX_PREFIX_COSTS_H
#define SWC_PREFIX_PREFIX_COSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "measurement.h"
#include "sequence.h"

/* The costs of a sequence's operations, from the costs of its prefixes. */

/*
 * These are in each round, so that their differences are known best: the
 * sequence as replay has it, and the prefix that is as long. The shorter
 * prefixes take turns. Prefixes are packed; if the sequence says where its code
 * was recorded, the whole is there a second time, packed.
 */
enum {
	COSTS_WHOLE,
	COSTS_LONGEST,
	COSTS_PACKED,
	COSTS_SUBJECTS,
};

/*
 * Two views of one curve, the cost of the first k operations. Both make the whole.
 *
 * Signed: a prefix costs so much more than the one before. A register that is slow to
 * come counts for the operation that fetches it, and is taken off again by the one
 * that overwrites it.
 *
 * Lasting: the part of that which no later operation takes back, the rise of the
 * curve's lowest point from there on. It isn't negative; a value that is only late in
 * between costs nothing. All blocks together show where these lowest points are.
 */
enum costs_view {
	COSTS_SIGNED,
	COSTS_LASTING,
	COSTS_VIEWS,
};

/**
 * struct costs - what each operation cost in each block of a run
 * @nops: operations
 * @nblocks: blocks
 * @op: by view, [operation * nblocks + block], core cycles; NAN: the block lacks
 *	samples
 * @whole: [block], of the whole sequence
 * @layout: [block], of it less the same packed; NULL: it has no places
 * @sums: [block], scratch
 * @members: [operation], scratch: which are summed up
 */
struct costs {
	size_t nops;
	size_t nblocks;
	double *op[COSTS_VIEWS];
	double *whole;
	double *layout;
	double *sums;
	bool *members;
};

/*
 * costs_is_silent() - does an operation emit nothing, so that two prefixes are the
 * same code?
 */
static inline bool costs_is_silent(const struct sequence *s, size_t op)
{
	return s->ops[op].kind == SWC_OP_MARK;
}

/*
 * costs_fill() - from a run of these subjects (COSTS_PACKED only if the sequence
 * has places of its code) and of the shorter prefixes, which took turns. Return: 0,
 * or -1 with @err set; costs_free() @c in any case.
 */
int costs_fill(struct costs *c, const struct sequence *s,
	       const struct measurement *m, struct error *err);
void costs_free(struct costs *c);

/*
 * costs_cycles() - what the members cost; 0: there are none.
 *
 * Sums are made in each block before anything is estimated, so that errors which
 * neighbours have in common cancel as they do in the sum: the end of one is the
 * beginning of the next. The part of the uncertainty that samples don't show
 * comes in once for each stretch, which is the difference of two prefixes.
 */
struct estimate costs_cycles(struct costs *c, enum costs_view view);

/* costs_share() - likewise, as a part of the whole, which costs @whole. */
struct estimate costs_share(struct costs *c, enum costs_view view,
			    double whole);

/* costs_layout() - of code's places; 0: there is no layout. */
struct estimate costs_layout(struct costs *c);

/*
 * costs_accounted() - members and the layout as a part of the whole, which costs
 * @whole.
 */
struct estimate costs_accounted(struct costs *c, double whole);

#endif
