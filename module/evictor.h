/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICTOR_H
#define SWC_EVICTOR_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct swc_evictor - memory to evict through, shared by loaded sequences
 * @list: of all of them
 * @at: its address
 * @bytes: its size
 * @order: it consists of blocks of so many pages (log2), adjoining in physical
 *	memory and aligned to their size. So its pages' physical numbers count up
 *	modulo any power of two up to a block.
 * @pages: of each page
 * @users: how many sequences
 */
struct swc_evictor {
	struct list_head list;
	void *at;
	u32 bytes;
	u32 order;
	struct page **pages;
	u32 users;
};

/**
 * swc_evictor_get() - one that is large enough, new only if there is none
 * @bytes: at least so large, 1 to SWC_MAX_SWEEP_BYTES
 * @block: at least such blocks, in bytes: a power of two, of a page or more
 *
 * May sleep. Return: an evictor, or an error pointer: -ENOMEM, or -ENOSPC if all
 * of them would exceed twice SWC_MAX_SWEEP_BYTES.
 */
struct swc_evictor *swc_evictor_get(u32 bytes, u32 block);

/* swc_evictor_put() - the last one frees it; NULL is ignored. May sleep. */
void swc_evictor_put(struct swc_evictor *evictor);

#endif
