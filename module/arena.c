// SPDX-License-Identifier: GPL-2.0
#include "arena.h"

#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define ARENA_PAGES (SWC_ARENA_BYTES / PAGE_SIZE)
#define INT3	    0xcc

static u8 *alias; /* the writable view */
static struct gen_pool *extents;

static u8 *map_alias(void)
{
	struct page **pages;
	u8 *mapped = NULL;
	unsigned int i;

	pages = kcalloc(ARENA_PAGES, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < ARENA_PAGES; i++) {
		pages[i] = vmalloc_to_page(swc_arena + i * PAGE_SIZE);
		if (!pages[i])
			goto out;
	}
	mapped = vmap(pages, ARENA_PAGES, VM_MAP, PAGE_KERNEL);
out:
	kfree(pages);
	return mapped;
}

int swc_arena_init(void)
{
	int rc = -ENOMEM;

	if (!PAGE_ALIGNED(swc_arena))
		return -ENOEXEC;
	extents = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!extents)
		return -ENOMEM;
	rc = gen_pool_add(extents, (unsigned long)swc_arena, SWC_ARENA_BYTES,
			  NUMA_NO_NODE);
	if (rc)
		goto destroy;
	alias = map_alias();
	if (alias)
		return 0;
	rc = -ENOMEM;
destroy:
	gen_pool_destroy(extents);
	return rc;
}

void swc_arena_exit(void)
{
	vunmap(alias);
	gen_pool_destroy(extents);
}

void *swc_arena_alloc(size_t bytes)
{
	return (void *)gen_pool_alloc(extents, PAGE_ALIGN(bytes));
}

void swc_arena_free(void *code, size_t bytes)
{
	/* Stale code must trap, not run, should anything still lead there. */
	memset(swc_arena_alias(code), INT3, PAGE_ALIGN(bytes));
	gen_pool_free(extents, (unsigned long)code, PAGE_ALIGN(bytes));
}

void *swc_arena_alias(const void *code)
{
	return alias + ((const u8 *)code - swc_arena);
}

bool swc_arena_holds(unsigned long address)
{
	return address - (unsigned long)swc_arena < SWC_ARENA_BYTES;
}
