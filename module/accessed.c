// SPDX-License-Identifier: GPL-2.0
#include "accessed.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/barrier.h>

#include "account.h"
#include "arena.h"
#include "compat.h"
#include "engine/slots.h"

pte_t *swc_page_entry(const void *at)
{
	unsigned int level;
	pte_t *entry = lookup_address((unsigned long)at, &level);

	if (!entry || level != PG_LEVEL_4K || !pte_present(*entry))
		return NULL;
	return entry;
}

/*
 * A locked operation on this bit alone: the CPU may set bits of the entry at
 * any time, and all others must stay.
 */
void swc_accessed_clear(pte_t *entry)
{
	clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&entry->pte);
}

bool swc_accessed_restore(pte_t *entry)
{
	return test_and_set_bit(_PAGE_BIT_ACCESSED,
				(unsigned long *)&entry->pte);
}

bool swc_accessed_know_code(void)
{
	unsigned long at;

	if (SWC_TEXT_IS_SHARED)
		return false;
	for (at = 0; at < SWC_ARENA_BYTES; at += PAGE_SIZE) {
		if (!swc_page_entry(swc_arena + at))
			return false;
	}
	return true;
}

static u32 code_pages(const struct swc_sequence *s)
{
	return DIV_ROUND_UP(offset_in_page(s->code) + s->code_bytes, PAGE_SIZE);
}

u32 swc_accessed_pages(const struct swc_sequence *s)
{
	return s->memory_pages + code_pages(s);
}

static const void *page_at(const struct swc_sequence *s, u32 page)
{
	if (page < s->memory_pages)
		return s->memory + (unsigned long)page * PAGE_SIZE;
	return PTR_ALIGN_DOWN(s->code, PAGE_SIZE) +
	       (unsigned long)(page - s->memory_pages) * PAGE_SIZE;
}

int swc_accessed_init(struct swc_accessed *w, const struct swc_sequence *s)
{
	u32 i, known;

	w->npages = swc_accessed_pages(s);
	known = swc_accessed_know_code() ? w->npages : s->memory_pages;
	w->entries = kvcalloc(w->npages, sizeof(*w->entries), SWC_GFP);
	w->walked = kvzalloc(w->npages, SWC_GFP);
	if (!w->entries || !w->walked)
		return -ENOMEM;
	for (i = 0; i < known; i++) {
		w->entries[i] = swc_page_entry(page_at(s, i));
		if (!w->entries[i])
			return -EOPNOTSUPP;
	}
	return 0;
}

void swc_accessed_free(struct swc_accessed *w)
{
	kvfree(w->entries);
	kvfree(w->walked);
}

void swc_accessed_begin(struct swc_accessed *w)
{
	u32 i;

	for (i = 0; i < w->npages; i++) {
		if (w->entries[i])
			swc_accessed_clear(w->entries[i]);
	}
	mb(); /* a walk must find the bits clear */
}

void swc_accessed_end(struct swc_accessed *w)
{
	u32 i;

	for (i = 0; i < w->npages; i++) {
		if (!w->entries[i])
			w->walked[i] = SWC_ORACLE_WALK_UNKNOWN;
		else
			w->walked[i] = swc_accessed_restore(w->entries[i])
					       ? SWC_ORACLE_WALKED
					       : SWC_ORACLE_NOT_WALKED;
	}
}
