// SPDX-License-Identifier: GPL-2.0
#include "oprows.h"
#include "reader.h"
#include "shape.h"

/* The instructions that each operation has to be, but for those of readstack.c. */

#define OP_GROUP1_8 0x80 /* of a byte, with an immediate byte */
#define OP_GROUP1   0x83 /* with a sign-extended immediate byte */
#define OP_TEST	    0x85
#define OP_NOP	    0x90
#define OP_LONG_NOP 0x1f /* after 0x0f */
#define OP_MOV_IMM  0xb8
#define OP_MOVNTI   0xc3 /* after 0x0f */
#define OP_STORE_0  0xc7
#define OP_GROUP3   0xf7
#define GROUP3_NOT  2
#define GROUP3_DIV  6

static bool has_source(const struct swc_reader *r)
{
	return r->op->src != SWC_REG_NONE;
}

/* As long as the operation says; byte forms are one below the wider ones. */
static struct swc_insn sized(const struct swc_reader *r, __u8 opcode, __u8 reg)
{
	__u32 size = r->op->size;

	return (struct swc_insn){
		.prefix = size == 2 ? 0x66 : 0,
		.wide = size == 8,
		.byte_reg = size == 1,
		.opcode = opcode - (size == 1),
		.reg = reg,
	};
}

/* An instruction of 4 or 8 bytes on register @rm. */
static void read_rm(struct swc_reader *r, __u8 opcode, __u8 reg, __u8 rm)
{
	struct swc_insn insn = {
		.wide = r->op->size == 8,
		.opcode = opcode,
		.reg = reg,
	};

	if (swc_read_insn(r, &insn))
		swc_want_rm(r, rm);
}

static void read_mov_imm(struct swc_reader *r, __u8 reg, __u32 imm)
{
	struct swc_insn insn = {.opcode = OP_MOV_IMM, .reg = reg};

	if (swc_read_insn(r, &insn))
		swc_want_imm(r, imm);
}

void swc_read_cleared(struct swc_reader *r, __u8 reg)
{
	read_mov_imm(r, reg, 0);
}

void swc_read_nothing(struct swc_reader *r)
{
	(void)r;
}

void swc_read_bare(struct swc_reader *r)
{
	swc_read_insn(r, &r->row->insn);
}

void swc_read_fence(struct swc_reader *r)
{
	if (swc_read_insn(r, &r->row->insn))
		swc_want_rm(r, 0);
}

/* Of so many bytes; longer ones name an operand, which they don't access. */
void swc_read_nop(struct swc_reader *r)
{
	const struct swc_disasm *d = &r->d;
	struct swc_insn insn = {.opcode = OP_NOP};
	__u32 bytes;

	if (!swc_read(r))
		return;
	insn.prefix = d->insn.prefix;
	bytes = r->op->imm - !!insn.prefix;
	if (d->insn.escape) {
		insn.escape = true;
		insn.opcode = OP_LONG_NOP;
		swc_want(r, d->memory && !d->mem.base && !d->mem.disp);
		/* It gets its fifth or eighth byte by an index. */
		swc_want(r,
			 d->index == (bytes == 5 || bytes == 8 ? SWC_REG_RAX
							       : SWC_REG_NONE));
	}
	swc_want(r, swc_is_insn(d, &insn) && !d->scale && insn.prefix != 0xf3);
	swc_want(r, d->bytes == d->pads + r->op->imm);
}

void swc_read_chain(struct swc_reader *r)
{
	struct swc_insn insn = {
		.wide = true,
		.opcode = SWC_OPCODE_ADD,
		.reg = r->op->dst,
	};
	__u32 i;

	for (i = 0; i < r->op->imm && !r->wrong; i++) {
		if (swc_read_insn(r, &insn))
			swc_want_rm(r, r->op->dst);
	}
}

