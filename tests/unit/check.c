// SPDX-License-Identifier: GPL-2.0
#include "check.h"

#include <stdlib.h>

#include "helper.h"
#include "walk.h"

#define HOST_STACK  0x7fff00000000ull /* stands for the host's RSP */
#define BLOCK	    32u
#define MAX_RETURNS 65536u
#define INT3	    0xcc

static ZydisRegister vector(__u8 reg, __u32 bytes)
{
	if (bytes == 64)
		return ZydisRegisterEncode(ZYDIS_REGCLASS_ZMM, reg);
	if (bytes == 32)
		return ZydisRegisterEncode(ZYDIS_REGCLASS_YMM, reg);
	return ZydisRegisterEncode(ZYDIS_REGCLASS_XMM, reg);
}

static void want_next_at(const struct walk *w)
{
	want(w, w->operand[0].imm.is_relative && !w->operand[0].imm.value.s,
	     "a branch must lead to the next operation");
}

static void check_register_op(struct walk *w, const struct swc_op *op)
{
	__u32 i;

	switch (op->kind) {
	case SWC_OP_CHAIN:
		for (i = 0; i < op->imm; i++) {
			expect(w, ZYDIS_MNEMONIC_ADD);
			want_reg(w, 0, gpr(op->dst, 8));
			want_reg(w, 1, gpr(op->dst, 8));
		}
		return;
	case SWC_OP_IMM:
		expect(w, ZYDIS_MNEMONIC_MOV);
		want_reg(w, 0, gpr(op->dst, 4));
		want_imm(w, 1, 0);
		return;
	case SWC_OP_MOV:
		expect(w, ZYDIS_MNEMONIC_MOV);
		break;
	case SWC_OP_MUL:
		expect(w, ZYDIS_MNEMONIC_IMUL);
		break;
	case SWC_OP_CMOV:
		expect(w, ZYDIS_MNEMONIC_CMOVZ);
		break;
	case SWC_OP_ALU:
		expect(w, ZYDIS_MNEMONIC_ADD);
		break;
	default: /* TEST */
		if (op->src != SWC_REG_NONE) {
			expect(w, ZYDIS_MNEMONIC_CMP);
			break;
		}
		expect(w, ZYDIS_MNEMONIC_TEST);
		want_reg(w, 0, gpr(op->dst, op->size));
		want_reg(w, 1, gpr(op->dst, op->size));
		return;
	}
	want_reg(w, 0, gpr(op->dst, op->size));
	want_source(w, 1, op->src, op->size);
}

/* By the complement of zero, which nothing overflows with. */
static void check_div(struct walk *w, const struct swc_op *op)
{
	static const ZydisMnemonic mnemonics[] = {
		ZYDIS_MNEMONIC_NOT, ZYDIS_MNEMONIC_DIV, ZYDIS_MNEMONIC_NOT};
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(mnemonics); i++) {
		expect(w, mnemonics[i]);
		want_reg(w, 0, gpr(op->src, op->size));
	}
}

static void want_address(struct walk *w, __u8 reg, __u8 base, __u64 address)
{
	expect(w, ZYDIS_MNEMONIC_LEA);
	want_reg(w, 0, gpr(reg, 8));
	want_mem(w, 1, base, address, 8);
}

static void want_zero(struct walk *w, __u8 reg)
{
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, gpr(reg, 4));
	want_imm(w, 1, 0);
}

