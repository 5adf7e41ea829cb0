/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PROOF_WORLD_H
#define SWC_PROOF_WORLD_H

#include "engine/absmachine.h"

/* The engine's accesses are checked, and not what is written here. */
#pragma CPROVER check push
#pragma CPROVER check disable "pointer"

/*
 * The verifier's abstract machine beside a CPU, for CBMC (tests/proof/prove). All of it
 * is arbitrary but for what is assumed, so whatever holds is proved of each case.
 */

/*
 * Slots of region 0 that are followed: as many as the operation's accesses touch. They
 * begin at an arbitrary one, and the engine accesses no other: CBMC checks the bounds of
 * their arrays. So what is proved of these holds for all. RSP is in region 0, in another
 * one, or in none.
 */
#ifndef SLOTS
#define SLOTS 2u
#endif
#define REGIONS 2u
#define BYTES	(SLOTS * SWC_SLOT_BYTES)

/* Calls and operations, whose numbers are no more than names. */
#define CALLS 3u
#define OPS   3u

#define REGISTERS 16u
#define LANES	  8u /* of a vector register, 8 bytes each */

/*
 * Of vector registers one lane is followed, an arbitrary one: no instruction combines lanes.
 * Of another lane the CPU has any value that the verifier believes possible.
 */

/* Values of call_block, as in absmachine.c. */
#define RETURNED  0xffffffffu
#define AIMED	  0x80000000u
#define MAX_CALLS (SWC_SLOT_MAX - SWC_SLOT_CALL)

/**
 * struct world - both machines before an operation
 * @m: the abstract one; what follows to @due is its memory
 * @index: of the next operation
 * @first_slot: the first that is followed, of each region
 * @first_call: likewise; @first_due, @first_op
 * @offset: of each slot that is followed, in its region
 * @state_of_call: of a slot that holds the address of each call that is followed
 * @reg: the CPU's, as are those below
 * @zf: the flags are those of a zero result
 * @vector: of each vector register, the lane that is followed
 * @lane: which
 * @word: memory of the slots that are followed, region after region
 * @address: of each region
 * @host_rsp: RSP outside of the regions
 */
struct world {
	struct swc_machine m;
	struct swc_program program;
	struct swc_caps caps;
	struct swc_proof proof;
	struct swc_region *regions;
	struct swc_proof_op *ops;
	__u16 *state;
	__u8 *dirty;
	__u8 *saved;
	__u32 *floor;
	__u32 *call_block;
	__u32 *due;
	__u32 index;
	__u32 first_slot;
	__u32 offset[SLOTS];

	__u64 reg[REGISTERS];
	bool zf;
	__u64 vector[REGISTERS];
	__u32 lane;
	__u64 word[SLOTS];
	__u64 address[REGIONS];
	__u64 host_rsp;
};

/* The verifier knew this before the operation, and the emitter uses it. */
struct known {
	__u32 block;
	__u32 nblocks;
	__u32 sp_region;
	__u32 sp_offset;
	struct swc_vectors vectors;
};

/* CBMC gives these any value. */
bool nondet_bool(void);
__u32 nondet_u32(void);
__u64 nondet_u64(void);

#define ASSUME(fact)	   __CPROVER_assume(fact)
#define PROVE(fact, words) __CPROVER_assert(fact, words)

/*
 * A proof ends so. With REACHED nothing is proved but that no case comes here, which has to be
 * refuted: else all that is assumed contradicts itself, and proves anything.
 */
#ifdef REACHED
#undef PROVE
#define PROVE(fact, words) ((void)(fact))
#define END()		   __CPROVER_assert(false, "reached")
#else
#define END() ((void)0)
#endif

/* world_make() - arbitrary machines that point to their own memory. */
void world_make(struct world *w);

/*
 * world_assume() - all that the abstract machine believes is true of the CPU;
 * world_prove() - of each register, slot and call of those that are followed.
 */
void world_assume(struct world *w);
void world_prove(struct world *w);

/* world_interrupt() - an exception's frame, or a signal's, is put below RSP. */
void world_interrupt(struct world *w);

/*
 * world_load() - up to 8 bytes, zero-extended; world_store() - likewise. Both take
 * bytes for followed that aren't: the engine's accesses show whether they are.
 */
__u64 world_load(const struct world *w, __u32 region, __u32 offset,
		 __u32 bytes);
void world_store(struct world *w, __u32 region, __u32 offset, __u64 value,
		 __u32 bytes);

/* world_bytes() - the bytes of a followed slot that lie in a range, all bits of each. */
__u64 world_bytes(const struct world *w, __u32 slot, __u32 region, __u32 offset,
		  __u32 bytes);

/*
 * Addresses of code: after all that has been emitted of a block, and of what follows
 * the return that finds an AIM's address.
 */
__u64 code_after(__u32 block);
__u64 code_of_aim(__u32 op);

/* cpu_execute() - what the operation's instructions do. */
void cpu_execute(struct world *w, const struct swc_op *op,
		 const struct known *known);

#endif
