/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FRAMES_H
#define SWC_FRAMES_H

#include <linux/mm_types.h>
#include <linux/types.h>

#include "account.h"

/**
 * struct swc_frames - pages that adjoin, each with a translation of its own
 * @account: that they are counted in
 * @at: address of the first
 * @npages: how many
 * @order: they consist of blocks of so many pages (log2), adjoining in physical
 *	memory and aligned to their size
 * @pages: each of them
 * @nblocks: so many are allocated: 1, if all pages map to one
 * @charged: bytes
 */
struct swc_frames {
	struct swc_account *account;
	void *at;
	u32 npages;
	u32 order;
	struct page **pages;
	u32 nblocks;
	u64 charged;
};

/**
 * swc_frames_get() - pages, zeroed
 * @f: all zero
 * @account: to count them in; must outlive them
 * @npages: a multiple of a block; 0: none
 * @order: of a block
 *
 * May sleep. Return: 0, -ENOMEM, -ENOSPC as swc_account_charge(). swc_frames_put()
 * in any case.
 */
int swc_frames_get(struct swc_frames *f, struct swc_account *account,
		   u32 npages, u32 order);

/* swc_frames_get_one() - the same, of pages that are all mapped to one frame. */
int swc_frames_get_one(struct swc_frames *f, struct swc_account *account,
		       u32 npages);

void swc_frames_put(struct swc_frames *f);

/* swc_frames_number() - the number of the physical page that a page maps to. */
u64 swc_frames_number(const struct swc_frames *f, u32 page);

#endif
