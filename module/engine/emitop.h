/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITOP_H
#define SWC_ENGINE_EMITOP_H

#include "emit.h"

/**
 * struct swc_site - where one operation is emitted
 * @plan: of the whole program
 * @binding: addresses
 * @planned: what the verifier knows about this operation
 * @here: offset in the code
 * @callee: for a CALL, offset of the block called; for an AIM, of where it
 *	leads
 * @next: for a branch with @away, offset of the operation behind it
 * @away: that one isn't emitted right behind this one, and what is emitted there
 *	is a jump to it
 */
struct swc_site {
	const struct swc_plan *plan;
	const struct swc_binding *binding;
	const struct swc_plan_op *planned;
	__u32 here;
	__u32 callee;
	__u32 next;
	bool away;
};

#define SWC_CALL_BYTES 5u

/* An operand at a fixed address, which must be reachable; see swc_emit(). */
static inline struct swc_mem swc_absolute(__u64 address)
{
	return (struct swc_mem){.base = SWC_REG_NONE, .disp = (__s32)address};
}

/* swc_emit_op() - append one verified operation to @code. */
void swc_emit_op(const struct swc_site *site, struct swc_code *code,
		 const struct swc_op *op);

/* swc_emit_unknown() - append a trap: for a kind that no case of a choice knows. */
void swc_emit_unknown(struct swc_code *code);

/* swc_operand() - the memory operand of @op, @skip bytes further on. */
struct swc_mem swc_operand(const struct swc_site *site, const struct swc_op *op,
			   __u32 skip);

/* swc_emit_stack_op() - append one of those that move RSP. */
void swc_emit_stack_op(const struct swc_site *site, struct swc_code *code,
		       const struct swc_op *op);

/* swc_emit_aim() - append an AIM whose memory operand is @mem. */
void swc_emit_aim(const struct swc_site *site, struct swc_code *code,
		  const struct swc_op *op, const struct swc_mem *mem);

/* swc_emit_back() - append the switch to the stack the replay began on. */
void swc_emit_back(const struct swc_site *site, struct swc_code *code);

#endif
