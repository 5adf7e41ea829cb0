// SPDX-License-Identifier: GPL-2.0
#include "shape.h"

#include "optable.h"
#include "slots.h"

#define MAX_CHAIN	4096u
#define MAX_NOP		9u
#define MAX_MARK	0xffffu
#define MAX_SP		(SWC_MAX_PAGES * SWC_PAGE_BYTES)
#define MAX_STRING	(SWC_MAX_PAGES * SWC_PAGE_BYTES)
#define XSAVE_ALIGNMENT 64u

/* A fast string, without its lines; one that isn't fast goes by elements. */
#define STRING_LINE_CYCLES 64u

static bool is_register(__u8 reg)
{
	return reg <= SWC_REG_R15 && reg != SWC_REG_RSP && reg != SWC_REG_RBP;
}

/*
 * An operation of several instructions must not overwrite its own address
 * base: only the first of them would be relative to a proved zero.
 */
static __u32 overwritten_early(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_RESTORE:
		return op->imm;
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return 1u << SWC_REG_RAX | 1u << SWC_REG_RDX;
	default:
		return 0;
	}
}

static __u32 check_registers(const struct swc_op *op, __u32 traits)
{
	bool dst = traits & SWC_HAS_DST;
	bool src = traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT);
	bool base = traits & (SWC_HAS_MEM | SWC_HAS_BASE);

	if (!dst && op->dst != SWC_REG_NONE)
		return SWC_ERR_OPERAND;
	if (!src && op->src != SWC_REG_NONE)
		return SWC_ERR_OPERAND;
	if (!base && op->base != SWC_REG_NONE)
		return SWC_ERR_OPERAND;

	if (dst &&
	    !(traits & SWC_VECTOR_DST ? op->dst <= 15 : is_register(op->dst)))
		return SWC_ERR_REGISTER;
	if (src &&
	    !(traits & SWC_VECTOR_SRC ? op->src <= 15 : is_register(op->src)) &&
	    !((traits & SWC_HAS_SRC_OPT) && op->src == SWC_REG_NONE) &&
	    !(op->kind == SWC_OP_LEA && op->src == SWC_REG_RSP))
		return SWC_ERR_REGISTER;
	if (base && op->base != SWC_REG_NONE && !is_register(op->base) &&
	    !((traits & SWC_HAS_MEM) && op->base == SWC_REG_RSP))
		return SWC_ERR_REGISTER;
	if (base && op->base != SWC_REG_NONE &&
	    (overwritten_early(op) & (1u << op->base)))
		return SWC_ERR_REGISTER;
	/* The address is in AIM's dst before its src and base are read. */
	if (op->kind == SWC_OP_AIM &&
	    (op->dst == op->src || op->dst == op->base))
		return SWC_ERR_REGISTER;
	/* The dividend lies in RDX:RAX; MOVNTI has no immediate form. */
	if (op->kind == SWC_OP_DIV &&
	    (op->src == SWC_REG_RAX || op->src == SWC_REG_RDX))
		return SWC_ERR_REGISTER;
	if ((op->flags & SWC_OPF_NT) && op->src == SWC_REG_NONE)
		return SWC_ERR_REGISTER;
	return SWC_OK;
}

static __u32 check_size(const struct swc_caps *caps, const struct swc_op *op,
			const struct swc_op_traits *t)
{
	if (!(t->traits & SWC_HAS_SIZE))
		return op->size ? SWC_ERR_OPERAND : SWC_OK;
	if (!op->size || op->size & (op->size - 1) || !(t->sizes & op->size))
		return SWC_ERR_SIZE;
	/* MOVNTI has 4 and 8 bytes, MOVNTPS 16 and more. */
	if ((op->flags & SWC_OPF_NT) &&
	    op->size < (t->traits & SWC_VECTOR_SRC ? 16 : 4))
		return SWC_ERR_SIZE;
	if ((op->size == 32 && !caps->avx) || (op->size == 64 && !caps->avx512))
		return SWC_ERR_UNSUPPORTED;
	return SWC_OK;
}

static __u32 check_xstate_mask(const struct swc_caps *caps, __u32 mask)
{
	if (!mask || mask & ~SWC_XSTATE_ALLOWED)
		return SWC_ERR_IMMEDIATE;
	if (mask & ~caps->xstate_mask)
		return SWC_ERR_UNSUPPORTED;
	return SWC_OK;
}

static __u32 check_immediate(const struct swc_caps *caps,
			     const struct swc_op *op, __u32 traits)
{
	bool ok;

	if (!(traits & SWC_HAS_IMM))
		return op->imm ? SWC_ERR_OPERAND : SWC_OK;

	switch (op->kind) {
	case SWC_OP_NOP:
		ok = op->imm >= 1 && op->imm <= MAX_NOP;
		break;
	case SWC_OP_MARK:
		ok = op->imm <= MAX_MARK;
		break;
	case SWC_OP_CHAIN:
		ok = op->imm >= 1 && op->imm <= MAX_CHAIN;
		break;
	case SWC_OP_SP:
		ok = op->imm + MAX_SP <= 2 * MAX_SP &&
		     !(op->imm & (SWC_SLOT_BYTES - 1));
		break;
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		ok = op->imm && !(op->imm & ~SWC_GPR_MASK);
		break;
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		ok = op->imm && op->imm <= MAX_STRING &&
		     !(op->imm & (op->size - 1u));
		break;
	default: /* XSAVE, XRSTOR */
		return check_xstate_mask(caps, op->imm);
	}
	return ok ? SWC_OK : SWC_ERR_IMMEDIATE;
}

