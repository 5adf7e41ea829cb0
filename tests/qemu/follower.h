/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_FOLLOWER_H
#define SWC_TESTS_FOLLOWER_H

#include "expectation.h"

/* Follows a processor through replays, and holds what it does against what may be. */

#define RSP 4u
#define RBP 5u

/* Reads general registers, numbered as in ModRM. */
typedef void (*read_registers)(void *guest, __u64 registers[16]);

/**
 * struct follower - of one sequence's replays
 * @e: what may be
 * @read: how the guest's memory is read
 * @registers: likewise its registers
 * @guest: for that
 * @next: the step that is due; 0: a replay begins
 * @op: the operation that is in progress, or CHECK_FRAME
 * @rsp: at the begin
 * @rbp: likewise
 * @lost: something else has happened, so that nothing more is compared
 * @planted: enum observe_planted: what is to be found
 * @of: what it has done
 * @reads: bytes, in order
 * @writes: likewise
 * @nreads: how many
 * @nwrites: likewise
 * @pushed: words of interrupts' frames that the operation has been hit by
 * @seen: counts so far
 * @findings: likewise
 * @text: the first of them
 */
struct follower {
	struct expectation e;
	read_memory read;
	read_registers registers;
	void *guest;
	__u32 next;
	__u32 op;
	__u64 rsp;
	__u64 rbp;
	bool lost;
	__u32 planted;
	struct range reads[MAX_RANGES];
	struct range writes[MAX_RANGES];
	__u32 nreads;
	__u32 nwrites;
	__u32 pushed;
	struct observe_seen seen;
	__u64 findings;
	char text[200];
};

/* follower_plant() - change what is expected, if it is so that this has to be found. */
void follower_plant(struct follower *f, __u32 planted);

/* follower_executes() - an instruction is about to be executed, at @address. */
void follower_executes(struct follower *f, __u64 address);

/* follower_accesses() - it has accessed memory. */
void follower_accesses(struct follower *f, __u64 address, __u32 bytes,
		       bool writes);

/*
 * follower_ends() - no more replays: is the last one whole, and were there so many, and
 * as many @rehearsals at most?
 */
void follower_ends(struct follower *f, __u64 replays, __u64 rehearsals);

/* follower_finds() - something isn't as expected. */
__attribute__((format(printf, 2, 3))) void
follower_finds(struct follower *f, const char *format, ...);

#endif
