// SPDX-License-Identifier: GPL-2.0
#include "emitop.h"

#include "emitstack.h"
#include "optable.h"
#include "slots.h"

#define JCC_BYTES 6u /* with a 32-bit displacement */

#define OP_CMP	   0x39 /* r/m - r */
#define OP_TEST	   0x85
#define OP_LEA	   0x8d
#define OP_CMOVE   0x44 /* behind 0x0f */
#define OP_MOVNTI  0xc3 /* behind 0x0f */
#define OP_GROUP3  0xf7
#define GROUP3_NOT 2
#define GROUP3_DIV 6
#define OP_ADDLD   0x03
#define OP_IMM8	   0x83 /* group 1, sign-extended immediate byte */
#define GROUP1_ADD 0
#define GROUP1_CMP 7

static bool has_avx(const struct swc_site *s)
{
	return s->plan->caps->avx;
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

static void put_alu(struct swc_code *c, const struct swc_op *op)
{
	if (op->src != SWC_REG_NONE) {
		swc_put_rr(c, SWC_OPCODE_ADD, op->size, op->dst, op->src);
		return;
	}
	swc_put_rr(c, OP_IMM8, op->size, op->dst, GROUP1_ADD);
	swc_put_u8(c, 0);
}

static void put_register_op(struct swc_code *c, const struct swc_op *op)
{
	struct swc_insn insn = {.wide = op->size == 8};
	__u32 i;

	switch (op->kind) {
	case SWC_OP_CHAIN:
		/*
		 * r += r: one cycle each on every x86. Adding an immediate
		 * isn't: Golden Cove and later resolve it at rename.
		 */
		for (i = 0; i < op->imm; i++)
			swc_put_rr(c, SWC_OPCODE_ADD, 8, op->dst, op->dst);
		break;
	case SWC_OP_IMM:
		put_zero(c, op->dst);
		break;
	case SWC_OP_MOV:
		swc_put_rr(c, SWC_OPCODE_STORE, op->size, op->dst, op->src);
		break;
	case SWC_OP_MUL:
	case SWC_OP_CMOV:
		insn.escape = true;
		insn.opcode = op->kind == SWC_OP_MUL ? 0xaf : OP_CMOVE;
		insn.reg = op->dst;
		swc_put_rm(c, &insn, op->src);
		break;
	case SWC_OP_TEST:
		if (op->src == SWC_REG_NONE)
			swc_put_rr(c, OP_TEST, op->size, op->dst, op->dst);
		else
			swc_put_rr(c, OP_CMP, op->size, op->dst, op->src);
		break;
	case SWC_OP_ALU:
		put_alu(c, op);
		break;
	default:
		swc_emit_unknown(c);
		break;
	}
}

/*
 * The dividend and the source are proved to be 0. A complement makes the source
 * the largest divisor, so that nothing overflows; a second one undoes that.
 */
static void put_div(struct swc_code *c, const struct swc_op *op)
{
	swc_put_rr(c, OP_GROUP3, op->size, op->src, GROUP3_NOT);
	swc_put_rr(c, OP_GROUP3, op->size, op->src, GROUP3_DIV);
	swc_put_rr(c, OP_GROUP3, op->size, op->src, GROUP3_NOT);
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
	swc_put_u8(c, OP_LEA);
	/* A byte of displacement, as nearly every recorded LEA has one. */
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
 * dst = RSP + base, less RSP's value, which is known: 0, once RSP is. The
 * displacement of one single address can't be negated; there RSP isn't waited
 * for.
 */
static void put_lea_sp(const struct swc_site *s, struct swc_code *c,
		       const struct swc_op *op)
{
	__u64 sp = s->binding->region[s->planned->sp_region] +
		   s->planned->sp_offset;
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
	swc_put_u8(c, OP_LEA);
	swc_put_u8(c, 0x80 | (op->dst & 7) << 3 | 4);
	swc_put_u8(c, (index & 7) << 3 | SWC_REG_RSP);
	swc_put_u32(c, -(__u32)sp);
}

static void put_load(struct swc_code *c, const struct swc_op *op,
		     const struct swc_mem *mem)
{
	struct swc_insn insn = sized(SWC_OPCODE_LOAD, op->size, op->dst);

	/* Narrow loads zero-extend, so that no old register value lives on. */
	if (op->size < 4) {
		insn = (struct swc_insn){
			.escape = true,
			.opcode = op->size == 1 ? 0xb6 : 0xb7,
			.reg = op->dst,
		};
	}
	swc_put_mem(c, &insn, mem);
}

static void put_store(struct swc_code *c, const struct swc_op *op,
		      const struct swc_mem *mem)
{
	struct swc_insn insn = sized(SWC_OPCODE_STORE, op->size, op->src);

	if (op->flags & SWC_OPF_NT) {
		insn.escape = true;
		insn.opcode = OP_MOVNTI;
	}
	if (op->src != SWC_REG_NONE) {
		swc_put_mem(c, &insn, mem);
		return;
	}
	insn = sized(0xc7, op->size, 0);
	insn.byte_reg = false;
	swc_put_mem(c, &insn, mem);
	swc_put_le(c, 0, op->size < 4 ? op->size : 4);
}

/* ADD or CMP of memory with a register or an immediate 0. */
static void put_sum(struct swc_code *c, const struct swc_op *op,
		    const struct swc_mem *mem)
{
	bool compare = op->kind == SWC_OP_TESTLOAD;
	struct swc_insn insn;

	if (op->src == SWC_REG_NONE)
		insn = group1(compare ? GROUP1_CMP : GROUP1_ADD, op->size);
	else
		insn = sized(compare ? OP_CMP : SWC_OPCODE_ADD, op->size,
			     op->src);
	insn.lock = op->flags & SWC_OPF_LOCK;
	swc_put_mem(c, &insn, mem);
	if (op->src == SWC_REG_NONE)
		swc_put_u8(c, 0);
}

static void put_exchange(struct swc_code *c, const struct swc_op *op,
			 const struct swc_mem *mem)
{
	struct swc_insn insn;

	switch (op->kind) {
	case SWC_OP_CMPXCHG:
		insn = sized(0xb1, op->size, op->src);
		insn.escape = true;
		break;
	case SWC_OP_XADD:
		insn = sized(0xc1, op->size, op->dst);
		insn.escape = true;
		break;
	case SWC_OP_XCHG:
		insn = sized(0x87, op->size, op->dst);
		break;
	default:
		swc_emit_unknown(c);
		return;
	}
	insn.lock = op->flags & SWC_OPF_LOCK;
	swc_put_mem(c, &insn, mem);
}

static void put_gpr_set(const struct swc_site *s, struct swc_code *c,
			const struct swc_op *op)
{
	struct swc_op each = *op;
	struct swc_mem mem;
	__u32 reg, skip = 0;

	each.size = 8;
	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(op->imm & (1u << reg)))
			continue;
		each.src = reg;
		each.dst = reg;
		mem = swc_operand(s, op, skip);
		if (op->kind == SWC_OP_SAVE)
			put_store(c, &each, &mem);
		else
			put_load(c, &each, &mem);
		skip += SWC_SLOT_BYTES;
	}
}

