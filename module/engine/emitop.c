// SPDX-License-Identifier: GPL-2.0
#include "emitop.h"

#include "oprows.h"
#include "slots.h"

#define OP_TEST	   0x85
#define OP_MOVNTI  0xc3 /* after 0x0f */
#define OP_GROUP3  0xf7
#define GROUP3_NOT 2
#define GROUP3_DIV 6
#define OP_IMM8	   0x83 /* group 1, sign-extended immediate byte */

static bool has_avx(const struct swc_site *s)
{
	return s->proof->caps->avx;
}

static bool has_source(const struct swc_op *op)
{
	return op->src != SWC_REG_NONE;
}

/* Byte forms of an opcode are one below the wider ones. */
static struct swc_insn sized(__u8 opcode, __u32 size, __u8 reg)
{
	return (struct swc_insn){
		.prefix = size == 2 ? 0x66 : 0,
		.wide = size == 8,
		.byte_reg = size == 1,
		.opcode = size == 1 ? opcode - 1 : opcode,
		.reg = reg,
	};
}

/* Group 1 (ADD, CMP) of memory with an immediate 0. */
static struct swc_insn group1(__u8 operation, __u32 size)
{
	struct swc_insn insn = sized(OP_IMM8, size, operation);

	if (size == 1)
		insn.opcode = 0x80;
	insn.byte_reg = false;
	return insn;
}

static void put_zero(struct swc_code *c, __u8 reg)
{
	if (reg & 8)
		swc_put_u8(c, 0x41);
	swc_put_u8(c, 0xb8 | (reg & 7)); /* mov reg, imm32 */
	swc_put_u32(c, 0);
}

void swc_emit_nothing(const struct swc_site *s)
{
	(void)s;
}

/* The row's instruction, which has no operands. */
void swc_emit_bare(const struct swc_site *s)
{
	swc_put_insn(s->code, &s->row->insn);
}

/* The row's instruction, which has no operands, but a ModRM. */
void swc_emit_fence(const struct swc_site *s)
{
	swc_put_rm(s->code, &s->row->insn, 0);
}

void swc_emit_nop(const struct swc_site *s)
{
	swc_put_nop(s->code, s->op->imm);
}

/*
 * r += r takes one cycle each on every x86. Adding an immediate may take none:
 * Golden Cove and later resolve it at rename.
 */
void swc_emit_chain(const struct swc_site *s)
{
	__u8 reg = s->op->dst;
	__u32 i;

	for (i = 0; i < s->op->imm; i++)
		swc_put_rr(s->code, SWC_OPCODE_ADD, 8, reg, reg);
}

/* XOR of a register with itself, and a REX. */
#define XOR_BYTES 3u

/*
 * Either way the value doesn't wait. An instruction so short was an XOR, whose flags are
 * those of a zero.
 */
void swc_emit_zero(const struct swc_site *s)
{
	__u8 reg = s->op->dst;

	if (s->length && s->length <= XOR_BYTES)
		swc_put_rr(s->code, SWC_OPCODE_XOR, 4, reg, reg);
	else
		put_zero(s->code, reg);
}

/* "op dst, src", where ModRM.rm is dst. */
void swc_emit_rr(const struct swc_site *s)
{
	const struct swc_op *op = s->op;

	swc_put_rr(s->code, s->row->insn.opcode, op->size, op->dst, op->src);
}

/* "op dst, src", where ModRM.rm is src. */
void swc_emit_rm(const struct swc_site *s)
{
	struct swc_insn insn = s->row->insn;

	insn.wide = s->op->size == 8;
	insn.reg = s->op->dst;
	swc_put_rm(s->code, &insn, s->op->src);
}

/* "op dst, src", or with an immediate 0. */
void swc_emit_alu(const struct swc_site *s)
{
	const struct swc_op *op = s->op;

	if (has_source(op)) {
		swc_emit_rr(s);
		return;
	}
	swc_put_rr(s->code, OP_IMM8, op->size, op->dst, s->row->insn.reg);
	swc_put_u8(s->code, 0);
}

void swc_emit_test(const struct swc_site *s)
{
	const struct swc_op *op = s->op;

	if (has_source(op))
		swc_emit_rr(s);
	else
		swc_put_rr(s->code, OP_TEST, op->size, op->dst, op->dst);
}

/*
 * The dividend and the source are proved to be 0. A complement makes the source
 * the largest divisor, so that nothing overflows; a second one undoes that.
 */
void swc_emit_div(const struct swc_site *s)
{
	const struct swc_op *op = s->op;

	swc_put_rr(s->code, OP_GROUP3, op->size, op->src, GROUP3_NOT);
	swc_put_rr(s->code, OP_GROUP3, op->size, op->src, GROUP3_DIV);
	swc_put_rr(s->code, OP_GROUP3, op->size, op->src, GROUP3_NOT);
}