static void check_string(struct walk *w, const struct swc_op *op)
{
	static const ZydisMnemonic fill[] = {
		[1] = ZYDIS_MNEMONIC_STOSB,
		[2] = ZYDIS_MNEMONIC_STOSW,
		[4] = ZYDIS_MNEMONIC_STOSD,
		[8] = ZYDIS_MNEMONIC_STOSQ,
	};
	static const ZydisMnemonic copy[] = {
		[1] = ZYDIS_MNEMONIC_MOVSB,
		[2] = ZYDIS_MNEMONIC_MOVSW,
		[4] = ZYDIS_MNEMONIC_MOVSD,
		[8] = ZYDIS_MNEMONIC_MOVSQ,
	};
	bool copies = op->kind == SWC_OP_COPY;
	__u64 from = 0;

	want(w, in_region(w, address_of(w), op->imm), "fills beyond a region");
	want_address(w, SWC_REG_RDI, op->base, address_of(w));
	if (copies) {
		from = w->binding->region[SWC_FROM_REGION(op->from)] +
		       SWC_FROM_OFFSET(op->from);
		want(w, in_region(w, from, op->imm), "copies from beyond");
		want_address(w, SWC_REG_RSI, SWC_REG_NONE, from);
	}
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, ZYDIS_REGISTER_ECX);
	want_imm(w, 1, op->imm / op->size);
	expect(w, copies ? copy[op->size] : fill[op->size]);
	want(w, w->insn.attributes & ZYDIS_ATTRIB_HAS_REP, "not repeated");
	forget(w, address_of(w), op->imm);
	mark_lines(w, address_of(w), op->imm);
	if (copies)
		mark_lines(w, from, op->imm);
	want_zero(w, SWC_REG_RDI);
	if (copies)
		want_zero(w, SWC_REG_RSI);
}

static void check_lea(struct walk *w, const struct swc_op *op)
{
	const ZydisDecodedOperand *o = &w->operand[1];

	expect(w, ZYDIS_MNEMONIC_LEA);
	want_reg(w, 0, gpr(op->dst, op->size));
	want(w, o->mem.base == gpr(op->src, 8), "first source");
	if (op->src == SWC_REG_RSP) /* RSP's value, less RSP's value */
		want(w, !effective(w, o), "RSP isn't taken off");
	else
		want(w, !o->mem.disp.value, "displacement");
	want(w,
	     op->base == SWC_REG_NONE
		     ? o->mem.index == ZYDIS_REGISTER_NONE
		     : o->mem.index == gpr(op->base, 8) && o->mem.scale == 1,
	     "second source");
}

static void check_fence(struct walk *w, const struct swc_op *op)
{
	static const ZydisMnemonic mnemonic[SWC_OP_KINDS] = {
		[SWC_OP_LFENCE] = ZYDIS_MNEMONIC_LFENCE,
		[SWC_OP_MFENCE] = ZYDIS_MNEMONIC_MFENCE,
		[SWC_OP_SFENCE] = ZYDIS_MNEMONIC_SFENCE,
		[SWC_OP_PAUSE] = ZYDIS_MNEMONIC_PAUSE,
		[SWC_OP_TRAP] = ZYDIS_MNEMONIC_UD2,
		[SWC_OP_NOP] = ZYDIS_MNEMONIC_NOP,
		[SWC_OP_VZERO] = ZYDIS_MNEMONIC_VZEROUPPER,
	};

	expect(w, mnemonic[op->kind]);
	want(w, op->kind != SWC_OP_NOP || w->insn.length == op->imm, "length");
}

