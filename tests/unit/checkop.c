// SPDX-License-Identifier: GPL-2.0
#include "check.h"

#include "engine/optable.h"
#include "helper.h"
#include "walk.h"

/* The code that each operation has to be emitted as; this knows nothing of the engine's table. */

#define BLOCK 32u

/* Has it an SSE form and, where there is AVX, another? */
#define SSE_AVX(w, name) \
	((w)->caps->avx ? ZYDIS_MNEMONIC_V##name : ZYDIS_MNEMONIC_##name)

static void want_next_at(const struct walk *w)
{
	want(w, w->operand[0].imm.is_relative && !w->operand[0].imm.value.s,
	     "a branch must lead to the next operation");
}

static void check_nothing(struct walk *w, const struct swc_op *op)
{
	(void)w;
	(void)op;
}

static void check_bare(struct walk *w, const struct swc_op *op)
{
	(void)op;
	expect(w, w->mnemonic);
}

/* Bytes of the instruction that its code stands for; 0: not known. */
static __u8 length_of(const struct walk *w)
{
	return w->places->length[w->places->same[w->index]];
}

static void check_nop(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	/* Or padded, so that what follows lies as recorded. */
	want(w,
	     w->insn.length == op->imm ||
		     (length_of(w) && w->insn.length > op->imm &&
		      w->insn.length <= op->imm + 3),
	     "length");
}

static void check_chain(struct walk *w, const struct swc_op *op)
{
	__u32 i;

	for (i = 0; i < op->imm; i++) {
		expect(w, w->mnemonic);
		want_reg(w, 0, gpr(op->dst, 8));
		want_reg(w, 1, gpr(op->dst, 8));
	}
}

static void want_zero(struct walk *w, __u8 reg)
{
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, gpr(reg, 4));
	want_imm(w, 1, 0);
}

/* Recorded in three bytes or fewer, it was an XOR. */
static void check_imm(struct walk *w, const struct swc_op *op)
{
	__u8 length = length_of(w);

	if (!length || length > 3) {
		want_zero(w, op->dst);
		return;
	}
	expect(w, ZYDIS_MNEMONIC_XOR);
	want_reg(w, 0, gpr(op->dst, 4));
	want_reg(w, 1, gpr(op->dst, 4));
}

/* Two registers, or one and an immediate. */
static void check_two(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_reg(w, 0, gpr(op->dst, op->size));
	want_source(w, 1, op->src, op->size);
}

static void check_test(struct walk *w, const struct swc_op *op)
{
	if (op->src != SWC_REG_NONE) {
		check_two(w, op);
		return;
	}
	expect(w, ZYDIS_MNEMONIC_TEST);
	want_reg(w, 0, gpr(op->dst, op->size));
	want_reg(w, 1, gpr(op->dst, op->size));
}

/* The divisor is the complement of zero, with which nothing overflows. */
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
	bool copies = w->mnemonic == ZYDIS_MNEMONIC_MOVSB;
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

	/* RSP and not RSP: 0, wherever that is. */
	if (w->caps->andn && op->src == SWC_REG_RSP &&
	    op->base == SWC_REG_NONE) {
		expect(w, ZYDIS_MNEMONIC_ANDN);
		want_reg(w, 0, gpr(op->dst, op->size));
		want_reg(w, 1, gpr(SWC_REG_RSP, op->size));
		want_reg(w, 2, gpr(SWC_REG_RSP, op->size));
		return;
	}
	/* No displacement takes that off: RSP isn't waited for. */
	if (op->src == SWC_REG_RSP && w->rsp == 0xffffffff80000000) {
		if (op->base == SWC_REG_NONE) {
			want_zero(w, op->dst);
			return;
		}
		expect(w, ZYDIS_MNEMONIC_MOV);
		want_reg(w, 0, gpr(op->dst, op->size));
		want_reg(w, 1, gpr(op->base, op->size));
		return;
	}
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

/* The low end of a vector register, or all of it, to or from memory. */
static ZydisMnemonic vector_move(const struct walk *w, const struct swc_op *op)
{
	if (op->flags & SWC_OPF_NT)
		return SSE_AVX(w, MOVNTPS);
	switch (op->size) {
	case 4:
		return SSE_AVX(w, MOVD);
	case 8:
		return SSE_AVX(w, MOVQ);
	case 16:
		return SSE_AVX(w, MOVUPS);
	case 32:
		return ZYDIS_MNEMONIC_VMOVDQU;
	default:
		return ZYDIS_MNEMONIC_VMOVDQU64;
	}
}