static void put_lea(struct swc_code *c, const struct swc_op *op)
{
	__u8 rex = 0x40, base = op->src, index = op->base;

	rex |= op->size == 8 ? 8 : 0;
	rex |= op->dst & 8 ? 4 : 0;
	rex |= index != SWC_REG_NONE && index & 8 ? 2 : 0;
	rex |= base & 8 ? 1 : 0;
	if (rex != 0x40)
		swc_put_u8(c, rex);
	swc_put_u8(c, SWC_OPCODE_LEA);
	/*
	 * The displacement of a byte is there because nearly every recorded LEA
	 * has one.
	 */
	if (index == SWC_REG_NONE) {
		swc_put_u8(c, 0x40 | (op->dst & 7) << 3 | (base & 7));
		if ((base & 7) == 4)
			swc_put_u8(c, 0x24);
	} else {
		swc_put_u8(c, 0x40 | (op->dst & 7) << 3 | 4);
		swc_put_u8(c, (index & 7) << 3 | (base & 7));
	}
	swc_put_u8(c, 0);
}

/*
 * dst = RSP + base - RSP's known value: 0, once RSP is there. One single
 * address, -2^31, can't be negated as a displacement; an LEA from there doesn't
 * wait for RSP.
 */
static void put_lea_sp(const struct swc_site *s)
{
	__u64 sp =
		s->binding->region[s->proved->sp_region] + s->proved->sp_offset;
	const struct swc_op *op = s->op;
	struct swc_code *c = s->code;
	__u8 rex = 0x40, index = op->base;

	if ((__s32)sp == (__s32)0x80000000u) {
		if (index == SWC_REG_NONE)
			put_zero(c, op->dst);
		else
			swc_put_rr(c, SWC_OPCODE_STORE, op->size, op->dst,
				   index);
		return;
	}
	rex |= op->size == 8 ? 8 : 0;
	rex |= op->dst & 8 ? 4 : 0;
	rex |= index != SWC_REG_NONE && index & 8 ? 2 : 0;
	if (rex != 0x40)
		swc_put_u8(c, rex);
	if (index == SWC_REG_NONE)
		index = SWC_REG_RSP; /* none, in a SIB */
	swc_put_u8(c, SWC_OPCODE_LEA);
	swc_put_u8(c, 0x80 | (op->dst & 7) << 3 | 4);
	swc_put_u8(c, (index & 7) << 3 | SWC_REG_RSP);
	swc_put_u32(c, -(__u32)sp);
}

void swc_emit_lea(const struct swc_site *s)
{
	if (swc_op_is_sp_copy(s->op, s->proof->caps))
		swc_put_andn(s->code, s->op->size, s->op->dst, SWC_REG_RSP);
	else if (s->op->src == SWC_REG_RSP)
		put_lea_sp(s);
	else
		put_lea(s->code, s->op);
}

static void put_load(struct swc_code *c, __u32 size, __u8 reg,
		     const struct swc_mem *mem)
{
	struct swc_insn insn = sized(SWC_OPCODE_LOAD, size, reg);

	/* Narrow loads zero-extend, so that no old register value lives on. */
	if (size < 4) {
		insn = (struct swc_insn){
			.escape = true,
			.opcode = size == 1 ? 0xb6 : 0xb7,
			.reg = reg,
		};
	}
	swc_put_mem(c, &insn, mem);
}

void swc_emit_load(const struct swc_site *s)
{
	struct swc_mem mem = swc_operand(s, 0);

	put_load(s->code, s->op->size, s->op->dst, &mem);
}

void swc_emit_store(const struct swc_site *s)
{
	const struct swc_op *op = s->op;
	struct swc_insn insn = sized(SWC_OPCODE_STORE, op->size, op->src);
	struct swc_mem mem = swc_operand(s, 0);

	if (op->flags & SWC_OPF_NT) {
		insn.escape = true;
		insn.opcode = OP_MOVNTI;
	}
	if (has_source(op)) {
		swc_put_mem(s->code, &insn, &mem);
		return;
	}
	insn = sized(0xc7, op->size, 0);
	insn.byte_reg = false;
	swc_put_mem(s->code, &insn, &mem);
	swc_put_le(s->code, 0, op->size < 4 ? op->size : 4);
}

/* The row's instruction with memory and the one register that there is. */
void swc_emit_mem(const struct swc_site *s)
{
	const struct swc_op *op = s->op;
	struct swc_mem mem = swc_operand(s, 0);
	struct swc_insn insn =
		sized(s->row->insn.opcode, op->size,
		      s->row->traits & SWC_HAS_DST ? op->dst : op->src);

	insn.escape = s->row->insn.escape;
	insn.lock = op->flags & SWC_OPF_LOCK;
	swc_put_mem(s->code, &insn, &mem);
}

