/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOADED_H
#define SWC_LIB_LOADED_H

#include "engine/sampler.h"
#include "error.h"
#include "evictors.h"
#include "sequence.h"

/**
 * struct loaded - a sequence in this process, ready to be replayed
 * @arm: for the engine
 * @region: address of each region
 * @memory: its regions, below 2 GiB
 * @alias: the same frames once more, if a state needs it
 * @memory_bytes: of either
 * @code: what was emitted, wherever
 * @code_bytes: a page more than that
 * @entry: its first byte
 * @prepared: what the preparation points into
 * @touches: likewise, of touches
 */
struct loaded {
	struct swc_arm arm;
	__u64 region[SWC_MAX_REGIONS];
	void *memory;
	void *alias;
	size_t memory_bytes;
	void *code;
	size_t code_bytes;
	void *entry;
	void *prepared;
	struct swc_step *touches;
};

/**
 * loaded_open() - verify a sequence, and put it and its memory somewhere
 * @l: filled
 * @s: the sequence
 * @caps: of this CPU
 * @pedestal: additions timed together with it
 * @state: prepared before each timed replay; NULL: warm
 * @evictors: to prepare it with; extended as needed, and to outlive @l
 * @random: state of a generator, any value but 0; where it lies is drawn from this, as
 *	far as the kernel grants it, and it goes on
 * @err: set on failure
 *
 * Return: 0, or -1 with nothing to close.
 */
int loaded_open(struct loaded *l, const struct sequence *s,
		const struct swc_caps *caps, uint32_t pedestal,
		const struct swc_state *state, struct evictors *evictors,
		uint64_t *random, struct error *err);

/*
 * loaded_open_loop() - the same for replays back to back, warm; @loop->iterations
 * becomes what a sample may hold at most. @like: another loop of this sequence, with
 * which it shall be compared: its code then lies alike, if that place is free. NULL:
 * nowhere in particular.
 */
int loaded_open_loop(struct loaded *l, const struct sequence *s,
		     const struct swc_caps *caps, struct swc_loop *loop,
		     const struct loaded *like, uint64_t *random,
		     struct error *err);
void loaded_close(struct loaded *l);

#endif
