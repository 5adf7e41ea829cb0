// SPDX-License-Identifier: GPL-2.0
#include "shape.h"

#include "optable.h"
#include "slots.h"

/* RSP may move so far, and a string may be so long. */
#define MAX_BYTES (SWC_MAX_PAGES * SWC_PAGE_BYTES)

/* A pointer that is in no cache; its page is the context's. */
#define POINTER_CYCLES 300

static bool is_register(__u8 reg)
{
	return reg <= SWC_REG_R15 && reg != SWC_REG_RSP;
}

static bool has(__u32 mask, __u8 reg)
{
	return reg <= SWC_REG_R15 && (mask & (1u << reg));
}

/*
 * An operation of several instructions must not overwrite its own address base, nor
 * its source: only the first of them would be relative to a proved zero.
 */
static __u32 overwritten_early(const struct swc_op *op, __u32 traits)
{
	if (!(traits & SWC_WRITES_FIRST))
		return 0;
	return swc_op_writes(op) |
	       (traits & SWC_WRITES_DST ? 1u << op->dst : 0);
}

static __u32 check_registers(const struct swc_op *op,
			     const struct swc_op_traits *t)
{
	__u32 traits = t->traits, early;
	bool dst = traits & SWC_HAS_DST;
	bool src = traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT);
	bool base = (traits & (SWC_HAS_MEM | SWC_HAS_BASE)) ||
		    swc_op_is_indirect(op);

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
	    !((traits & SWC_SRC_SP) && op->src == SWC_REG_RSP))
		return SWC_ERR_REGISTER;
	if (base && op->base != SWC_REG_NONE && !is_register(op->base) &&
	    !((traits & SWC_HAS_MEM) && op->base == SWC_REG_RSP))
		return SWC_ERR_REGISTER;
	/* An index is a second register; one alone is a base. */
	if (op->index != SWC_REG_NONE) {
		if (op->base == SWC_REG_NONE || (traits & SWC_HAS_BASE))
			return SWC_ERR_OPERAND;
		if (!is_register(op->index))
			return SWC_ERR_REGISTER;
	}
	early = overwritten_early(op, traits);
	if (has(early, op->base) || has(early, op->index) ||
	    has(early | t->not_src, op->src))
		return SWC_ERR_REGISTER;
	/* RSP's addresses are the stack's. */
	if ((op->flags & t->flags & SWC_OPF_SEGMENT) && base &&
	    op->base == SWC_REG_RSP)
		return SWC_ERR_REGISTER;
	/* MOVNTI has no immediate form. */
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
			     const struct swc_op *op,
			     const struct swc_op_traits *t)
{
	__u32 imm = op->imm;
	bool ok = false;

	switch (t->imm) {
	case SWC_IMM_NONE:
		return imm ? SWC_ERR_OPERAND : SWC_OK;
	case SWC_IMM_COUNT:
		ok = imm && imm <= t->most;
		break;
	case SWC_IMM_INDEX:
		ok = imm <= t->most;
		break;
	case SWC_IMM_STEP:
		ok = imm + MAX_BYTES <= 2 * MAX_BYTES &&
		     !(imm & (SWC_SLOT_BYTES - 1));
		break;
	case SWC_IMM_ALIGNMENT:
		ok = imm >= SWC_SLOT_BYTES && imm <= t->most &&
		     !(imm & (imm - 1));
		break;
	case SWC_IMM_REGISTERS:
		ok = imm && !(imm & ~SWC_GPR_MASK);
		break;
	case SWC_IMM_COMPONENTS:
		return check_xstate_mask(caps, imm);
	case SWC_IMM_BYTES:
		ok = imm && imm <= MAX_BYTES && !(imm & (op->size - 1u));
		break;
	}
	return ok ? SWC_OK : SWC_ERR_IMMEDIATE;
}

__u32 swc_shape_bytes(const struct swc_caps *caps, const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);

	switch (t->imm) {
	case SWC_IMM_REGISTERS:
		return swc_popcount(op->imm) * SWC_SLOT_BYTES;
	case SWC_IMM_COMPONENTS:
		return swc_xsave_bytes(caps, op->imm);
	case SWC_IMM_BYTES:
		return op->imm;
	default:
		return op->size ? op->size : t->bytes;
	}
}

/*
 * Alignments that the CPU faults on. Plain accesses may be misaligned, as they
 * may be in a recording; locked ones may not, since a locked access across
 * lines stops the whole machine (split lock, Intel SDM vol. 3A, 9.1.2.3).
 */
static __u32 alignment(const struct swc_op *op, const struct swc_op_traits *t)
{
	if (t->align)
		return t->align;
	if ((t->traits & SWC_ATOMIC) ||
	    (op->flags & (SWC_OPF_LOCK | SWC_OPF_NT)))
		return op->size;
	return 1;
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
			  const struct swc_op_traits *t)
{
	__u32 rc, traits = t->traits;

	if (!(traits & SWC_HAS_MEM) || (op->flags & SWC_OPF_BACK)) {
		if (op->base != SWC_REG_NONE && !(traits & SWC_HAS_BASE) &&
		    !swc_op_is_indirect(op))
			return SWC_ERR_OPERAND;
		return op->region || op->offset ? SWC_ERR_OPERAND : SWC_OK;
	}
	/*
	 * A switch takes no base relative to RSP: the next place doesn't depend
	 * on the last.
	 */
	if ((traits & SWC_STACK) && op->base == SWC_REG_RSP)
		return SWC_ERR_REGISTER;
	rc = check_place(program, op->region, op->offset,
			 swc_shape_bytes(caps, op));
	if (!rc && (traits & SWC_HAS_FROM))
		rc = check_place(program, SWC_FROM_REGION(op->from),
				 SWC_FROM_OFFSET(op->from), op->imm);
	if (rc)
		return rc;
	if (op->offset & (alignment(op, t) - 1))
		return SWC_ERR_ALIGNMENT;
	return SWC_OK;
}

static __u32 check_needs(const struct swc_caps *caps, __u32 traits)
{
	if ((traits & SWC_NEEDS_RING0) && !caps->privileged)
		return SWC_ERR_PRIVILEGED;
	if (((traits & SWC_NEEDS_TRAP) && !caps->trap) ||
	    ((traits & SWC_NEEDS_AVX) && !caps->avx))
		return SWC_ERR_UNSUPPORTED;
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
	/* A call of the next instruction pushes its own address. */
	if (swc_op_is_indirect(op) && (op->flags & SWC_OPF_NEXT))
		return SWC_ERR_FLAGS;
	rc = check_registers(op, t);
	if (!rc)
		rc = check_size(caps, op, t);
	if (!rc)
		rc = check_immediate(caps, op, t);
	if (!rc)
		rc = check_memory(program, caps, op, t);
	return rc ? rc : check_needs(caps, t->traits);
}

__u32 swc_shape_cycles(const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	__u32 cycles = t->cycles;

	/* An operation that may be locked but isn't doesn't drain the store buffer. */
	if ((t->flags & SWC_OPF_LOCK) && !(op->flags & SWC_OPF_LOCK))
		cycles /= 2;
	if (swc_op_is_indirect(op))
		cycles += POINTER_CYCLES;
	switch (t->imm) {
	case SWC_IMM_COUNT:
		return cycles + op->imm * t->each;
	case SWC_IMM_BYTES:
		return cycles + (op->imm / SWC_LINE_BYTES + 2) * t->each;
	default:
		return cycles;
	}
}
