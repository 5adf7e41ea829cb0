// SPDX-License-Identifier: GPL-2.0
#include "oprows.h"
#include "reader.h"

/* The instructions of the operations that move RSP, store return addresses, or branch. */

#define OP_PUSH	     0x50
#define OP_POP	     0x58
#define OP_PUSH_IMM  0x6a
#define OP_JE	     0x74
#define OP_JNE	     0x75
#define OP_LONG_JUMP 0x10 /* after 0x0f: so much above the short one */
#define OP_IMM32     0x81
#define OP_IMM8	     0x83
#define OP_CALL	     0xe8
#define OP_JMP	     0xe9
#define OP_SHORT_JMP 0xeb
#define OP_GROUP5    0xff
#define GROUP5_CALL  2
#define GROUP5_JMP   4

/* The 8 bytes at RSP, which the instruction accesses. */
static void want_slot(struct swc_reader *r)
{
	swc_want(r, swc_in_region(r, r->proved->sp_region, r->rsp,
				  SWC_SLOT_BYTES));
}

/* The instruction at @to is the next one. */
static void go_to(struct swc_reader *r, __u32 to)
{
	if (swc_want(r, to < r->bytes))
		r->at = to;
}

/*
 * CALL or JMP, by ModRM's extension, through the pointer that is this one's or, where its
 * code was read before, the one's that it was read for. It leads to @to. Return: whether
 * that is in the code.
 */
static bool read_pointer(struct swc_reader *r, __u8 extension, __u32 *to)
{
	const struct swc_binding *binding = r->binding;
	struct swc_insn insn = {.opcode = OP_GROUP5, .reg = extension};
	__u64 first = binding->context + SWC_POINTERS_BYTES, n, target;
	__u32 own = r->npointers++;
	bool again = swc_is_begun(r);

	if (!swc_read_insn(r, &insn) || !swc_want(r, binding->pointers))
		return false;
	n = ((__u64)(__s64)r->d.mem.disp - first) / sizeof(__u64);
	if (!swc_want(r, n < SWC_MAX_INDIRECT && (again || n == own)))
		return false;
	swc_want_mem(r, r->op->base, r->op->index, first + n * sizeof(__u64));
	target = binding->pointers[n] - binding->at;
	*to = target;
	return swc_want(r, target < r->bytes);
}

/* Its target begins with ENDBR64, if the host wants that. */
static void land(struct swc_reader *r)
{
	if (r->binding->landing_pad)
		swc_read_these(r, "\xf3\x0f\x1e\xfa", 4);
}

static bool is_indirect(const struct swc_reader *r)
{
	return swc_op_is_indirect(r->op) && !r->proof->caps->direct;
}

static bool is_jump(const struct swc_reader *r)
{
	return r->at < r->bytes &&
	       (r->code[r->at] == OP_JMP || r->code[r->at] == OP_SHORT_JMP);
}

static void read_jump(struct swc_reader *r)
{
	if (swc_read(r))
		go_to(r, r->at + (__u32)r->d.imm);
}

void swc_follow(struct swc_reader *r)
{
	while (!r->wrong && is_jump(r)) {
		if (swc_want(r, r->jumps))
			read_jump(r);
		r->jumps--;
	}
}

void swc_read_push(struct swc_reader *r)
{
	struct swc_insn insn = {.opcode = OP_PUSH, .reg = r->op->src};

	if (r->op->src == SWC_REG_NONE)
		insn = (struct swc_insn){.opcode = OP_PUSH_IMM};
	if (!swc_read_insn(r, &insn))
		return;
	swc_want_imm(r, 0);
	r->rsp -= SWC_SLOT_BYTES;
	want_slot(r);
}

void swc_read_pop(struct swc_reader *r)
{
	struct swc_insn insn = {.opcode = OP_POP, .reg = r->op->dst};

	if (!swc_read_insn(r, &insn))
		return;
	want_slot(r);
	r->rsp += SWC_SLOT_BYTES;
}

void swc_read_call(struct swc_reader *r)
{
	struct swc_insn insn = {.opcode = OP_CALL};
	bool indirect = is_indirect(r);
	__u32 to;

	if (indirect ? !read_pointer(r, GROUP5_CALL, &to)
		     : !swc_read_insn(r, &insn))
		return;
	r->rsp -= SWC_SLOT_BYTES;
	want_slot(r);
	if (!indirect)
		to = r->at + (__u32)r->d.imm;
	if (r->op->flags & SWC_OPF_NEXT) {
		swc_want(r, to == r->at);
		return;
	}
	r->resume[r->proved->block] = (struct swc_resume){
		.at = r->at,
		.slot = r->rsp,
	};
	go_to(r, to);
	if (indirect)
		land(r);
}

/* A direct one is followed as each jump is. */
void swc_read_jump(struct swc_reader *r)
{
	__u32 to;

	if (!is_indirect(r) || !read_pointer(r, GROUP5_JMP, &to))
		return;
	go_to(r, to);
	land(r);
}

/*
 * The verifier knows which call's return address lies at RSP: that of the call by which
 * the block was left that comes next, or an AIM's.
 */
