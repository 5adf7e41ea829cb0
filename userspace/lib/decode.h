/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_DECODE_H
#define SWC_LIB_DECODE_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

/*
 * A decoded instruction: what it is, and which memory it touches. The one
 * place that knows where the decoder's operands differ from what the CPU does.
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

/* A memory operand that is truly read or written. */
struct insn_memory {
	uint8_t operand; /* index into struct insn's operands */
	uint8_t flags;	 /* TRACE_ACCESS_* */
	int16_t adjust;	 /* what the CPU adds to the operand's address */
	bool bit_string; /* bt and its kin: the bit index moves the address */
	bool xsave;	 /* the size depends on EDX:EAX, see insn_accesses() */
	uint32_t size;	 /* bytes of one iteration */
};

struct insn {
	uint64_t address;
	ZydisDecodedInstruction zydis;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	enum insn_kind kind;
	bool rep;    /* repeats RCX times, or until its condition ends it */
	bool atomic; /* locked, by prefix or because xchg [m] always is */
	bool opaque; /* its accesses cannot be told: gather, scatter, MPX */
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
 * @iterations: how often a REP instruction repeated; ignored for others
 * @out: INSN_MAX_MEMORY entries
 *
 * Reads come before writes. The CPU's own accesses, to descriptors and page
 * tables, are not included.
 *
 * Return: how many entries of @out were filled.
 */
unsigned int insn_accesses(const struct insn *insn,
			   const struct user_regs_struct *regs,
			   uint64_t iterations, struct insn_access *out);

/* insn_register() - the value of a 64-bit or narrower general register. */
uint64_t insn_register(const struct user_regs_struct *regs, ZydisRegister reg);

#endif
