/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_READBACK_H
#define SWC_ENGINE_READBACK_H

#include "emit.h"

/*
 * Emitted code is read back before it may run. The verifier speaks of operations and
 * the emitter makes bytes of them: an error of the emitter, or whatever happens to the
 * bytes before they lie where nobody can write any more, would make all that was
 * proved worthless. So the bytes are followed as the CPU will, from the entry to the
 * last return, by a decoder that shares nothing with the encoder but the rows of
 * optable.c.
 */

/* swc_readback_bytes() - workspace for @bytes of code of a verified program. */
__u64 swc_readback_bytes(const struct swc_proof *proof, __u32 bytes);

/**
 * swc_readback() - prove that bytes do what was verified, and nothing else
 * @proof: from swc_verify()
 * @binding: that the code was emitted for
 * @workspace: swc_readback_bytes() bytes, aligned to 8
 * @code: the bytes, where they will run
 * @bytes: how many
 * @where: if they don't: the offset of what is wrong
 *
 * If it returns true, this holds for a replay:
 *
 *   - It executes the prologue, the instructions of each operation in turn, and the
 *     epilogue; each lies in the code, and none overlaps another, though several
 *     operations may execute the same.
 *   - A branch leads to where the way goes on, whatever the flags are; so does a jump,
 *     and an indirect one by its pointer. A call leads to the operation after it, a
 *     return to the instruction after its call, or where the AIM has stored that it
 *     leads.
 *   - A memory operand lies in the operation's region, at the operation's offset; its
 *     base is the register that the verifier has proved to be 0, or RSP. Prologue and
 *     epilogue access the context and nothing else.
 *   - RSP is what the verifier knows, instruction by instruction; what is pushed and
 *     popped lies in the stack's region.
 *   - All other bytes are INT3.
 *
 * Any context that may take some milliseconds: some 30 ns an operation.
 */
bool swc_readback(const struct swc_proof *proof,
		  const struct swc_binding *binding, void *workspace,
		  const __u8 *code, __u32 bytes, __u32 *where);

#endif
