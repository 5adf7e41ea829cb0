// SPDX-License-Identifier: GPL-2.0
#include "emitop.h"
#include "oprows.h"

/* The operations that move RSP, store return addresses, or branch. */

#define JCC_BYTES 6u /* with a 32-bit displacement */

#define OP_JE	    0x74
#define OP_JNE	    0x75
#define OP_JMP	    0xeb
#define OP_GROUP5   0xff
#define GROUP5_CALL 2
#define GROUP5_JMP  4
#define OP_IMM32    0x81 /* group 1 */
#define OP_IMM8	    0x83 /* likewise, sign-extended */

#define LEA_RIP_BYTES 7u /* REX, opcode, ModRM, displacement */

static void put_push_pop(struct swc_code *c, __u8 opcode, __u8 reg)
{
	if (reg & 8)
		swc_put_u8(c, 0x41);
	swc_put_u8(c, opcode | (reg & 7));
}

void swc_emit_push(const struct swc_site *s)
{
	if (s->op->src == SWC_REG_NONE)
		swc_put(s->code, "\x6a\x00", 2); /* push 0 */
	else
		put_push_pop(s->code, 0x50, s->op->src);
}

void swc_emit_pop(const struct swc_site *s)
{
	put_push_pop(s->code, 0x58, s->op->dst);
}

/* CALL or JMP, by ModRM's extension, to where the pointer says. */
static void put_indirect(const struct swc_site *s, __u8 extension)
{
	struct swc_insn insn = {.opcode = OP_GROUP5, .reg = extension};
	struct swc_mem mem = swc_absolute(s->pointer);

	mem.base = s->op->base;
	mem.index = s->op->index;
	mem.indexed = s->op->index != SWC_REG_NONE;
	swc_put_mem(s->code, &insn, &mem);
}

void swc_emit_call(const struct swc_site *s)
{
	if (s->pointer) {
		put_indirect(s, GROUP5_CALL);
		return;
	}
	swc_put_u8(s->code, 0xe8);
	swc_put_u32(s->code, s->callee - (s->here + SWC_CALL_BYTES));
}

void swc_emit_sp(const struct swc_site *s)
{
	__s32 step = (__s32)s->op->imm;

	if (step == (__s8)step) {
		swc_put_rr(s->code, OP_IMM8, 8, SWC_REG_RSP, SWC_GROUP1_ADD);
		swc_put_u8(s->code, step);
		return;
	}
	swc_put_rr(s->code, OP_IMM32, 8, SWC_REG_RSP, SWC_GROUP1_ADD);
	swc_put_u32(s->code, step);
}

/*
 * RSP = RSP & -imm. A step of as many bytes isn't the same: a core that renames memory by
 * distances from RSP, as Zen does, loses track of them here, and what was pushed before
 * is then loaded some cycles later.
 */
void swc_emit_align(const struct swc_site *s)
{
	swc_put_rr(s->code, OP_IMM8, 8, SWC_REG_RSP, SWC_GROUP1_AND);
	swc_put_u8(s->code, -s->op->imm);
}

/* RSP = base + address, which carries the dependency on base. */
void swc_emit_switch(const struct swc_site *s)
{
	struct swc_insn lea = {
		.wide = true, .opcode = SWC_OPCODE_LEA, .reg = SWC_REG_RSP};
	struct swc_mem mem = swc_operand(s, 0);

	if (s->op->flags & SWC_OPF_BACK)
		swc_emit_back(s);
	else
		swc_put_mem(s->code, &lea, &mem);
}

void swc_emit_back(const struct swc_site *s)
{
	const struct swc_program *p = s->proof->program;
	struct swc_insn insn = {.wide = true, .reg = SWC_REG_RSP};
	struct swc_mem mem;

	if (p->entry_region != SWC_NO_REGION) {
		insn.opcode = SWC_OPCODE_LEA;
		mem = swc_absolute(s->binding->region[p->entry_region] +
				   p->entry_offset);
	} else {
		insn.opcode = SWC_OPCODE_LOAD;
		mem = swc_absolute(s->binding->context +
				   offsetof(struct swc_context, host_rsp));
	}
	swc_put_mem(s->code, &insn, &mem);
}

/* reg = the address of @to, wherever the code is run. */
static void put_code_address(const struct swc_site *s, __u8 reg, __u32 to)
{
	swc_put_u8(s->code, reg & 8 ? 0x4c : 0x48);
	swc_put_u8(s->code, SWC_OPCODE_LEA);
	swc_put_u8(s->code, (reg & 7) << 3 | 5);
	swc_put_u32(s->code, to - (s->here + LEA_RIP_BYTES));
}

/* reg += other, without touching the flags; byte displacement for RBP's sake. */
static void put_sum(struct swc_code *c, __u8 reg, __u8 other)
{
	__u8 rex = 0x48;

	rex |= reg & 8 ? 5 : 0; /* as destination and as base */
	rex |= other & 8 ? 2 : 0;
	swc_put_u8(c, rex);
	swc_put_u8(c, SWC_OPCODE_LEA);
	swc_put_u8(c, 0x40 | (reg & 7) << 3 | 4);
	swc_put_u8(c, (other & 7) << 3 | (reg & 7));
	swc_put_u8(c, 0);
}

/*
 * The source is proved to be 0. Adding it changes nothing, but the store waits
 * for it, as the recorded store waited for the address that it wrote.
 */
void swc_emit_aim(const struct swc_site *s)
{
	const struct swc_op *op = s->op;
	struct swc_mem mem = swc_operand(s, 0);
	struct swc_insn store = {
		.wide = true,
		.opcode = SWC_OPCODE_STORE,
		.reg = op->dst,
	};

	put_code_address(s, op->dst, s->callee);
	if (op->src != SWC_REG_NONE)
		put_sum(s->code, op->dst, op->src);
	swc_put_mem(s->code, &store, &mem);
	/* Not by XOR, as the instruction that it stands for was no such one. */
	swc_emit_zero(&(struct swc_site){.code = s->code, .op = op});
}

static void put_branch(const struct swc_site *s, __u8 opcode)
{
	struct swc_code *c = s->code;

	if (s->away && opcode == OP_JMP)
		return; /* the jump that comes anyway is this one */
	if (s->away && opcode == OP_JE && s->near) {
		swc_put_u8(c, OP_JE);
		swc_put_u8(c, s->next - (s->here + 2));
		return;
	}
	if (s->away && opcode == OP_JE) {
		swc_put_u8(c, 0x0f);
		swc_put_u8(c, 0x84);
		swc_put_u32(c, s->next - (s->here + JCC_BYTES));
		return;
	}
	if (s->stretched) {
		swc_put_u8(c, 0x0f);
		swc_put_u8(c, opcode + 0x10);
		swc_put_u32(c, 0);
		return;
	}
	swc_put_u8(c, opcode);
	swc_put_u8(c, 0);
}

/*
 * A branch leads to the next operation whichever way it goes, so that it is
 * safe whatever the flags are. If they are known to be those of zero, JE is
 * taken and JNE is not, as recorded; if they aren't, a taken branch becomes an
 * unconditional jump.
 */
void swc_emit_branch(const struct swc_site *s)
{
	if (!(s->op->flags & SWC_OPF_TAKEN))
		put_branch(s, OP_JNE);
	else
		put_branch(s, s->proved->zero_flags ? OP_JE : OP_JMP);
}

void swc_emit_jump(const struct swc_site *s)
{
	if (s->pointer)
		put_indirect(s, GROUP5_JMP);
	else
		put_branch(s, OP_JMP);
}
