/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_PROOF_H
#define SWC_ENGINE_PROOF_H

#include "bound.h"
#include "caps.h"
#include "program.h"

/**
 * struct swc_proof_op - what the verifier found out about one operation
 * @block: the stretch of contiguous code that it is emitted into
 * @sp_region: region that RSP is in before it, or SWC_NO_REGION
 * @sp_offset: RSP's offset in that region
 * @zero_flags: it finds the flags of a zero result, so that a branch can be
 *	made to go the recorded way
 * @zero: registers proved to hold 0 before it, a bit each
 * @leads: of an AIM, where the return goes that finds it: SWC_LEADS_BACK and
 *	the block of the call that it returns from, or the operation after that
 *	return (the number of operations: the end); 0: no return finds it
 */
struct swc_proof_op {
	__u32 block;
	__u32 sp_region;
	__u32 sp_offset;
	__u16 zero_flags;
	__u16 zero;
	__u32 leads;
};

#define SWC_LEADS_BACK 0x80000000u

/**
 * struct swc_proof - a verified program, ready to be emitted
 * @program: what was verified
 * @caps: for which CPU
 * @ops: one entry per operation
 * @nblocks: 1 + number of calls and of returns that go where no call was
 * @nindirect: indirect calls and jumps
 * @last_block: where the last operation is
 * @bound: upper bounds of the replays' time, without their code
 * @zero_end: registers proved to hold 0 after the last operation, a bit each
 * @stacks: bit set: region is used as a stack and needs headroom below
 */
struct swc_proof {
	const struct swc_program *program;
	const struct swc_caps *caps;
	struct swc_proof_op *ops;
	__u32 nblocks;
	__u32 nindirect;
	__u32 last_block;
	struct swc_bound bound;
	__u32 zero_end;
	__u8 stacks[SWC_MAX_REGIONS / 8];
};

static inline bool swc_proof_is_stack(const struct swc_proof *proof,
				      __u32 region)
{
	return proof->stacks[region / 8] & (1u << (region % 8));
}

/* Bits of what isn't proved, two an operation: see swc_verify_unproved(). */
#define SWC_UNPROVED(op)	 (2 * (op))
#define SWC_UNPROVED_INDEX(op)	 (2 * (op) + 1)
#define SWC_UNPROVED_BYTES(nops) ((nops) / 4 + 1)

#endif
