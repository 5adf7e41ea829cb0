// SPDX-License-Identifier: GPL-2.0
#include "disasm.h"

#define PREFIX_LOCK    0xf0
#define PREFIX_OPERAND 0x66
#define PREFIX_REPNE   0xf2
#define PREFIX_REP     0xf3
#define PREFIX_PAD     0x3e /* DS, which means nothing before an operand */
#define ESCAPE	       0x0f
#define VEX3	       0xc4
#define EVEX	       0x62
#define MAP_0F	       1u
#define MAP_0F38       2u
#define MAX_PADS       3u
#define MAX_INSN_BYTES 15u

/* REX, and the bits of VEX and EVEX that mean the same. */
#define REX_B 1u
#define REX_X 2u
#define REX_R 4u
#define REX_W 8u

/* An opcode is followed by so many bytes of an immediate, and by more. */
#define KNOWN	0x80u
#define MODRM	0x40u
#define HAS_REG 0x20u /* its lowest three bits are a register */
#define SHORT16 0x10u /* with an operand of 16 bits the immediate has 2 bytes */
#define IMM	0x0fu

#define M  (KNOWN | MODRM)
#define M1 (KNOWN | MODRM | 1)
#define M4 (KNOWN | MODRM | 4)

static const __u8 one_byte[256] = {
	[0x00] = M, /* ADD */
	[0x01] = M,
	[0x03] = M,
	[0x09] = M, /* OR */
	[0x31] = M, /* XOR */
	[0x38] = M, /* CMP */
	[0x39] = M,
	[0x50] = KNOWN | HAS_REG, /* PUSH */
	[0x58] = KNOWN | HAS_REG, /* POP */
	[0x6a] = KNOWN | 1,
	[0x74] = KNOWN | 1, /* JE, JNE */
	[0x75] = KNOWN | 1,
	[0x80] = M1, /* group 1 */
	[0x81] = M4,
	[0x83] = M1,
	[0x85] = M, /* TEST */
	[0x86] = M, /* XCHG */
	[0x87] = M,
	[0x88] = M, /* MOV */
	[0x89] = M,
	[0x8b] = M,
	[0x8d] = M,		      /* LEA */
	[0x90] = KNOWN,		      /* NOP, PAUSE */
	[0xb8] = KNOWN | HAS_REG | 4, /* MOV */
	[0xc3] = KNOWN,		      /* RET */
	[0xc6] = M1,		      /* MOV */
	[0xc7] = M4 | SHORT16,
	[0xe8] = KNOWN | 4, /* CALL */
	[0xe9] = KNOWN | 4, /* JMP */
	[0xeb] = KNOWN | 1,
	[0xf7] = M, /* group 3: NOT and DIV, which have no immediate */
	[0xff] = M, /* group 5: CALL, JMP */
};

static const __u8 two_byte[256] = {
	[0x01] = M,			/* INVLPG */
	[0x0b] = KNOWN,			/* UD2 */
	[0x10] = M,			/* MOVUPS */
	[0x11] = M,	    [0x18] = M, /* PREFETCHT0 */
	[0x1f] = M,			/* NOP */
	[0x2b] = M,			/* MOVNTPS */
	[0x44] = M,			/* CMOVE */
	[0x6e] = M,			/* MOVD, MOVQ */
	[0x6f] = M,			/* MOVDQU */
	[0x7e] = M,			/* MOVD, MOVQ */
	[0x7f] = M,			/* MOVDQU */
	[0x84] = KNOWN | 4,		/* JE, JNE */
	[0x85] = KNOWN | 4, [0xae] = M, /* group 15 */
	[0xaf] = M,			/* IMUL */
	[0xb0] = M,			/* CMPXCHG */
	[0xb1] = M,	    [0xb6] = M, /* MOVZX */
	[0xb7] = M,	    [0xc0] = M, /* XADD */
	[0xc1] = M,	    [0xc3] = M, /* MOVNTI */
	[0xd6] = M,			/* MOVQ */
	[0xef] = M,			/* PXOR */
	[0xf4] = M,			/* PMULUDQ */
};

