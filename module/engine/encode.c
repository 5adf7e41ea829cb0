// SPDX-License-Identifier: GPL-2.0
#include "encode.h"

#define REX_BASE 0x40
#define REX_W	 0x08
#define REX_R	 0x04
#define REX_X	 0x02
#define REX_B	 0x01

#define MOD_DISP0  0x00
#define MOD_DISP8  0x40
#define MOD_DISP32 0x80
#define MOD_REG	   0xc0

#define RM_SIB	     4
#define SIB_NO_INDEX 0x20
#define SIB_NO_BASE  0x05 /* with MOD_DISP0: absolute disp32 */

#define PREFIX_LOCK 0xf0
#define ESCAPE	    0x0f

void swc_put_u8(struct swc_code *code, __u8 v)
{
	if (code->bytes && code->used < code->capacity)
		code->bytes[code->used] = v;
	code->used++;
}

void swc_put(struct swc_code *code, const void *bytes, __u32 n)
{
	const __u8 *b = bytes;

	while (n--)
		swc_put_u8(code, *b++);
}

void swc_put_le(struct swc_code *code, __u64 v, __u32 bytes)
{
	for (; bytes; bytes--, v >>= 8)
		swc_put_u8(code, v);
}

void swc_put_u32(struct swc_code *code, __u32 v)
{
	swc_put_le(code, v, 4);
}

static bool has_base(const struct swc_mem *mem)
{
	return mem->base != SWC_REG_NONE;
}

/* Is its index one of the upper eight registers? */
static bool extends_index(const struct swc_mem *mem)
{
	return mem->indexed && mem->index & 8;
}

/* ModRM, SIB and displacement of a memory operand. */
static void put_operand(struct swc_code *code, __u8 reg,
			const struct swc_mem *mem, bool may_disp8)
{
	__u8 field = (reg & 7) << 3, base = mem->base & 7;
	bool disp8 = may_disp8 && mem->base == SWC_REG_RSP &&
		     mem->disp == (__s8)mem->disp;
	bool zero = disp8 && !mem->disp;

	__u8 index = mem->indexed ? mem->scale << 6 | (mem->index & 7) << 3
				  : SIB_NO_INDEX;

	if (!has_base(mem)) {
		swc_put_u8(code, MOD_DISP0 | field | RM_SIB);
		swc_put_u8(code, index | SIB_NO_BASE);
		swc_put_u32(code, mem->disp);
		return;
	}
	swc_put_u8(code, (zero	  ? MOD_DISP0
			  : disp8 ? MOD_DISP8
				  : MOD_DISP32) |
				 field | (mem->indexed ? RM_SIB : base));
	/* RSP and R12 can be a base only through a SIB. */
	if (mem->indexed || base == RM_SIB)
		swc_put_u8(code, index | base);
	if (!zero)
		swc_put_le(code, mem->disp, disp8 ? 1 : 4);
}

static void put_opcode(struct swc_code *code, const struct swc_insn *insn,
		       __u8 rm, bool x, bool byte_rm)
{
	__u8 rex = 0;

	if (insn->lock)
		swc_put_u8(code, PREFIX_LOCK);
	if (insn->prefix)
		swc_put_u8(code, insn->prefix);
	rex |= insn->wide ? REX_W : 0;
	rex |= insn->reg & 8 ? REX_R : 0;
	rex |= x ? REX_X : 0;
	rex |= rm != SWC_REG_NONE && rm & 8 ? REX_B : 0;
	/* Without a REX prefix, byte registers 4 to 7 are AH to BH. */
	if (rex || (insn->byte_reg && insn->reg >= 4) || (byte_rm && rm >= 4))
		swc_put_u8(code, REX_BASE | rex);
	if (insn->escape)
		swc_put_u8(code, ESCAPE);
	swc_put_u8(code, insn->opcode);
}

void swc_put_insn(struct swc_code *code, const struct swc_insn *insn)
{
	put_opcode(code, insn, SWC_REG_NONE, false, false);
}

/* It stands before all others, VEX and EVEX included. */
static void put_segment(struct swc_code *code, const struct swc_mem *mem)
{
	if (mem->segment)
		swc_put_u8(code, mem->segment);
}