static void check_vector(struct walk *w, const struct swc_op *op)
{
	__u32 bytes = op->size;
	bool store = op->kind == SWC_OP_VSTORE;
	bool avx = w->caps->avx;
	ZydisRegister reg = vector(store ? op->src : op->dst, bytes);

	if (op->kind == SWC_OP_VALU || op->kind == SWC_OP_VMUL) {
		if (op->kind == SWC_OP_VMUL)
			expect(w, avx ? ZYDIS_MNEMONIC_VPMULUDQ
				      : ZYDIS_MNEMONIC_PMULUDQ);
		else
			expect(w, bytes == 64 ? ZYDIS_MNEMONIC_VPXORD
				  : avx	      ? ZYDIS_MNEMONIC_VPXOR
					      : ZYDIS_MNEMONIC_PXOR);
		want_reg(w, 0, reg);
		want_reg(w, w->insn.operand_count_visible - 1,
			 vector(op->src, bytes));
		if (avx && bytes < 64)
			want_reg(w, 1, reg);
		if (bytes == 64) /* behind the mask register, k0 */
			want_reg(w, 2, reg);
		return;
	}
	if (op->flags & SWC_OPF_NT)
		expect(w,
		       avx ? ZYDIS_MNEMONIC_VMOVNTPS : ZYDIS_MNEMONIC_MOVNTPS);
	else
		expect(w, bytes == 64	? ZYDIS_MNEMONIC_VMOVDQU64
			  : bytes == 32 ? ZYDIS_MNEMONIC_VMOVDQU
			  : bytes == 16 ? (avx ? ZYDIS_MNEMONIC_VMOVUPS
					       : ZYDIS_MNEMONIC_MOVUPS)
			  : bytes == 8	? (avx ? ZYDIS_MNEMONIC_VMOVQ
					       : ZYDIS_MNEMONIC_MOVQ)
			  : avx		? ZYDIS_MNEMONIC_VMOVD
					: ZYDIS_MNEMONIC_MOVD);
	want_reg(w, store ? w->insn.operand_count_visible - 1 : 0, reg);
	want_operand(w, store ? 0 : w->insn.operand_count_visible - 1, bytes);
}

/* Between a vector and a general register. */
static void check_vector_gpr(struct walk *w, const struct swc_op *op)
{
	bool get = op->kind == SWC_OP_VGET;

	if (w->caps->avx)
		expect(w, op->size == 8 ? ZYDIS_MNEMONIC_VMOVQ
					: ZYDIS_MNEMONIC_VMOVD);
	else
		expect(w, op->size == 8 ? ZYDIS_MNEMONIC_MOVQ
					: ZYDIS_MNEMONIC_MOVD);
	want_reg(w, 0, get ? gpr(op->dst, op->size) : vector(op->dst, 16));
	want_reg(w, 1, get ? vector(op->src, 16) : gpr(op->src, op->size));
}

static void check_load_store(struct walk *w, const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_LOAD:
		expect(w, op->size < 4 ? ZYDIS_MNEMONIC_MOVZX
				       : ZYDIS_MNEMONIC_MOV);
		want_reg(w, 0, gpr(op->dst, op->size < 4 ? 4 : op->size));
		want_operand(w, 1, op->size);
		return;
	case SWC_OP_ALULOAD:
		expect(w, ZYDIS_MNEMONIC_ADD);
		want_reg(w, 0, gpr(op->dst, op->size));
		want_operand(w, 1, op->size);
		return;
	case SWC_OP_STORE:
		expect(w, op->flags & SWC_OPF_NT ? ZYDIS_MNEMONIC_MOVNTI
						 : ZYDIS_MNEMONIC_MOV);
		break;
	case SWC_OP_TESTLOAD:
		expect(w, ZYDIS_MNEMONIC_CMP);
		break;
	default: /* RMW */
		expect(w, ZYDIS_MNEMONIC_ADD);
		break;
	}
	want_operand(w, 0, op->size);
	want_source(w, 1, op->src, op->size);
}

static void check_exchange(struct walk *w, const struct swc_op *op)
{
	__u8 reg = op->kind == SWC_OP_CMPXCHG ? op->src : op->dst;

	expect(w, op->kind == SWC_OP_CMPXCHG ? ZYDIS_MNEMONIC_CMPXCHG
		  : op->kind == SWC_OP_XADD  ? ZYDIS_MNEMONIC_XADD
					     : ZYDIS_MNEMONIC_XCHG);
	want_operand(w, 0, op->size);
	want_reg(w, 1, gpr(reg, op->size));
}

static void check_register_set(struct walk *w, const struct swc_op *op)
{
	bool save = op->kind == SWC_OP_SAVE;
	__u64 address = address_of(w);
	__u8 reg;

	for (reg = 0; reg < 16; reg++) {
		if (!(op->imm & (1u << reg)))
			continue;
		expect(w, ZYDIS_MNEMONIC_MOV);
		want_mem(w, save ? 0 : 1, op->base, address, 8);
		want_reg(w, save ? 1 : 0, gpr(reg, 8));
		address += 8;
	}
}

