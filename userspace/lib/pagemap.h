/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PAGEMAP_H
#define SWC_LIB_PAGEMAP_H

#include <stddef.h>

#include "sequence.h"
#include "trace.h"

/*
 * Where the recorded pages lie in the sequence's regions. A region gathers the
 * touched pages of one kind of memory; offsets within a page stay as they were,
 * and so do the cache sets of first-level caches. Pages of a stack keep their
 * distances, others move together.
 */
struct pagemap {
	struct pagemap_page {
		uint64_t address;
		uint32_t name;	 /* string of the trace: the region's name */
		uint16_t region; /* of the sequence */
		uint16_t kind;	 /* enum trace_region_kind */
		uint32_t offset; /* of the page in its region, bytes */
	} * pages;
	size_t n;
};

/*
 * pagemap_build() - find all pages that a variant touches, or rests RSP on,
 * and give the sequence its regions. Return: 0, or -1 with @err set.
 */
int pagemap_build(struct pagemap *map, const struct trace *trace,
		  const struct trace_variant *variant, struct sequence *s,
		  struct error *err);
void pagemap_free(struct pagemap *map);

/* pagemap_find() - translate an address. Return: 0, or -1: not touched. */
int pagemap_find(const struct pagemap *map, uint64_t address, uint32_t *region,
		 uint32_t *offset);

/*
 * pagemap_find_sp() - translate a stack pointer, which may stand just behind
 * the last touched page. Return: 0, or -1: not on a touched page.
 */
int pagemap_find_sp(const struct pagemap *map, uint64_t sp, uint32_t *region,
		    uint32_t *offset);

#endif