/* The same with a source, or with an immediate 0. */
void swc_emit_mem_or_zero(const struct swc_site *s)
{
	struct swc_mem mem = swc_operand(s, 0);
	struct swc_insn insn;

	if (has_source(s->op)) {
		swc_emit_mem(s);
		return;
	}
	insn = group1(s->row->insn.reg, s->op->size);
	insn.lock = s->op->flags & SWC_OPF_LOCK;
	swc_put_mem(s->code, &insn, &mem);
	swc_put_u8(s->code, 0);
}

void swc_emit_save(const struct swc_site *s)
{
	struct swc_insn insn;
	struct swc_mem mem;
	__u32 reg, skip = 0;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(s->op->imm & (1u << reg)))
			continue;
		insn = sized(SWC_OPCODE_STORE, SWC_SLOT_BYTES, reg);
		mem = swc_operand(s, skip);
		swc_put_mem(s->code, &insn, &mem);
		skip += SWC_SLOT_BYTES;
	}
}

void swc_emit_restore(const struct swc_site *s)
{
	struct swc_mem mem;
	__u32 reg, skip = 0;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(s->op->imm & (1u << reg)))
			continue;
		mem = swc_operand(s, skip);
		put_load(s->code, SWC_SLOT_BYTES, reg, &mem);
		skip += SWC_SLOT_BYTES;
	}
}

/* The row's instruction with memory, and an extension instead of a register. */
void swc_emit_area(const struct swc_site *s)
{
	struct swc_mem mem = swc_operand(s, 0);

	swc_put_mem(s->code, &s->row->insn, &mem);
}

void swc_emit_xstate(const struct swc_site *s)
{
	swc_put_u8(s->code, 0xb8); /* mov eax, mask */
	swc_put_u32(s->code, s->op->imm);
	swc_put(s->code, "\x31\xd2", 2); /* xor edx, edx */
	swc_emit_area(s);
}

/* @reg = the address of @mem */
static void put_address(struct swc_code *c, __u8 reg, const struct swc_mem *mem)
{
	struct swc_insn lea = {
		.wide = true, .opcode = SWC_OPCODE_LEA, .reg = reg};

	swc_put_mem(c, &lea, mem);
}

/* REP STOS or REP MOVS; afterwards its registers hold zeros again. */
void swc_emit_string(const struct swc_site *s)
{
	bool copy = s->row->traits & SWC_HAS_FROM;
	const struct swc_op *op = s->op;
	struct swc_insn insn = sized(s->row->insn.opcode, op->size, 0);
	struct swc_mem mem = swc_operand(s, 0), from;
	struct swc_code *c = s->code;
	__u32 shift = 0;
	__u64 region;

	while (op->size >> (shift + 1))
		shift++;
	put_address(c, SWC_REG_RDI, &mem);
	if (copy) {
		region = s->binding->region[SWC_FROM_REGION(op->from)];
		from = swc_absolute(region + SWC_FROM_OFFSET(op->from));
		put_address(c, SWC_REG_RSI, &from);
	}
	swc_put_u8(c, 0xb8 | SWC_REG_RCX);
	swc_put_u32(c, op->imm >> shift);
	swc_put_u8(c, 0xf3); /* rep */
	if (insn.prefix)
		swc_put_u8(c, insn.prefix);
	if (insn.wide)
		swc_put_u8(c, 0x48);
	swc_put_u8(c, insn.opcode);
	put_zero(c, SWC_REG_RDI);
	if (copy)
		put_zero(c, SWC_REG_RSI);
}

void swc_emit_vload(const struct swc_site *s)
{
	struct swc_mem mem = swc_operand(s, 0);

	swc_put_vector_mem(s->code, has_avx(s), s->op->size, SWC_VECTOR_LOAD,
			   s->op->dst, &mem);
}

void swc_emit_vstore(const struct swc_site *s)
{
	struct swc_mem mem = swc_operand(s, 0);

	swc_put_vector_mem(s->code, has_avx(s), s->op->size,
			   s->op->flags & SWC_OPF_NT ? SWC_VECTOR_STREAM
						     : SWC_VECTOR_STORE,
			   s->op->src, &mem);
}

/* The row's instruction, which works on two vector registers. */
void swc_emit_vector(const struct swc_site *s)
{
	swc_put_vector_rr(s->code, has_avx(s), &s->row->insn, s->op->size,
			  s->op->dst, s->op->src);
}

void swc_emit_vget(const struct swc_site *s)
{
	swc_put_vector_gpr(s->code, has_avx(s), s->op->size, true, s->op->src,
			   s->op->dst);
}

void swc_emit_vput(const struct swc_site *s)
{
	swc_put_vector_gpr(s->code, has_avx(s), s->op->size, false, s->op->dst,
			   s->op->src);
}

void swc_emit_vzero(const struct swc_site *s)
{
	swc_put(s->code, "\xc5\xf8\x77", 3);
}

void swc_emit_op(struct swc_site *s)
{
	s->row = swc_op_traits(s->op->kind);
	if (s->row)
		s->row->emit(s);
	else
		swc_put(s->code, "\x0f\x0b", 2); /* ud2 */
}
