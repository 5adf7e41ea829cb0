/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_LAYOUT_H
#define SWC_ENGINE_LAYOUT_H

#include "verify.h"

/**
 * swc_layout() - where a program's memory goes, the same in every backend
 * @plan: from swc_verify()
 * @base: address of the first page
 * @region: filled: address of each region, SWC_MAX_REGIONS entries
 *
 * First a page for the context, then the regions, each stack with
 * SWC_STACK_HEADROOM_PAGES below it. Return: the number of pages in all.
 */
__u32 swc_layout(const struct swc_plan *plan, __u64 base, __u64 *region);

#endif
