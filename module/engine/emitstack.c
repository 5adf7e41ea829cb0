// SPDX-License-Identifier: GPL-2.0
#include "emitstack.h"

#define OP_LEA	   0x8d
#define OP_IMM32   0x81 /* group 1 */
#define GROUP1_ADD 0

#define LEA_RIP_BYTES 7u /* REX, opcode, ModRM, displacement */

static void put_push_pop(struct swc_code *c, __u8 opcode, __u8 reg)
{
	if (reg & 8)
		swc_put_u8(c, 0x41);
	swc_put_u8(c, opcode | (reg & 7));
}

/* RSP = base + address, which carries the dependency on base. */
static void put_switch(const struct swc_site *s, struct swc_code *c,
		       const struct swc_op *op)
{
	struct swc_insn lea = {
		.wide = true, .opcode = OP_LEA, .reg = SWC_REG_RSP};
	struct swc_mem mem = swc_operand(s, op, 0);

	if (op->flags & SWC_OPF_BACK)
		swc_emit_back(s, c);
	else
		swc_put_mem(c, &lea, &mem);
}

void swc_emit_back(const struct swc_site *s, struct swc_code *c)
{
	const struct swc_program *p = s->plan->program;
	struct swc_insn insn = {.wide = true, .reg = SWC_REG_RSP};
	struct swc_mem mem;

	if (p->entry_region != SWC_NO_REGION) {
		insn.opcode = OP_LEA;
		mem = swc_absolute(s->binding->region[p->entry_region] +
				   p->entry_offset);
	} else {
		insn.opcode = SWC_OPCODE_LOAD;
		mem = swc_absolute(s->binding->context +
				   offsetof(struct swc_context, host_rsp));
	}
	swc_put_mem(c, &insn, &mem);
}

static void put_call(const struct swc_site *s, struct swc_code *c)
{
	swc_put_u8(c, 0xe8);
	swc_put_u32(c, s->callee - (s->here + SWC_CALL_BYTES));
}

void swc_emit_stack_op(const struct swc_site *s, struct swc_code *c,
		       const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_PUSH:
		if (op->src == SWC_REG_NONE)
			swc_put(c, "\x6a\x00", 2); /* push 0 */
		else
			put_push_pop(c, 0x50, op->src);
		break;
	case SWC_OP_POP:
		put_push_pop(c, 0x58, op->dst);
		break;
	case SWC_OP_CALL:
		put_call(s, c);
		break;
	case SWC_OP_RET:
		swc_put_u8(c, 0xc3);
		break;
	case SWC_OP_SP:
		swc_put_rr(c, OP_IMM32, 8, SWC_REG_RSP, GROUP1_ADD);
		swc_put_u32(c, op->imm);
		break;
	case SWC_OP_SWITCH:
		put_switch(s, c, op);
		break;
	default:
		swc_emit_unknown(c);
		break;
	}
}

/* reg = the address of @to, wherever the code is run. */
static void put_code_address(const struct swc_site *s, struct swc_code *c,
			     __u8 reg, __u32 to)
{
	swc_put_u8(c, reg & 8 ? 0x4c : 0x48);
	swc_put_u8(c, OP_LEA);
	swc_put_u8(c, (reg & 7) << 3 | 5);
	swc_put_u32(c, to - (s->here + LEA_RIP_BYTES));
}

/* reg += other, without touching the flags; byte displacement for RBP's sake. */
static void put_sum(struct swc_code *c, __u8 reg, __u8 other)
{
	__u8 rex = 0x48;

	rex |= reg & 8 ? 5 : 0; /* as destination and as base */
	rex |= other & 8 ? 2 : 0;
	swc_put_u8(c, rex);
	swc_put_u8(c, OP_LEA);
	swc_put_u8(c, 0x40 | (reg & 7) << 3 | 4);
	swc_put_u8(c, (other & 7) << 3 | (reg & 7));
	swc_put_u8(c, 0);
}

/*
 * The source is proved to be 0: added, it changes nothing and is waited for, as
 * the recorded store waited for the address that it wrote.
 */
void swc_emit_aim(const struct swc_site *s, struct swc_code *c,
		  const struct swc_op *op, const struct swc_mem *mem)
{
	struct swc_insn store = {
		.wide = true,
		.opcode = SWC_OPCODE_STORE,
		.reg = op->dst,
	};

	put_code_address(s, c, op->dst, s->callee);
	if (op->src != SWC_REG_NONE)
		put_sum(c, op->dst, op->src);
	swc_put_mem(c, &store, mem);
	if (op->dst & 8)
		swc_put_u8(c, 0x41);
	swc_put_u8(c, 0xb8 | (op->dst & 7)); /* mov dst, 0 */
	swc_put_u32(c, 0);
}