/* A MOV or, where the recorded instruction was short, an XOR. */
void swc_read_zero(struct swc_reader *r)
{
	__u8 reg = r->op->dst;

	if (!swc_read(r))
		return;
	if (r->d.insn.opcode == SWC_OPCODE_XOR) {
		swc_want(r, swc_is_insn(&r->d, &(struct swc_insn){
						       .opcode = SWC_OPCODE_XOR,
						       .reg = reg,
					       }));
		swc_want_rm(r, reg);
		return;
	}
	swc_want(r, swc_is_insn(&r->d, &(struct swc_insn){
					       .opcode = OP_MOV_IMM,
					       .reg = reg,
				       }));
	swc_want_imm(r, 0);
}

void swc_read_rr(struct swc_reader *r)
{
	read_rm(r, r->row->insn.opcode, r->op->src, r->op->dst);
}

void swc_read_rm(struct swc_reader *r)
{
	struct swc_insn insn = r->row->insn;

	insn.wide = r->op->size == 8;
	insn.reg = r->op->dst;
	if (swc_read_insn(r, &insn))
		swc_want_rm(r, r->op->src);
}

void swc_read_alu(struct swc_reader *r)
{
	if (has_source(r)) {
		swc_read_rr(r);
		return;
	}
	read_rm(r, OP_GROUP1, SWC_GROUP1_ADD, r->op->dst);
	swc_want_imm(r, 0);
}

void swc_read_test(struct swc_reader *r)
{
	if (has_source(r))
		swc_read_rr(r);
	else
		read_rm(r, OP_TEST, r->op->dst, r->op->dst);
}

void swc_read_div(struct swc_reader *r)
{
	read_rm(r, OP_GROUP3, GROUP3_NOT, r->op->src);
	read_rm(r, OP_GROUP3, GROUP3_DIV, r->op->src);
	read_rm(r, OP_GROUP3, GROUP3_NOT, r->op->src);
}

/* ANDN of RSP with itself. */
static void read_sp_copy(struct swc_reader *r)
{
	const struct swc_insn andn = {
		.wide = r->op->size == 8,
		.escape = true,
		.opcode = SWC_OPCODE_ANDN,
		.reg = r->op->dst,
	};

	if (!swc_read(r))
		return;
	swc_want(r, r->d.encoding == SWC_VEX_0F38 && r->d.vector == 16);
	swc_want(r, swc_same_insn(&r->d, &andn));
	swc_want(r, r->d.second == SWC_REG_RSP);
	swc_want_rm(r, SWC_REG_RSP);
}

/* The sum of two registers; of RSP and another, less RSP's value. */
void swc_read_lea(struct swc_reader *r)
{
	struct swc_insn lea = {
		.wide = r->op->size == 8,
		.opcode = SWC_OPCODE_LEA,
		.reg = r->op->dst,
	};
	bool sp = r->op->src == SWC_REG_RSP;
	__u64 disp;

	if (swc_op_is_sp_copy(r->op, r->proof->caps)) {
		read_sp_copy(r);
		return;
	}
	/* The one value that can't be taken off by a displacement. */
	if (sp && (__u32)r->rsp == 0x80000000u) {
		if (r->op->base == SWC_REG_NONE)
			swc_read_cleared(r, r->op->dst);
		else
			read_rm(r, SWC_OPCODE_STORE, r->op->base, r->op->dst);
		return;
	}
	if (!swc_read_insn(r, &lea))
		return;
	disp = (__u64)(__s64)r->d.mem.disp;
	swc_want(r, r->d.memory && r->d.mem.base == r->op->src);
	swc_want(r, r->d.index == r->op->base && !r->d.scale);
	swc_want(r, disp + (sp ? r->rsp : 0) == 0);
}

