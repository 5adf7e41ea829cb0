/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ACCESSED_H
#define SWC_ACCESSED_H

#include <linux/mm_types.h>
#include <asm/pgtable_types.h>

#include "loaded.h"

/*
 * swc_page_entry() - the entry that maps a page of the kernel, if it maps 4
 * KiB; else NULL.
 */
pte_t *swc_page_entry(const void *at);

/* swc_accessed_clear() - clear an entry's Accessed bit, without a flush. */
void swc_accessed_clear(pte_t *entry);

/* swc_accessed_restore() - set it again. Return: was it set? */
bool swc_accessed_restore(pte_t *entry);

/*
 * swc_accessed_know_code() - is each page of emitted code mapped by an entry of its own,
 * which stays where it is as long as the module is loaded?
 */
bool swc_accessed_know_code(void);

/**
 * struct swc_accessed - for which pages of a sequence the CPU walked the page table
 * @entries: of each page: first the sequence's memory, which is the module's data,
 *	and mapped by entries that stay as long as it is loaded; then its code, where
 *	swc_accessed_know_code() doesn't hold NULL
 * @walked: enum swc_oracle_walk
 * @npages: how many
 */
struct swc_accessed {
	pte_t **entries;
	u8 *walked;
	u32 npages;
};

/* swc_accessed_pages() - how many pages a sequence uses. */
u32 swc_accessed_pages(const struct swc_sequence *sequence);

/**
 * swc_accessed_init() - find the pages' entries
 *
 * May sleep. Return: 0, -ENOMEM, or -EOPNOTSUPP if a page of memory isn't mapped by
 * an entry of its own. swc_accessed_free() in any case.
 */
int swc_accessed_init(struct swc_accessed *accessed,
		      const struct swc_sequence *sequence);
void swc_accessed_free(struct swc_accessed *accessed);

/**
 * swc_accessed_begin() - from now on, watch
 *
 * Context: on the CPU that replays, interrupts off until swc_accessed_end(), which
 * puts everything back.
 */
void swc_accessed_begin(struct swc_accessed *accessed);
void swc_accessed_end(struct swc_accessed *accessed);

/*
 * Upper bound for both, each page, core cycles: two locked accesses, and two
 * lines from DRAM for eight adjoining entries.
 */
#define SWC_ACCESSED_CYCLES 300u

#endif
