// SPDX-License-Identifier: GPL-2.0
#include "optable.h"

#define DST  SWC_HAS_DST
#define SRC  SWC_HAS_SRC
#define OPT  SWC_HAS_SRC_OPT
#define MEM  SWC_HAS_MEM
#define SIZE SWC_HAS_SIZE
#define IMM  SWC_HAS_IMM
#define VEC  SWC_HAS_VECTOR
#define VDST SWC_VECTOR_DST
#define VSRC SWC_VECTOR_SRC
#define FROM SWC_HAS_FROM
#define BASE SWC_HAS_BASE
#define RD   SWC_READS_DST
#define WD   SWC_WRITES_DST
#define RM   SWC_READS_MEM
#define WM   SWC_WRITES_MEM
#define FL   SWC_SETS_FLAGS
#define XF   SWC_SPOILS_FLAGS
#define ATOM SWC_ATOMIC
#define STK  SWC_STACK

/* Access sizes as a set: bit n is 2^n bytes. */
#define S1_8	0x0f
#define S4_8	0x0c
#define S4_8_64 0x7c /* vector moves: 4 and 8 bytes go to the low end */
#define S16_64	0x70

/*
 * Bounds in core cycles, without the time that memory takes: of that bound.c knows.
 * An operation that waits for the store buffer waits for stores that are counted there.
 */
#define C_ALU	 4
#define C_MEM	 20 /* forwarded from a store, at worst from two */
#define C_LOCK	 100
#define C_XSTATE 4000
#define C_FENCE	 400
#define C_BRANCH 40  /* predicted wrong */
#define C_DIV	 100 /* of 64 bits, before Ice Lake */
#define C_FAST	 50  /* the start of a fast string, without its lines */

#define LOCK SWC_OPF_LOCK
#define NT   SWC_OPF_NT

static const struct swc_op_traits table[SWC_OP_KINDS] = {
	[SWC_OP_NOP] = {"nop", IMM, 0, 0, 1},
	[SWC_OP_MARK] = {"mark", IMM, 0, 0, 0},
	[SWC_OP_CHAIN] = {"chain", DST | RD | WD | IMM | FL, 0, 0, 1},
	[SWC_OP_IMM] = {"imm", DST | WD, 0, 0, 1},
	[SWC_OP_MOV] = {"mov", DST | WD | SRC | SIZE, S4_8, 0, C_ALU},
	[SWC_OP_LEA] = {"lea", DST | WD | SRC | BASE | SIZE, S4_8, 0, C_ALU},
	[SWC_OP_ALU] = {"alu", DST | RD | WD | OPT | SIZE | FL, S4_8, 0, C_ALU},
	[SWC_OP_MUL] = {"mul", DST | RD | WD | SRC | SIZE | XF, S4_8, 0, 10},
	[SWC_OP_TEST] = {"test", DST | RD | OPT | SIZE | FL, S4_8, 0, C_ALU},
	[SWC_OP_LOAD] = {"load", DST | WD | MEM | RM | SIZE, S1_8, 0, C_MEM},
	[SWC_OP_STORE] = {"store", OPT | MEM | WM | SIZE, S1_8, NT, C_MEM},
	[SWC_OP_ALULOAD] = {"aluload", DST | RD | WD | MEM | RM | SIZE | FL,
			    S4_8, 0, C_MEM},
	[SWC_OP_TESTLOAD] = {"testload", OPT | MEM | RM | SIZE | FL, S1_8, 0,
			     C_MEM},
	[SWC_OP_RMW] = {"rmw", OPT | MEM | RM | WM | SIZE | FL, S1_8, LOCK,
			C_LOCK},
	[SWC_OP_CMPXCHG] = {"cmpxchg", SRC | MEM | RM | WM | SIZE | FL, S1_8,
			    LOCK, C_LOCK},
	[SWC_OP_XADD] = {"xadd", DST | RD | WD | MEM | RM | WM | SIZE | FL,
			 S1_8, LOCK, C_LOCK},
	[SWC_OP_XCHG] = {"xchg", DST | RD | WD | MEM | RM | WM | SIZE | ATOM,
			 S1_8, 0, C_LOCK},
	[SWC_OP_PUSH] = {"push", OPT | STK, 0, 0, C_MEM},
	[SWC_OP_POP] = {"pop", DST | WD | STK, 0, 0, C_MEM},
	[SWC_OP_CALL] = {"call", STK, 0, SWC_OPF_NEXT, C_BRANCH},
	[SWC_OP_RET] = {"ret", STK, 0, 0, C_BRANCH},
	[SWC_OP_BRANCH] = {"branch", 0, 0, SWC_OPF_TAKEN, C_BRANCH},
	[SWC_OP_JUMP] = {"jump", 0, 0, 0, C_BRANCH},
	[SWC_OP_SWITCH] = {"switch", MEM | STK, 0, SWC_OPF_BACK, C_ALU},
	[SWC_OP_SP] = {"sp", IMM | STK | XF, 0, 0, C_ALU},
	[SWC_OP_SAVE] = {"save", MEM | WM | IMM, 0, 0, 14 * C_ALU},
	[SWC_OP_RESTORE] = {"restore", MEM | RM | IMM, 0, 0, 14 * C_ALU},
	[SWC_OP_FXSAVE] = {"fxsave", MEM | WM, 0, 0, C_XSTATE},
	[SWC_OP_FXRSTOR] = {"fxrstor", MEM | RM, 0, 0, C_XSTATE},
	[SWC_OP_XSAVE] = {"xsave", MEM | WM | IMM, 0, 0, C_XSTATE},
	[SWC_OP_XRSTOR] = {"xrstor", MEM | RM | IMM, 0, 0, C_XSTATE},
	[SWC_OP_VLOAD] = {"vload", DST | WD | VEC | MEM | RM | SIZE, S4_8_64, 0,
			  C_MEM},
	[SWC_OP_VSTORE] = {"vstore", SRC | VEC | MEM | WM | SIZE, S4_8_64, NT,
			   C_MEM},
	[SWC_OP_VALU] = {"valu", DST | RD | WD | SRC | VEC | SIZE, S16_64, 0,
			 C_ALU},
	[SWC_OP_LFENCE] = {"lfence", 0, 0, 0, C_FENCE},
	[SWC_OP_MFENCE] = {"mfence", 0, 0, 0, C_FENCE},
	[SWC_OP_SFENCE] = {"sfence", 0, 0, 0, C_FENCE},
	[SWC_OP_PAUSE] = {"pause", 0, 0, 0, 200},
	[SWC_OP_CLFLUSH] = {"clflush", MEM, 0, 0, C_LOCK},
	[SWC_OP_PREFETCH] = {"prefetch", MEM, 0, 0, C_MEM},
	[SWC_OP_INVLPG] = {"invlpg", MEM, 0, 0, 1000},
	[SWC_OP_TRAP] = {"trap", 0, 0, 0, C_XSTATE},
	[SWC_OP_CMOV] = {"cmov", DST | RD | WD | SRC | SIZE, S4_8, 0, C_ALU},
	[SWC_OP_DIV] = {"div", SRC | SIZE | XF, S4_8, 0, C_DIV},
	[SWC_OP_VMUL] = {"vmul", DST | RD | WD | SRC | SIZE | VEC, S16_64, 0,
			 10},
	[SWC_OP_VGET] = {"vget", DST | WD | SRC | SIZE | VSRC, S4_8, 0, 10},
	[SWC_OP_VPUT] = {"vput", DST | WD | SRC | SIZE | VDST, S4_8, 0, 10},
	[SWC_OP_VZERO] = {"vzero", 0, 0, 0, C_ALU},
	[SWC_OP_FILL] = {"fill", MEM | WM | IMM | SIZE, S1_8, 0, C_FAST},
	[SWC_OP_COPY] = {"copy", MEM | RM | WM | FROM | IMM | SIZE, S1_8, 0,
			 C_FAST},
	[SWC_OP_AIM] = {"aim", DST | WD | OPT | MEM | WM, 0, SWC_OPF_DUE,
			C_MEM},
};

