/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERFLOW_H
#define SWC_LIB_LOWERFLOW_H

#include "lowerreturn.h"

/* Lowering control flow, and instructions that move RSP. */

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
	bool loops;	   /* a taken branch back to the next turn of a loop */
	bool refused;	   /* the verifier has found no return address here */
	uint64_t target;   /* where the next one is; 0: out of the recording */
	uint64_t next_rsp; /* recorded RSP after it */
	uint8_t spare; /* a register not needed before it is written, NONE */
};

/* lower_flow_step() - such an instruction. Return: 0 or -1. */
int lower_flow_step(struct lower_state *l, struct lower_returns *r,
		    const struct lower_flow_step *step);

/* lower_flow_call() - append a CALL whose return address is @back. */
int lower_flow_call(struct lower_state *l, struct lower_returns *r,
		    uint64_t back);

/* lower_flow_written() - these accesses may write over return addresses. */
void lower_flow_written(struct lower_state *l, struct lower_returns *r,
			const struct trace_access *a, unsigned int n);

/*
 * lower_flow_settle() - bring RSP to where it was recorded next, if the
 * operations so far haven't: after a signal, ret n, or pop rsp. Return: 0, -1.
 */
int lower_flow_settle(struct lower_state *l, struct lower_returns *r,
		      uint64_t rsp);

#endif
