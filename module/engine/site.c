// SPDX-License-Identifier: GPL-2.0
#include "site.h"

struct swc_mem swc_operand(const struct swc_site *s, __u32 skip)
{
	const struct swc_op *op = s->op;
	const __u64 *region = s->binding->region;
	struct swc_mem mem = {.base = op->base};
	__u64 address;

	if (op->flags & SWC_OPF_BACK)
		return mem;
	address = region[op->region] + op->offset + skip;
	mem.indexed = op->index != SWC_REG_NONE;
	mem.index = op->index;
	if (op->base == SWC_REG_RSP)
		address -= region[s->proved->sp_region] + s->proved->sp_offset;
	mem.segment = swc_op_segment(op, s->proof->caps);
	if (mem.segment)
		address -= SWC_SEGMENT_BASE;
	mem.disp = (__s32)address;
	return mem;
}