void swc_put_mem(struct swc_code *code, const struct swc_insn *insn,
		 const struct swc_mem *mem)
{
	put_segment(code, mem);
	put_opcode(code, insn, mem->base, extends_index(mem), false);
	put_operand(code, insn->reg, mem, true);
}

void swc_put_rm(struct swc_code *code, const struct swc_insn *insn, __u8 rm)
{
	put_opcode(code, insn, rm, false, false);
	swc_put_u8(code, MOD_REG | (insn->reg & 7) << 3 | (rm & 7));
}

void swc_put_rr(struct swc_code *code, __u8 opcode, __u32 size, __u8 rm,
		__u8 reg)
{
	struct swc_insn insn = {
		.wide = size == 8,
		.opcode = opcode,
		.reg = reg,
	};

	swc_put_rm(code, &insn, rm);
}

/* Opcodes of vector moves in their SSE, VEX and EVEX forms. */
#define OP_MOVUPS_LOAD	 0x10
#define OP_MOVUPS_STORE	 0x11
#define OP_MOVDQU_LOAD	 0x6f
#define OP_MOVDQU_STORE	 0x7f
#define OP_MOVNTPS	 0x2b
#define OP_MOVD_TO_XMM	 0x6e
#define OP_MOVD_FROM_XMM 0x7e
#define VEX3		 0xc4
#define EVEX		 0x62
#define MAP_0F		 1
#define MAP_0F38	 2
#define PP_NONE		 0
#define PP_66		 1
#define PP_F3		 2
#define VEX_L256	 0x04
#define VEX_W		 0x80
#define EVEX_L512	 0x40
#define EVEX_V_UNUSED	 0x08 /* inverted: no fifth bit of vvvv */
#define EVEX_P1_FIXED	 0x04
#define EVEX_R2_INVERTED 0x10

/*
 * A three-byte VEX prefix: R, X, B and vvvv are stored inverted. @second is 0
 * where the form has no second source, which then reads as 1111b. @last holds
 * W, L and pp of its last byte.
 */
static void put_vex(struct swc_code *code, __u8 map, __u8 last, __u8 reg,
		    __u8 second, __u8 rm, bool x)
{
	swc_put_u8(code, VEX3);
	swc_put_u8(code, (reg & 8 ? 0 : 0x80) | (x ? 0 : 0x40) |
				 (rm != SWC_REG_NONE && rm & 8 ? 0 : 0x20) |
				 map);
	swc_put_u8(code, (~second & 15) << 3 | last);
}

static void put_evex(struct swc_code *code, __u8 pp, bool wide, __u8 reg,
		     __u8 second, __u8 rm, bool x)
{
	swc_put_u8(code, EVEX);
	swc_put_u8(code, (reg & 8 ? 0 : 0x80) | (x ? 0 : 0x40) |
				 (rm != SWC_REG_NONE && rm & 8 ? 0 : 0x20) |
				 EVEX_R2_INVERTED | MAP_0F);
	swc_put_u8(code, (wide ? 0x80 : 0) | (~second & 15) << 3 |
				 EVEX_P1_FIXED | pp);
	swc_put_u8(code, EVEX_L512 | EVEX_V_UNUSED);
}

/* The SSE form of @insn, or the AVX form of 16 bytes of the same opcode. */
static void put_short(struct swc_code *code, bool vex,
		      const struct swc_insn *insn, __u8 second, __u8 rm, bool x)
{
	__u8 pp = insn->prefix == 0x66	 ? PP_66
		  : insn->prefix == 0xf3 ? PP_F3
					 : PP_NONE;

	if (!vex) {
		put_opcode(code, insn, rm, x, false);
		return;
	}
	put_vex(code, MAP_0F, pp | (insn->wide ? VEX_W : 0), insn->reg, second,
		rm, x);
	swc_put_u8(code, insn->opcode);
}