/* After 0x0f 0x38, which only VEX leads to: ANDN. */
static const __u8 three_byte[256] = {[SWC_OPCODE_ANDN] = M};

/*
 * Longer than anything that is read before the length is looked at: prefixes, opcode,
 * operand, immediate.
 */
#define LOOK_BYTES 32u

/**
 * struct cursor - where in the bytes the reading is
 * @code: LOOK_BYTES bytes
 * @at: the next one
 * @bits: REX_*
 */
struct cursor {
	const __u8 *code;
	__u32 at;
	__u8 bits;
};

static __u8 next(struct cursor *c)
{
	return c->code[c->at++];
}

static __u8 peek(const struct cursor *c)
{
	return c->code[c->at];
}

static bool skip(struct cursor *c, __u8 byte)
{
	if (peek(c) != byte)
		return false;
	c->at++;
	return true;
}

/* A little-endian number of 1, 2 or 4 bytes, sign-extended; of 0 bytes, 0. */
static __s32 number(struct cursor *c, __u32 bytes)
{
	__u32 i, v = 0;

	for (i = 0; i < bytes; i++)
		v |= (__u32)next(c) << (8 * i);
	return bytes == 1 ? (__s8)v : bytes == 2 ? (__s16)v : (__s32)v;
}

/* Prefixes of legacy instructions, in the order in which the engine writes them. */
static void read_prefixes(struct cursor *c, struct swc_disasm *d)
{
	if (peek(c) == SWC_PREFIX_FS || peek(c) == SWC_PREFIX_GS)
		d->segment = next(c);
	while (!d->segment && d->pads < MAX_PADS && skip(c, PREFIX_PAD))
		d->pads++;
	d->insn.lock = skip(c, PREFIX_LOCK);
	if (skip(c, PREFIX_OPERAND))
		d->insn.prefix = PREFIX_OPERAND;
	else if (skip(c, PREFIX_REP))
		d->insn.prefix = PREFIX_REP;
}

static void read_rex(struct cursor *c, struct swc_disasm *d)
{
	if ((peek(c) & 0xf0) != 0x40)
		return;
	d->rex = next(c);
	c->bits = d->rex & 15;
}

/* The prefix that the two bits pp of VEX and EVEX stand for. */
static __u8 compressed(__u8 pp)
{
	static const __u8 prefixes[] = {0, PREFIX_OPERAND, PREFIX_REP,
					PREFIX_REPNE};

	return prefixes[pp & 3];
}

/* R, X, B are stored inverted; then comes the map of opcodes. */
static bool read_vex(struct cursor *c, struct swc_disasm *d)
{
	__u8 first = next(c), last = next(c);

	d->encoding = SWC_VEX;
	d->insn.escape = true;
	c->bits = (~first >> 5 & 7) | (last & 0x80 ? REX_W : 0);
	d->second = ~last >> 3 & 15;
	d->vector = last & 4 ? 32 : 16;
	d->insn.prefix = compressed(last);
	if ((first & 0x1f) == MAP_0F38) {
		d->encoding = SWC_VEX_0F38;
		return true;
	}
	return (first & 0x1f) == MAP_0F;
}

/* Only vectors of 64 bytes, of registers 0 to 15, without mask or broadcast. */
static bool read_evex(struct cursor *c, struct swc_disasm *d)
{
	__u8 first = next(c), middle = next(c), last = next(c);

	d->encoding = SWC_EVEX;
	d->insn.escape = true;
	c->bits = (~first >> 5 & 7) | (middle & 0x80 ? REX_W : 0);
	d->second = ~middle >> 3 & 15;
	d->vector = 64;
	d->insn.prefix = compressed(middle);
	return (first & 0x1f) == 0x11 && (middle & 4) && last == 0x48;
}

