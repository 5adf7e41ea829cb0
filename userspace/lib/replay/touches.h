/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TOUCHES_H
#define SWC_LIB_TOUCHES_H

#include <stddef.h>

#include "engine/state.h"
#include "error.h"
#include "uapi/switchcost.h"

/*
 * Touches of a program before its call, made again in ring 3: its lines in the
 * sequence's own memory, and all others in memory that lies and is mapped as theirs.
 */
struct touches {
	struct touches *next;
	const struct swc_touch *list; /* that the memory is for */
	void *memory;		      /* page 0; NULL: all are in regions */
	size_t bytes;
};

/**
 * struct touches_places - where the sequence's memory is
 * @region: address of each of its regions
 * @regions: how large each is
 * @nregions: how many
 * @ops: the sequence's, which say which lines their code was recorded in
 * @nops: how many
 * @code: where they were emitted
 */
struct touches_places {
	const __u64 *region;
	const struct swc_region *regions;
	__u32 nregions;
	const struct swc_op *ops;
	__u32 nops;
	struct swc_extent code;
};

/**
 * touches_provide() - have memory to make a state's touches in
 * @all: NULL at first; the same list finds the same memory
 * @state: with SWC_STATE_RECORDED
 * @err: set on failure
 *
 * Return: the memory, in @all; NULL with @err set: there is none.
 */
const struct touches *touches_provide(struct touches **all,
				      const struct swc_state *state,
				      struct error *err);

/**
 * touches_steps() - how to make them
 * @t: of touches_provide()
 * @state: likewise
 * @places: of the sequence; a touch of a region that it hasn't is left out. Its own code
 *	is loaded, not fetched: it comes from memory as far as L2
 * @n: filled: how many steps
 *
 * Return: the steps, to be freed, which point into themselves; NULL: no memory.
 */
struct swc_step *touches_steps(const struct touches *t,
			       const struct swc_state *state,
			       const struct touches_places *places, __u32 *n);

void touches_free(struct touches **all);

#endif
