// SPDX-License-Identifier: GPL-2.0
#include "layout.h"

__u32 swc_layout(const struct swc_plan *plan, __u64 base, __u64 *region)
{
	__u32 i, page = 1;

	for (i = 0; i < plan->program->nregions; i++) {
		if (swc_plan_is_stack(plan, i))
			page += SWC_STACK_HEADROOM_PAGES;
		region[i] = base + (__u64)page * SWC_PAGE_BYTES;
		page += plan->program->regions[i].pages;
	}
	return page;
}
