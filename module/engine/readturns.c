// SPDX-License-Identifier: GPL-2.0
#include "oprows.h"
#include "reader.h"

/*
 * Turns of a loop, read one by one, with the counter's value: so each turn's operations
 * are compared with their own addresses, and where the branch back goes is known.
 */

#define OP_MOV_IMM32 0xc7
#define OP_IMM8	     0x83
#define OP_IMM32     0x81
#define OP_GROUP5    0xff
#define GROUP5_INC   0
#define OP_JNE	     0x75

/* Packed code has each turn: no operation but a counter's begin is this instruction. */
static bool begins(const struct swc_reader *r)
{
	const struct swc_insn mov = {.wide = true, .opcode = OP_MOV_IMM32};
	struct swc_disasm d;

	return r->at < r->bytes &&
	       swc_disasm(r->code + r->at, r->bytes - r->at, &d) && !d.memory &&
	       swc_is_insn(&d, &mov);
}

static void next_turns(struct swc_reader *r)
{
	r->turns++;
	r->nturns--;
}

void swc_read_turns(struct swc_reader *r)
{
	if (r->nturns && r->index == swc_turns_end(r->turns)) {
		swc_want(r, !r->counted);
		next_turns(r);
	}
	if (!r->nturns || r->index != r->turns->first)
		return;
	if (!begins(r) || !swc_read(r)) {
		next_turns(r);
		return;
	}
	swc_want_rm(r, r->turns->counter);
	r->counted = r->d.imm;
	swc_want(r, r->counted == -(__s64)r->turns->count * r->turns->step);
}

bool swc_read_turned(struct swc_reader *r)
{
	return swc_is_in_turns(r) &&
	       (swc_place_in_turn(r) + 1 == r->turns->length ||
		(r->turns->tests &&
		 swc_place_in_turn(r) + 2 == r->turns->length));
}

/* The counter's step: INC, or ADD of as much. */
static void read_step(struct swc_reader *r)
{
	const struct swc_turns *t = r->turns;
	struct swc_insn step = {
		.wide = true,
		.opcode = t->step == 1		     ? OP_GROUP5
			  : t->step == (__s8)t->step ? OP_IMM8
						     : OP_IMM32,
		.reg = t->step == 1 ? GROUP5_INC : SWC_GROUP1_ADD,
	};

	if (!swc_read_insn(r, &step))
		return;
	swc_want_rm(r, t->counter);
	swc_want(r, t->step == 1 || r->d.imm == t->step);
	r->counted += t->step;
}

void swc_read_back_branch(struct swc_reader *r)
{
	struct swc_insn jne = {.opcode = OP_JNE};
	__u32 to;

	if (swc_place_in_turn(r) + 1 != r->turns->length)
		return; /* the counter's step stands for it */
	read_step(r);
	if (!swc_read(r))
		return;
	if (r->d.insn.escape) {
		jne.escape = true;
		jne.opcode += 0x10;
	}
	swc_want(r, swc_is_insn(&r->d, &jne));
	to = r->at + (__u32)r->d.imm;
	if (r->counted && swc_want(r, to < r->bytes))
		r->at = to;
}
