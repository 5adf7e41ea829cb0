// SPDX-License-Identifier: GPL-2.0
#include "optable.h"

#include "caps.h"
#include "oprows.h"
#include "slots.h"

#define DST  SWC_HAS_DST
#define SRC  SWC_HAS_SRC
#define OPT  SWC_HAS_SRC_OPT
#define MEM  SWC_HAS_MEM
#define SIZE SWC_HAS_SIZE
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
#define WFST SWC_WRITES_FIRST

/* Access sizes as a set: bit n is 2^n bytes. */
#define S1_8	0x0f
#define S4_8	0x0c
#define S4_8_64 0x7c /* vector moves: 4 and 8 bytes go to the low end */
#define S16_64	0x70

/*
 * Bounds in core cycles, without the memory's time, which bound.c knows. An operation
 * that waits for the store buffer waits for stores that are counted there.
 */
#define C_ALU	 4
#define C_MEM	 20 /* forwarded from a store, at worst from two */
#define C_LOCK	 100
#define C_XSTATE 4000
#define C_FENCE	 400
#define C_BRANCH 40  /* predicted wrong */
#define C_DIV	 100 /* of 64 bits, before Ice Lake */
#define C_FAST	 50  /* the start of a fast string, without its lines */
#define C_LINE	 64  /* of one that isn't fast, and goes by elements */

#define LOCK SWC_OPF_LOCK
#define NT   SWC_OPF_NT
#define SEG  SWC_OPF_SEGMENT

#define RAX (1u << SWC_REG_RAX)
#define RCX (1u << SWC_REG_RCX)
#define RDX (1u << SWC_REG_RDX)
#define RSI (1u << SWC_REG_RSI)
#define RDI (1u << SWC_REG_RDI)

#define MAX_NOP	  9u
#define MAX_CHAIN 4096u
#define MAX_MARK  0xffffu

#define XSAVE_ALIGN 64u

/* Many instructions share one opcode; ModRM says which (Intel SDM vol. 2, A.4). */
#define GROUP15(n) {.escape = true, .opcode = 0xae, .reg = (n)}
#define GROUP15_WIDE(n) \
	{.wide = true, .escape = true, .opcode = 0xae, .reg = (n)}

