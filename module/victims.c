// SPDX-License-Identifier: GPL-2.0
#include "victims.h"

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

int swc_victims_get(struct swc_victims *v, u32 npages, bool one_frame)
{
	u32 i;

	if (!npages)
		return 0;
	v->npages = npages;
	v->frames = kvcalloc(npages, sizeof(*v->frames), GFP_KERNEL_ACCOUNT);
	if (!v->frames)
		return -ENOMEM;
	for (i = 0; i < npages; i++) {
		if (one_frame && i) {
			v->frames[i] = v->frames[0];
			continue;
		}
		v->frames[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!v->frames[i])
			return -ENOMEM;
		v->nframes++;
	}
	v->at = vmap(v->frames, npages, VM_MAP, PAGE_KERNEL);
	return v->at ? 0 : -ENOMEM;
}

void swc_victims_put(struct swc_victims *v)
{
	if (v->at)
		vunmap(v->at);
	while (v->nframes)
		__free_page(v->frames[--v->nframes]);
	kvfree(v->frames);
}

u64 swc_victims_frame(const struct swc_victims *v, u32 page)
{
	return page_to_pfn(v->frames[page]);
}
