/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_ABSMACHINE_H
#define SWC_ENGINE_ABSMACHINE_H

#include "optable.h"
#include "slots.h"
#include "vecstate.h"
#include "proof.h"

/**
 * struct swc_machine - the abstract machine that the verifier steps through
 * @op: the operation that it is at
 * @row: of its kind
 * @index: its number
 * @program: being verified
 * @caps: of the CPU
 * @proof: being filled
 * @slots: memory
 * @call_block: of each call and AIM: the block that a return to it leads to,
 *	AIMED and the AIM's number, or RETURNED
 * @due: the calls whose returns the CPU expects, the next one last
 * @sp_region: region that RSP is in, or SWC_NO_REGION
 * @sp_offset: bytes into it
 * @zero: bit set: the register is proved to hold 0
 * @zero_flags: the flags are those of a zero result
 * @vectors: what is known of the vector registers
 * @unproved: if not NULL, where the operations are marked whose base or
 *	divisor isn't proved, instead of refusing them
 * @ncalls: so far, with AIMs
 * @ndue: calls in @due
 * @nindirect: calls and jumps through pointers so far
 * @nblocks: begun so far
 * @block: that code is emitted into now
 * @swept: slots visited by sweeps in this pass
 * @give_up: what registers write to memory counts as unknown
 */
struct swc_machine {
	const struct swc_op *op;
	const struct swc_op_traits *row;
	__u32 index;
	const struct swc_program *program;
	const struct swc_caps *caps;
	struct swc_proof *proof;
	struct swc_slots slots;
	struct swc_vectors vectors;
	__u8 *unproved;
	__u32 *call_block;
	__u32 *due;
	__u32 sp_region;
	__u32 sp_offset;
	__u32 ncalls;
	__u32 ndue;
	__u32 nindirect;
	__u32 nblocks;
	__u32 block;
	__u32 swept;
	__u16 zero;
	bool zero_flags;
	bool give_up;
};

/* swc_machine_start() - set it to the start of a replay. Return: SWC_OK or why. */
__u32 swc_machine_start(struct swc_machine *m);

/*
 * swc_machine_step() - execute operation @op, of number @index, whose shape has
 * been checked. Return: SWC_OK or an enum swc_error_code.
 */
__u32 swc_machine_step(struct swc_machine *m, const struct swc_op *op,
		       __u32 index);

#endif
