// SPDX-License-Identifier: GPL-2.0
#include "lowervector.h"

#include <string.h>

#include "unreplayable.h"

/*
 * Programs rarely use this register. An instruction that computes with memory
 * loads it first, since the operations have no memory operand.
 */
#define SCRATCH	      13u
#define OTHER_SCRATCH 12u

/* Multiplications that make up for one division or square root. */
#define DIVISION_PRODUCTS 3u

enum cost { COST_SUM, COST_PRODUCT, COST_DIVISION };

bool lower_is_vector(const struct lower_insn *i)
{
	return i->o.nvector_in || i->o.nvector_out ||
	       i->insn->zydis.meta.category == ZYDIS_CATEGORY_X87_ALU ||
	       i->m == ZYDIS_MNEMONIC_VZEROUPPER ||
	       i->m == ZYDIS_MNEMONIC_VZEROALL;
}

/*
 * The name decides: logic, shuffles, comparisons and integer sums take a cycle;
 * sums and products of floating point, integer products and conversions 3 to 6;
 * divisions and square roots 11 and more.
 */
static enum cost cost_of(const struct lower_insn *i)
{
	static const char *const divisions[] = {"div",	"sqrt", "idiv",	 "sin",
						"cos",	"ptan", "patan", "prem",
						"yl2x", "2xm1"};
	static const char *const products[] = {
		"add", "sub",  "mul",	"madd",	 "msub",     "nm",     "fmadd",
		"cvt", "pmul", "pmadd", "dp",	 "hadd",     "hsub",   "max",
		"min", "rcp",  "rsqrt", "round", "rndscale", "psadbw", "aes",
		"sha", "pclm", "fm",	"fnm",	 "iadd",     "isub",   "imul",
		"ild", "ist",  "psllv"};
	bool x87 = i->insn->zydis.meta.category == ZYDIS_CATEGORY_X87_ALU;
	const char *name = ZydisMnemonicGetString(i->m);
	size_t k;

	if (name[0] == 'v' || (x87 && name[0] == 'f'))
		name++;
	for (k = 0; k < sizeof(divisions) / sizeof(*divisions); k++) {
		if (!strncmp(name, divisions[k], strlen(divisions[k])))
			return COST_DIVISION;
	}
	for (k = 0; k < sizeof(products) / sizeof(*products); k++) {
		if (!strncmp(name, products[k], strlen(products[k])))
			return COST_PRODUCT;
	}
	return COST_SUM;
}

static bool is_move(const struct lower_insn *i)
{
	return (i->insn->zydis.meta.category == ZYDIS_CATEGORY_DATAXFER ||
		i->m == ZYDIS_MNEMONIC_LDDQU ||
		i->m == ZYDIS_MNEMONIC_VLDDQU) &&
	       !i->o.masked;
}

static bool is_streaming(ZydisMnemonic m)
{
	switch (m) {
	case ZYDIS_MNEMONIC_MOVNTDQ:
	case ZYDIS_MNEMONIC_MOVNTPS:
	case ZYDIS_MNEMONIC_MOVNTPD:
	case ZYDIS_MNEMONIC_VMOVNTDQ:
	case ZYDIS_MNEMONIC_VMOVNTPS:
	case ZYDIS_MNEMONIC_VMOVNTPD:
		return true;
	default:
		return false;
	}
}

/* The largest vector that this CPU has, up to @bytes. */
static uint8_t fit(const struct lower_state *l, uint32_t bytes)
{
	if (bytes == 64 && l->caps->avx512)
		return 64;
	if (bytes >= 32 && l->caps->avx)
		return 32;
	return bytes < 16 ? bytes : 16;
}

static uint8_t scratch_for(const struct lower_insn *i)
{
	bool taken = operands_has(i->o.vector_in, i->o.nvector_in, SCRATCH) ||
		     operands_has(i->o.vector_out, i->o.nvector_out, SCRATCH);

	return taken ? OTHER_SCRATCH : SCRATCH;
}

/* dst op= src, as often as the cost asks for. */
static int emit_op(struct lower_state *l, const struct lower_insn *i,
		   uint8_t dst, uint8_t src)
{
	enum swc_op_kind kind = cost_of(i) == COST_SUM ? SWC_OP_VALU
						       : SWC_OP_VMUL;
	unsigned int n = cost_of(i) == COST_DIVISION ? DIVISION_PRODUCTS : 1;
	uint8_t size = fit(l, i->o.vector_bytes < 16 ? 16 : i->o.vector_bytes);

	/* x ^ x waits for nothing. */
	if (kind == SWC_OP_VALU && dst == src)
		src = scratch_for(i);
	for (; n; n--) {
		if (lower_two(l, kind, size, dst, src))
			return -1;
	}
	return 0;
}

