/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_REGISTERS_H
#define SWC_ABLATION_ABLATION_REGISTERS_H

#include <stdint.h>

#include "engine/program.h"

/*
 * Registers whose writer has been taken out of a sequence. An operation that
 * reads one of them would wait for whatever wrote it before, which it never
 * did.
 */

/* General registers, then vector registers, one bit each. */
#define REGISTERS_GENERAL 16u
#define REGISTERS_ALL	  32u

/* registers_written() - by an operation. */
uint32_t registers_written(const struct swc_op *op);

/*
 * registers_left() - those of registers_written() that, without the operation,
 * hold nothing that its readers should wait for. An operation that only changes
 * a register leaves it as it was before when taken out: readers wait for that
 * all the same.
 */
uint32_t registers_left(const struct swc_op *op);

/**
 * registers_release() - let an operation wait for none of some registers
 * @op: changed: its address base, and its sources where it can do without
 * @stale: the registers
 * @count: added to: operands that wait for nothing now
 *
 * Return: those of @stale that it still reads, and that have to be cleared.
 */
uint32_t registers_release(struct swc_op *op, uint32_t stale,
			   unsigned int *count);

/* registers_clear() - an operation that makes a register 0, whatever it was. */
struct swc_op registers_clear(unsigned int reg);

#endif
