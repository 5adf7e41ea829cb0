/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_OPERANDS_H
#define SWC_LIB_OPERANDS_H

#include "decode.h"

/* No instruction that is lowered by its operands has more. */
#define OPERANDS_MAX 4

/**
 * struct operands - the registers that an instruction reads and writes
 * @gpr_in: general registers that are read, hidden ones too, other than those
 *	that only form an address; as Zydis numbers 64-bit registers, 0 to 15
 * @gpr_out: general registers that are written
 * @vector_in: vector registers that are read; see operands_find() for others
 * @vector_out: vector registers that are written
 * @vector_bytes: of the widest vector register: 16, 32, 64
 * @reads_flags: the result depends on the arithmetic flags
 * @sets_flags: it writes them
 * @masked: an AVX-512 mask selects the elements
 * @partial: it writes 1 or 2 bytes of a general register and keeps the rest
 * @renamed: uses of vector registers that the engine doesn't have
 */
struct operands {
	uint8_t gpr_in[OPERANDS_MAX], ngpr_in;
	uint8_t gpr_out[OPERANDS_MAX], ngpr_out;
	uint8_t vector_in[OPERANDS_MAX], nvector_in;
	uint8_t vector_out[OPERANDS_MAX], nvector_out;
	uint8_t vector_bytes;
	bool reads_flags;
	bool sets_flags;
	bool masked;
	bool partial;
	unsigned int renamed;
};

/*
 * These stand for registers that the engine doesn't have, so that their values
 * pass from one instruction to the next.
 */
#define OPERANDS_X87  7u  /* the x87 stack and the MMX registers */
#define OPERANDS_MASK 14u /* the AVX-512 mask registers */

/*
 * operands_find() - what @insn reads and writes. Vector registers 16 to 31 count
 * as 0 to 15; x87, MMX and mask registers as those named above.
 */
void operands_find(struct operands *o, const struct insn *insn);

/* operands_has() - is @reg among the @n registers of @list? */
bool operands_has(const uint8_t *list, uint8_t n, uint8_t reg);

#endif