/* MOVD, MOVQ, MOVUPS, MOVNTPS between memory and an XMM register. */
static void put_short_move(struct swc_code *code, bool vex, __u32 bytes,
			   enum swc_vector_move move, __u8 reg,
			   const struct swc_mem *mem)
{
	struct swc_insn insn = {.escape = true, .reg = reg};
	bool store = move != SWC_VECTOR_LOAD;

	if (move == SWC_VECTOR_STREAM) {
		insn.opcode = OP_MOVNTPS;
	} else if (bytes == 4) {
		insn.prefix = 0x66;
		insn.opcode = store ? OP_MOVD_FROM_XMM : OP_MOVD_TO_XMM;
	} else if (bytes == 8) {
		insn.prefix = store ? 0x66 : 0xf3;
		insn.opcode = store ? 0xd6 : 0x7e;
	} else {
		insn.opcode = store ? OP_MOVUPS_STORE : OP_MOVUPS_LOAD;
	}
	put_short(code, vex, &insn, 0, mem->base, extends_index(mem));
	put_operand(code, reg, mem, true);
}

void swc_put_vector_mem(struct swc_code *code, bool vex, __u32 bytes,
			enum swc_vector_move move, __u8 reg,
			const struct swc_mem *mem)
{
	static const __u8 opcode[] = {
		[SWC_VECTOR_LOAD] = OP_MOVDQU_LOAD,
		[SWC_VECTOR_STORE] = OP_MOVDQU_STORE,
		[SWC_VECTOR_STREAM] = OP_MOVNTPS,
	};
	bool stream = move == SWC_VECTOR_STREAM;
	__u8 pp = stream ? PP_NONE : PP_F3;

	put_segment(code, mem);
	if (bytes <= 16) {
		put_short_move(code, vex, bytes, move, reg, mem);
		return;
	}
	if (bytes == 32)
		put_vex(code, MAP_0F, pp | VEX_L256, reg, 0, mem->base,
			extends_index(mem));
	else
		put_evex(code, pp, !stream, reg, 0, mem->base,
			 extends_index(mem));
	swc_put_u8(code, opcode[move]);
	/* EVEX scales an 8-bit displacement; use 32 bits, which it doesn't. */
	put_operand(code, reg, mem, bytes == 32);
}

static void put_registers(struct swc_code *code, __u8 reg, __u8 rm)
{
	swc_put_u8(code, MOD_REG | (reg & 7) << 3 | (rm & 7));
}

void swc_put_vector_rr(struct swc_code *code, bool vex,
		       const struct swc_insn *insn, __u32 bytes, __u8 dst,
		       __u8 src)
{
	struct swc_insn sse = {
		.prefix = 0x66,
		.escape = true,
		.opcode = insn->opcode,
		.reg = dst,
	};

	if (bytes == 16) {
		put_short(code, vex, &sse, dst, src, false);
		put_registers(code, dst, src);
		return;
	}
	/* Only EVEX has the width of elements besides the opcode. */
	if (bytes == 32)
		put_vex(code, MAP_0F, PP_66 | VEX_L256, dst, dst, src, false);
	else
		put_evex(code, PP_66, insn->wide, dst, dst, src, false);
	swc_put_u8(code, insn->opcode);
	put_registers(code, dst, src);
}

void swc_put_vector_gpr(struct swc_code *code, bool vex, __u32 bytes,
			bool to_gpr, __u8 vector, __u8 gpr)
{
	struct swc_insn insn = {
		.prefix = 0x66,
		.wide = bytes == 8,
		.escape = true,
		.opcode = to_gpr ? OP_MOVD_FROM_XMM : OP_MOVD_TO_XMM,
		.reg = vector,
	};

	put_short(code, vex, &insn, 0, gpr, false);
	put_registers(code, vector, gpr);
}

void swc_put_andn(struct swc_code *code, __u32 size, __u8 dst, __u8 src)
{
	put_vex(code, MAP_0F38, size == 8 ? VEX_W : 0, dst, src, src, false);
	swc_put_u8(code, SWC_OPCODE_ANDN);
	put_registers(code, dst, src);
}

void swc_put_nop(struct swc_code *code, __u32 bytes)
{
	/* Intel SDM vol. 2B, NOP, table 4-12. */
	static const __u8 nops[9][9] = {
		{0x90},
		{0x66, 0x90},
		{0x0f, 0x1f, 0x00},
		{0x0f, 0x1f, 0x40, 0x00},
		{0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
		{0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	};

	swc_put(code, nops[bytes - 1], bytes);
}