/* Narrow loads fill the register with zeros. */
void swc_read_load(struct swc_reader *r)
{
	__u32 size = r->op->size;
	struct swc_insn insn = {
		.wide = size == 8,
		.escape = size < 4,
		.opcode = size == 1   ? 0xb6
			  : size == 2 ? 0xb7
				      : SWC_OPCODE_LOAD,
		.reg = r->op->dst,
	};

	if (swc_read_insn(r, &insn))
		swc_want_operand(r, 0, size);
}

void swc_read_store(struct swc_reader *r)
{
	struct swc_insn insn = sized(r, SWC_OPCODE_STORE, r->op->src);

	if (r->op->flags & SWC_OPF_NT) {
		insn.escape = true;
		insn.opcode = OP_MOVNTI;
	} else if (!has_source(r)) {
		insn = sized(r, OP_STORE_0, 0);
	}
	if (!swc_read_insn(r, &insn))
		return;
	swc_want_operand(r, 0, r->op->size);
	swc_want_imm(r, 0);
}

/* The row's instruction with memory and the one register that there is. */
void swc_read_mem(struct swc_reader *r)
{
	__u8 reg = r->row->traits & SWC_HAS_DST ? r->op->dst : r->op->src;
	struct swc_insn insn = sized(r, r->row->insn.opcode, reg);

	insn.escape = r->row->insn.escape;
	insn.lock = r->op->flags & SWC_OPF_LOCK;
	if (swc_read_insn(r, &insn))
		swc_want_operand(r, 0, r->op->size);
}

void swc_read_mem_or_zero(struct swc_reader *r)
{
	struct swc_insn insn = sized(r, OP_GROUP1, r->row->insn.reg);

	if (has_source(r)) {
		swc_read_mem(r);
		return;
	}
	insn.byte_reg = false;
	insn.opcode = r->op->size == 1 ? OP_GROUP1_8 : OP_GROUP1;
	insn.lock = r->op->flags & SWC_OPF_LOCK;
	if (!swc_read_insn(r, &insn))
		return;
	swc_want_operand(r, 0, r->op->size);
	swc_want_imm(r, 0);
}

/* SAVE and RESTORE. */
void swc_read_registers(struct swc_reader *r)
{
	struct swc_insn insn = {
		.wide = true,
		.opcode = r->row->traits & SWC_WRITES_MEM ? SWC_OPCODE_STORE
							  : SWC_OPCODE_LOAD,
	};
	__u32 skip = 0;

	for (insn.reg = 0; insn.reg <= SWC_REG_R15; insn.reg++) {
		if (!(r->op->imm & (1u << insn.reg)))
			continue;
		if (swc_read_insn(r, &insn))
			swc_want_operand(r, skip, SWC_SLOT_BYTES);
		skip += SWC_SLOT_BYTES;
	}
}

void swc_read_area(struct swc_reader *r)
{
	if (swc_read_insn(r, &r->row->insn))
		swc_want_operand(r, 0, swc_shape_bytes(r->proof->caps, r->op));
}

void swc_read_xstate(struct swc_reader *r)
{
	read_mov_imm(r, SWC_REG_RAX, r->op->imm);
	swc_read_these(r, "\x31\xd2", 2); /* xor edx, edx */
	swc_read_area(r);
}

/* REP STOS or REP MOVS of elements of the operation's size. */
static void read_repeated(struct swc_reader *r)
{
	char these[4] = {'\xf3'};
	__u32 n = 1;

	if (r->op->size == 2)
		these[n++] = 0x66;
	if (r->op->size == 8)
		these[n++] = 0x48;
	these[n++] = r->row->insn.opcode - (r->op->size == 1);
	swc_read_these(r, these, n);
}