/* Instructions behind 0x0f that ModRM extends; no opcode: no such operation. */
static const struct swc_insn extended[SWC_OP_KINDS] = {
	[SWC_OP_FXSAVE] = {.wide = true, .opcode = 0xae, .reg = 0},
	[SWC_OP_FXRSTOR] = {.wide = true, .opcode = 0xae, .reg = 1},
	[SWC_OP_XSAVE] = {.wide = true, .opcode = 0xae, .reg = 4},
	[SWC_OP_XRSTOR] = {.wide = true, .opcode = 0xae, .reg = 5},
	[SWC_OP_CLFLUSH] = {.opcode = 0xae, .reg = 7},
	[SWC_OP_PREFETCH] = {.opcode = 0x18, .reg = 1},
	[SWC_OP_INVLPG] = {.opcode = 0x01, .reg = 7},
};

static void put_extended(struct swc_code *c, const struct swc_op *op,
			 const struct swc_mem *mem)
{
	struct swc_insn insn;

	if (op->kind >= SWC_OP_KINDS || !extended[op->kind].opcode) {
		swc_emit_unknown(c);
		return;
	}
	insn = extended[op->kind];
	insn.escape = true;
	if (op->kind == SWC_OP_XSAVE || op->kind == SWC_OP_XRSTOR) {
		swc_put_u8(c, 0xb8); /* mov eax, mask */
		swc_put_u32(c, op->imm);
		swc_put(c, "\x31\xd2", 2); /* xor edx, edx */
	}
	swc_put_mem(c, &insn, mem);
}

/* @reg = the address of @mem */
static void put_address(struct swc_code *c, __u8 reg, const struct swc_mem *mem)
{
	struct swc_insn lea = {.wide = true, .opcode = OP_LEA, .reg = reg};

	swc_put_mem(c, &lea, mem);
}

