/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_BACKTOBACK_H
#define SWC_LIB_BACKTOBACK_H

#include "backend.h"
#include "error.h"
#include "sequence.h"

/*
 * One more call in a loop costs so much. Calls back to back overlap their
 * neighbours, as a program's do that calls in a loop; an isolated replay can't
 * show that. Each sequence has two arms: its loop, and the same with the loop's
 * own instructions twice, which shows what those take in this company. One more
 * arm, an iteration around nothing, is the time stamps.
 */

/* Iterations of a loop in one sample, unless others are wanted. */
#define BACKTOBACK_ITERATIONS 1000u

/* Sequences at most: their arms have to fit into one run. */
#define BACKTOBACK_MAX ((SWC_MAX_ARMS - 1) / 2)

/**
 * struct backtoback - the arms of loops among all of a run
 * @frame: index of the arm around nothing; @n pairs follow it
 * @n: sequences
 * @wanted: iterations in a sample; 0: BACKTOBACK_ITERATIONS
 * @iterations: in a sample of each: fewer if the sequence's bound doesn't allow them
 */
struct backtoback {
	unsigned int frame;
	unsigned int n;
	uint32_t wanted;
	uint32_t iterations[BACKTOBACK_MAX];
};

/* One sequence of them, as the context of a figure. */
struct backtoback_subject {
	const struct backtoback *loops;
	unsigned int index;
};

/* backtoback_arms() - how many arms they are. */
static inline unsigned int backtoback_arms(const struct backtoback *b)
{
	return b->n ? 1 + 2 * b->n : 0;
}

/**
 * backtoback_load() - load the arms, in the order of their indices
 * @b: @n and @frame are known; @iterations is filled
 * @ops: that have a load_loop()
 * @backend: which
 * @nothing: a sequence of no operations
 * @sequences: @b->n of them
 * @err: set on failure: no memory, or one of them can't be looped
 *
 * Return: 0, or -1 with @err set.
 */
int backtoback_load(struct backtoback *b, const struct backend_ops *ops,
		    struct backend *backend, const struct sequence *nothing,
		    const struct sequence *const *sequences, struct error *err);

/*
 * For stats_estimate(), context: struct backtoback_subject. Ticks of one call
 * without the loop's own instructions, of one with them, and what those take in an
 * iteration.
 */
double backtoback_ticks(const double *means, void *subject);
double backtoback_turn_ticks(const double *means, void *subject);
double backtoback_loop_ticks(const double *means, void *subject);

/* The same two in core cycles. */
double backtoback_cycles(const double *means, void *subject);
double backtoback_loop_cycles(const double *means, void *subject);

#endif
