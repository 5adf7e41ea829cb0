/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_OPTABLE_H
#define SWC_ENGINE_OPTABLE_H

#include "program.h"

/*
 * What each kind of operation is made of. The verifier, the text form, the
 * counts and the lowering all read this one table.
 */

/* Which members of struct swc_op an operation uses. */
#define SWC_HAS_DST	0x001u /* a register, required */
#define SWC_HAS_SRC	0x002u /* a register, required */
#define SWC_HAS_SRC_OPT 0x004u /* a register, or NONE for an immediate */
#define SWC_HAS_MEM	0x008u /* region, offset, base */
#define SWC_HAS_SIZE	0x010u
#define SWC_HAS_IMM	0x020u
#define SWC_HAS_FROM	0x040u /* a second place in memory */
#define SWC_HAS_BASE	0x080u /* base without memory: LEA's second source */

/* Effects. */
#define SWC_READS_DST	 0x0100u /* dst is a source, too */
#define SWC_WRITES_DST	 0x0200u
#define SWC_READS_MEM	 0x0400u
#define SWC_WRITES_MEM	 0x0800u
#define SWC_SETS_FLAGS	 0x1000u /* to those of a sum: ZF when all is 0 */
#define SWC_SPOILS_FLAGS 0x2000u /* to something unknown */
#define SWC_ATOMIC	 0x4000u /* locked without being asked */
#define SWC_STACK	 0x8000u /* reads or moves RSP */

/* Which of dst and src are vector registers. */
#define SWC_VECTOR_DST 0x10000u
#define SWC_VECTOR_SRC 0x20000u
#define SWC_HAS_VECTOR (SWC_VECTOR_DST | SWC_VECTOR_SRC)

/**
 * struct swc_op_traits - one kind of operation
 * @name: as in the text form
 * @traits: SWC_HAS_*, SWC_READS_*, ...
 * @sizes: bit n allows an access of 2^n bytes; 0: no size member
 * @flags: SWC_OPF_* that it may carry
 * @cycles: upper bound of what the core does, in its cycles. What the memory does
 *	is in bound.h.
 */
struct swc_op_traits {
	const char *name;
	__u32 traits;
	__u8 sizes;
	__u8 flags;
	__u16 cycles;
};

/* swc_op_traits() - the table's row, or NULL for a number that is no kind. */
const struct swc_op_traits *swc_op_traits(__u32 kind);

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