/* dst = 0, at no cost: an addition to it is then a move. */
static int emit_clear(struct lower_state *l, const struct lower_insn *i,
		      uint8_t dst)
{
	uint8_t size = fit(l, i->o.vector_bytes < 16 ? 16 : i->o.vector_bytes);

	return lower_two(l, SWC_OP_VALU, size, dst, dst);
}

/* A move of @access, in pieces where the CPU has no such vectors. */
static int emit_move(struct lower_state *l, struct swc_op op,
		     const struct trace_access *access)
{
	uint32_t size = fit(l, access->size);
	struct trace_access part = *access;
	unsigned int n = 0;

	if (size < 4 || access->size % size)
		return lower_pieces(l, access, LOWER_WAITS(op));
	for (part.size = size; part.address < access->address + access->size;
	     part.address += size, n++) {
		op.size = size;
		if (lower_access(l, op, &part))
			return -1;
		if (n) {
			lower_count_more(l, LOWER_SPLIT, -1);
			lower_count(l, LOWER_CHUNKED);
		}
	}
	return 0;
}

static int lower_load(struct lower_state *l, const struct lower_insn *i,
		      unsigned int index, uint8_t dst)
{
	struct swc_op op = sequence_op(SWC_OP_VLOAD);

	op.dst = dst;
	lower_wait(l, &op, lower_address(i->insn, index));
	return emit_move(l, op, &i->accesses[index]);
}

static int lower_store(struct lower_state *l, const struct lower_insn *i,
		       unsigned int index)
{
	const struct trace_access *a = &i->accesses[index];
	struct swc_op op = sequence_op(SWC_OP_VSTORE);
	uint8_t size = fit(l, a->size);

	op.src = i->o.nvector_in ? i->o.vector_in[i->o.nvector_in - 1]
				 : OPERANDS_X87;
	lower_wait(l, &op, lower_address(i->insn, index));
	if (!is_move(i))
		lower_count(l, LOWER_CLASS);
	if (is_streaming(i->m)) {
		if (size >= 16 && !(a->address & (size - 1u)))
			op.flags |= SWC_OPF_NT;
		else
			lower_count(l, LOWER_CLASS);
	}
	return emit_move(l, op, a);
}

/* Loads into a general register: cvttsd2si rax, [m], and the like. */
static int lower_general_load(struct lower_state *l, const struct lower_insn *i)
{
	struct swc_op op = sequence_op(SWC_OP_LOAD);
	uint8_t dst = i->o.gpr_out[0];

	lower_count(l, LOWER_CLASS);
	op.dst = dst;
	op.size = i->accesses[0].size;
	lower_wait(l, &op, lower_address(i->insn, 0));
	if (lower_access(l, op, &i->accesses[0]))
		return -1;
	return lower_two(l, SWC_OP_MUL, 8, dst, dst);
}

/* First all reads from memory, then the computing. */
static int lower_reads(struct lower_state *l, const struct lower_insn *i)
{
	uint8_t dst = i->o.nvector_out ? i->o.vector_out[0] : SWC_REG_NONE;
	uint8_t scratch = scratch_for(i), k;
	unsigned int n;

	if (dst == SWC_REG_NONE && i->o.ngpr_out)
		return lower_general_load(l, i);
	if (dst != SWC_REG_NONE && is_move(i) && i->n == 1 &&
	    !operands_has(i->o.vector_in, i->o.nvector_in, dst))
		return lower_load(l, i, 0, dst);
	lower_count(l, LOWER_CLASS);
	for (n = 0; n < i->n; n++) {
		if (lower_load(l, i, n, scratch))
			return -1;
	}
	if (dst == SWC_REG_NONE) /* only the flags are set */
		return 0;
	if (!operands_has(i->o.vector_in, i->o.nvector_in, dst) &&
	    emit_clear(l, i, dst))
		return -1;
	for (k = 0; k < i->o.nvector_in; k++) {
		if (i->o.vector_in[k] != dst &&
		    lower_two(l, SWC_OP_VALU, fit(l, i->o.vector_bytes), dst,
			      i->o.vector_in[k]))
			return -1;
	}
	return emit_op(l, i, dst, scratch);
}

/* A move into a general register, with more operations for a conversion. */
static int lower_get(struct lower_state *l, const struct lower_insn *i)
{
	uint8_t dst = i->o.gpr_out[0];
	uint8_t size = i->insn->zydis.operand_width == 64 ? 8 : 4;

	if (!is_move(i) || i->o.renamed)
		lower_count(l, LOWER_CLASS);
	if (lower_two(l, SWC_OP_VGET, size, dst,
		      i->o.nvector_in ? i->o.vector_in[0] : OPERANDS_X87))
		return -1;
	if (cost_of(i) == COST_SUM)
		return 0;
	return lower_two(l, SWC_OP_MUL, 8, dst, dst);
}