static void check_area(struct walk *w, const struct swc_op *op)
{
	static const ZydisMnemonic mnemonic[SWC_OP_KINDS] = {
		[SWC_OP_FXSAVE] = ZYDIS_MNEMONIC_FXSAVE64,
		[SWC_OP_FXRSTOR] = ZYDIS_MNEMONIC_FXRSTOR64,
		[SWC_OP_XSAVE] = ZYDIS_MNEMONIC_XSAVE64,
		[SWC_OP_XRSTOR] = ZYDIS_MNEMONIC_XRSTOR64,
		[SWC_OP_CLFLUSH] = ZYDIS_MNEMONIC_CLFLUSH,
		[SWC_OP_PREFETCH] = ZYDIS_MNEMONIC_PREFETCHT0,
		[SWC_OP_INVLPG] = ZYDIS_MNEMONIC_INVLPG,
	};

	if (op->kind == SWC_OP_XSAVE || op->kind == SWC_OP_XRSTOR) {
		expect(w, ZYDIS_MNEMONIC_MOV);
		want_reg(w, 0, ZYDIS_REGISTER_EAX);
		want_imm(w, 1, op->imm);
		expect(w, ZYDIS_MNEMONIC_XOR);
		want_reg(w, 0, ZYDIS_REGISTER_EDX);
		want_reg(w, 1, ZYDIS_REGISTER_EDX);
	}
	expect(w, mnemonic[op->kind]);
	want_operand(w, 0, 0);
	want(w, !(address_of(w) % 64) || op->kind >= SWC_OP_CLFLUSH,
	     "alignment");
}

/* The 8 bytes at RSP, which the operation accesses. */
static __u64 stack_slot(struct walk *w)
{
	want(w, in_region(w, w->rsp, 8), "stack access outside of the regions");
	mark_lines(w, w->rsp, 8);
	return w->rsp;
}

static void pop_slot(struct walk *w)
{
	forget(w, stack_slot(w), 8); /* a signal's frame may follow */
	w->rsp += 8;
}

/* What never goes on has to be followed by INT3, or by the epilogue. */
static void ends_here(struct walk *w)
{
	want(w, w->at < w->bytes, "nothing ends the block");
	w->seen[w->at] |= SEEN_END;
}

static void check_call(struct walk *w, const struct swc_op *op)
{
	__u32 back;

	expect(w, ZYDIS_MNEMONIC_CALL);
	back = w->at;
	w->rsp -= 8;
	forget(w, stack_slot(w), 8);
	if (op->flags & SWC_OPF_NEXT) {
		/* Nothing may return to what it has pushed: that is here. */
		want(w,
		     w->operand[0].imm.is_relative &&
			     !w->operand[0].imm.value.s,
		     "calls another instruction");
		return;
	}
	w->slots[w->nslots++] = (struct slot){w->rsp, back};
	w->due[w->ndue++] = back;
	w->at += (__u32)w->operand[0].imm.value.s;
	want(w, w->operand[0].imm.is_relative && w->at < w->bytes,
	     "calls out of the code");
	back = w->places->recorded ? w->binding->offset : 0;
	want(w, !((back + w->at) % BLOCK), "callee isn't aligned");
}

/* An address in the code is stored, for a return; nothing of it is left. */
static void check_aim(struct walk *w, const struct swc_op *op)
{
	__u32 here = w->at, target;

	expect(w, ZYDIS_MNEMONIC_LEA);
	want_reg(w, 0, gpr(op->dst, 8));
	want(w, w->operand[1].mem.base == ZYDIS_REGISTER_RIP, "not of code");
	target = w->at + (__u32)w->operand[1].mem.disp.value;
	want(w, target < w->bytes, "aims out of the code");
	want(w, w->plan->ops[w->index].leads || target == here,
	     "aims where nothing returns");
	if (op->src != SWC_REG_NONE) {
		expect(w, ZYDIS_MNEMONIC_LEA);
		want_reg(w, 0, gpr(op->dst, 8));
		want(w,
		     w->operand[1].mem.base == gpr(op->dst, 8) &&
			     w->operand[1].mem.index == gpr(op->src, 8) &&
			     w->operand[1].mem.scale == 1 &&
			     !w->operand[1].mem.disp.value,
		     "not the sum");
	}
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_operand(w, 0, 8);
	want_reg(w, 1, gpr(op->dst, 8));
	want_zero(w, op->dst);
	w->slots[w->nslots++] = (struct slot){address_of(w), target};
}

