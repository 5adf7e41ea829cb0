// SPDX-License-Identifier: GPL-2.0
#include "ablation_registers.h"

#include "engine/optable.h"
#include "sequence.h"

#define VECTORS 0xffff0000u

static uint32_t bit(uint8_t reg, bool vector)
{
	if (reg > SWC_REG_R15)
		return 0;
	return 1u << (vector ? REGISTERS_GENERAL + reg : reg);
}

static uint32_t traits_of(const struct swc_op *op)
{
	return swc_op_traits(op->kind)->traits;
}

static uint32_t dst_of(const struct swc_op *op)
{
	return bit(op->dst, traits_of(op) & SWC_VECTOR_DST);
}

static uint32_t src_of(const struct swc_op *op)
{
	return bit(op->src, traits_of(op) & SWC_VECTOR_SRC);
}

uint32_t registers_written(const struct swc_op *op)
{
	uint32_t written = swc_op_writes(op);

	if (traits_of(op) & SWC_WRITES_DST)
		written |= dst_of(op);
	if (traits_of(op) & SWC_WRITES_VECTORS)
		written |= VECTORS;
	return written;
}

/* Does it clear a register, so that the old value doesn't matter? */
static bool is_clearing(const struct swc_op *op)
{
	return (traits_of(op) & SWC_CLEARS) && op->src == op->dst;
}

uint32_t registers_left(const struct swc_op *op)
{
	uint32_t traits = traits_of(op), left = registers_written(op);

	/* These leave in their register what they have read from memory. */
	if (op->kind == SWC_OP_XADD || op->kind == SWC_OP_XCHG)
		return left;
	if ((traits & SWC_READS_DST) && (traits & SWC_WRITES_DST) &&
	    !is_clearing(op))
		left &= ~dst_of(op);
	return left;
}

static bool release_base(struct swc_op *op, uint32_t stale)
{
	bool index = bit(op->index, false) & stale;

	if (index)
		op->index = SWC_REG_NONE;
	if (!(bit(op->base, false) & stale))
		return index;
	op->base = op->index;
	op->index = SWC_REG_NONE;
	return true;
}

/*
 * Another source that makes the operation wait for nothing else: the other one
 * of its own, or none. r + r takes as long as r + s; an immediate doesn't.
 */
static bool release_source(struct swc_op *op, uint32_t stale)
{
	if (!(src_of(op) & stale))
		return false;
	switch (op->kind) {
	case SWC_OP_MOV:
		*op = (struct swc_op){
			.kind = SWC_OP_IMM,
			.dst = op->dst,
			.src = SWC_REG_NONE,
			.base = SWC_REG_NONE,
			.index = SWC_REG_NONE,
			.code = op->code,
		};
		return true;
	case SWC_OP_ALU:
	case SWC_OP_TEST:
	case SWC_OP_CMOV:
	case SWC_OP_MUL:
	case SWC_OP_VALU:
	case SWC_OP_VMUL:
		/* x ^ x would wait for nothing at all. */
		if (op->kind == SWC_OP_VALU || (dst_of(op) & stale))
			return false;
		op->src = op->dst;
		return true;
	case SWC_OP_LEA:
		if (op->base == SWC_REG_NONE)
			return false;
		op->src = op->base;
		op->base = SWC_REG_NONE;
		return true;
	default:
		if (!(traits_of(op) & SWC_HAS_SRC_OPT) ||
		    (op->flags & SWC_OPF_NT))
			return false;
		op->src = SWC_REG_NONE;
		return true;
	}
}

uint32_t registers_release(struct swc_op *op, uint32_t stale,
			   unsigned int *count)
{
	uint32_t reads = swc_op_reads(op), traits;

	if (is_clearing(op))
		return 0;
	*count += release_base(op, stale);
	*count += release_source(op, stale);
	traits = traits_of(op);
	if (traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT))
		reads |= src_of(op);
	if (traits & SWC_READS_DST)
		reads |= dst_of(op);
	return reads & stale;
}

struct swc_op registers_clear(unsigned int reg)
{
	struct swc_op op = sequence_op(SWC_OP_IMM);

	op.dst = reg;
	if (reg < REGISTERS_GENERAL)
		return op;
	op = sequence_op(SWC_OP_VALU);
	op.size = 16;
	op.dst = reg - REGISTERS_GENERAL;
	op.src = op.dst;
	return op;
}
