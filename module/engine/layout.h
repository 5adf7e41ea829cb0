/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_LAYOUT_H
#define SWC_ENGINE_LAYOUT_H

#include "slots.h"
#include "proof.h"

/**
 * swc_layout() - where a program's memory goes, the same in every backend
 * @proof: from swc_verify()
 * @base: address of the first page
 * @region: filled: address of each region, SWC_MAX_REGIONS entries
 *
 * A page for the context comes first, then the regions, each stack with
 * SWC_STACK_HEADROOM_PAGES below it, the lowest of which is a guard. Return: the number
 * of pages in all.
 */
__u32 swc_layout(const struct swc_proof *proof, __u64 base, __u64 *region);

/* swc_layout_guard() - of the stack region that begins at @region: its guard page. */
static inline __u64 swc_layout_guard(__u64 region)
{
	return region - SWC_STACK_HEADROOM_PAGES * SWC_PAGE_BYTES;
}

#endif
