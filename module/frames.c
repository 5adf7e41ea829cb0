// SPDX-License-Identifier: GPL-2.0
#include "frames.h"

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

static int begin(struct swc_frames *f, struct swc_account *account, u32 npages,
		 u64 bytes)
{
	int rc = swc_account_charge(account, bytes);

	if (rc)
		return rc;
	f->account = account;
	f->charged = bytes;
	f->npages = npages;
	f->pages = kvcalloc(npages, sizeof(*f->pages), SWC_GFP);
	return f->pages ? 0 : -ENOMEM;
}

static int map(struct swc_frames *f)
{
	f->at = vmap(f->pages, f->npages, VM_MAP, PAGE_KERNEL);
	return f->at ? 0 : -ENOMEM;
}

/*
 * The kernel's allocator aligns blocks to their size, so this takes blocks, not
 * pages.
 */
static int add_block(struct swc_frames *f)
{
	struct page *block = alloc_pages(SWC_GFP | __GFP_ZERO, f->order);
	u32 i, first = f->nblocks << f->order;

	if (!block)
		return -ENOMEM;
	for (i = 0; i < 1u << f->order; i++)
		f->pages[first + i] = block + i;
	f->nblocks++;
	return 0;
}

int swc_frames_get(struct swc_frames *f, struct swc_account *account,
		   u32 npages, u32 order)
{
	int rc;

	if (!npages)
		return 0;
	f->order = order;
	rc = begin(f, account, npages, (u64)npages << PAGE_SHIFT);
	while (!rc && f->nblocks << order < npages)
		rc = add_block(f);
	return rc ? rc : map(f);
}

int swc_frames_get_one(struct swc_frames *f, struct swc_account *account,
		       u32 npages)
{
	u32 i;
	int rc;

	if (!npages)
		return 0;
	rc = begin(f, account, npages, PAGE_SIZE);
	if (!rc)
		rc = add_block(f);
	if (rc)
		return rc;
	for (i = 1; i < npages; i++)
		f->pages[i] = f->pages[0];
	return map(f);
}

void swc_frames_put(struct swc_frames *f)
{
	if (f->at)
		vunmap(f->at);
	while (f->nblocks)
		__free_pages(f->pages[--f->nblocks << f->order], f->order);
	kvfree(f->pages);
	if (f->charged)
		swc_account_discharge(f->account, f->charged);
}

u64 swc_frames_number(const struct swc_frames *f, u32 page)
{
	return page_to_pfn(f->pages[page]);
}
