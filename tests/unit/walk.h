/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_WALK_H
#define SWC_TESTS_WALK_H

#include <Zydis/Zydis.h>

#include "check.h"
#include "engine/chunks.h"

/* Following emitted code instruction by instruction; see check.h. */

/* A return address that a call or an AIM has stored. */
struct slot {
	__u64 address;
	__u32 target;
};

#define SEEN_CODE  1u /* part of a decoded instruction */
#define SEEN_END   2u /* after one that never goes on */
#define SEEN_BEGIN 4u /* the first byte of one */

/* The decoder's way through the code. */
struct walk {
	const struct swc_program *program;
	const struct swc_caps *caps;
	const struct swc_binding *binding;
	const struct swc_proof *proof;
	struct swc_chunks *places; /* which operations are emitted together */
	const __u8 *code;
	__u32 bytes;
	__u32 at;
	__u8 *seen;		 /* per byte of code: SEEN_* */
	__u64 *lines;		 /* as swc_footprint() has them, or NULL */
	struct check_list *list; /* or NULL */
	__u64 rsp;
	struct slot *slots;
	__u32 nslots;
	__u32 *due; /* after calls: where returns are expected, the next last */
	__u32 ndue;
	__s64 counted;	 /* the value of a loop's counter */
	__u32 *pointers; /* of each operation, the number of its pointer */
	__u32 npointers; /* of indirect calls and jumps so far */
	bool landed;	 /* one of them has led here */
	struct predicted predicted;
	__u32 index; /* of the operation */
	const struct swc_op *op;
	ZydisMnemonic mnemonic; /* of its row; see checkop.c */
	__u32 head;		/* of the loop, if there is one */
	__u32 head_clears;	/* registers that a turn begins with */
	bool moves_rsp;		/* this instruction may write RSP */
	ZydisDecoder decoder;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
};

/* Fail the test, with the place and the reason, unless @ok. */
void want(const struct walk *w, bool ok, const char *what);

bool in_region(const struct walk *w, __u64 address, __u64 bytes);

/* The address that a memory operand points to if every base but RSP holds 0. */
__u64 effective(const struct walk *w, const ZydisDecodedOperand *o);

/* turns_of() - the loop that the operation is in, whose turns share code; or NULL. */
const struct swc_turns *turns_of(const struct walk *w);

/* stride_of() - bytes that its operand moves in each of them. */
__s32 stride_of(const struct walk *w);

/* is_again() - does the operation execute the code of an earlier one? */
bool is_again(const struct walk *w);

/*
 * The pointer of the indirect call or jump that comes next: no other's but of those
 * that share its code, of no region; and which it is.
 */
__u32 pointer_number(const struct walk *w);
__u64 pointer_address(const struct walk *w);

/* land() - what an indirect call or jump leads to begins with ENDBR64, if asked for. */
void land(struct walk *w);

/* mark_lines() - an instruction accesses these bytes. */
void mark_lines(struct walk *w, __u64 address, __u64 bytes);

/* forget() - a return address that is written over leads nowhere. */
void forget(struct walk *w, __u64 address, __u64 bytes);

/* walk_step() - decode an instruction; fail on one that no replay may contain. */
void walk_step(struct walk *w);

/* expect() - walk_step(), and it has to be this one, locked if @w->op is. */
void expect(struct walk *w, ZydisMnemonic mnemonic);

/* A general or a vector register as Zydis numbers it. */
ZydisRegister gpr(__u8 reg, __u32 bytes);
ZydisRegister vector(__u8 reg, __u32 bytes);

/* Each checks what operand @n is. */
void want_reg(const struct walk *w, int n, ZydisRegister reg);
void want_imm(const struct walk *w, int n, __s64 value);
/* Register or, for SWC_REG_NONE, an immediate 0. */
void want_source(const struct walk *w, int n, __u8 reg, __u32 bytes);
/* Memory at @address through @base; @bytes 0: the size isn't encoded. */
void want_mem(const struct walk *w, int n, __u8 base, __u64 address,
	      __u32 bytes);
/* The memory operand that @w->op asks for. */
void want_operand(const struct walk *w, int n, __u32 bytes);
__u64 address_of(const struct walk *w);

#define HOST_STACK 0x7fff00000000ull /* stands for the host's RSP */

/* check_op() - follow an operation of the program, which has to be this one. */
void check_op(struct walk *w, const struct swc_op *op);

/* check_back() - follow the switch to the stack that the replay began on. */
void check_back(struct walk *w);

/* ends_here() - code that never goes on is followed by INT3, or by the epilogue. */
void ends_here(struct walk *w);

/* follow_jump() - an unconditional one, to wherever in the code. */
void follow_jump(struct walk *w);

#endif
