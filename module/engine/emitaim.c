// SPDX-License-Identifier: GPL-2.0
#include "emitop.h"

#define OP_LEA 0x8d

#define LEA_RIP_BYTES 7u /* REX, opcode, ModRM, displacement */

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
