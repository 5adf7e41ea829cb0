// SPDX-License-Identifier: GPL-2.0
#include "walk.h"

#include "engine/caps.h"
#include "engine/optable.h"
#include "helper.h"

#define PAGE 4096u

static void wrong(const struct walk *w, const char *what)
{
	fail_msg("op %u (kind %u), code+%#x, %s: %s", w->index,
		 w->op ? w->op->kind : 0, w->at,
		 ZydisMnemonicGetString(w->insn.mnemonic), what);
}

void want(const struct walk *w, bool ok, const char *what)
{
	if (!ok)
		wrong(w, what);
}

bool in_region(const struct walk *w, __u64 address, __u64 bytes)
{
	const struct swc_program *p = w->program;
	__u64 start, end;
	__u32 i;

	for (i = 0; i < p->nregions; i++) {
		start = w->binding->region[i];
		end = start + (__u64)p->regions[i].pages * PAGE;
		if (address >= start && address <= end &&
		    bytes <= end - address)
			return true;
	}
	return false;
}

static bool in_context(const struct walk *w, __u64 address, __u64 bytes)
{
	return address >= w->binding->context &&
	       address + bytes <=
		       w->binding->context + sizeof(struct swc_context);
}

const struct swc_turns *turns_of(const struct walk *w)
{
	const struct swc_turns *t = w->places->turns;
	__u32 i;

	for (i = 0; i < w->places->nturns; i++, t++) {
		if (w->index >= t->first && w->index < swc_turns_end(t))
			return t;
	}
	return NULL;
}

__s32 stride_of(const struct walk *w)
{
	const struct swc_turns *t = turns_of(w);
	const struct swc_op *op;

	if (!w->op || !t)
		return 0;
	op = &w->program->ops[t->first + (w->index - t->first) % t->length];
	return op[t->length].offset - op->offset;
}

bool is_again(const struct walk *w)
{
	return w->index < w->program->nops &&
	       w->places->same[w->index] != w->index;
}

__u32 pointer_number(const struct walk *w)
{
	return is_again(w) ? w->pointers[w->places->same[w->index]]
			   : w->npointers;
}

__u64 pointer_address(const struct walk *w)
{
	return w->binding->context + sizeof(struct swc_context) +
	       8 * pointer_number(w);
}

void land(struct walk *w)
{
	if (w->landed && w->binding->landing_pad)
		expect(w, ZYDIS_MNEMONIC_ENDBR64);
	w->landed = false;
}

/* FS or GS, by the ring, if the operation's address counts from its base. */
static ZydisRegister segment_of(const struct walk *w)
{
	if (!w->op || !(w->op->flags & SWC_OPF_SEGMENT) || w->caps->plain)
		return ZYDIS_REGISTER_NONE;
	return w->caps->privileged ? ZYDIS_REGISTER_FS : ZYDIS_REGISTER_GS;
}

__u64 effective(const struct walk *w, const ZydisDecodedOperand *o)
{
	__u64 address = o->mem.disp.has_displacement ? o->mem.disp.value : 0;

	/* An AIM takes the address of code, and touches nothing by it. */
	want(w,
	     o->mem.base != ZYDIS_REGISTER_RIP ||
		     (w->op && w->op->kind == SWC_OP_AIM &&
		      o->mem.type == ZYDIS_MEMOP_TYPE_AGEN),
	     "RIP-relative");
	if (o->mem.base == ZYDIS_REGISTER_RSP)
		address += w->rsp;
	if (stride_of(w))
		address += w->counted * o->mem.scale;
	if (segment_of(w) != ZYDIS_REGISTER_NONE)
		address += 4096;
	return address;
}

static bool is_pointer(const struct walk *w, const ZydisDecodedOperand *o)
{
	return w->op && swc_op_is_indirect(w->op) && !w->caps->direct &&
	       effective(w, o) == pointer_address(w) && o->size == 64 &&
	       o->actions == ZYDIS_OPERAND_ACTION_READ &&
	       !in_region(w, pointer_address(w), 8);
}

void forget(struct walk *w, __u64 address, __u64 bytes)
{
	__u32 i;

	for (i = 0; i < w->nslots; i++) {
		if (address < w->slots[i].address + 8 &&
		    w->slots[i].address < address + bytes)
			w->slots[i--] = w->slots[--w->nslots];
	}
}