static void check_ret(struct walk *w)
{
	__u32 i;

	expect(w, ZYDIS_MNEMONIC_RET);
	want(w, w->insn.operand_count_visible == 0, "return pops more");
	ends_here(w);
	for (i = 0; i < w->nslots; i++) {
		if (w->slots[i].address == w->rsp)
			break;
	}
	want(w, i < w->nslots, "no return address at RSP");
	w->at = w->slots[i].target;
	if (w->ndue && w->due[--w->ndue] == w->at)
		w->predicted.right++;
	else
		w->predicted.wrong++;
	pop_slot(w);
}

static void check_back(struct walk *w)
{
	const struct swc_program *p = w->program;
	__u64 saved =
		w->binding->context + offsetof(struct swc_context, host_rsp);
	__u64 to = HOST_STACK;

	if (p->entry_region != SWC_NO_REGION)
		to = w->binding->region[p->entry_region] + p->entry_offset;
	expect(w, to == HOST_STACK ? ZYDIS_MNEMONIC_MOV : ZYDIS_MNEMONIC_LEA);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_mem(w, 1, SWC_REG_NONE, to == HOST_STACK ? saved : to, 8);
	w->rsp = to;
}

static void check_stack_op(struct walk *w, const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_PUSH:
		expect(w, ZYDIS_MNEMONIC_PUSH);
		want_source(w, 0, op->src, 8);
		w->rsp -= 8;
		forget(w, stack_slot(w), 8);
		return;
	case SWC_OP_POP:
		expect(w, ZYDIS_MNEMONIC_POP);
		want_reg(w, 0, gpr(op->dst, 8));
		pop_slot(w);
		return;
	case SWC_OP_CALL:
		check_call(w, op);
		return;
	case SWC_OP_RET:
		check_ret(w);
		return;
	case SWC_OP_SP:
		expect(w, ZYDIS_MNEMONIC_ADD);
		want_reg(w, 0, ZYDIS_REGISTER_RSP);
		want_imm(w, 1, (__s32)op->imm);
		if ((__s32)op->imm > 0)
			forget(w, w->rsp, op->imm);
		w->rsp += (__s32)op->imm;
		return;
	default: /* SWITCH */
		if (op->flags & SWC_OPF_BACK) {
			check_back(w);
			return;
		}
		expect(w, ZYDIS_MNEMONIC_LEA);
		want_reg(w, 0, ZYDIS_REGISTER_RSP);
		want_operand(w, 1, 8);
		w->rsp = address_of(w);
	}
}

/* Is the next operation of the block emitted elsewhere? */
static bool is_last_of_chunk(const struct walk *w)
{
	const __u32 *chunk = &w->places->chunk[w->index];

	return w->index + 1 < w->program->nops && chunk[0] != chunk[1];
}

/* An unconditional jump to wherever in the code. */
static void follow_jump(struct walk *w)
{
	expect(w, ZYDIS_MNEMONIC_JMP);
	want(w, w->insn.length == 5 && w->operand[0].imm.is_relative,
	     "not a near jump");
	ends_here(w);
	w->at += (__u32)w->operand[0].imm.value.s;
	want(w, w->at < w->bytes, "jumps out of the code");
}

