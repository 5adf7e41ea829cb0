/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_VICTIM_MEMORY_H
#define SWC_EVICT_VICTIM_MEMORY_H

#include "victims.h"

/**
 * struct victim_memory - victims in this process's memory
 * @memory: of all
 * @bytes: of it
 * @base: their first page
 * @prime: brings all in, in the order in which they are primed
 */
struct victim_memory {
	void *memory;
	size_t bytes;
	char *base;
	struct swc_step prime;
};

/**
 * victim_memory_make() - memory for victims, which are arranged anew
 * @p: filled
 * @v: the victims
 * @random: state of the generator, any value but 0
 * @err: set on failure: no memory; nothing is left allocated then
 *
 * If lines are tested each page has a frame of its own; if pages are, all share
 * one. Return: 0, or -1 with @err set.
 */
int victim_memory_make(struct victim_memory *p, struct victims *v,
		       uint64_t *random, struct error *err);
void victim_memory_free(struct victim_memory *p);

#endif