/* The operands, of which a mask register may be one, end with the source. */
static int last_operand(const struct walk *w)
{
	return w->insn.operand_count_visible - 1;
}

static void check_vload(struct walk *w, const struct swc_op *op)
{
	expect(w, vector_move(w, op));
	want_reg(w, 0, vector(op->dst, op->size));
	want_operand(w, last_operand(w), op->size);
}

static void check_vstore(struct walk *w, const struct swc_op *op)
{
	expect(w, vector_move(w, op));
	want_operand(w, 0, op->size);
	want_reg(w, last_operand(w), vector(op->src, op->size));
}

static void want_vectors(struct walk *w, const struct swc_op *op)
{
	ZydisRegister reg = vector(op->dst, op->size);

	want_reg(w, 0, reg);
	want_reg(w, last_operand(w), vector(op->src, op->size));
	if (w->caps->avx && op->size < 64)
		want_reg(w, 1, reg);
	if (op->size == 64) /* after the mask register, k0 */
		want_reg(w, 2, reg);
}

static void check_vmul(struct walk *w, const struct swc_op *op)
{
	expect(w, SSE_AVX(w, PMULUDQ));
	want_vectors(w, op);
}

static void check_valu(struct walk *w, const struct swc_op *op)
{
	expect(w, op->size == 64 ? ZYDIS_MNEMONIC_VPXORD : SSE_AVX(w, PXOR));
	want_vectors(w, op);
}

static ZydisMnemonic gpr_move(const struct walk *w, const struct swc_op *op)
{
	return op->size == 8 ? SSE_AVX(w, MOVQ) : SSE_AVX(w, MOVD);
}

static void check_vget(struct walk *w, const struct swc_op *op)
{
	expect(w, gpr_move(w, op));
	want_reg(w, 0, gpr(op->dst, op->size));
	want_reg(w, 1, vector(op->src, 16));
}

static void check_vput(struct walk *w, const struct swc_op *op)
{
	expect(w, gpr_move(w, op));
	want_reg(w, 0, vector(op->dst, 16));
	want_reg(w, 1, gpr(op->src, op->size));
}

static void check_load(struct walk *w, const struct swc_op *op)
{
	expect(w, op->size < 4 ? ZYDIS_MNEMONIC_MOVZX : ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, gpr(op->dst, op->size < 4 ? 4 : op->size));
	want_operand(w, 1, op->size);
}

static void check_aluload(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_reg(w, 0, gpr(op->dst, op->size));
	want_operand(w, 1, op->size);
}

/* Memory, and a register or an immediate. */
static void want_memory_source(struct walk *w, const struct swc_op *op)
{
	want_operand(w, 0, op->size);
	want_source(w, 1, op->src, op->size);
}

static void check_store(struct walk *w, const struct swc_op *op)
{
	expect(w, op->flags & SWC_OPF_NT ? ZYDIS_MNEMONIC_MOVNTI
					 : ZYDIS_MNEMONIC_MOV);
	want_memory_source(w, op);
}

static void check_memory(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_memory_source(w, op);
}

