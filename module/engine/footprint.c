// SPDX-License-Identifier: GPL-2.0
#include "footprint.h"

#include "access.h"
#include "slots.h"

static __u32 count_pages(const struct swc_program *program)
{
	__u32 i, pages = 0;

	for (i = 0; i < program->nregions; i++)
		pages += program->regions[i].pages;
	return pages;
}

__u64 swc_footprint_bytes(const struct swc_program *program)
{
	return (__u64)count_pages(program) * sizeof(__u64);
}

static void touch(__u64 *page, __u32 offset, __u32 bytes)
{
	__u32 line = offset / SWC_LINE_BYTES;
	__u32 last = (offset + bytes - 1) / SWC_LINE_BYTES;

	for (; line <= last; line++)
		page[line / SWC_LINES_PER_PAGE] |=
			1ull << (line % SWC_LINES_PER_PAGE);
}

void swc_footprint(const struct swc_proof *proof, __u64 *lines)
{
	const struct swc_program *p = proof->program;
	struct swc_access accesses[SWC_OP_ACCESSES], *a;
	__u32 first[SWC_MAX_REGIONS], i, pages = 0;

	for (i = 0; i < p->nregions; i++) {
		first[i] = pages;
		pages += p->regions[i].pages;
	}
	memset(lines, 0, pages * sizeof(*lines));
	for (i = 0; i < p->nops; i++) {
		a = accesses + swc_op_accesses(proof, i, accesses);
		while (a-- > accesses)
			touch(lines + first[a->region], a->offset, a->bytes);
	}
}
