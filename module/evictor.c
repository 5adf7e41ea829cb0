// SPDX-License-Identifier: GPL-2.0
#include "evictor.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "uapi/switchcost.h"

#define MAX_TOTAL_BYTES (2ull * SWC_MAX_SWEEP_BYTES)

static LIST_HEAD(evictors);
static u64 total_bytes;
static DEFINE_MUTEX(evictors_lock);

static void free_blocks(struct swc_evictor *e)
{
	u32 i, pages = e->bytes >> PAGE_SHIFT;

	for (i = 0; i < pages && e->pages[i]; i += 1u << e->order)
		__free_pages(e->pages[i], e->order);
}

/* Blocks, not single pages: the kernel's allocator aligns them to their size. */
static int alloc_blocks(struct swc_evictor *e)
{
	u32 i, j, pages = e->bytes >> PAGE_SHIFT;
	struct page *block;

	for (i = 0; i < pages; i += 1u << e->order) {
		block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, e->order);
		if (!block) {
			free_blocks(e);
			return -ENOMEM;
		}
		for (j = 0; j < 1u << e->order; j++)
			e->pages[i + j] = block + j;
	}
	return 0;
}

static void evictor_free(struct swc_evictor *e)
{
	vunmap(e->at);
	free_blocks(e);
	kvfree(e->pages);
	kfree(e);
}

static struct swc_evictor *evictor_new(u32 bytes, u32 order)
{
	struct swc_evictor *e = kzalloc(sizeof(*e), GFP_KERNEL);
	u32 pages = bytes >> PAGE_SHIFT;

	if (!e)
		return NULL;
	e->bytes = bytes;
	e->order = order;
	e->pages = kvcalloc(pages, sizeof(struct page *), GFP_KERNEL);
	if (!e->pages || alloc_blocks(e))
		goto free;
	e->at = vmap(e->pages, pages, VM_MAP, PAGE_KERNEL);
	if (e->at)
		return e;
	free_blocks(e);
free:
	kvfree(e->pages);
	kfree(e);
	return NULL;
}

static struct swc_evictor *find(u32 bytes, u32 order)
{
	struct swc_evictor *e;

	list_for_each_entry(e, &evictors, list) {
		if (e->bytes >= bytes && e->order >= order)
			return e;
	}
	return NULL;
}

static struct swc_evictor *add_new(u32 bytes, u32 order)
{
	struct swc_evictor *e;

	if (total_bytes + bytes > MAX_TOTAL_BYTES)
		return ERR_PTR(-ENOSPC);
	e = evictor_new(bytes, order);
	if (!e)
		return ERR_PTR(-ENOMEM);
	total_bytes += bytes;
	list_add(&e->list, &evictors);
	return e;
}

struct swc_evictor *swc_evictor_get(u32 bytes, u32 block)
{
	u32 order = get_order(block);
	struct swc_evictor *e;

	bytes = ALIGN(bytes, PAGE_SIZE << order);
	mutex_lock(&evictors_lock);
	e = find(bytes, order);
	if (!e)
		e = add_new(bytes, order);
	if (!IS_ERR(e))
		e->users++;
	mutex_unlock(&evictors_lock);
	return e;
}

void swc_evictor_put(struct swc_evictor *e)
{
	if (!e)
		return;
	mutex_lock(&evictors_lock);
	if (!--e->users) {
		list_del(&e->list);
		total_bytes -= e->bytes;
		evictor_free(e);
	}
	mutex_unlock(&evictors_lock);
}
