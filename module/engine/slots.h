/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_SLOTS_H
#define SWC_ENGINE_SLOTS_H

#include "program.h"

#define SWC_PAGE_BYTES	   4096u
#define SWC_LINE_BYTES	   64u /* of every x86-64 CPU so far */
#define SWC_SLOT_BYTES	   8u
#define SWC_SLOTS_PER_PAGE (SWC_PAGE_BYTES / SWC_SLOT_BYTES)
#define SWC_LINES_PER_PAGE (SWC_PAGE_BYTES / SWC_LINE_BYTES)

/*
 * States: the verifier knows so much of each 8 bytes of a program's memory
 * while it walks through it. A state from SWC_SLOT_CALL on is the return
 * address of call number state - SWC_SLOT_CALL.
 */
#define SWC_SLOT_ZERO	 0u
#define SWC_SLOT_UNKNOWN 1u
#define SWC_SLOT_MXCSR	 2u /* as an (F)XSAVE has written it */
#define SWC_SLOT_BV	 3u /* XSTATE_BV as an XSAVE has written it */
#define SWC_SLOT_OLD_BV	 4u /* zero, or that of an earlier replay */
#define SWC_SLOT_CALL	 5u
#define SWC_SLOT_MAX	 0xffffu

/**
 * struct swc_slots - abstract memory of a program
 * @state: one per slot, region after region; memory of the caller
 * @dirty: one bit per slot, set once it ever held something other than zero
 *	and SWC_SLOT_BV
 * @saved: one bit per slot, set once it ever held SWC_SLOT_BV
 * @floor: per region, bytes from its start that are known to be unknown
 * @first: index of each region's first slot; [nregions] is the number of slots
 *
 * Replays follow one another in the same memory. A slot that any of them may
 * leave non-zero is therefore unknown at the start of each: that is what @dirty
 * is for. @saved keeps the one kind of content that stays of use: XSAVE merges
 * XSTATE_BV with what it finds there.
 */
struct swc_slots {
	__u16 *state;
	__u8 *dirty;
	__u8 *saved;
	__u32 *floor;
	__u32 first[SWC_MAX_REGIONS + 1];
};

/* swc_slots_bytes() - memory for @pages pages: states, then bits, floors. */
static inline __u32 swc_slots_bytes(__u32 pages)
{
	return pages * SWC_SLOTS_PER_PAGE * sizeof(__u16) +
	       2 * (pages * SWC_SLOTS_PER_PAGE / 8) +
	       SWC_MAX_REGIONS * sizeof(__u32);
}

/* swc_slots_init() - lay the program's regions over @memory, nothing dirty. */
void swc_slots_init(struct swc_slots *slots, const struct swc_program *program,
		    void *memory);

/* swc_slots_start() - the state at the start of a replay: zero, or dirty. */
void swc_slots_start(struct swc_slots *slots, __u32 nregions);

/**
 * swc_slots_write() - @bytes at @offset now hold @state
 * A partial write of zeros into a slot that holds zeros leaves zeros; any other
 * partial write leaves something unknown.
 */
void swc_slots_write(struct swc_slots *slots, __u32 region, __u32 offset,
		     __u32 bytes, __u16 state);

/* swc_slots_all() - do all slots under these bytes have @state? */
bool swc_slots_all(const struct swc_slots *slots, __u32 region, __u32 offset,
		   __u32 bytes, __u16 state);

static inline __u16 swc_slots_at(const struct swc_slots *slots, __u32 region,
				 __u32 offset)
{
	return slots->state[slots->first[region] + offset / SWC_SLOT_BYTES];
}

#endif
