/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_DISASM_H
#define SWC_ENGINE_DISASM_H

#include "encode.h"

/*
 * The way back from encode.h: bytes into the instruction that the CPU takes them for.
 * It knows the few opcodes that replays are made of, and of each only the forms that
 * the engine writes; all else is no instruction to it. Source: Intel SDM vol. 2,
 * chapter 2 and appendix A.
 */

/* How an instruction's prefixes and registers are encoded. */
enum swc_encoding { SWC_LEGACY, SWC_VEX, SWC_VEX_0F38, SWC_EVEX };

/* The base of an address that counts from the instruction's end. */
#define SWC_REG_RIP 0xfe

/**
 * struct swc_disasm - one instruction, as read
 * @bytes: its length, prefixes included
 * @pads: DS prefixes before it, which mean nothing
 * @segment: SWC_PREFIX_FS, SWC_PREFIX_GS, or 0
 * @encoding: enum swc_encoding
 * @rex: of a legacy instruction: its REX prefix, or 0
 * @insn: as struct swc_insn has it; byte_reg is left false. If the opcode itself has a
 *	register, @insn.opcode is without it and @insn.reg is that register
 * @memory: the operand is in memory: @mem, @index, @scale
 * @mem: base, which may be SWC_REG_RIP, and displacement
 * @index: register, or SWC_REG_NONE
 * @scale: the index counts 1 << @scale times
 * @rm: register, if not @memory
 * @second: of VEX and EVEX: the second source; 0 if there is none
 * @vector: likewise the length, 16, 32 or 64 bytes
 * @imm: immediate or, of a jump, displacement, sign-extended
 */
struct swc_disasm {
	__u8 bytes;
	__u8 pads;
	__u8 segment;
	__u8 encoding;
	__u8 rex;
	struct swc_insn insn;
	bool memory;
	struct swc_mem mem;
	__u8 index;
	__u8 scale;
	__u8 rm;
	__u8 second;
	__u8 vector;
	__s32 imm;
};

/**
 * swc_disasm() - read an instruction
 * @code: where it begins
 * @bytes: that may be read from there
 * @d: filled
 *
 * Any context, any bytes. Return: whether it is one that a replay may contain.
 */
bool swc_disasm(const __u8 *code, __u32 bytes, struct swc_disasm *d);

#endif