/* A branch whose next operation is elsewhere: whatever the flags, it is next. */
static void check_far_branch(struct walk *w, const struct swc_op *op)
{
	__u32 to;

	if (op->kind == SWC_OP_BRANCH && w->code[w->at] != 0xe9) {
		walk_step(w);
		to = w->at + (__u32)w->operand[0].imm.value.s;
		if (op->flags & SWC_OPF_TAKEN)
			want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JZ, "jz");
		else
			want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JNZ, "jnz");
		if (!(op->flags & SWC_OPF_TAKEN)) {
			want_next_at(w);
		} else {
			follow_jump(w);
			want(w, w->at == to, "another way if not taken");
			return;
		}
	}
	follow_jump(w);
}

static void check_branch(struct walk *w, const struct swc_op *op)
{
	bool taken = op->flags & SWC_OPF_TAKEN;

	if (is_last_of_chunk(w)) {
		check_far_branch(w, op);
		return;
	}
	walk_step(w);
	if (op->kind == SWC_OP_JUMP)
		want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JMP, "jmp");
	else if (taken) /* JMP where the flags are not known */
		want(w,
		     w->insn.mnemonic == ZYDIS_MNEMONIC_JZ ||
			     w->insn.mnemonic == ZYDIS_MNEMONIC_JMP,
		     "jz or jmp");
	else
		want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JNZ, "jnz");
	want_next_at(w);
}

static void check_op(struct walk *w, const struct swc_op *op)
{
	__u32 *current = &w->places->current[w->plan->ops[w->index].block];
	__u32 chunk = w->places->chunk[w->index];
	bool branched = w->index && (op[-1].kind == SWC_OP_BRANCH ||
				     op[-1].kind == SWC_OP_JUMP);

	w->op = NULL;
	w->moves_rsp = false;
	if (*current != SWC_NO_CHUNK && *current != chunk && !branched)
		follow_jump(w);
	*current = chunk;
	w->op = op;
	w->moves_rsp = op->kind >= SWC_OP_PUSH && op->kind <= SWC_OP_SP;
	if (op->kind == SWC_OP_MARK)
		return;
	if (op->kind == SWC_OP_BRANCH || op->kind == SWC_OP_JUMP)
		check_branch(w, op);
	else if (w->moves_rsp)
		check_stack_op(w, op);
	else if (op->kind == SWC_OP_LEA)
		check_lea(w, op);
	else if (op->kind == SWC_OP_AIM)
		check_aim(w, op);
	else if (op->kind == SWC_OP_CMOV ||
		 (op->kind <= SWC_OP_TEST && op->kind != SWC_OP_NOP))
		check_register_op(w, op);
	else if (op->kind == SWC_OP_DIV)
		check_div(w, op);
	else if (op->kind == SWC_OP_VGET || op->kind == SWC_OP_VPUT)
		check_vector_gpr(w, op);
	else if (op->kind == SWC_OP_FILL || op->kind == SWC_OP_COPY)
		check_string(w, op);
	else if (op->kind >= SWC_OP_LOAD && op->kind <= SWC_OP_RMW)
		check_load_store(w, op);
	else if (op->kind >= SWC_OP_CMPXCHG && op->kind <= SWC_OP_XCHG)
		check_exchange(w, op);
	else if (op->kind == SWC_OP_SAVE || op->kind == SWC_OP_RESTORE)
		check_register_set(w, op);
	else if ((op->kind >= SWC_OP_VLOAD && op->kind <= SWC_OP_VALU) ||
		 op->kind == SWC_OP_VMUL)
		check_vector(w, op);
	else if ((op->kind >= SWC_OP_FXSAVE && op->kind <= SWC_OP_XRSTOR) ||
		 (op->kind >= SWC_OP_CLFLUSH && op->kind <= SWC_OP_INVLPG))
		check_area(w, op);
	else
		check_fence(w, op);
	want(w, w->rsp == HOST_STACK || in_region(w, w->rsp, 0),
	     "RSP has left the regions");
}

static void want_context(const struct walk *w, int n, size_t field, __u32 bytes)
{
	want_mem(w, n, SWC_REG_NONE, w->binding->context + field, bytes);
}