void swc_read_string(struct swc_reader *r)
{
	struct swc_insn lea = {.wide = true, .opcode = SWC_OPCODE_LEA};
	const struct swc_op *op = r->op;
	__u32 region = SWC_FROM_REGION(op->from);
	bool copy = r->row->traits & SWC_HAS_FROM;
	__u64 from;

	lea.reg = SWC_REG_RDI;
	if (swc_read_insn(r, &lea))
		swc_want_operand(r, 0, op->imm);
	if (copy) {
		lea.reg = SWC_REG_RSI;
		from = r->binding->region[region] + SWC_FROM_OFFSET(op->from);
		if (swc_read_insn(r, &lea))
			swc_want_mem(r, SWC_REG_NONE, SWC_REG_NONE, from);
		swc_want(r, swc_in_region(r, region, from, op->imm));
	}
	read_mov_imm(r, SWC_REG_RCX, op->imm / op->size);
	read_repeated(r);
	swc_read_cleared(r, SWC_REG_RDI);
	if (copy)
		swc_read_cleared(r, SWC_REG_RSI);
}

/*
 * A vector instruction of @bytes: an SSE one or, where there is AVX, with VEX or EVEX
 * and a second source.
 */
static bool read_vector(struct swc_reader *r, const struct swc_insn *insn,
			__u32 bytes, __u8 second)
{
	const struct swc_disasm *d = &r->d;

	if (bytes <= 16 && !r->proof->caps->avx)
		return swc_read_insn(r, insn);
	if (!swc_read(r))
		return false;
	swc_want(r, d->encoding == (bytes == 64 ? SWC_EVEX : SWC_VEX));
	swc_want(r, d->vector == (bytes < 16 ? 16 : bytes));
	return swc_want(r, swc_same_insn(d, insn) && d->second == second);
}

/* Loads and stores of the low end, or of all, of a vector register. */
static void read_vector_move(struct swc_reader *r, __u8 reg)
{
	bool store = r->row->traits & SWC_WRITES_MEM;
	__u32 size = r->op->size;
	struct swc_insn insn = {.escape = true, .reg = reg};

	if (r->op->flags & SWC_OPF_NT) {
		insn.opcode = 0x2b;
	} else if (size == 4) {
		insn.prefix = 0x66;
		insn.opcode = store ? 0x7e : 0x6e;
	} else if (size == 8) {
		insn.prefix = store ? 0x66 : 0xf3;
		insn.opcode = store ? 0xd6 : 0x7e;
	} else if (size == 16) {
		insn.opcode = store ? 0x11 : 0x10;
	} else {
		insn.prefix = 0xf3;
		insn.wide = size == 64;
		insn.opcode = store ? 0x7f : 0x6f;
	}
	if (read_vector(r, &insn, size, 0))
		swc_want_operand(r, 0, size);
}

void swc_read_vload(struct swc_reader *r)
{
	read_vector_move(r, r->op->dst);
}

void swc_read_vstore(struct swc_reader *r)
{
	read_vector_move(r, r->op->src);
}

void swc_read_vector(struct swc_reader *r)
{
	struct swc_insn insn = {
		.prefix = 0x66,
		.wide = r->op->size == 64 && r->row->insn.wide,
		.escape = true,
		.opcode = r->row->insn.opcode,
		.reg = r->op->dst,
	};

	if (read_vector(r, &insn, r->op->size, r->op->dst))
		swc_want_rm(r, r->op->src);
}

/* Between a vector register and a general one. */
static void read_vector_gpr(struct swc_reader *r, __u8 opcode, __u8 vector,
			    __u8 gpr)
{
	struct swc_insn insn = {
		.prefix = 0x66,
		.wide = r->op->size == 8,
		.escape = true,
		.opcode = opcode,
		.reg = vector,
	};

	if (read_vector(r, &insn, 16, 0))
		swc_want_rm(r, gpr);
}

void swc_read_vget(struct swc_reader *r)
{
	read_vector_gpr(r, 0x7e, r->op->src, r->op->dst);
}

void swc_read_vput(struct swc_reader *r)
{
	read_vector_gpr(r, 0x6e, r->op->dst, r->op->src);
}

void swc_read_vzero(struct swc_reader *r)
{
	swc_read_these(r, "\xc5\xf8\x77", 3);
}
