/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REHEARSAL_H
#define SWC_REHEARSAL_H

#include "loaded.h"
#include "worker.h"

/**
 * struct swc_rehearsal - what is done once before it may hold anything off
 * @part: does part number @part, with nothing kept of it. Return: false if it trapped;
 *	then the rehearsal ends
 * @context: for @part
 * @parts: how many; 0: nothing can be rehearsed
 * @times: each part may happen so often without a break
 * @rest: what happens besides, ticks by the model: what a rehearsal leaves out
 * @limit: ticks that all of it may take
 * @sequences: that are replayed
 * @nsequences: how many
 * @cpu: where
 * @longest: set to the ticks of the longest part; a trap leaves it
 * @trapped: set if a part trapped
 * @work: what the worker sees of it
 * @at: part under way
 * @tries: of that part, so far
 * @shortest: of them, ticks
 */
struct swc_rehearsal {
	bool (*part)(void *context, u32 part);
	void *context;
	u32 parts;
	u32 times;
	u64 rest;
	u64 limit;
	struct swc_sequence *const *sequences;
	u32 nsequences;
	int cpu;
	u64 longest;
	bool trapped;
	struct swc_work work;
	u32 at;
	u32 tries;
	u64 shortest;
};

/**
 * swc_rehearse() - find out how long each part takes, with interrupts on
 * @r: filled but for what is set
 *
 * Each part is done once, with preemption off, timed and forgotten. If it took too
 * long it is done again, a few times at most: disturbances from outside only add, and
 * rarely come each time. The rehearsal ends early, with 0, if a sequence traps.
 * Sleeps, as swc_work_on() does.
 *
 * Return: 0, -E2BIG (a part doesn't fit into the limit), -EINTR, -ENODEV, -ENOMEM.
 */
int swc_rehearse(struct swc_rehearsal *r);

/* swc_rehearsal_worst() - ticks that all of it may take, by its rehearsal. */
u64 swc_rehearsal_worst(const struct swc_rehearsal *r, u64 rehearsed);

#endif
