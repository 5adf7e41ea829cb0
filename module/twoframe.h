/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TWOFRAME_H
#define SWC_TWOFRAME_H

#include <linux/mm_types.h>
#include <asm/pgtable_types.h>

#include "uapi/switchcost.h"

/**
 * struct swc_twoframe - a page that is mapped to either of two frames
 * @entry: of the page table; it names the frame that isn't @cached
 * @cached: the frame that its translation names, if one is cached at all
 * @known: @cached is certain
 */
struct swc_twoframe {
	pte_t *entry;
	u8 cached;
	bool known;
};

/* So many pages more, for the controls. */
#define SWC_TWOFRAME_CONTROLS 4u

/**
 * struct swc_twoframes - pages of two frames each, adjoining
 * @at: address of the first
 * @pages: each
 * @npages: without those for the controls, which follow
 * @frames: both frames, which all pages share: the pages then differ by their
 *	translation only, and share a line of data, which leaves the caches alone
 * @data: of each frame, at the kernel's own address of it
 * @entries: what maps to each frame
 *
 * In each frame, all bytes are its index. The entry of a page may change without a
 * flush at any time: a read of a page gets the index of one frame or the other,
 * and both are ours as long as the pages are mapped.
 */
struct swc_twoframes {
	u8 *at;
	struct swc_twoframe *pages;
	u32 npages;
	struct page *frames[2];
	const u8 *data[2];
	pte_t entries[2];
};

/**
 * swc_twoframes_new() - pages whose translations are cached nowhere
 * @npages: 0 or more
 *
 * May sleep. Return: pages, or an error pointer: -ENOMEM, or -EOPNOTSUPP if the
 * kernel maps them by large pages or isn't the page tables' master (Xen PV).
 */
struct swc_twoframes *swc_twoframes_new(u32 npages);

/**
 * swc_twoframes_free() - unmap and free
 *
 * No CPU has a translation to the frames any more when they are freed. May sleep.
 */
void swc_twoframes_free(struct swc_twoframes *twoframes);

/**
 * swc_twoframe_touch() - load from a page
 * @ticks: set to the time it took, of the TSC, fences included
 *
 * Context: on one CPU, interrupts off, from the first touch to the last.
 * Return: enum swc_oracle_verdict.
 */
u8 swc_twoframe_touch(struct swc_twoframes *twoframes, u32 page, u32 *ticks);

/* swc_twoframe_invalidate() - INVLPG of a page. Context: as swc_twoframe_touch(). */
void swc_twoframe_invalidate(struct swc_twoframes *twoframes, u32 page);

/**
 * swc_twoframes_control() - do the controls hold here and now?
 * @accessed: try those of the Accessed bit, too
 *
 * Context: as swc_twoframe_touch(). Return: enum swc_oracle_control.
 */
u32 swc_twoframes_control(struct swc_twoframes *twoframes, bool accessed);

/* Upper bounds of a touch and an invalidation, core cycles; see twoframe.c. */
#define SWC_TWOFRAME_TOUCH_CYCLES      600u
#define SWC_TWOFRAME_INVALIDATE_CYCLES 1000u

/* Both controls, with all their pages. */
#define SWC_TWOFRAME_CONTROL_CYCLES \
	(SWC_TWOFRAME_CONTROLS *    \
	 (6 * SWC_TWOFRAME_TOUCH_CYCLES + 3 * SWC_TWOFRAME_INVALIDATE_CYCLES))

#endif