const struct swc_op_traits *swc_op_traits(__u32 kind)
{
	if (kind >= SWC_OP_KINDS || !table[kind].name)
		return NULL;
	return &table[kind];
}

/*
 * Accesses of the operations whose number isn't simply that of their memory
 * operand: a register set, and what the stack operations do by themselves.
 */
static void count_special(const struct swc_op *op, struct swc_op_counts *counts)
{
	switch (op->kind) {
	case SWC_OP_PUSH:
		counts->stores++;
		break;
	case SWC_OP_POP:
		counts->loads++;
		break;
	case SWC_OP_CALL:
		counts->stores++;
		counts->calls++;
		break;
	case SWC_OP_RET:
		counts->loads++;
		counts->rets++;
		break;
	case SWC_OP_SAVE:
		counts->stores += swc_popcount(op->imm) - 1;
		break;
	case SWC_OP_RESTORE:
		counts->loads += swc_popcount(op->imm) - 1;
		break;
	case SWC_OP_BRANCH:
		counts->branches++;
		break;
	case SWC_OP_SWITCH:
		counts->switches++;
		break;
	default:
		break;
	}
}

void swc_op_count(const struct swc_program *program,
		  struct swc_op_counts *counts)
{
	const struct swc_op_traits *traits;
	const struct swc_op *op;
	__u32 i;

	memset(counts, 0, sizeof(*counts));
	counts->ops = program->nops;
	for (i = 0; i < program->nops; i++) {
		op = &program->ops[i];
		traits = swc_op_traits(op->kind);
		if (!traits)
			continue;
		counts->loads += !!(traits->traits & RM);
		counts->stores += !!(traits->traits & WM);
		counts->atomics += (traits->traits & ATOM) ||
				   (op->flags & SWC_OPF_LOCK);
		count_special(op, counts);
	}
}