__u32 swc_shape_bytes(const struct swc_caps *caps, const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		return swc_popcount(op->imm) * SWC_SLOT_BYTES;
	case SWC_OP_FXSAVE:
	case SWC_OP_FXRSTOR:
		return SWC_XSAVE_LEGACY_BYTES;
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return swc_xsave_bytes(caps, op->imm);
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		return op->imm;
	case SWC_OP_AIM:
		return SWC_SLOT_BYTES;
	case SWC_OP_SWITCH:
		return 0; /* a stack pointer may point just behind its region */
	default:
		return op->size ? op->size : 1;
	}
}

/*
 * Alignments that the CPU faults on. Plain accesses may be misaligned, as they
 * may be in a recording; locked ones may not, since a locked access across
 * lines stops the whole machine (split lock, Intel SDM vol. 3A, 9.1.2.3).
 */
static __u32 alignment(const struct swc_op *op, __u32 traits)
{
	switch (op->kind) {
	case SWC_OP_FXSAVE:
	case SWC_OP_FXRSTOR:
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return XSAVE_ALIGNMENT;
	case SWC_OP_SWITCH:
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
	case SWC_OP_AIM:
		return SWC_SLOT_BYTES;
	default:
		if ((traits & SWC_ATOMIC) ||
		    (op->flags & (SWC_OPF_LOCK | SWC_OPF_NT)))
			return op->size;
		return 1;
	}
}

static __u32 check_place(const struct swc_program *program, __u32 region,
			 __u32 offset, __u32 bytes)
{
	__u32 limit;

	if (region >= program->nregions)
		return SWC_ERR_REGION;
	limit = program->regions[region].pages * SWC_PAGE_BYTES;
	return bytes > limit || offset > limit - bytes ? SWC_ERR_BOUNDS
						       : SWC_OK;
}

static __u32 check_memory(const struct swc_program *program,
			  const struct swc_caps *caps, const struct swc_op *op,
			  __u32 traits)
{
	__u32 rc;

	if (!(traits & SWC_HAS_MEM) ||
	    (op->kind == SWC_OP_SWITCH && (op->flags & SWC_OPF_BACK))) {
		if (op->base != SWC_REG_NONE && !(traits & SWC_HAS_BASE))
			return SWC_ERR_OPERAND;
		return op->region || op->offset ? SWC_ERR_OPERAND : SWC_OK;
	}
	if (op->kind == SWC_OP_SWITCH && op->base == SWC_REG_RSP)
		return SWC_ERR_REGISTER;
	rc = check_place(program, op->region, op->offset,
			 swc_shape_bytes(caps, op));
	if (!rc && (traits & SWC_HAS_FROM))
		rc = check_place(program, SWC_FROM_REGION(op->from),
				 SWC_FROM_OFFSET(op->from), op->imm);
	if (rc)
		return rc;
	if (op->offset & (alignment(op, traits) - 1))
		return SWC_ERR_ALIGNMENT;
	return SWC_OK;
}

__u32 swc_shape_check(const struct swc_program *program,
		      const struct swc_caps *caps, const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	__u32 rc;

	if (!t)
		return SWC_ERR_KIND;
	if (op->from && !(t->traits & SWC_HAS_FROM))
		return SWC_ERR_RESERVED;
	if (op->flags & ~t->flags)
		return SWC_ERR_FLAGS;
	rc = check_registers(op, t->traits);
	if (!rc)
		rc = check_size(caps, op, t);
	if (!rc)
		rc = check_immediate(caps, op, t->traits);
	if (!rc)
		rc = check_memory(program, caps, op, t->traits);
	if (rc)
		return rc;

	if (op->kind == SWC_OP_INVLPG && !caps->privileged)
		return SWC_ERR_PRIVILEGED;
	if (op->kind == SWC_OP_TRAP && !caps->trap)
		return SWC_ERR_UNSUPPORTED;
	if (op->kind == SWC_OP_VZERO && !caps->avx)
		return SWC_ERR_UNSUPPORTED;
	return SWC_OK;
}

__u32 swc_shape_cycles(const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	__u32 cycles = t->cycles;

	/* Without its lock, it doesn't drain the store buffer. */
	if ((t->flags & SWC_OPF_LOCK) && !(op->flags & SWC_OPF_LOCK))
		cycles /= 2;
	switch (op->kind) {
	case SWC_OP_CHAIN:
		return op->imm;
	case SWC_OP_FILL:
		return cycles + (op->imm / 64 + 2) * STRING_LINE_CYCLES;
	case SWC_OP_COPY:
		return cycles + 2 * (op->imm / 64 + 2) * STRING_LINE_CYCLES;
	default:
		return cycles;
	}
}