/* REP STOS or REP MOVS; afterwards its registers hold zeros again. */
static void put_string(const struct swc_site *s, struct swc_code *c,
		       const struct swc_op *op, const struct swc_mem *mem)
{
	struct swc_insn insn =
		sized(op->kind == SWC_OP_COPY ? 0xa5 : 0xab, op->size, 0);
	__u32 shift = 0;
	__u64 region;
	struct swc_mem from;

	while (op->size >> (shift + 1))
		shift++;
	put_address(c, SWC_REG_RDI, mem);
	if (op->kind == SWC_OP_COPY) {
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
	if (op->kind == SWC_OP_COPY)
		put_zero(c, SWC_REG_RSI);
}

static void put_memory_op(const struct swc_site *s, struct swc_code *c,
			  const struct swc_op *op)
{
	struct swc_mem mem = swc_operand(s, op, 0);
	struct swc_insn insn;

	switch (op->kind) {
	case SWC_OP_LOAD:
		put_load(c, op, &mem);
		break;
	case SWC_OP_STORE:
		put_store(c, op, &mem);
		break;
	case SWC_OP_ALULOAD:
		insn = sized(OP_ADDLD, op->size, op->dst);
		swc_put_mem(c, &insn, &mem);
		break;
	case SWC_OP_TESTLOAD:
	case SWC_OP_RMW:
		put_sum(c, op, &mem);
		break;
	case SWC_OP_CMPXCHG:
	case SWC_OP_XADD:
	case SWC_OP_XCHG:
		put_exchange(c, op, &mem);
		break;
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		put_gpr_set(s, c, op);
		break;
	case SWC_OP_VLOAD:
		swc_put_vector_mem(c, has_avx(s), op->size, SWC_VECTOR_LOAD,
				   op->dst, &mem);
		break;
	case SWC_OP_VSTORE:
		swc_put_vector_mem(c, has_avx(s), op->size,
				   op->flags & SWC_OPF_NT ? SWC_VECTOR_STREAM
							  : SWC_VECTOR_STORE,
				   op->src, &mem);
		break;
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		put_string(s, c, op, &mem);
		break;
	case SWC_OP_AIM:
		swc_emit_aim(s, c, op, &mem);
		break;
	default:
		put_extended(c, op, &mem);
		break;
	}
}

/*
 * A branch leads to the next operation whichever way it goes, so that it is
 * safe whatever the flags are. Where they are known to be those of zero, JE is
 * taken and JNE is not, as recorded; where they aren't, a taken branch becomes
 * an unconditional jump.
 */
static void put_branch(const struct swc_site *s, struct swc_code *c,
		       const struct swc_op *op)
{
	bool taken = op->flags & SWC_OPF_TAKEN;
	__u8 opcode = taken ? 0x74 : 0x75;

	if (op->kind == SWC_OP_JUMP || (taken && !s->planned->zero_flags))
		opcode = 0xeb;
	if (s->away && opcode == 0xeb)
		return; /* the jump that comes anyway is this one */
	if (s->away && opcode == 0x74) {
		swc_put_u8(c, 0x0f);
		swc_put_u8(c, 0x84);
		swc_put_u32(c, s->next - (s->here + JCC_BYTES));
		return;
	}
	swc_put_u8(c, opcode);
	swc_put_u8(c, 0);
}

static void put_plain(const struct swc_site *s, struct swc_code *c,
		      const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_NOP:
		swc_put_nop(c, op->imm);
		break;
	case SWC_OP_LEA:
		if (op->src == SWC_REG_RSP)
			put_lea_sp(s, c, op);
		else
			put_lea(c, op);
		break;
	case SWC_OP_VALU:
		swc_put_vector_rr(c, has_avx(s), SWC_OPCODE_PXOR, op->size,
				  op->dst, op->src);
		break;
	case SWC_OP_VMUL:
		swc_put_vector_rr(c, has_avx(s), SWC_OPCODE_PMULUDQ, op->size,
				  op->dst, op->src);
		break;
	case SWC_OP_VGET:
		swc_put_vector_gpr(c, has_avx(s), op->size, true, op->src,
				   op->dst);
		break;
	case SWC_OP_VPUT:
		swc_put_vector_gpr(c, has_avx(s), op->size, false, op->dst,
				   op->src);
		break;
	case SWC_OP_VZERO:
		swc_put(c, "\xc5\xf8\x77", 3);
		break;
	case SWC_OP_DIV:
		put_div(c, op);
		break;
	case SWC_OP_LFENCE:
		swc_put(c, "\x0f\xae\xe8", 3);
		break;
	case SWC_OP_MFENCE:
		swc_put(c, "\x0f\xae\xf0", 3);
		break;
	case SWC_OP_SFENCE:
		swc_put(c, "\x0f\xae\xf8", 3);
		break;
	case SWC_OP_PAUSE:
		swc_put(c, "\xf3\x90", 2);
		break;
	case SWC_OP_TRAP:
		swc_emit_unknown(c);
		break;
	case SWC_OP_MARK:
		break;
	default:
		put_register_op(c, op);
		break;
	}
}

void swc_emit_op(const struct swc_site *s, struct swc_code *c,
		 const struct swc_op *op)
{
	const struct swc_op_traits *known = swc_op_traits(op->kind);

	if (!known)
		swc_emit_unknown(c);
	else if (op->kind == SWC_OP_BRANCH || op->kind == SWC_OP_JUMP)
		put_branch(s, c, op);
	else if (known->traits & SWC_STACK)
		swc_emit_stack_op(s, c, op);
	else if (known->traits & SWC_HAS_MEM)
		put_memory_op(s, c, op);
	else
		put_plain(s, c, op);
}