static int lower_put(struct lower_state *l, const struct lower_insn *i)
{
	uint8_t dst = i->o.vector_out[0];
	uint8_t size = i->insn->zydis.operand_width == 64 ? 8 : 4;

	if (!is_move(i) || i->o.renamed)
		lower_count(l, LOWER_CLASS);
	if (lower_two(l, SWC_OP_VPUT, size, dst, i->o.gpr_in[0]))
		return -1;
	return cost_of(i) == COST_SUM ? 0 : emit_op(l, i, dst, dst);
}

/* XOR of a register with itself: zero, whatever it held. */
static bool is_zero_idiom(const struct lower_insn *i)
{
	const ZydisDecodedOperand *o = i->insn->operands;
	unsigned int last = i->insn->zydis.operand_count_visible - 1u;

	switch (i->m) {
	case ZYDIS_MNEMONIC_PXOR:
	case ZYDIS_MNEMONIC_XORPS:
	case ZYDIS_MNEMONIC_XORPD:
	case ZYDIS_MNEMONIC_VPXOR:
	case ZYDIS_MNEMONIC_VPXORD:
	case ZYDIS_MNEMONIC_VPXORQ:
	case ZYDIS_MNEMONIC_VXORPS:
	case ZYDIS_MNEMONIC_VXORPD:
		break;
	default:
		return false;
	}
	return last && !i->o.masked && i->o.nvector_in == 1 &&
	       o[last].type == ZYDIS_OPERAND_TYPE_REGISTER;
}

/* Vector registers alone. */
static int lower_registers(struct lower_state *l, const struct lower_insn *i)
{
	bool exact = i->m == ZYDIS_MNEMONIC_PXOR ||
		     i->m == ZYDIS_MNEMONIC_XORPS;
	bool two = i->o.nvector_in > 1;
	uint8_t dst, src, k;

	if (is_zero_idiom(i) && i->o.nvector_out)
		return emit_clear(l, i, i->o.vector_out[0]);
	if (!exact && !is_move(i))
		lower_count(l, LOWER_CLASS);
	if (!i->o.nvector_out) /* a comparison into the flags */
		return emit_op(l, i, scratch_for(i),
			       two ? i->o.vector_in[1] : i->o.vector_in[0]);
	dst = i->o.vector_out[0];
	if (!i->o.nvector_in)
		return emit_clear(l, i, dst);
	if (operands_has(i->o.vector_in, i->o.nvector_in, dst)) {
		src = dst;
		for (k = 0; k < i->o.nvector_in; k++)
			src = i->o.vector_in[k] == dst ? src
						       : i->o.vector_in[k];
		return emit_op(l, i, dst, src);
	}
	if (emit_clear(l, i, dst))
		return -1;
	if (two && lower_two(l, SWC_OP_VALU, fit(l, i->o.vector_bytes), dst,
			     i->o.vector_in[1]))
		return -1;
	return emit_op(l, i, dst, i->o.vector_in[0]);
}

static int lower_vzero(struct lower_state *l, const struct lower_insn *i)
{
	if (!l->caps->avx) {
		l->s->not_replayed.count[NOTREPLAYED_OTHER]++;
		return lower_elide(l, i->insn);
	}
	if (i->m == ZYDIS_MNEMONIC_VZEROALL)
		lower_count(l, LOWER_CLASS);
	return lower_emit(l, sequence_op(SWC_OP_VZERO));
}

static int lower_x87(struct lower_state *l, const struct lower_insn *i)
{
	/* Control words, FNINIT, FWAIT compute nothing. */
	if (!i->o.nvector_in && !i->o.nvector_out)
		return lower_elide(l, i->insn);
	lower_count(l, unreplayable_kind(i->insn, NULL, 0) < 0 ? LOWER_CLASS
							       : LOWER_COST);
	return emit_op(l, i, OPERANDS_X87, OPERANDS_X87);
}

int lower_vector(struct lower_state *l, const struct lower_insn *i)
{
	unsigned int n;

	if (i->m == ZYDIS_MNEMONIC_VZEROUPPER ||
	    i->m == ZYDIS_MNEMONIC_VZEROALL)
		return lower_vzero(l, i);
	if (i->n && (i->accesses[0].flags & TRACE_ACCESS_WRITE)) {
		for (n = 0; n < i->n; n++) {
			if (lower_store(l, i, n))
				return -1;
		}
		return 0;
	}
	if (i->n)
		return lower_reads(l, i);
	if (i->insn->zydis.meta.category == ZYDIS_CATEGORY_X87_ALU)
		return lower_x87(l, i);
	if (i->o.ngpr_out)
		return lower_get(l, i);
	if (i->o.ngpr_in && i->o.nvector_out)
		return lower_put(l, i);
	return lower_registers(l, i);
}
