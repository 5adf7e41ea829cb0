// SPDX-License-Identifier: GPL-2.0
#include "arena.h"

#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "account.h"

#define INT3 0xcc

static struct gen_pool *extents;

int swc_arena_init(void)
{
	int rc;

	if (!PAGE_ALIGNED(swc_arena))
		return -ENOEXEC;
	extents = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!extents)
		return -ENOMEM;
	rc = gen_pool_add(extents, (unsigned long)swc_arena, SWC_ARENA_BYTES,
			  NUMA_NO_NODE);
	if (rc)
		gen_pool_destroy(extents);
	return rc;
}

void swc_arena_exit(void)
{
	gen_pool_destroy(extents);
}

void *swc_arena_alloc(size_t bytes)
{
	return (void *)gen_pool_alloc(extents, PAGE_ALIGN(bytes));
}

void *swc_arena_open(const void *code, size_t bytes)
{
	unsigned int i, npages = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	struct page **pages;
	void *writable = NULL;

	pages = kvmalloc_array(npages, sizeof(*pages), SWC_GFP);
	if (!pages)
		return NULL;
	for (i = 0; i < npages; i++) {
		pages[i] = vmalloc_to_page(code + i * PAGE_SIZE);
		if (!pages[i])
			goto out;
	}
	writable = vmap(pages, npages, VM_MAP, PAGE_KERNEL);
out:
	kvfree(pages);
	return writable;
}

/* vunmap() alone would leave translations in TLBs until the addresses are needed. */
void swc_arena_close(void *writable)
{
	vunmap(writable);
	vm_unmap_aliases();
}

void swc_arena_free(void *code, size_t bytes)
{
	void *writable = swc_arena_open(code, bytes);

	/*
	 * Stale code must trap, not run, if anything should still lead there.
	 * Nothing does, so the code may stay if there is no memory to map it.
	 */
	if (writable) {
		memset(writable, INT3, PAGE_ALIGN(bytes));
		swc_arena_close(writable);
	}
	gen_pool_free(extents, (unsigned long)code, PAGE_ALIGN(bytes));
}

bool swc_arena_holds(unsigned long address)
{
	return address - (unsigned long)swc_arena < SWC_ARENA_BYTES;
}
