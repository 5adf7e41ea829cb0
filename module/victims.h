/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_VICTIMS_H
#define SWC_VICTIMS_H

#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct swc_victims - pages for what a sequence may evict
 * @at: address of the first; they adjoin
 * @npages: how many
 * @frames: of each page
 * @nframes: @npages, or 1: all pages are mapped to one frame
 */
struct swc_victims {
	void *at;
	u32 npages;
	struct page **frames;
	u32 nframes;
};

/**
 * swc_victims_get() - pages, zeroed, each with a translation of its own
 * @v: all zero
 * @npages: 0: none
 * @one_frame: behind all of them
 *
 * May sleep. Return: 0 or -ENOMEM. swc_victims_put() in any case.
 */
int swc_victims_get(struct swc_victims *v, u32 npages, bool one_frame);
void swc_victims_put(struct swc_victims *v);

/* swc_victims_frame() - the number of the physical page behind a page. */
u64 swc_victims_frame(const struct swc_victims *v, u32 page);

#endif