static void check_timestamp(struct walk *w, size_t field, size_t cpu_field)
{
	expect(w, ZYDIS_MNEMONIC_RDTSCP);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, cpu_field, 4);
	want_reg(w, 1, ZYDIS_REGISTER_ECX);
	expect(w, ZYDIS_MNEMONIC_SHL);
	want_reg(w, 0, ZYDIS_REGISTER_RDX);
	want_imm(w, 1, 32);
	expect(w, ZYDIS_MNEMONIC_OR);
	want_reg(w, 0, ZYDIS_REGISTER_RAX);
	want_reg(w, 1, ZYDIS_REGISTER_RDX);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, field, 8);
	want_reg(w, 1, ZYDIS_REGISTER_RAX);
}

/* A counter of the loop is set; of how many turns. */
static void check_counter(struct walk *w, size_t field)
{
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, field, 4);
	want_imm(w, 1, w->binding->loop.turns);
}

static void check_prologue(struct walk *w)
{
	__u32 cleared = 0;
	__u8 id, i;

	if (w->binding->landing_pad)
		expect(w, ZYDIS_MNEMONIC_ENDBR64);
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_context(w, 0, offsetof(struct swc_context, host_rsp), 8);
	want_reg(w, 1, ZYDIS_REGISTER_RSP);
	w->moves_rsp = true;
	if (w->program->entry_region != SWC_NO_REGION)
		check_back(w);
	w->moves_rsp = false;
	if (w->binding->loop.turns)
		check_counter(w, offsetof(struct swc_context, turns));
	if (w->binding->loop.turns && w->binding->loop.copies > 1)
		check_counter(w, offsetof(struct swc_context, turns_again));
	expect(w, ZYDIS_MNEMONIC_MFENCE);
	expect(w, ZYDIS_MNEMONIC_LFENCE);
	check_timestamp(w, offsetof(struct swc_context, start),
			offsetof(struct swc_context, start_cpu));
	for (i = 0; i < 14; i++) { /* all but RSP and RBP */
		expect(w, ZYDIS_MNEMONIC_XOR);
		id = ZydisRegisterGetId(w->operand[0].reg.value);
		want_reg(w, 0, gpr(id, 4));
		want_reg(w, 1, gpr(id, 4));
		cleared |= 1u << id;
	}
	want(w, cleared == 0xffcf, "a register isn't cleared");
	expect(w, ZYDIS_MNEMONIC_LFENCE);
}

/*
 * Where a turn begins: zeros, RAX last, so that the flags are those of a zero.
 * Return: which registers.
 */
static __u32 check_head(struct walk *w)
{
	__u32 cleared = 0;
	__u8 id;

	do {
		expect(w, ZYDIS_MNEMONIC_XOR);
		id = ZydisRegisterGetId(w->operand[0].reg.value);
		want_reg(w, 0, gpr(id, 4));
		want_reg(w, 1, gpr(id, 4));
		want(w, !(cleared & (1u << id)), "cleared twice");
		cleared |= 1u << id;
	} while (id != SWC_REG_RAX);
	return cleared;
}

/* Counts down, and goes to @head until it is 0; without one, on in any case. */
static void check_count(struct walk *w, size_t field, __u32 head)
{
	expect(w, ZYDIS_MNEMONIC_SUB);
	want_context(w, 0, field, 4);
	want_imm(w, 1, 1);
	walk_step(w);
	want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_JNZ, "jnz");
	want(w,
	     w->operand[0].imm.is_relative &&
		     (head ? w->at + w->operand[0].imm.value.s == head
			   : !w->operand[0].imm.value.s),
	     "leads elsewhere");
}

/* Where a turn ends, and the second copy of the loop's own instructions. */
static void check_tail(struct walk *w)
{
	if (w->binding->loop.copies > 1) {
		check_count(w, offsetof(struct swc_context, turns_again), 0);
		want(w, check_head(w) == w->head_clears,
		     "the copy clears others");
	}
	check_count(w, offsetof(struct swc_context, turns), w->head);
}

