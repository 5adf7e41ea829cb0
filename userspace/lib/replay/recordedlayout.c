// SPDX-License-Identifier: GPL-2.0
#include "recordedlayout.h"

#include <stdlib.h>

#include "engine/layout.h"
#include "engine/slots.h"

/* Pages that one page table translates, and tables that a directory's line names. */
#define TABLE_PAGES 512u
#define LINE_TABLES (RECORDED_LAYOUT_UNIT / SWC_PAGE_BYTES / TABLE_PAGES)

struct placed {
	uint32_t place;
	uint32_t region;
};

static int by_place(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return a->region < b->region ? -1 : a->region > b->region;
}

uint32_t recorded_layout(const struct sequence *s,
			 const struct swc_proof *proof, uint64_t base,
			 __u64 *region)
{
	const struct swc_program *program = proof->program;
	struct placed order[SWC_MAX_REGIONS];
	uint32_t page = 1, table = 1, at = 0, last = 0, i;

	for (i = 0; i < program->nregions; i++)
		order[i] = (struct placed){s->places[i], i};
	qsort(order, program->nregions, sizeof(*order), by_place);
	for (i = 0; i < program->nregions; i++) {
		const struct placed *p = &order[i];

		at = p->place / TABLE_PAGES;
		if (i && at == last + 1)
			table++;
		else if (i && at != last)
			table = (table / LINE_TABLES + 1) * LINE_TABLES;
		last = at;
		if (swc_proof_is_stack(proof, p->region))
			page += SWC_STACK_HEADROOM_PAGES;
		if (page < table * TABLE_PAGES + p->place % TABLE_PAGES)
			page = table * TABLE_PAGES + p->place % TABLE_PAGES;
		region[p->region] = base + (__u64)page * SWC_PAGE_BYTES;
		page += program->regions[p->region].pages;
	}
	return page;
}
