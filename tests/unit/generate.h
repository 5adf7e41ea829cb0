/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_GENERATE_H
#define SWC_TESTS_GENERATE_H

#include "engine/verify.h"

/* Random programs, the same ones for the same seed. */

#define GENERATED_OPS	  64
#define GENERATED_REGIONS 3

struct random {
	__u64 state; /* any but 0 */
};

/* A number below @n. */
__u32 random_below(struct random *r, __u32 n);

/*
 * A program of one to GENERATED_OPS operations and its memory. Operation @copied[i] is the
 * same as operation i, in a call that is there twice; i: it is no copy.
 */
struct generated {
	struct swc_op ops[GENERATED_OPS];
	__u8 copied[GENERATED_OPS];
	struct swc_region regions[GENERATED_REGIONS];
	struct swc_program program;
};

/* generate_frame() - regions and an entry, no operation yet. */
void generate_frame(struct generated *g, struct random *r);

/* random_op() - well-formed for most part, not always acceptable. */
struct swc_op random_op(struct random *r, const struct swc_program *frame);

/*
 * generate() - grow a program that the verifier accepts with @caps, operation
 * by operation: those that it refuses are drawn again.
 */
void generate(struct generated *g, struct random *r,
	      const struct swc_caps *caps);

/*
 * cut() - keep the first operations only, at least one, with an open end: the
 * verifier accepts what is left.
 */
void cut(struct generated *g, struct random *r);

/* mutate() - change one operation, member or entry of an accepted program. */
void mutate(struct generated *g, struct random *r);

#endif
