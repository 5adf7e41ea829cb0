/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_SHARING_H
#define SWC_ENGINE_SHARING_H

#include "turns.h"

/*
 * Code that was executed twice at one place. A program that calls a function twice has
 * its lines once. So a call shares the code of an earlier one if both execute the same
 * instructions at the same recorded places, with the same operands, to the last return:
 * where addresses count from RSP, RSP alone may differ. A call of another function in
 * between is part of that.
 *
 * Nothing that is proved depends on it: the verifier follows operations, and readback
 * follows the bytes as the CPU will, through shared code as often as it is executed.
 */

/**
 * swc_sharing_find() - find the operations that share the code of earlier ones
 * @proof: from swc_verify()
 * @turns: loops of it, whose turns share the first one's
 * @nturns: how many
 * @scratch: swc_sharing_scratch() words
 * @same: filled: of each operation, the earlier one whose code it executes, or itself
 *
 * But for loops, an operation of a block shares code only if all of its block do; a call
 * with a loop in it shares none, as the loop's counter is its own. Takes a time that grows
 * as the number of operations does.
 */
void swc_sharing_find(const struct swc_proof *proof,
		      const struct swc_turns *turns, __u32 nturns,
		      __u32 *scratch, __u32 *same);

/* swc_sharing_scratch() - words that swc_sharing_find() needs beside its result. */
static inline __u64 swc_sharing_scratch(const struct swc_proof *proof)
{
	return proof->program->nops + 6ull * proof->nblocks;
}

#endif
