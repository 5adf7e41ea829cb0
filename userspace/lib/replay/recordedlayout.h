/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RECORDEDLAYOUT_H
#define SWC_LIB_RECORDEDLAYOUT_H

#include "engine/verify.h"
#include "sequence.h"

/* The first page's address is a multiple of what a line of a page directory stands for. */
#define RECORDED_LAYOUT_UNIT (16ull << 20)

/**
 * recorded_layout() - where a sequence's memory goes, if page tables are to be as recorded
 * @s: with places of its regions
 * @proof: of it
 * @base: address of the first page, a multiple of RECORDED_LAYOUT_UNIT
 * @region: filled: address of each region, SWC_MAX_REGIONS entries
 *
 * As swc_layout(), but regions that one page table translated are translated by one again,
 * and others by others: a walk for each finds as many entries of page directories, and
 * lines of tables, in the caches or not. Regions keep their pages' numbers modulo 512,
 * counted from @base, unless one is in another's way. Upper levels aren't as recorded, as
 * all lies below 2 GiB. Return: the number of pages in all, most of them between regions.
 */
uint32_t recorded_layout(const struct sequence *s,
			 const struct swc_proof *proof, uint64_t base,
			 __u64 *region);

#endif