static const struct swc_op_traits table[SWC_OP_KINDS] = {
	/* Registers, and nothing at all. */
	[SWC_OP_NOP] = {"nop", 0, .imm = SWC_IMM_COUNT, .most = MAX_NOP,
			.cycles = 1, .emit = swc_emit_nop, .read = swc_read_nop,
			.step = swc_step_plain},
	[SWC_OP_MARK] = {"mark", 0, .imm = SWC_IMM_INDEX, .most = MAX_MARK,
			 .emit = swc_emit_nothing, .read = swc_read_nothing,
			 .step = swc_step_plain},
	[SWC_OP_CHAIN] = {"chain", DST | RD | WD | FL, .imm = SWC_IMM_COUNT,
			  .most = MAX_CHAIN, .each = 1, .emit = swc_emit_chain,
			  .read = swc_read_chain, .step = swc_step_plain},
	[SWC_OP_IMM] = {"imm", DST | WD, .cycles = 1, .emit = swc_emit_zero,
			.read = swc_read_zero, .step = swc_step_plain},
	[SWC_OP_MOV] = {"mov", DST | WD | SRC | SIZE, S4_8, .cycles = C_ALU,
			.insn = {.opcode = SWC_OPCODE_STORE},
			.emit = swc_emit_rr, .read = swc_read_rr,
			.step = swc_step_plain},
	[SWC_OP_LEA] = {"lea", DST | WD | SRC | SWC_SRC_SP | BASE | SIZE, S4_8,
			.cycles = C_ALU, .emit = swc_emit_lea,
			.read = swc_read_lea, .step = swc_step_plain},
	[SWC_OP_ALU] = {"alu", DST | RD | WD | OPT | SIZE | FL, S4_8,
			.cycles = C_ALU, .insn = {.opcode = SWC_OPCODE_ADD},
			.emit = swc_emit_alu, .read = swc_read_alu,
			.step = swc_step_plain},
	[SWC_OP_MUL] = {"mul", DST | RD | WD | SRC | SIZE | XF, S4_8,
			.cycles = 10, .insn = {.escape = true, .opcode = 0xaf},
			.emit = swc_emit_rm, .read = swc_read_rm,
			.step = swc_step_plain},
	[SWC_OP_CMOV] = {"cmov", DST | RD | WD | SRC | SIZE, S4_8,
			 .cycles = C_ALU,
			 .insn = {.escape = true, .opcode = 0x44},
			 .emit = swc_emit_rm, .read = swc_read_rm,
			 .step = swc_step_plain},
	[SWC_OP_TEST] = {"test", DST | RD | OPT | SIZE | FL, S4_8,
			 .cycles = C_ALU, .insn = {.opcode = SWC_OPCODE_CMP},
			 .emit = swc_emit_test, .read = swc_read_test,
			 .step = swc_step_plain},
	[SWC_OP_DIV] = {"div", SRC | SIZE | XF, S4_8, .reads = RAX | RDX,
			.writes = RAX | RDX, .not_src = RAX | RDX,
			.cycles = C_DIV, .emit = swc_emit_div,
			.read = swc_read_div, .step = swc_step_div},

	/* Memory. */
	[SWC_OP_LOAD] = {"load", DST | WD | MEM | RM | SIZE, S1_8, SEG,
			 .cycles = C_MEM, .emit = swc_emit_load,
			 .read = swc_read_load, .step = swc_step_plain},
	[SWC_OP_STORE] = {"store", OPT | MEM | WM | SIZE, S1_8, NT | SEG,
			  .cycles = C_MEM, .emit = swc_emit_store,
			  .read = swc_read_store, .step = swc_step_plain},
	[SWC_OP_ALULOAD] = {"aluload", DST | RD | WD | MEM | RM | SIZE | FL,
			    S4_8, SEG, .cycles = C_MEM,
			    .insn = {.opcode = 0x03}, .emit = swc_emit_mem,
			    .read = swc_read_mem, .step = swc_step_plain},
	[SWC_OP_TESTLOAD] = {"testload", OPT | MEM | RM | SIZE | FL, S1_8, SEG,
			     .cycles = C_MEM,
			     .insn = {.opcode = SWC_OPCODE_CMP,
				      .reg = SWC_GROUP1_CMP},
			     .emit = swc_emit_mem_or_zero,
			     .read = swc_read_mem_or_zero,
			     .step = swc_step_plain},
	[SWC_OP_RMW] = {"rmw", OPT | MEM | RM | WM | SIZE | FL, S1_8,
			LOCK | SEG, .cycles = C_LOCK,
			.insn = {.opcode = SWC_OPCODE_ADD,
				 .reg = SWC_GROUP1_ADD},
			.emit = swc_emit_mem_or_zero,
			.read = swc_read_mem_or_zero, .step = swc_step_plain},
	[SWC_OP_CMPXCHG] = {"cmpxchg", SRC | MEM | RM | WM | SIZE | FL, S1_8,
			    LOCK | SEG, .reads = RAX, .writes = RAX,
			    .cycles = C_LOCK,
			    .insn = {.escape = true, .opcode = 0xb1},
			    .emit = swc_emit_mem, .read = swc_read_mem,
			    .step = swc_step_plain},
	[SWC_OP_XADD] = {"xadd", DST | RD | WD | MEM | RM | WM | SIZE | FL,
			 S1_8, LOCK | SEG, .cycles = C_LOCK,
			 .insn = {.escape = true, .opcode = 0xc1},
			 .emit = swc_emit_mem, .read = swc_read_mem,
			 .step = swc_step_plain},
	[SWC_OP_XCHG] = {"xchg", DST | RD | WD | MEM | RM | WM | SIZE | ATOM,
			 S1_8, SEG, .cycles = C_LOCK, .insn = {.opcode = 0x87},
			 .emit = swc_emit_mem, .read = swc_read_mem,
			 .step = swc_step_plain},
	[SWC_OP_FILL] = {"fill", MEM | WM | SIZE, S1_8, .imm = SWC_IMM_BYTES,
			 .reads = RAX, .writes = RCX | RDI, .cycles = C_FAST,
			 .each = C_LINE, .insn = {.opcode = 0xab},
			 .emit = swc_emit_string, .read = swc_read_string,
			 .step = swc_step_string},
	[SWC_OP_COPY] = {"copy", MEM | RM | WM | FROM | SIZE, S1_8,
			 .imm = SWC_IMM_BYTES, .writes = RCX | RSI | RDI,
			 .cycles = C_FAST, .each = 2 * C_LINE,
			 .insn = {.opcode = 0xa5}, .emit = swc_emit_string,
			 .read = swc_read_string, .step = swc_step_string},
	[SWC_OP_CLFLUSH] = {"clflush", MEM | SWC_FLUSHES, .bytes = 1,
			    .cycles = C_LOCK, .insn = GROUP15(7),
			    .emit = swc_emit_area, .read = swc_read_area,
			    .step = swc_step_plain},
	[SWC_OP_PREFETCH] = {"prefetch", MEM, .bytes = 1, .cycles = C_MEM,
			     .insn = {.escape = true, .opcode = 0x18, .reg = 1},
			     .emit = swc_emit_area, .read = swc_read_area,
			     .step = swc_step_plain},
	[SWC_OP_INVLPG] = {"invlpg",
			   MEM | SWC_NAMES | SWC_FORGETS | SWC_NEEDS_RING0,
			   .bytes = 1, .cycles = 1000,
			   .insn = {.escape = true, .opcode = 0x01, .reg = 7},
			   .emit = swc_emit_area, .read = swc_read_area,
			   .step = swc_step_plain},

	/* Stacks and control flow. */
	[SWC_OP_PUSH] = {"push", OPT | STK | SWC_PUSHES, .cycles = C_MEM,
			 .emit = swc_emit_push, .read = swc_read_push,
			 .step = swc_step_push},
	[SWC_OP_POP] = {"pop", DST | WD | STK | SWC_POPS, .cycles = C_MEM,
			.emit = swc_emit_pop, .read = swc_read_pop,
			.step = swc_step_pop},
	[SWC_OP_CALL] = {"call", STK | SWC_PUSHES, 0,
			 SWC_OPF_NEXT | SWC_OPF_INDIRECT, .cycles = C_BRANCH,
			 .emit = swc_emit_call, .read = swc_read_call,
			 .step = swc_step_call},
	[SWC_OP_RET] = {"ret", STK | SWC_POPS, .cycles = C_BRANCH,
			.insn = {.opcode = 0xc3}, .emit = swc_emit_bare,
			.read = swc_read_ret, .step = swc_step_ret},
	[SWC_OP_AIM] = {"aim", DST | WD | OPT | MEM | WM | WFST, 0, SWC_OPF_DUE,
			.bytes = SWC_SLOT_BYTES, .align = SWC_SLOT_BYTES,
			.cycles = C_MEM, .emit = swc_emit_aim,
			.read = swc_read_aim, .step = swc_step_aim},
	[SWC_OP_BRANCH] = {"branch", 0, 0, SWC_OPF_TAKEN, .cycles = C_BRANCH,
			   .emit = swc_emit_branch, .read = swc_read_branch,
			   .step = swc_step_plain},
	[SWC_OP_JUMP] = {"jump", 0, 0, SWC_OPF_INDIRECT, .cycles = C_BRANCH,
			 .emit = swc_emit_jump, .read = swc_read_jump,
			 .step = swc_step_jump},
	/* A stack pointer may point to its region's end: 0 bytes. */
	[SWC_OP_SWITCH] = {"switch", MEM | SWC_NAMES | STK, 0, SWC_OPF_BACK,
			   .align = SWC_SLOT_BYTES, .cycles = C_ALU,
			   .emit = swc_emit_switch, .read = swc_read_switch,
			   .step = swc_step_switch},
	[SWC_OP_SP] = {"sp", STK | XF, .imm = SWC_IMM_STEP, .cycles = C_ALU,
		       .emit = swc_emit_sp, .read = swc_read_sp,
		       .step = swc_step_sp},
	[SWC_OP_ALIGN] = {"align", STK | XF, .imm = SWC_IMM_ALIGNMENT,
			  .most = SWC_MAX_ALIGNMENT, .cycles = C_ALU,
			  .emit = swc_emit_align, .read = swc_read_align,
			  .step = swc_step_align},

	/* Sets of registers. */
	[SWC_OP_SAVE] = {"save", MEM | WM, .imm = SWC_IMM_REGISTERS,
			 .align = SWC_SLOT_BYTES, .cycles = 15 * C_ALU,
			 .emit = swc_emit_save, .read = swc_read_registers,
			 .step = swc_step_registers},
	[SWC_OP_RESTORE] = {"restore", MEM | RM | WFST,
			    .imm = SWC_IMM_REGISTERS, .align = SWC_SLOT_BYTES,
			    .cycles = 15 * C_ALU, .emit = swc_emit_restore,
			    .read = swc_read_registers,
			    .step = swc_step_registers},
	[SWC_OP_FXSAVE] = {"fxsave", MEM | WM, .bytes = SWC_XSAVE_LEGACY_BYTES,
			   .align = XSAVE_ALIGN, .cycles = C_XSTATE,
			   .insn = GROUP15_WIDE(0), .emit = swc_emit_area,
			   .read = swc_read_area, .step = swc_step_xsave},
	[SWC_OP_FXRSTOR] = {"fxrstor", MEM | RM | SWC_WRITES_VECTORS,
			    .bytes = SWC_XSAVE_LEGACY_BYTES,
			    .align = XSAVE_ALIGN, .cycles = C_XSTATE,
			    .insn = GROUP15_WIDE(1), .emit = swc_emit_area,
			    .read = swc_read_area, .step = swc_step_xrstor},
	[SWC_OP_XSAVE] = {"xsave", MEM | WM | WFST, .imm = SWC_IMM_COMPONENTS,
			  .align = XSAVE_ALIGN, .writes = RAX | RDX,
			  .cycles = C_XSTATE, .insn = GROUP15_WIDE(4),
			  .emit = swc_emit_xstate, .read = swc_read_xstate,
			  .step = swc_step_xsave},
	[SWC_OP_XRSTOR] = {"xrstor", MEM | RM | WFST | SWC_WRITES_VECTORS,
			   .imm = SWC_IMM_COMPONENTS, .align = XSAVE_ALIGN,
			   .writes = RAX | RDX, .cycles = C_XSTATE,
			   .insn = GROUP15_WIDE(5), .emit = swc_emit_xstate,
			   .read = swc_read_xstate, .step = swc_step_xrstor},

	/* Vectors. */
	[SWC_OP_VLOAD] = {"vload", DST | WD | VEC | MEM | RM | SIZE, S4_8_64,
			  SEG, .cycles = C_MEM, .emit = swc_emit_vload,
			  .read = swc_read_vload, .step = swc_step_plain},
	[SWC_OP_VSTORE] = {"vstore", SRC | VEC | MEM | WM | SIZE, S4_8_64,
			   NT | SEG, .cycles = C_MEM, .emit = swc_emit_vstore,
			   .read = swc_read_vstore, .step = swc_step_plain},
	[SWC_OP_VALU] = {"valu", DST | RD | WD | SRC | VEC | SIZE | SWC_CLEARS,
			 S16_64, .cycles = C_ALU, .insn = {.opcode = 0xef},
			 .emit = swc_emit_vector, .read = swc_read_vector,
			 .step = swc_step_plain},
	[SWC_OP_VMUL] = {"vmul", DST | RD | WD | SRC | VEC | SIZE, S16_64,
			 .cycles = 10, .insn = {.wide = true, .opcode = 0xf4},
			 .emit = swc_emit_vector, .read = swc_read_vector,
			 .step = swc_step_plain},
	[SWC_OP_VGET] = {"vget", DST | WD | SRC | SIZE | VSRC, S4_8,
			 .cycles = 10, .emit = swc_emit_vget,
			 .read = swc_read_vget, .step = swc_step_plain},
	[SWC_OP_VPUT] = {"vput", DST | WD | SRC | SIZE | VDST, S4_8,
			 .cycles = 10, .emit = swc_emit_vput,
			 .read = swc_read_vput, .step = swc_step_plain},
	[SWC_OP_VZERO] = {"vzero", SWC_NEEDS_AVX, .cycles = C_ALU,
			  .emit = swc_emit_vzero, .read = swc_read_vzero,
			  .step = swc_step_vzero},

	/* Operations that hold others up. */
	[SWC_OP_LFENCE] = {"lfence", 0, .cycles = C_FENCE, .insn = GROUP15(5),
			   .emit = swc_emit_fence, .read = swc_read_fence,
			   .step = swc_step_plain},
	[SWC_OP_MFENCE] = {"mfence", 0, .cycles = C_FENCE, .insn = GROUP15(6),
			   .emit = swc_emit_fence, .read = swc_read_fence,
			   .step = swc_step_plain},
	[SWC_OP_SFENCE] = {"sfence", 0, .cycles = C_FENCE, .insn = GROUP15(7),
			   .emit = swc_emit_fence, .read = swc_read_fence,
			   .step = swc_step_plain},
	[SWC_OP_PAUSE] = {"pause", 0, .cycles = 200,
			  .insn = {.prefix = 0xf3, .opcode = 0x90},
			  .emit = swc_emit_bare, .read = swc_read_bare,
			  .step = swc_step_plain},
	[SWC_OP_TRAP] = {"trap", SWC_NEEDS_TRAP, .cycles = C_XSTATE,
			 .insn = {.escape = true, .opcode = 0x0b},
			 .emit = swc_emit_bare, .read = swc_read_bare,
			 .step = swc_step_plain},
};