/* Base, index and displacement. An index of 4 is none; so is a base of 5, if @mod is 0. */
static bool read_sib(struct cursor *c, struct swc_disasm *d, __u8 mod)
{
	__u8 sib = next(c), index = sib >> 3 & 7;

	d->scale = sib >> 6;
	d->mem.base = (sib & 7) | (c->bits & REX_B ? 8 : 0);
	index |= c->bits & REX_X ? 8 : 0;
	d->index = index == 4 ? SWC_REG_NONE : index;
	if (!mod && (sib & 7) == 5) {
		if (c->bits & REX_B)
			return false;
		d->mem.base = SWC_REG_NONE;
		d->mem.disp = number(c, 4);
	}
	return true;
}

static bool read_operand(struct cursor *c, struct swc_disasm *d)
{
	__u8 modrm = next(c), mod = modrm >> 6, rm = modrm & 7;

	d->insn.reg = (modrm >> 3 & 7) | (c->bits & REX_R ? 8 : 0);
	d->index = SWC_REG_NONE;
	if (mod == 3) {
		d->rm = rm | (c->bits & REX_B ? 8 : 0);
		return !(c->bits & REX_X);
	}
	d->memory = true;
	/* An EVEX displacement of 8 bits would count in other units. */
	if (mod == 1 && d->encoding == SWC_EVEX)
		return false;
	if (rm != 4 && c->bits & REX_X)
		return false;
	if (rm == 5 && !mod) {
		d->mem.base = SWC_REG_RIP;
		d->mem.disp = number(c, 4);
		return !(c->bits & REX_B);
	}
	if (rm != 4)
		d->mem.base = rm | (c->bits & REX_B ? 8 : 0);
	else if (!read_sib(c, d, mod))
		return false;
	if (mod)
		d->mem.disp = number(c, mod == 1 ? 1 : 4);
	return true;
}

static bool read_opcode(struct cursor *c, struct swc_disasm *d)
{
	const __u8 *table = d->encoding == SWC_VEX_0F38 ? three_byte
			    : d->insn.escape		? two_byte
							: one_byte;
	__u8 opcode = next(c), form = table[opcode], reg = opcode & 7;

	/* The register of PUSH, POP and MOV is in the opcode: eight in a row. */
	if (!d->insn.escape && !form && (table[opcode & 0xf8] & HAS_REG))
		form = table[opcode & 0xf8];
	d->insn.opcode = opcode;
	d->insn.wide = c->bits & REX_W;
	if (!(form & KNOWN))
		return false;
	if (form & HAS_REG) {
		d->insn.opcode = opcode & 0xf8;
		d->insn.reg = reg | (c->bits & REX_B ? 8 : 0);
		if (c->bits & (REX_R | REX_X))
			return false;
	} else if (form & MODRM) {
		if (!read_operand(c, d))
			return false;
	} else if (c->bits) {
		return false;
	}
	if ((form & SHORT16) && d->insn.prefix == PREFIX_OPERAND)
		d->imm = number(c, 2);
	else
		d->imm = number(c, form & IMM);
	return true;
}

/* All that comes before the opcode. */
static bool read_encoding(struct cursor *c, struct swc_disasm *d)
{
	/* Most instructions begin with REX or with their opcode. */
	if (!(one_byte[peek(c)] & KNOWN) && (peek(c) & 0xf0) != 0x40) {
		read_prefixes(c, d);
		if (!d->insn.lock && !d->insn.prefix) {
			if (skip(c, VEX3))
				return read_vex(c, d);
			if (skip(c, EVEX))
				return read_evex(c, d);
		}
	}
	read_rex(c, d);
	d->insn.escape = skip(c, ESCAPE);
	return true;
}

bool swc_disasm(const __u8 *code, __u32 bytes, struct swc_disasm *d)
{
	struct cursor c = {.code = code};
	__u8 last[LOOK_BYTES];

	if (bytes < LOOK_BYTES) {
		memset(last, 0, sizeof(last));
		memcpy(last, code, bytes);
		c.code = last;
	}
	memset(d, 0, sizeof(*d));
	if (!read_encoding(&c, d) || !read_opcode(&c, d) || c.at > bytes ||
	    c.at > MAX_INSN_BYTES)
		return false;
	d->bytes = c.at;
	return true;
}
