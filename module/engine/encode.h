/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_ENCODE_H
#define SWC_ENGINE_ENCODE_H

#include "freestanding.h"

/*
 * x86-64 instruction encoding, the small part that replays need. Source: Intel
 * SDM vol. 2, chapter 2 (formats) and 3 to 5 (opcodes).
 */

/**
 * struct swc_code - a buffer that code is written to
 * @bytes: NULL: only count
 * @capacity: bytes that fit; more are counted but not written
 * @used: bytes written or counted
 * @shared: lines that a replay comes by once more, at most, since calls share code
 * @turned: likewise of loops, soon after it had them
 */
struct swc_code {
	__u8 *bytes;
	__u32 capacity;
	__u32 used;
	__u32 shared;
	__u32 turned;
};

#define SWC_PREFIX_FS 0x64
#define SWC_PREFIX_GS 0x65

/**
 * struct swc_mem - a memory operand: [base + index + disp], base optional
 * @base: register, SWC_REG_RSP, or SWC_REG_NONE for an absolute address
 * @index: register, if @indexed
 * @indexed: there is one
 * @scale: it counts 1 << @scale times
 * @segment: SWC_PREFIX_FS or SWC_PREFIX_GS, to whose base it is added; 0: neither
 * @disp: sign-extended to 64 bits by the CPU
 */
struct swc_mem {
	__u8 base;
	__u8 index;
	bool indexed;
	__u8 scale;
	__u8 segment;
	__s32 disp;
};

/**
 * struct swc_insn - what to encode besides the operands
 * @prefix: 0x66, 0xf2, 0xf3, or 0
 * @lock: LOCK prefix
 * @wide: REX.W, 64-bit operand
 * @byte_reg: the register operand is one byte wide (needs REX for SIL, DIL)
 * @escape: opcode starts with 0x0f
 * @opcode: the last opcode byte
 * @reg: ModRM.reg: a register or an opcode extension
 */
struct swc_insn {
	__u8 prefix;
	bool lock;
	bool wide;
	bool byte_reg;
	bool escape;
	__u8 opcode;
	__u8 reg;
};

void swc_put(struct swc_code *code, const void *bytes, __u32 n);
void swc_put_u8(struct swc_code *code, __u8 v);
void swc_put_u32(struct swc_code *code, __u32 v);
void swc_put_le(struct swc_code *code, __u64 v, __u32 bytes);

/* Opcodes that more than one file needs: "op r/m, r", LOAD "op r, r/m". */
#define SWC_OPCODE_ADD	 0x01
#define SWC_OPCODE_XOR	 0x31
#define SWC_OPCODE_CMP	 0x39
#define SWC_OPCODE_STORE 0x89
#define SWC_OPCODE_LOAD	 0x8b
#define SWC_OPCODE_LEA	 0x8d
#define SWC_OPCODE_ANDN	 0xf2 /* in the map after 0x0f 0x38 */

/* With an immediate, they share one opcode, and ModRM says which is meant. */
#define SWC_GROUP1_ADD 0
#define SWC_GROUP1_AND 4
#define SWC_GROUP1_CMP 7

/* Encode a two-register operation of @size 4 or 8 bytes: "op rm, reg". */
void swc_put_rr(struct swc_code *code, __u8 opcode, __u32 size, __u8 rm,
		__u8 reg);

/* ANDN: @dst = @src and not @src, 0 that waits for @src, of @size 4 or 8 bytes. */
void swc_put_andn(struct swc_code *code, __u32 size, __u8 dst, __u8 src);

/* Encode @insn without an operand, with one in memory, or with register @rm. */
void swc_put_insn(struct swc_code *code, const struct swc_insn *insn);
void swc_put_mem(struct swc_code *code, const struct swc_insn *insn,
		 const struct swc_mem *mem);
void swc_put_rm(struct swc_code *code, const struct swc_insn *insn, __u8 rm);

/* The direction of a vector move; a stream is a non-temporal store. */
enum swc_vector_move { SWC_VECTOR_LOAD, SWC_VECTOR_STORE, SWC_VECTOR_STREAM };

/*
 * Vector moves and arithmetic of @bytes (to 16: SSE, or AVX if @vex; 32: AVX,
 * 64: AVX-512), in the 0x0f opcode map.
 *
 * An SSE instruction after an AVX one of 32 bytes or more, with no VZEROUPPER
 * between, takes some 400 cycles on Emerald Rapids. Programs avoid that, partly
 * by registers that the engine doesn't have: so the engine takes the AVX forms,
 * if the CPU has them.
 */
void swc_put_vector_mem(struct swc_code *code, bool vex, __u32 bytes,
			enum swc_vector_move move, __u8 reg,
			const struct swc_mem *mem);
/* Uses @insn's opcode, and its wide: the elements have 64 bits. */
void swc_put_vector_rr(struct swc_code *code, bool vex,
		       const struct swc_insn *insn, __u32 bytes, __u8 dst,
		       __u8 src);

/* MOVD, MOVQ between a vector and a general register of @bytes 4 or 8. */
void swc_put_vector_gpr(struct swc_code *code, bool vex, __u32 bytes,
			bool to_gpr, __u8 vector, __u8 gpr);

/* No operation of @bytes (1 to 9) bytes, as the SDM recommends for NOP. */
void swc_put_nop(struct swc_code *code, __u32 bytes);

#endif