/* Memory and the destination. */
static void check_exchange(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_operand(w, 0, op->size);
	want_reg(w, 1, gpr(op->dst, op->size));
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

/* A line or a page, wherever in it. */
static void check_line(struct walk *w, const struct swc_op *op)
{
	(void)op;
	expect(w, w->mnemonic);
	want_operand(w, 0, 0);
}

static void check_area(struct walk *w, const struct swc_op *op)
{
	check_line(w, op);
	want(w, !(address_of(w) % 64), "alignment");
}

static void check_xstate(struct walk *w, const struct swc_op *op)
{
	expect(w, ZYDIS_MNEMONIC_MOV);
	want_reg(w, 0, ZYDIS_REGISTER_EAX);
	want_imm(w, 1, op->imm);
	expect(w, ZYDIS_MNEMONIC_XOR);
	want_reg(w, 0, ZYDIS_REGISTER_EDX);
	want_reg(w, 1, ZYDIS_REGISTER_EDX);
	check_area(w, op);
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

/* Is it known, by itself or by what comes before, where this operation was recorded? */
static bool is_exact(const struct walk *w, __u32 index)
{
	const struct swc_program *p = w->program;

	if (index >= p->nops)
		index = p->nops - 1;
	while (index && !p->ops[index].code)
		index--;
	return SWC_CODE_EXACT(p->ops[index].code);
}

static bool is_indirect(const struct walk *w, const struct swc_op *op)
{
	return swc_op_is_indirect(op) && !w->caps->direct;
}

/* Goes where the call's or jump's pointer leads, which has to be in the code. */
static void follow_pointer(struct walk *w, const struct swc_op *op)
{
	__u64 to = w->binding->pointers[pointer_number(w)] - w->binding->at;

	want_mem(w, 0, op->base, pointer_address(w), 8);
	want(w, to < w->bytes, "a pointer out of the code");
	w->pointers[w->index] = pointer_number(w);
	w->npointers++;
	w->at = to;
	w->landed = true;
}

static void check_call(struct walk *w, const struct swc_op *op)
{
	__u32 back;

	expect(w, ZYDIS_MNEMONIC_CALL);
	back = w->at;
	w->rsp -= 8;
	forget(w, stack_slot(w), 8);
	if (op->flags & SWC_OPF_NEXT) {
		/*
		 * It pushes the address of the next instruction, which nothing
		 * may return to.
		 */
		want(w,
		     w->operand[0].imm.is_relative &&
			     !w->operand[0].imm.value.s,
		     "calls another instruction");
		return;
	}
	w->slots[w->nslots++] = (struct slot){w->rsp, back};
	w->due[w->ndue++] = back;
	if (is_indirect(w, op)) {
		follow_pointer(w, op);
	} else {
		w->at += (__u32)w->operand[0].imm.value.s;
		want(w, w->operand[0].imm.is_relative && w->at < w->bytes,
		     "calls out of the code");
	}
	back = w->places->recorded ? w->binding->offset : 0;
	want(w,
	     (w->places->recorded && is_exact(w, w->index + 1)) ||
		     !((back + w->at) % BLOCK),
	     "callee isn't aligned");
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
	want(w, w->proof->ops[w->index].leads || target == here,
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

static void check_ret(struct walk *w, const struct swc_op *op)
{
	__u32 i;

	(void)op;
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

void check_back(struct walk *w)
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

static void check_push(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_source(w, 0, op->src, 8);
	w->rsp -= 8;
	forget(w, stack_slot(w), 8);
}

static void check_pop(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_reg(w, 0, gpr(op->dst, 8));
	pop_slot(w);
}

static void check_sp(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_imm(w, 1, (__s32)op->imm);
	if ((__s32)op->imm > 0)
		forget(w, w->rsp, op->imm);
	w->rsp += (__s32)op->imm;
}

static void check_align(struct walk *w, const struct swc_op *op)
{
	expect(w, w->mnemonic);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_imm(w, 1, -(int64_t)op->imm);
	w->rsp &= -(uint64_t)op->imm;
}

static void check_switch(struct walk *w, const struct swc_op *op)
{
	if (op->flags & SWC_OPF_BACK) {
		check_back(w);
		return;
	}
	expect(w, w->mnemonic);
	want_reg(w, 0, ZYDIS_REGISTER_RSP);
	want_operand(w, 1, 8);
	w->rsp = address_of(w);
}

/* Is the next operation of the block emitted elsewhere? */
static bool is_last_of_chunk(const struct walk *w)
{
	const __u32 *chunk = &w->places->chunk[w->index];

	return w->index + 1 < w->program->nops && chunk[0] != chunk[1];
}

/*
 * A branch whose next operation is elsewhere: whatever the flags are, that
 * comes next.
 */
static void check_far_branch(struct walk *w, const struct swc_op *op)
{
	__u32 to;

	if (op->kind == SWC_OP_BRANCH && w->code[w->at] != 0xe9 &&
	    w->code[w->at] != 0xeb) {
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

static void check_indirect_jump(struct walk *w, const struct swc_op *op)
{
	__u32 behind;

	expect(w, ZYDIS_MNEMONIC_JMP);
	behind = w->at;
	if (is_last_of_chunk(w))
		ends_here(w);
	follow_pointer(w, op);
	want(w, is_last_of_chunk(w) || w->at == behind, "jumps elsewhere");
}

static void check_branch(struct walk *w, const struct swc_op *op)
{
	bool taken = op->flags & SWC_OPF_TAKEN;

	if (is_indirect(w, op)) {
		check_indirect_jump(w, op);
		return;
	}
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

/* The check of a kind, and the mnemonic that it wants, if it wants one. */
static const struct {
	void (*check)(struct walk *w, const struct swc_op *op);
	ZydisMnemonic mnemonic;
} checks[SWC_OP_KINDS] = {
	[SWC_OP_NOP] = {check_nop, ZYDIS_MNEMONIC_NOP},
	[SWC_OP_MARK] = {.check = check_nothing},
	[SWC_OP_CHAIN] = {check_chain, ZYDIS_MNEMONIC_ADD},
	[SWC_OP_IMM] = {.check = check_imm},
	[SWC_OP_MOV] = {check_two, ZYDIS_MNEMONIC_MOV},
	[SWC_OP_LEA] = {.check = check_lea},
	[SWC_OP_ALU] = {check_two, ZYDIS_MNEMONIC_ADD},
	[SWC_OP_MUL] = {check_two, ZYDIS_MNEMONIC_IMUL},
	[SWC_OP_TEST] = {check_test, ZYDIS_MNEMONIC_CMP},
	[SWC_OP_LOAD] = {.check = check_load},
	[SWC_OP_STORE] = {.check = check_store},
	[SWC_OP_ALULOAD] = {check_aluload, ZYDIS_MNEMONIC_ADD},
	[SWC_OP_TESTLOAD] = {check_memory, ZYDIS_MNEMONIC_CMP},
	[SWC_OP_RMW] = {check_memory, ZYDIS_MNEMONIC_ADD},
	[SWC_OP_CMPXCHG] = {check_memory, ZYDIS_MNEMONIC_CMPXCHG},
	[SWC_OP_XADD] = {check_exchange, ZYDIS_MNEMONIC_XADD},
	[SWC_OP_XCHG] = {check_exchange, ZYDIS_MNEMONIC_XCHG},
	[SWC_OP_PUSH] = {check_push, ZYDIS_MNEMONIC_PUSH},
	[SWC_OP_POP] = {check_pop, ZYDIS_MNEMONIC_POP},
	[SWC_OP_CALL] = {.check = check_call},
	[SWC_OP_RET] = {.check = check_ret},
	[SWC_OP_BRANCH] = {.check = check_branch},
	[SWC_OP_JUMP] = {.check = check_branch},
	[SWC_OP_SWITCH] = {check_switch, ZYDIS_MNEMONIC_LEA},
	[SWC_OP_SP] = {check_sp, ZYDIS_MNEMONIC_ADD},
	[SWC_OP_ALIGN] = {check_align, ZYDIS_MNEMONIC_AND},
	[SWC_OP_SAVE] = {.check = check_register_set},
	[SWC_OP_RESTORE] = {.check = check_register_set},
	[SWC_OP_FXSAVE] = {check_area, ZYDIS_MNEMONIC_FXSAVE64},
	[SWC_OP_FXRSTOR] = {check_area, ZYDIS_MNEMONIC_FXRSTOR64},
	[SWC_OP_XSAVE] = {check_xstate, ZYDIS_MNEMONIC_XSAVE64},
	[SWC_OP_XRSTOR] = {check_xstate, ZYDIS_MNEMONIC_XRSTOR64},
	[SWC_OP_VLOAD] = {.check = check_vload},
	[SWC_OP_VSTORE] = {.check = check_vstore},
	[SWC_OP_VALU] = {.check = check_valu},
	[SWC_OP_LFENCE] = {check_bare, ZYDIS_MNEMONIC_LFENCE},
	[SWC_OP_MFENCE] = {check_bare, ZYDIS_MNEMONIC_MFENCE},
	[SWC_OP_SFENCE] = {check_bare, ZYDIS_MNEMONIC_SFENCE},
	[SWC_OP_PAUSE] = {check_bare, ZYDIS_MNEMONIC_PAUSE},
	[SWC_OP_CLFLUSH] = {check_line, ZYDIS_MNEMONIC_CLFLUSH},
	[SWC_OP_PREFETCH] = {check_line, ZYDIS_MNEMONIC_PREFETCHT0},
	[SWC_OP_INVLPG] = {check_line, ZYDIS_MNEMONIC_INVLPG},
	[SWC_OP_TRAP] = {check_bare, ZYDIS_MNEMONIC_UD2},
	[SWC_OP_CMOV] = {check_two, ZYDIS_MNEMONIC_CMOVZ},
	[SWC_OP_DIV] = {.check = check_div},
	[SWC_OP_VMUL] = {.check = check_vmul},
	[SWC_OP_VGET] = {.check = check_vget},
	[SWC_OP_VPUT] = {.check = check_vput},
	[SWC_OP_VZERO] = {check_bare, ZYDIS_MNEMONIC_VZEROUPPER},
	[SWC_OP_FILL] = {check_string, ZYDIS_MNEMONIC_STOSB},
	[SWC_OP_COPY] = {check_string, ZYDIS_MNEMONIC_MOVSB},
	[SWC_OP_AIM] = {.check = check_aim},
};

/* A loop begins with its counter, a register that is 0 and that nothing there names. */
static void begin_turns(struct walk *w, const struct swc_turns *t)
{
	const struct swc_op *op;
	__u32 i;

	walk_step(w);
	want(w, w->insn.mnemonic == ZYDIS_MNEMONIC_MOV, "sets no counter");
	want_reg(w, 0, gpr(t->counter, 8));
	want_imm(w, 1, -(__s64)t->count * t->step);
	w->counted = w->operand[1].imm.value.s;
	want(w, w->proof->ops[t->first].zero >> t->counter & 1,
	     "the counter isn't 0 before");
	for (i = 0; i < t->count * t->length; i++) {
		op = &w->program->ops[t->first + i];
		want(w,
		     op->dst != t->counter && op->src != t->counter &&
			     op->base != t->counter && op->index != t->counter,
		     "an operation uses the counter");
	}
}

/* It counts, and leads back until it is 0. */
static void check_back_branch(struct walk *w, const struct swc_turns *t)
{
	walk_step(w);
	want(w,
	     w->insn.mnemonic ==
		     (t->step == 1 ? ZYDIS_MNEMONIC_INC : ZYDIS_MNEMONIC_ADD),
	     "doesn't count");
	want_reg(w, 0, gpr(t->counter, 8));
	if (t->step != 1)
		want_imm(w, 1, t->step);
	w->counted += t->step;
	walk_step(w);
	want(w,
	     w->insn.mnemonic == ZYDIS_MNEMONIC_JNZ &&
		     w->operand[0].imm.is_relative,
	     "doesn't lead back");
	if (w->counted)
		w->at += (__u32)w->operand[0].imm.value.s;
	want(w, w->at < w->bytes, "leads out of the code");
}

/* In a loop: its begin, and what its counter stands for. Return: nothing is left to check. */
static bool check_turns(struct walk *w)
{
	const struct swc_turns *t = turns_of(w);
	__u32 place;

	if (!t)
		return false;
	if (w->index == t->first)
		begin_turns(w, t);
	place = (w->index - t->first) % t->length;
	if (place + 1 == t->length) {
		check_back_branch(w, t);
		want(w, !w->counted == (w->index + 1 == swc_turns_end(t)),
		     "ends at another turn");
		return true;
	}
	return t->tests && place + 2 == t->length;
}

/* Is it the last operation of a loop, after which control goes on? */
static bool ends_turns(const struct walk *w, __u32 i)
{
	__u32 n;

	for (n = 0; n < w->places->nturns; n++) {
		if (swc_turns_end(&w->places->turns[n]) == i + 1)
			return true;
	}
	return false;
}

void check_op(struct walk *w, const struct swc_op *op)
{
	__u32 *current = &w->places->current[w->proof->ops[w->index].block];
	__u32 chunk = w->places->chunk[w->index];
	bool branched =
		w->index && !ends_turns(w, w->index - 1) &&
		(op[-1].kind == SWC_OP_BRANCH || op[-1].kind == SWC_OP_JUMP);

	w->op = NULL;
	w->moves_rsp = false;
	if (*current != SWC_NO_CHUNK && *current != chunk && !branched)
		follow_jump(w);
	*current = chunk;
	land(w);
	w->op = op;
	w->moves_rsp = swc_op_traits(op->kind)->traits & SWC_STACK;
	if (check_turns(w))
		return;
	want(w, checks[op->kind].check, "nothing checks this kind");
	w->mnemonic = checks[op->kind].mnemonic;
	checks[op->kind].check(w, op);
	want(w, w->rsp == HOST_STACK || in_region(w, w->rsp, 0),
	     "RSP has left the regions");
}
