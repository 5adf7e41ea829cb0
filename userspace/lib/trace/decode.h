/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_DECODE_H
#define SWC_LIB_DECODE_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

#include "vectors.h"

/*
 * A decoded instruction: what it is, and which memory it touches. Only this
 * place knows how the decoder's operands differ from what the CPU does.
 */

enum insn_kind {
	INSN_PLAIN,
	INSN_CALL,
	INSN_RET,
	INSN_BRANCH, /* conditional */
	INSN_JUMP,   /* unconditional */
	INSN_SYSCALL,
};

/* No instruction has more: movs, push [m], call [m], cmps. */
#define INSN_MAX_MEMORY 2

/* ENTER of the deepest nesting: two pushes, 30 that copy a word. */
#define INSN_MAX_ACCESSES 62

/* An operand's address and size depend on this, besides its own registers. */
enum insn_extent {
	INSN_WHOLE,	 /* nothing */
	INSN_BIT_STRING, /* bt and its kin: the bit index moves the address */
	INSN_XSAVE,	 /* EDX:EAX chooses the components */
	INSN_GATHER,	 /* gather or scatter: one access an active element */
	INSN_MASKED,	 /* from the first active element to the last */
	INSN_PACKED,	 /* compress, expand: as many as are active */
	INSN_NESTED,	 /* enter: copies the frame pointers of the levels */
};

/* A memory operand that is truly read or written. */
struct insn_memory {
	uint8_t operand; /* index into struct insn's operands */
	uint8_t flags;	 /* TRACE_ACCESS_* */
	int16_t adjust;	 /* what the CPU adds to the operand's address */
	enum insn_extent extent;
	uint32_t size; /* bytes of one iteration, or of one element gathered */
};

struct insn {
	uint64_t address;
	ZydisDecodedInstruction zydis;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	enum insn_kind kind;
	bool rep;     /* repeats RCX times, or until its condition ends it */
	bool atomic;  /* locked, by prefix or because xchg [m] always is */
	bool opaque;  /* its accesses aren't known: AMX tiles, MPX */
	bool vectors; /* insn_accesses() needs the vector registers */
	uint8_t nmemory;
	struct insn_memory memory[INSN_MAX_MEMORY];
};

/* One access of one execution. */
struct insn_access {
	uint64_t address; /* the lowest */
	uint64_t size;	  /* bytes; of all iterations of a REP */
	uint8_t flags;	  /* TRACE_ACCESS_* */
};

/**
 * insn_decode() - decode the 64-bit instruction at the head of @bytes
 * @insn: filled
 * @address: where the instruction is, for RIP-relative operands
 * @bytes: its bytes and possibly more
 * @length: how many bytes there are
 *
 * Return: 0, or -1 when the bytes are not one whole instruction.
 */
int insn_decode(struct insn *insn, uint64_t address, const uint8_t *bytes,
		size_t length);

/**
 * insn_accesses() - the memory that one execution touches
 * @insn: a decoded instruction that is not opaque
 * @regs: the registers before it
 * @vectors: the vector registers before it, or NULL unless @insn->vectors
 * @iterations: how often a REP instruction repeated; ignored for others
 * @out: INSN_MAX_ACCESSES entries
 *
 * Reads come before writes; ENTER's are in their order. The CPU's own accesses, to
 * descriptors and page tables, are not included. If AVX-512 masks anything but moves,
 * compares, compressions and expansions, the whole operand counts, and so it does in
 * MASKMOVDQU.
 *
 * Return: how many entries of @out were filled.
 */
unsigned int insn_accesses(const struct insn *insn,
			   const struct user_regs_struct *regs,
			   const struct vectors *vectors, uint64_t iterations,
			   struct insn_access *out);

/*
 * insn_iterations() - how often a REP instruction repeated, from the registers
 * before and after it: each iteration counts RCX, or ECX, down by one.
 */
uint64_t insn_iterations(const struct insn *insn,
			 const struct user_regs_struct *before,
			 const struct user_regs_struct *after);

/* insn_nesting() - the level of an ENTER, 0 to 31; 0 for others. */
unsigned int insn_nesting(const struct insn *insn);

/* insn_register() - the value of a 64-bit or narrower general register. */
uint64_t insn_register(const struct user_regs_struct *regs, ZydisRegister reg);

#endif