const struct swc_op_traits *swc_op_traits(__u32 kind)
{
	const struct swc_op_traits *row;

	if (kind >= SWC_OP_KINDS)
		return NULL;
	row = &table[kind];
	return row->name && row->emit && row->read && row->step ? row : NULL;
}

__u8 swc_op_segment(const struct swc_op *op, const struct swc_caps *caps)
{
	if (caps->plain || op->kind >= SWC_OP_KINDS ||
	    !(table[op->kind].flags & SEG) || !(op->flags & SEG))
		return 0;
	/* The kernel's own data are at GS; a program's, which is we, at FS. */
	return caps->privileged ? SWC_PREFIX_FS : SWC_PREFIX_GS;
}

/* The registers of a mask in imm, if the operation has one and @trait. */
static __u32 masked(const struct swc_op *op, const struct swc_op_traits *t,
		    __u32 trait)
{
	return t->imm == SWC_IMM_REGISTERS && (t->traits & trait) ? op->imm : 0;
}

__u32 swc_op_reads(const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);

	return t->reads | masked(op, t, WM);
}

__u32 swc_op_writes(const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);

	return t->writes | masked(op, t, RM);
}

static void count(const struct swc_op *op, const struct swc_op_traits *t,
		  struct swc_op_counts *counts)
{
	__u32 each = t->imm == SWC_IMM_REGISTERS ? swc_popcount(op->imm) : 1;

	counts->loads += t->traits & RM ? each : !!(t->traits & SWC_POPS);
	counts->stores += t->traits & WM ? each : !!(t->traits & SWC_PUSHES);
	counts->atomics += (t->traits & ATOM) || (op->flags & SWC_OPF_LOCK);
	counts->calls += op->kind == SWC_OP_CALL;
	counts->rets += op->kind == SWC_OP_RET;
	counts->branches += op->kind == SWC_OP_BRANCH;
	counts->switches += op->kind == SWC_OP_SWITCH;
}

void swc_op_count(const struct swc_program *program,
		  struct swc_op_counts *counts)
{
	const struct swc_op_traits *traits;
	__u32 i;

	memset(counts, 0, sizeof(*counts));
	counts->ops = program->nops;
	for (i = 0; i < program->nops; i++) {
		traits = swc_op_traits(program->ops[i].kind);
		if (traits)
			count(&program->ops[i], traits, counts);
	}
}
