// SPDX-License-Identifier: GPL-2.0
#include "footprint.h"

#include "optable.h"
#include "shape.h"
#include "slots.h"

#define LINES_PER_PAGE (SWC_PAGE_BYTES / SWC_LINE_BYTES)

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
		page[line / LINES_PER_PAGE] |= 1ull << (line % LINES_PER_PAGE);
}

/* The stack operations' own access: 8 bytes at or below RSP; 0: none. */
static __u32 stack_access(const struct swc_op *op, __u32 sp, __u32 *offset)
{
	switch (op->kind) {
	case SWC_OP_PUSH:
	case SWC_OP_CALL:
		*offset = sp - SWC_SLOT_BYTES;
		return SWC_SLOT_BYTES;
	case SWC_OP_POP:
	case SWC_OP_RET:
		*offset = sp;
		return SWC_SLOT_BYTES;
	default:
		return 0;
	}
}

void swc_footprint(const struct swc_plan *plan, __u64 *lines)
{
	const struct swc_program *p = plan->program;
	__u32 first[SWC_MAX_REGIONS], i, bytes, offset, pages = 0;
	const struct swc_op *op;

	for (i = 0; i < p->nregions; i++) {
		first[i] = pages;
		pages += p->regions[i].pages;
	}
	memset(lines, 0, pages * sizeof(*lines));
	for (i = 0; i < p->nops; i++) {
		op = &p->ops[i];
		bytes = stack_access(op, plan->ops[i].sp_offset, &offset);
		if (bytes)
			touch(lines + first[plan->ops[i].sp_region], offset,
			      bytes);
		/* INVLPG names a page, but accesses nothing in it. */
		if (!(swc_op_traits(op->kind)->traits & SWC_HAS_MEM) ||
		    op->kind == SWC_OP_INVLPG)
			continue;
		/* 0: a switch, which names a place but doesn't touch it. */
		bytes = swc_shape_bytes(plan->caps, op);
		if (bytes)
			touch(lines + first[op->region], op->offset, bytes);
		if (swc_op_traits(op->kind)->traits & SWC_HAS_FROM)
			touch(lines + first[SWC_FROM_REGION(op->from)],
			      SWC_FROM_OFFSET(op->from), bytes);
	}
}
