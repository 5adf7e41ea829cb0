/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_OPTABLE_H
#define SWC_ENGINE_OPTABLE_H

#include "caps.h"
#include "encode.h"
#include "program.h"

/*
 * Each kind of operation, and its properties. Verifier, emitter, text form, counts,
 * lowering and ablation all read this one table; none of them knows a kind that the
 * table doesn't have, and none takes an unknown one for another.
 */

/* The members of struct swc_op that an operation uses, besides imm. */
#define SWC_HAS_DST	0x001u /* a register, required */
#define SWC_HAS_SRC	0x002u /* a register, required */
#define SWC_HAS_SRC_OPT 0x004u /* a register, or NONE for an immediate */
#define SWC_HAS_MEM	0x008u /* region, offset, base */
#define SWC_HAS_SIZE	0x010u
#define SWC_HAS_FROM	0x020u /* a second place in memory */
#define SWC_HAS_BASE	0x040u /* base without memory: LEA's second source */
#define SWC_SRC_SP	0x080u /* the source may be RSP, which counts as 0 */

/* Effects. */
#define SWC_READS_DST	 0x0100u /* dst is a source, too */
#define SWC_WRITES_DST	 0x0200u
#define SWC_READS_MEM	 0x0400u
#define SWC_WRITES_MEM	 0x0800u
#define SWC_SETS_FLAGS	 0x1000u /* to those of a sum: ZF when all is 0 */
#define SWC_SPOILS_FLAGS 0x2000u /* to something unknown */
#define SWC_ATOMIC	 0x4000u /* locked without being asked */
#define SWC_STACK	 0x8000u /* reads or moves RSP */

/* dst or src is a vector register. */
#define SWC_VECTOR_DST 0x10000u
#define SWC_VECTOR_SRC 0x20000u
#define SWC_HAS_VECTOR (SWC_VECTOR_DST | SWC_VECTOR_SRC)

/* The 8 bytes at RSP: PUSHES moves RSP down and writes them, POPS the reverse. */
#define SWC_PUSHES 0x40000u
#define SWC_POPS   0x80000u

/* Its memory operand names a place that it doesn't access. */
#define SWC_NAMES 0x100000u
/* Afterwards the line is in no cache, or the page's translation isn't cached. */
#define SWC_FLUSHES 0x200000u
#define SWC_FORGETS 0x400000u

/* dst is 0 where src is the same register, whatever it was: x ^ x. */
#define SWC_CLEARS	   0x800000u
#define SWC_WRITES_VECTORS 0x1000000u /* all of them, to something unknown */
/* Registers are written while the address or the source is still needed. */
#define SWC_WRITES_FIRST 0x2000000u

/* Refused outside of ring 0. */
#define SWC_NEEDS_RING0 0x4000000u
#define SWC_NEEDS_AVX	0x8000000u
#define SWC_NEEDS_TRAP	0x10000000u /* a module for tests */

/* swc_op_is_indirect() - does it go where a pointer in memory says? */
static inline bool swc_op_is_indirect(const struct swc_op *op)
{
	return (op->kind == SWC_OP_CALL || op->kind == SWC_OP_JUMP) &&
	       (op->flags & SWC_OPF_INDIRECT);
}

/* swc_op_segment() - the prefix of the segment that its address counts from; 0: none. */
__u8 swc_op_segment(const struct swc_op *op, const struct swc_caps *caps);

/*
 * swc_op_is_sp_copy() - of RSP alone, by bytes that are the same wherever RSP is
 *
 * ANDN of RSP with itself is 0 and waits for RSP, on every core that was looked at: none
 * takes it for an idiom, as it does XOR. Where there is none, an LEA takes RSP's known
 * value off.
 */
static inline bool swc_op_is_sp_copy(const struct swc_op *op,
				     const struct swc_caps *caps)
{
	return caps->andn && op->kind == SWC_OP_LEA && op->src == SWC_REG_RSP &&
	       op->base == SWC_REG_NONE;
}

/* The meanings of imm. */
enum swc_imm {
	SWC_IMM_NONE,
	SWC_IMM_COUNT,	    /* 1 to @most */
	SWC_IMM_INDEX,	    /* of a name, 0 to @most */
	SWC_IMM_STEP,	    /* bytes that RSP moves by, signed */
	SWC_IMM_ALIGNMENT,  /* bytes, a power of two, from 8 to @most */
	SWC_IMM_REGISTERS,  /* mask of general registers that are moved */
	SWC_IMM_COMPONENTS, /* mask of state components, as in XCR0 */
	SWC_IMM_BYTES,	    /* length of the memory operand */
};

struct swc_machine;
struct swc_reader;
struct swc_site;

/**
 * struct swc_op_traits - one kind of operation
 * @name: as in the text form
 * @traits: SWC_HAS_*, SWC_READS_*, ...
 * @sizes: bit n allows an access of 2^n bytes; 0: no size member
 * @flags: SWC_OPF_* that it may carry
 * @imm: enum swc_imm
 * @most: of COUNT and INDEX
 * @bytes: of a memory operand whose length neither size nor imm says
 * @align: of the memory operand; 0: its size if it is locked or non-temporal, else 1
 * @reads: general registers that it reads unasked, a bit each
 * @writes: likewise
 * @not_src: registers that can't be its source
 * @cycles: upper bound of what the core does, in its cycles. The memory's time is in
 *	bound.h.
 * @each: besides, for each that imm counts; of BYTES, for each line
 * @insn: what the encoder needs to know: opcode, extension
 * @emit: append its instructions
 * @read: read them back
 * @step: what it does to the verifier's abstract machine. Return: SWC_OK, or an
 *	enum swc_error_code
 */
struct swc_op_traits {
	const char *name;
	__u32 traits;
	__u8 sizes;
	__u8 flags;
	__u8 imm;
	__u16 align;
	__u16 bytes;
	__u16 reads;
	__u16 writes;
	__u16 not_src;
	__u16 cycles;
	__u16 each;
	__u32 most;
	struct swc_insn insn;
	void (*emit)(const struct swc_site *site);
	void (*read)(struct swc_reader *reader);
	__u32 (*step)(struct swc_machine *m);
};

/*
 * swc_op_traits() - the table's row, or NULL for a number that is no kind, or whose
 * row lacks a name, an encoder, a reader or a step.
 */
const struct swc_op_traits *swc_op_traits(__u32 kind);

/* swc_op_reads() - general registers that an operation reads besides its operands. */
__u32 swc_op_reads(const struct swc_op *op);

/* swc_op_writes() - likewise those that it writes besides dst. */
__u32 swc_op_writes(const struct swc_op *op);

/**
 * struct swc_op_counts - what a program does, counted statically
 *
 * A replay is straight-line, so that each operation runs exactly once.
 */
struct swc_op_counts {
	__u32 ops;
	__u32 loads; /* memory reads, pops, returns */
	__u32 stores;
	__u32 atomics;
	__u32 calls;
	__u32 rets;
	__u32 branches;
	__u32 switches;
};

void swc_op_count(const struct swc_program *program,
		  struct swc_op_counts *counts);

#endif
