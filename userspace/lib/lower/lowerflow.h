/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERFLOW_H
#define SWC_LIB_LOWERFLOW_H

#include "lowerop.h"

/*
 * Control flow, and what moves RSP. A return needs its call's return address:
 * which slots hold one is followed here as the verifier will.
 */

/**
 * struct lower_flow - return addresses on the sequence's stacks
 * @slot: of each 8 bytes of the regions: is it a return address of a call that
 *	hasn't returned?
 * @first: index of each region's first slot
 */
struct lower_flow {
	uint8_t *slot;
	uint32_t first[SWC_MAX_REGIONS + 1];
};

/* lower_flow_init() - for the regions of @l. Return: 0, or -1: no memory. */
int lower_flow_init(struct lower_flow *f, const struct lower_state *l);
void lower_flow_free(struct lower_flow *f);

/* lower_moves() - what an instruction does to RSP. */
enum stack_move lower_moves(const struct insn *insn);

/* lower_is_flow() - is @insn control flow, or does it move RSP? */
bool lower_is_flow(const struct insn *insn);

/* One executed instruction of that kind. */
struct lower_flow_step {
	const struct insn *insn;
	const struct trace_access *a;
	unsigned int n;
	bool taken;
	bool plain_return; /* the verifier refuses a RET here */
	uint64_t next_rsp; /* recorded RSP behind it */
	uint8_t spare; /* a register not needed before it is written, NONE */
};

/* lower_flow_step() - such an instruction. Return: 0 or -1. */
int lower_flow_step(struct lower_state *l, struct lower_flow *f,
		    const struct lower_flow_step *step);

/* lower_flow_call() - append a CALL. */
int lower_flow_call(struct lower_state *l, struct lower_flow *f);

/* lower_flow_written() - these accesses may write over return addresses. */
void lower_flow_written(struct lower_state *l, struct lower_flow *f,
			const struct trace_access *a, unsigned int n);

/*
 * lower_flow_settle() - bring RSP to where it was recorded next, if the
 * operations so far haven't: behind a signal, ret n, or pop rsp. Return: 0, -1.
 */
int lower_flow_settle(struct lower_state *l, struct lower_flow *f,
		      uint64_t rsp);

#endif
