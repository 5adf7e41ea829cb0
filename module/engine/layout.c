// SPDX-License-Identifier: GPL-2.0
#include "layout.h"

__u32 swc_layout(const struct swc_proof *proof, __u64 base, __u64 *region)
{
	__u32 i, page = 1;

	for (i = 0; i < proof->program->nregions; i++) {
		if (swc_proof_is_stack(proof, i))
			page += SWC_STACK_HEADROOM_PAGES;
		region[i] = base + (__u64)page * SWC_PAGE_BYTES;
		page += proof->program->regions[i].pages;
	}
	return page;
}
