/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PAGEMAP_H
#define SWC_LIB_PAGEMAP_H

#include <stddef.h>

#include "sequence.h"
#include "stackmap.h"
#include "trace.h"

/*
 * Maps the recorded pages to places in the sequence's regions. A region gathers
 * the touched pages of one kind of memory, or those of one stack; offsets
 * within a page stay as they were, and so do the cache sets of first-level
 * caches. Pages of a stack keep their distances, though not more than
 * PAGEMAP_MAX_GAP pages; others move together. A page that two stacks share is
 * there twice.
 */
struct pagemap {
	struct pagemap_part {
		uint64_t low; /* first address; nearly always a whole page */
		uint64_t high;
		uint32_t name;	 /* string of the trace: the recorded region */
		uint16_t kind;	 /* enum trace_region_kind */
		uint16_t region; /* of the sequence */
		int stack;	 /* that it belongs to, or -1 */
		uint32_t offset; /* of the page in its region, bytes */
	} *parts;
	size_t n;
	size_t shared; /* pages that are there more than once */
};

/* Room for the frames that an exception puts below a stack's pages. */
#define PAGEMAP_MAX_GAP 4u

/*
 * pagemap_build() - find all pages that a variant touches, or rests RSP on,
 * and give the sequence its regions. Return: 0, or -1 with @err set.
 */
int pagemap_build(struct pagemap *map, const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct stackmap *stacks, struct sequence *s,
		  struct error *err);
void pagemap_free(struct pagemap *map);

/*
 * pagemap_find() - translate the @bytes at @address
 * Return: how many of them lie together in that place; 0: not touched.
 */
uint64_t pagemap_find(const struct pagemap *map, uint64_t address,
		      uint64_t bytes, uint32_t *region, uint32_t *offset);

/*
 * pagemap_find_sp() - translate a stack pointer, which may stand at the end of
 * the last touched page of its stack. Return: 0, or -1: not on a touched page.
 */
int pagemap_find_sp(const struct pagemap *map, const struct stackmap *stacks,
		    uint64_t sp, uint32_t *region, uint32_t *offset);

#endif
