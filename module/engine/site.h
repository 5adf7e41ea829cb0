/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_SITE_H
#define SWC_ENGINE_SITE_H

#include "emit.h"
#include "optable.h"
#include "turns.h"

/**
 * struct swc_site - an operation and where it is emitted
 * @op: the operation
 * @row: of its kind
 * @code: that it is appended to
 * @proof: of the whole program
 * @binding: addresses
 * @proved: what the verifier knows about this operation
 * @here: offset in the code
 * @callee: for a CALL, offset of the block called; for an AIM, of where it
 *	leads
 * @pointer: address of an indirect call's or jump's pointer; 0: it is direct
 * @next: for a branch with @away, offset of the operation after it
 * @turns: the loop that it is in the first turn of, or NULL
 * @stride: by how much its operand moves in each of them
 * @length: bytes of the recorded instruction; 0: not known
 * @away: that one isn't emitted right after this one, and what is emitted there
 *	is a jump to it
 * @near: a displacement of 8 bits reaches @next
 * @stretched: a branch that isn't taken has one of 32 bits, as recorded
 */
struct swc_site {
	const struct swc_op *op;
	const struct swc_op_traits *row;
	struct swc_code *code;
	const struct swc_proof *proof;
	const struct swc_binding *binding;
	const struct swc_proof_op *proved;
	__u32 here;
	__u32 callee;
	__u32 next;
	__u64 pointer;
	const struct swc_turns *turns;
	__s32 stride;
	__u8 length;
	bool away;
	bool near;
	bool stretched;
};

#define SWC_CALL_BYTES 5u

/* By how much a conditional branch is longer with a displacement of 32 bits. */
#define SWC_LONG_BRANCH 4u

/* An operand at a fixed address, which must be reachable; see swc_emit(). */
static inline struct swc_mem swc_absolute(__u64 address)
{
	return (struct swc_mem){.base = SWC_REG_NONE, .disp = (__s32)address};
}

/* swc_operand() - the operation's memory operand, @skip bytes further on. */
struct swc_mem swc_operand(const struct swc_site *site, __u32 skip);

#endif