/* Every other register once, then RAX itself, all added to RAX. */
static void check_pedestal(struct walk *w)
{
	__u32 left = 0xffcf & ~1u, adds = w->binding->pedestal, id;

	while (adds && left) {
		expect(w, ZYDIS_MNEMONIC_ADD);
		want_reg(w, 0, gpr(0, 8));
		id = ZydisRegisterGetId(w->operand[1].reg.value);
		want(w, left & (1u << id), "not a register to wait for");
		left &= ~(1u << id);
	}
	for (adds = adds > 13 ? adds - 13 : 0; adds; adds--) {
		expect(w, ZYDIS_MNEMONIC_ADD);
		want_reg(w, 0, gpr(0, 8));
		want_reg(w, 1, gpr(0, 8));
	}
}

/* May the code lie as recorded, the epilogue apart from it? */
static bool tells_places(const struct swc_program *p)
{
	__u32 i;

	for (i = 0; i < p->nops; i++) {
		if (p->ops[i].code)
			return true;
	}
	return false;
}

static void check_epilogue(struct walk *w)
{
	w->op = NULL;
	/* From the block of the last operation; an open end is right there. */
	if ((!w->program->open_end || tells_places(w->program)) &&
	    w->code[w->at] == 0xe9) {
		expect(w, ZYDIS_MNEMONIC_JMP);
		ends_here(w);
		w->at += (__u32)w->operand[0].imm.value.s;
	}
	w->seen[w->at] &= ~SEEN_END;
	if (w->binding->loop.turns)
		check_tail(w);
	check_pedestal(w);
	check_timestamp(w, offsetof(struct swc_context, end),
			offsetof(struct swc_context, end_cpu));
	expect(w, ZYDIS_MNEMONIC_LFENCE);
	w->moves_rsp = true;
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_context(w, 1, offsetof(struct swc_context, host_rsp), 8);
	expect(w, ZYDIS_MNEMONIC_RET);
	ends_here(w);
}

void check_code(const struct swc_program *program, const struct swc_caps *caps,
		const struct swc_binding *binding, const __u8 *code,
		__u32 bytes)
{
	check_code_lines(program, caps, binding, code, bytes, NULL);
}

static struct predicted predicted;

struct predicted check_predicted(void)
{
	return predicted;
}

void check_code_lines(const struct swc_program *program,
		      const struct swc_caps *caps,
		      const struct swc_binding *binding, const __u8 *code,
		      __u32 bytes, __u64 *lines)
{
	struct walk w = {
		.lines = lines,
		.program = program,
		.caps = caps,
		.binding = binding,
		.code = code,
		.bytes = bytes,
		.rsp = HOST_STACK,
	};
	struct swc_places places;
	struct verified v;
	void *workspace;
	__u32 i;

	assert_true(verify(&v, program, caps));
	workspace = malloc(swc_places_bytes(&v.plan));
	assert_non_null(workspace);
	swc_places_divide(&places, &v.plan, workspace, binding->packed);
	w.plan = &v.plan;
	w.places = &places;
	w.seen = calloc(bytes, 1);
	w.slots = calloc(MAX_RETURNS, sizeof(*w.slots));
	w.due = calloc(program->nops, sizeof(*w.due));
	assert_true(w.seen && w.slots && w.due);
	ZydisDecoderInit(&w.decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	check_prologue(&w);
	w.head = w.at;
	if (binding->loop.turns)
		w.head_clears = check_head(&w);
	for (w.index = 0; w.index < program->nops; w.index++)
		check_op(&w, &program->ops[w.index]);
	check_epilogue(&w);
	for (i = 0; i < bytes; i++)
		assert_true(w.seen[i] == SEEN_CODE || code[i] == INT3);
	predicted = w.predicted;
	free(w.due);
	free(w.slots);
	free(w.seen);
	free(workspace);
	verified_free(&v);
}
