/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_SHAPE_H
#define SWC_ENGINE_SHAPE_H

#include "caps.h"
#include "program.h"

/* Registers that SAVE and RESTORE may name: all but RSP. */
#define SWC_GPR_MASK 0xffefu

/**
 * swc_shape_check() - is one operation well formed by itself?
 * @program: whose regions bound the operation
 * @caps: what the CPU offers
 * @op: the operation
 *
 * Checks members, sizes, registers, alignment and region bounds; what depends
 * on the operations before it is the verifier's. Total: any bit pattern gets
 * an answer. Return: SWC_OK or an enum swc_error_code.
 */
__u32 swc_shape_check(const struct swc_program *program,
		      const struct swc_caps *caps, const struct swc_op *op);

/* swc_shape_bytes() - size of a valid operation's memory operand, bytes. */
__u32 swc_shape_bytes(const struct swc_caps *caps, const struct swc_op *op);

/*
 * swc_shape_cycles() - upper bound of what the core does for a valid operation, in
 * its cycles; see bound.h.
 */
__u32 swc_shape_cycles(const struct swc_op *op);

#endif
