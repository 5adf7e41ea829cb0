// SPDX-License-Identifier: GPL-2.0
#include "site.h"

/*
 * The counter is the operand's index, as often as the operand moves faster. It begins
 * below 0, so that it is 0 after the last turn.
 */
static void put_index(const struct swc_site *s, struct swc_mem *mem,
		      __u64 *address)
{
	__s32 scale = s->stride / s->turns->step;

	mem->indexed = true;
	mem->index = s->turns->counter;
	while (scale >> (mem->scale + 1))
		mem->scale++;
	*address += (__s64)s->stride * s->turns->count;
}

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
	if (s->stride)
		put_index(s, &mem, &address);
	if (op->base == SWC_REG_RSP)
		address -= region[s->proved->sp_region] + s->proved->sp_offset;
	mem.segment = swc_op_segment(op, s->proof->caps);
	if (mem.segment)
		address -= SWC_SEGMENT_BASE;
	mem.disp = (__s32)address;
	return mem;
}
