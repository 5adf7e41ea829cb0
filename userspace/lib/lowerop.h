/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWEROP_H
#define SWC_LIB_LOWEROP_H

#include "decode.h"
#include "lower.h"
#include "pagemap.h"

/**
 * struct lower_state - a lowering under way
 * @trace: being lowered
 * @map: its pages in the sequence's regions
 * @s: being built
 * @report: what was done
 * @err: set on failure
 * @code: code line of the current instruction
 * @note: its function and step
 * @emitted: operations made of the current instruction so far
 * @rsp: recorded stack pointer before the instruction
 */
struct lower_state {
	const struct trace *trace;
	struct pagemap map;
	struct sequence *s;
	struct lowering *report;
	struct error *err;
	uint32_t code;
	struct sequence_note note;
	unsigned int emitted;
	uint64_t rsp;
};

/* lower_count() - count one deviation. */
void lower_count(struct lower_state *l, enum lower_deviation deviation);

/* lower_emit() - append @op with the current code line. Return: 0 or -1. */
int lower_emit(struct lower_state *l, struct swc_op op);

/*
 * lower_place() - fill in region and offset of a recorded access.
 * Return: 0, or -1 with the error set.
 */
int lower_place(struct lower_state *l, struct swc_op *op, uint64_t address);

/* lower_register() - number of the general register, NONE if it is none. */
uint8_t lower_register(struct lower_state *l, ZydisRegister reg);

/*
 * lower_base() - the register that the address of an access depends on
 *
 * RSP is known to the verifier and addressed as such. Return: its number, or
 * NONE; what isn't carried over is counted.
 */
uint8_t lower_base(struct lower_state *l, const struct insn *insn,
		   const struct trace_access *access);

/*
 * lower_data() - an instruction that isn't control flow and doesn't write RSP,
 * with its recorded accesses. Return: 0, or -1 with the error set.
 */
int lower_data(struct lower_state *l, const struct insn *insn,
	       const struct trace_access *accesses, unsigned int n);

#endif