void mark_lines(struct walk *w, __u64 address, __u64 bytes)
{
	const struct swc_program *p = w->program;
	__u64 *page = w->lines, start, at, end;
	__u32 i;

	for (i = 0; page && i < p->nregions; i++) {
		start = w->binding->region[i];
		end = start + (__u64)p->regions[i].pages * PAGE;
		for (at = address; at < address + bytes; at++) {
			if (at >= start && at < end)
				page[(at - start) / PAGE] |=
					1ull << ((at - start) % PAGE / 64);
		}
		page += p->regions[i].pages;
	}
}

static void check_memory(struct walk *w, const ZydisDecodedOperand *o)
{
	__u64 address = effective(w, o), bytes = o->size / 8;

	if (w->insn.mnemonic == ZYDIS_MNEMONIC_NOP || /* touches nothing */
	    o->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
		return;
	if (o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
		return; /* the stack's: see stack_slot() */
	/* The decoder says 64 bytes, from wherever in the line. */
	if (w->insn.mnemonic == ZYDIS_MNEMONIC_CLFLUSH ||
	    w->insn.mnemonic == ZYDIS_MNEMONIC_PREFETCHT0)
		bytes = 1;
	if (segment_of(w) != ZYDIS_REGISTER_NONE)
		want(w, o->mem.segment == segment_of(w), "not by the segment");
	else
		want(w,
		     o->mem.segment == ZYDIS_REGISTER_DS ||
			     o->mem.segment == ZYDIS_REGISTER_SS,
		     "segment override");
	if (w->op &&
	    (w->op->kind == SWC_OP_XSAVE || w->op->kind == SWC_OP_XRSTOR))
		bytes = swc_xsave_bytes(w->caps, w->op->imm);
	if (is_pointer(w, o))
		return;
	want(w, in_region(w, address, bytes) || in_context(w, address, bytes),
	     "outside of the regions and the context");
	want(w, !w->op || !in_context(w, address, bytes) || w->moves_rsp,
	     "an operation reaches into the context");
	if (w->insn.mnemonic != ZYDIS_MNEMONIC_INVLPG)
		mark_lines(w, address, bytes);
	if (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		forget(w, address, bytes);
}

static void check_register(const struct walk *w, const ZydisDecodedOperand *o)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, o->reg.value);
	ZydisRegisterClass class = ZydisRegisterGetClass(o->reg.value);

	want(w,
	     class != ZYDIS_REGCLASS_SEGMENT && class != ZYDIS_REGCLASS_DEBUG,
	     "segment or debug register");
	if (!(o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
		return;
	want(w, whole != ZYDIS_REGISTER_RSP || w->moves_rsp, "writes RSP");
	want(w, class != ZYDIS_REGCLASS_CONTROL, "writes a control register");
}

/* The instruction that was decoded last, which begins at @w->at. */
static void list_step(const struct walk *w)
{
	struct check_list *list = w->list;

	if (!list || list->n == list->room)
		return;
	list->steps[list->n++] = (struct check_step){
		.at = w->at,
		.op = w->op ? w->index : CHECK_FRAME,
		.repeats = w->insn.attributes & ZYDIS_ATTRIB_HAS_REP,
		.jumps = w->insn.mnemonic == ZYDIS_MNEMONIC_JMP,
	};
}

void walk_step(struct walk *w)
{
	bool invlpg;
	__u32 i;

	w->insn.mnemonic = ZYDIS_MNEMONIC_INVALID;
	want(w, w->at < w->bytes, "runs out of the code");
	want(w,
	     ZYAN_SUCCESS(ZydisDecoderDecodeFull(&w->decoder, w->code + w->at,
						 w->bytes - w->at, &w->insn,
						 w->operand)),
	     "no instruction");
	want(w, !is_again(w) || (w->seen[w->at] & SEEN_BEGIN),
	     "no instruction begins here");
	for (i = 0; i < w->insn.length; i++) {
		want(w, !!(w->seen[w->at + i] & SEEN_CODE) == is_again(w),
		     is_again(w) ? "not shared" : "decoded twice");
		w->seen[w->at + i] |= SEEN_CODE;
	}
	w->seen[w->at] |= SEEN_BEGIN;
	invlpg = w->op && w->op->kind == SWC_OP_INVLPG && w->caps->privileged;
	want(w, invlpg || !(w->insn.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED),
	     "privileged");
	for (i = 0; i < w->insn.operand_count; i++) {
		if (w->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			check_memory(w, &w->operand[i]);
		else if (w->operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			check_register(w, &w->operand[i]);
	}
	list_step(w);
	w->at += w->insn.length;
}

void expect(struct walk *w, ZydisMnemonic mnemonic)
{
	bool locked = w->op && (w->op->flags & SWC_OPF_LOCK);

	walk_step(w);
	want(w, w->insn.mnemonic == mnemonic, ZydisMnemonicGetString(mnemonic));
	want(w, !!(w->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) == locked,
	     "lock prefix");
}

ZydisRegister vector(__u8 reg, __u32 bytes)
{
	if (bytes == 64)
		return ZydisRegisterEncode(ZYDIS_REGCLASS_ZMM, reg);
	if (bytes == 32)
		return ZydisRegisterEncode(ZYDIS_REGCLASS_YMM, reg);
	return ZydisRegisterEncode(ZYDIS_REGCLASS_XMM, reg);
}

ZydisRegister gpr(__u8 reg, __u32 bytes)
{
	switch (bytes) {
	case 1: /* AH to BH are numbered between BL and SPL */
		return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR8,
					   reg < 4 ? reg : reg + 4);
	case 2:
		return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR16, reg);
	case 4:
		return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR32, reg);
	default:
		return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR64, reg);
	}
}

void want_reg(const struct walk *w, int n, ZydisRegister reg)
{
	want(w,
	     w->operand[n].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		     w->operand[n].reg.value == reg,
	     ZydisRegisterGetString(reg));
}

void want_imm(const struct walk *w, int n, __s64 value)
{
	want(w,
	     w->operand[n].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
		     w->operand[n].imm.value.s == value,
	     "immediate");
}

void want_source(const struct walk *w, int n, __u8 reg, __u32 bytes)
{
	if (reg == SWC_REG_NONE)
		want_imm(w, n, 0);
	else
		want_reg(w, n, gpr(reg, bytes));
}

/*
 * Near RSP a displacement is as short as a compiler's, since code is to be as long as the
 * recorded. EVEX scales one of 8 bits, so it has 32.
 */
static bool is_short(const struct walk *w)
{
	__s64 disp = w->insn.raw.disp.value;

	if (w->insn.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX)
		return w->insn.raw.disp.size == 32;
	return w->insn.raw.disp.size == (!disp		      ? 0
					 : disp == (__s8)disp ? 8
							      : 32);
}

void want_mem(const struct walk *w, int n, __u8 base, __u64 address,
	      __u32 bytes)
{
	const ZydisDecodedOperand *o = &w->operand[n];
	ZydisRegister reg = base == SWC_REG_NONE ? ZYDIS_REGISTER_NONE
						 : gpr(base, 8);
	ZydisRegister index = ZYDIS_REGISTER_NONE;

	if (w->op && reg != ZYDIS_REGISTER_NONE && w->op->index != SWC_REG_NONE)
		index = gpr(w->op->index, 8);

	want(w, o->type == ZYDIS_OPERAND_TYPE_MEMORY, "no memory operand");
	if (stride_of(w))
		index = gpr(turns_of(w)->counter, 8);
	want(w, o->mem.base == reg && o->mem.index == index, "address base");
	want(w,
	     index == ZYDIS_REGISTER_NONE || o->mem.scale == 1 || stride_of(w),
	     "scale");
	want(w, effective(w, o) == address, "address");
	want(w, base != SWC_REG_RSP || is_short(w), "displacement");
	want(w, !bytes || o->size == 8 * bytes, "access size");
}

__u64 address_of(const struct walk *w)
{
	return w->binding->region[w->op->region] + w->op->offset;
}

void want_operand(const struct walk *w, int n, __u32 bytes)
{
	want_mem(w, n, w->op->base, address_of(w), bytes);
}

void ends_here(struct walk *w)
{
	want(w, w->at < w->bytes, "nothing ends the block");
	w->seen[w->at] |= SEEN_END;
}

void follow_jump(struct walk *w)
{
	expect(w, ZYDIS_MNEMONIC_JMP);
	want(w, w->operand[0].imm.is_relative, "not a relative jump");
	ends_here(w);
	w->at += (__u32)w->operand[0].imm.value.s;
	want(w, w->at < w->bytes, "jumps out of the code");
}