void swc_read_ret(struct swc_reader *r)
{
	const struct swc_proof *proof = r->proof;
	bool last = r->index + 1 == proof->program->nops;
	__u32 block = last ? proof->last_block : r->proved[1].block;
	struct swc_resume *resume = &r->resume[block];
	__u32 to = r->aimed[r->index + 1];

	if (!swc_read_insn(r, &r->row->insn))
		return;
	want_slot(r);
	if (to == SWC_NO_PLACE) {
		to = resume->at;
		swc_want(r, resume->moved || resume->slot == r->rsp);
		resume->at = SWC_NO_PLACE;
	}
	r->rsp += SWC_SLOT_BYTES;
	go_to(r, to);
}

/* An address in the code is stored, and nothing of it is left in the register. */
void swc_read_aim(struct swc_reader *r)
{
	const struct swc_op *op = r->op;
	struct swc_insn lea = {
		.wide = true, .opcode = SWC_OPCODE_LEA, .reg = op->dst};
	struct swc_insn store = {
		.wide = true,
		.opcode = SWC_OPCODE_STORE,
		.reg = op->dst,
	};
	__u32 leads = r->proved->leads, to;
	struct swc_resume *resume;

	if (!swc_read_insn(r, &lea))
		return;
	swc_want(r, r->d.memory && r->d.mem.base == SWC_REG_RIP);
	to = r->at + (__u32)r->d.mem.disp;
	if (leads & SWC_LEADS_BACK) {
		resume = &r->resume[leads & ~SWC_LEADS_BACK];
		swc_want(r, to == resume->at);
		resume->moved = true;
	} else if (leads) {
		swc_want(r, to < r->bytes);
		r->aimed[leads] = to;
	} else {
		swc_want(r, to == r->begin);
	}
	if (op->src != SWC_REG_NONE && swc_read_insn(r, &lea)) {
		swc_want(r, r->d.memory && r->d.mem.base == op->dst);
		swc_want(r, !r->d.mem.disp);
		swc_want(r, r->d.index == op->src && !r->d.scale);
	}
	if (swc_read_insn(r, &store))
		swc_want_operand(r, 0, SWC_SLOT_BYTES);
	swc_read_cleared(r, op->dst);
}

void swc_read_sp(struct swc_reader *r)
{
	__s32 step = (__s32)r->op->imm;
	struct swc_insn insn = {
		.wide = true,
		.opcode = step == (__s8)step ? OP_IMM8 : OP_IMM32,
		.reg = SWC_GROUP1_ADD,
	};

	if (!swc_read_insn(r, &insn))
		return;
	swc_want_rm(r, SWC_REG_RSP);
	swc_want_imm(r, step);
	r->rsp += step;
}

void swc_read_align(struct swc_reader *r)
{
	__s64 mask = -(__s64)r->op->imm;
	struct swc_insn insn = {
		.wide = true,
		.opcode = OP_IMM8,
		.reg = SWC_GROUP1_AND,
	};

	if (!swc_read_insn(r, &insn))
		return;
	swc_want_rm(r, SWC_REG_RSP);
	swc_want_imm(r, mask);
	r->rsp &= mask;
}

void swc_read_back(struct swc_reader *r)
{
	const struct swc_program *p = r->proof->program;
	const struct swc_binding *binding = r->binding;
	bool host = p->entry_region == SWC_NO_REGION;
	struct swc_insn insn = {
		.wide = true,
		.opcode = host ? SWC_OPCODE_LOAD : SWC_OPCODE_LEA,
		.reg = SWC_REG_RSP,
	};
	__u64 from = binding->context + offsetof(struct swc_context, host_rsp);

	if (!host)
		from = binding->region[p->entry_region] + p->entry_offset;
	if (swc_read_insn(r, &insn))
		swc_want_mem(r, SWC_REG_NONE, SWC_REG_NONE, from);
	r->rsp = host ? SWC_HOST_RSP : from;
}

void swc_read_switch(struct swc_reader *r)
{
	struct swc_insn lea = {
		.wide = true,
		.opcode = SWC_OPCODE_LEA,
		.reg = SWC_REG_RSP,
	};

	if (r->op->flags & SWC_OPF_BACK) {
		swc_read_back(r);
		return;
	}
	if (swc_read_insn(r, &lea))
		swc_want_operand(r, 0, 0);
	r->rsp = r->binding->region[r->op->region] + r->op->offset;
}

/*
 * If a branch may go both ways, both lead to the same place: right after it, or where
 * a jump leads that lies there. If it goes one way only, it is a jump, which is
 * followed as each jump is; so is a JUMP.
 */
void swc_read_branch(struct swc_reader *r)
{
	bool taken = r->op->flags & SWC_OPF_TAKEN;
	struct swc_insn insn = {.opcode = taken ? OP_JE : OP_JNE};
	__u32 to;

	if (taken && !r->proved->zero_flags)
		return;
	if (!swc_read(r))
		return;
	if (r->d.insn.escape) {
		insn.escape = true;
		insn.opcode += OP_LONG_JUMP;
	}
	swc_want(r, swc_is_insn(&r->d, &insn));
	to = r->at + (__u32)r->d.imm;
	if (to == r->at)
		return;
	if (swc_want(r, is_jump(r)))
		read_jump(r);
	swc_want(r, r->at == to);
}
