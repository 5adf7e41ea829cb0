/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_LOOP_H
#define SWC_ENGINE_LOOP_H

#include "encode.h"
#include "proof.h"

/*
 * Replays back to back. A program's calls overlap their neighbours: while one
 * waits, the next is fetched. A replay between fences can't show that. In a loop,
 * one iteration follows the other with only two things between: a counter in
 * memory, and zeros for the registers that an iteration may leave otherwise, since
 * the verifier's proof begins with zeros.
 */

/**
 * struct swc_loop - replays, one right after the other
 * @iterations: how many; 0: one replay, alone between fences
 * @copies: of the loop's own instructions in each iteration: 1; or 2, to find out
 *	what they take in this company, where most of them hide
 */
struct swc_loop {
	__u32 iterations;
	__u32 copies;
};

/* swc_loop_iterations() - at most @wanted, and no more than one sample may take. */
__u32 swc_loop_iterations(const struct swc_proof *proof, __u32 wanted);

/* swc_loop_begin() - before the clock starts: set the counters. */
void swc_loop_begin(const struct swc_loop *loop, __u64 context,
		    struct swc_code *code);

/* swc_loop_head() - where each iteration begins. */
void swc_loop_head(const struct swc_proof *proof, struct swc_code *code);

/**
 * swc_loop_tail() - where each iteration ends
 * @loop: of the binding
 * @proof: of the program
 * @context: of the binding
 * @code: where to
 * @back: from the first byte that is written now to the head, negative
 */
void swc_loop_tail(const struct swc_loop *loop, const struct swc_proof *proof,
		   __u64 context, struct swc_code *code, __s32 back);

#endif
