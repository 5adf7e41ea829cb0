/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_EXPECTATION_H
#define SWC_TESTS_EXPECTATION_H

#include "check.h"
#include "observe.h"

/* All that may happen while a sequence is replayed, worked out before it is. */

#define MAX_RANGES 8u
#define HOST_RSP   1ull /* no address that RSP may hold */

/* Bytes of memory, from @from on and before @to. */
struct range {
	__u64 from;
	__u64 to;
};

/**
 * struct believed - what the verifier believes of an operation
 * @rsp: before it; HOST_RSP: as at the begin; 0: not known
 * @zero: registers that hold 0 before it, a bit each
 * @reads: bytes that it reads, in order, none adjoining another
 * @writes: likewise
 * @nreads: how many
 * @nwrites: likewise
 * @partly: it may leave out some of these bytes
 * @locked: its reads may not be reported
 */
struct believed {
	__u64 rsp;
	__u32 zero;
	struct range reads[MAX_RANGES];
	struct range writes[MAX_RANGES];
	__u32 nreads;
	__u32 nwrites;
	bool partly;
	bool locked;
};

/**
 * struct expectation - of one loaded sequence
 * @begin: address of its code
 * @context: of its struct swc_context
 * @region: of each region
 * @nregions: how many
 * @pages: of each
 * @nops: operations
 * @list: the instructions, from the first to the last return
 * @end: the first step after the last operation
 * @believed: one an operation, and one for the end
 * @zeros: a byte for each 8 bytes of the regions: they are 0 after a replay
 */
struct expectation {
	__u64 begin;
	__u64 context;
	__u64 region[SWC_MAX_REGIONS];
	__u32 nregions;
	__u32 pages[SWC_MAX_REGIONS];
	__u32 nops;
	struct check_list list;
	__u32 end;
	struct believed *believed;
	__u8 *zeros;
};

/* range_add() - add bytes to those in order, joined with what they touch. */
void range_add(struct range *ranges, __u32 *n, struct range range);

/* Reads the guest's memory. Return: is it there? */
typedef bool (*read_memory)(void *guest, __u64 address, void *to, size_t bytes);

/**
 * expectation_of() - work out what the replays of a sequence may do
 * @e: filled
 * @program: the sequence
 * @asked: the request
 * @at: address of its code
 * @read: how memory is read
 * @guest: for that
 * @why: room for a reason
 * @bytes: of it
 *
 * The emitted code is judged on the way, by another decoder than the engine's. Return:
 * false if it isn't what the sequence says, with @why set.
 */
bool expectation_of(struct expectation *e, const struct swc_program *program,
		    const struct observe *asked, __u64 at, read_memory read,
		    void *guest, char *why, size_t bytes);

void expectation_free(struct expectation *e);

#endif
