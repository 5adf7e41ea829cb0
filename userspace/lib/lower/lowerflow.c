// SPDX-License-Identifier: GPL-2.0
#include "lowerflow.h"

#include "engine/slots.h"
#include "unreplayable.h"

void lower_flow_written(struct lower_state *l, struct lower_returns *r,
			const struct trace_access *a, unsigned int n)
{
	uint64_t at, end, together;
	uint32_t region, offset;

	for (; n; n--, a++) {
		if (!(a->flags & TRACE_ACCESS_WRITE))
			continue;
		end = a->address + a->size;
		for (at = a->address; at < end; at += together) {
			together = pagemap_find(&l->map, at, end - at, &region,
						&offset);
			if (!together)
				break;
			lower_returns_written(r, region, offset, together,
					      l->note.line);
		}
	}
}

static bool is_rsp(const ZydisDecodedOperand *o)
{
	return o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						o->reg.value) ==
		       ZYDIS_REGISTER_RSP;
}

static bool writes_sp(const struct insn *insn)
{
	unsigned int i;

	for (i = 0; i < insn->zydis.operand_count; i++) {
		if (is_rsp(&insn->operands[i]) &&
		    (insn->operands[i].actions &
		     ZYDIS_OPERAND_ACTION_MASK_WRITE))
			return true;
	}
	return false;
}

enum stack_move lower_moves(const struct insn *insn)
{
	const ZydisDecodedOperand *o = insn->operands;

	if (!writes_sp(insn))
		return STACK_KEEP;
	switch (insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_PUSH:
		return STACK_STEP;
	case ZYDIS_CATEGORY_POP:
		return is_rsp(&o[0]) &&
				       o[0].visibility ==
					       ZYDIS_OPERAND_VISIBILITY_EXPLICIT
			       ? STACK_SET
			       : STACK_STEP;
	default:
		break;
	}
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_AND:
	case ZYDIS_MNEMONIC_INC:
	case ZYDIS_MNEMONIC_DEC:
	case ZYDIS_MNEMONIC_ENTER:
		return STACK_STEP;
	case ZYDIS_MNEMONIC_LEA:
		return o[1].mem.base == ZYDIS_REGISTER_RSP ? STACK_STEP
							   : STACK_SET;
	default:
		return STACK_SET;
	}
}

bool lower_is_flow(const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_CALL:
	case INSN_RET:
	case INSN_BRANCH:
	case INSN_JUMP:
		return true;
	default:
		return writes_sp(insn);
	}
}

static bool is_indirect(const struct insn *insn)
{
	return insn->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

static int emit_call(struct lower_state *l, struct lower_returns *r,
		     const struct swc_op *op, uint64_t back)
{
	if (lower_emit(l, *op))
		return -1;
	lower_returns_call(l, r, back);
	return 0;
}

int lower_flow_call(struct lower_state *l, struct lower_returns *r,
		    uint64_t back)
{
	struct swc_op op = sequence_op(SWC_OP_CALL);

	return emit_call(l, r, &op, back);
}

/* RSP is known, and so is what lies relative to it: a pointer doesn't wait for that. */
static void wait_alike(struct swc_op *op, const struct swc_op *read)
{
	op->base = read->base;
	op->index = read->index;
	if (op->base != SWC_REG_RSP)
		return;
	op->base = op->index;
	op->index = SWC_REG_NONE;
}

/*
 * An indirect call or jump stays one, as long as there are pointers, and its address
 * waits for the register that the recorded one went through, or that its pointer's
 * address was in. The recorded pointer, @a, is read besides, where it lay in memory.
 */
static int keep_indirect(struct lower_state *l, const struct insn *insn,
			 const struct trace_access *a, struct swc_op *op)
{
	struct swc_op read = sequence_op(SWC_OP_TESTLOAD);

	if (!is_indirect(insn))
		return 0;
	if (l->indirect == SWC_MAX_INDIRECT) {
		lower_count(l, LOWER_INDIRECT);
	} else {
		l->indirect++;
		op->flags |= SWC_OPF_INDIRECT;
	}
	if (a)
		lower_wait(l, &read, lower_address(insn, 0));
	else
		read.base = lower_base_register(insn->operands[0].reg.value);
	if (op->flags & SWC_OPF_INDIRECT)
		wait_alike(op, &read);
	if (!a)
		return 0;
	read.size = a->size;
	return lower_access(l, read, a);
}

/* CALL of the next instruction, to know where it is: many CPUs expect no return. */
static bool calls_next(const struct insn *insn)
{
	return !is_indirect(insn) && !insn->operands[0].imm.value.s;
}

static int flow_call(struct lower_state *l, struct lower_returns *r,
		     const struct lower_flow_step *step)
{
	struct swc_op op = sequence_op(SWC_OP_CALL);

	if (keep_indirect(l, step->insn, step->n > 1 ? step->a : NULL, &op))
		return -1;
	if (calls_next(step->insn)) {
		op.flags = SWC_OPF_NEXT;
		return lower_emit(l, op);
	}
	return emit_call(l, r, &op,
			 step->insn->address + step->insn->zydis.length);
}

/* RSP += @delta; addresses below it are no return addresses any more. */
static int move_sp(struct lower_state *l, struct lower_returns *r,
		   int64_t delta)
{
	struct swc_op op = sequence_op(SWC_OP_SP);

	if (delta > 0)
		lower_returns_forget(r, l->sp_region, l->sp_offset,
				     (uint64_t)delta);
	op.imm = (uint32_t)delta;
	return lower_emit(l, op);
}

/* Is it "and rsp, -@bytes", which arrives at @offset of the replay's stack, too? */
static bool aligns(const struct lower_state *l, const struct insn *insn,
		   uint32_t offset, uint32_t *bytes)
{
	const ZydisDecodedOperand *o = insn->operands;

	if (insn->zydis.mnemonic != ZYDIS_MNEMONIC_AND ||
	    insn->zydis.operand_width != 64 ||
	    o[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
		return false;
	*bytes = -o[1].imm.value.s;
	return *bytes >= SWC_SLOT_BYTES && *bytes <= SWC_MAX_ALIGNMENT &&
	       !(*bytes & (*bytes - 1)) && offset == (l->sp_offset & -*bytes);
}

static int flow_jump(struct lower_state *l, const struct lower_flow_step *step)
{
	const struct insn *insn = step->insn;
	struct swc_op op = sequence_op(insn->kind == INSN_BRANCH ? SWC_OP_BRANCH
								 : SWC_OP_JUMP);

	/* LOOP counts RCX down, JRCXZ waits for it: both do without flags. */
	if (insn->kind == INSN_BRANCH && !insn->zydis.cpu_flags)
		lower_count(l, LOWER_CLASS);
	if (insn->kind == INSN_JUMP &&
	    keep_indirect(l, insn, step->n ? step->a : NULL, &op))
		return -1;
	if (step->loops)
		lower_count(l, LOWER_LOOP);
	else if (insn->kind == INSN_BRANCH && step->taken)
		op.flags |= SWC_OPF_TAKEN;
	return lower_emit(l, op);
}

static int flow_push(struct lower_state *l, const struct lower_flow_step *step)
{
	struct swc_op op = sequence_op(SWC_OP_PUSH);
	struct lower_insn i;

	lower_insn_init(l, &i, step->insn, step->a, step->n);
	lower_count_more(l, LOWER_SP_SOURCE, i.sp_values);
	if (step->n > 1 &&
	    lower_touch(l, step->insn, &step->a[0], 0, SWC_OP_TESTLOAD))
		return -1;
	if (step->insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    i.o.ngpr_in)
		op.src = i.o.gpr_in[0];
	if (step->insn->zydis.mnemonic == ZYDIS_MNEMONIC_PUSHFQ)
		lower_count(l, LOWER_CLASS);
	return lower_emit(l, op);
}

static int flow_pop(struct lower_state *l, struct lower_returns *r,
		    const struct lower_flow_step *step)
{
	struct swc_op op = sequence_op(SWC_OP_POP);
	struct lower_insn i;

	lower_insn_init(l, &i, step->insn, step->a, step->n);
	lower_returns_forget(r, l->sp_region, l->sp_offset, SWC_SLOT_BYTES);
	if (i.o.ngpr_out) {
		op.dst = i.o.gpr_out[0];
		return lower_emit(l, op);
	}
	/* popf, pop rsp, pop [m]: read the slot, write the target, move RSP. */
	lower_count(l, unreplayable_kind(step->insn, step->a, step->n) < 0
			       ? LOWER_CLASS
			       : LOWER_COST);
	if (lower_touch(l, step->insn, &step->a[0], 0, SWC_OP_TESTLOAD) ||
	    (step->n > 1 &&
	     lower_touch(l, step->insn, &step->a[1], 1, SWC_OP_STORE)))
		return -1;
	return move_sp(l, r, SWC_SLOT_BYTES);
}

/*
 * RSP goes to another stack, or to where a register says: all that lay below is
 * lost.
 */
static int switch_to(struct lower_state *l, struct lower_returns *r,
		     uint8_t base, uint32_t region, uint32_t offset)
{
	struct swc_op op = sequence_op(SWC_OP_SWITCH);

	if (region != l->sp_region)
		lower_returns_forget(r, region, 0, offset);
	else if (offset > l->sp_offset)
		lower_returns_forget(r, region, l->sp_offset,
				     offset - l->sp_offset);
	op.base = base;
	op.region = region;
	op.offset = offset;
	return lower_emit(l, op);
}

/* RSP = RBP, then pop RBP. */
static int flow_leave(struct lower_state *l, struct lower_returns *r,
		      const struct lower_flow_step *step)
{
	struct swc_op op = sequence_op(SWC_OP_POP);
	uint32_t region, offset;

	if (pagemap_find_sp(&l->map, &l->stacks, step->next_rsp, &region,
			    &offset) ||
	    offset < SWC_SLOT_BYTES)
		return lower_lost_sp(l);
	if (switch_to(l, r, SWC_REG_RBP, region, offset - SWC_SLOT_BYTES))
		return -1;
	op.dst = SWC_REG_RBP;
	lower_returns_forget(r, l->sp_region, l->sp_offset, SWC_SLOT_BYTES);
	return lower_emit(l, op);
}

/*
 * Push RBP, and copies of the frame pointers of the levels that it is nested in;
 * RBP = RSP after the first, RSP down by the frame.
 */
static int flow_enter(struct lower_state *l, const struct lower_flow_step *step)
{
	struct swc_op op = sequence_op(SWC_OP_PUSH);
	uint32_t i;

	lower_count(l, LOWER_CLASS);
	lower_count(l, LOWER_SP_SOURCE);
	op.src = SWC_REG_RBP;
	if (lower_emit(l, op))
		return -1;
	op.src = SWC_REG_NONE;
	for (i = 1; i < step->n; i++) {
		const struct trace_access *a = &step->a[i];

		if (a->flags & TRACE_ACCESS_WRITE) {
			if (lower_emit(l, op))
				return -1;
			continue;
		}
		/*
		 * The copies are read below RBP, which held an address in the
		 * recording.
		 */
		lower_count(l, LOWER_BASE);
		if (lower_touch(l, step->insn, a, 0, SWC_OP_TESTLOAD))
			return -1;
	}
	op = sequence_op(SWC_OP_IMM);
	op.dst = SWC_REG_RBP;
	return lower_emit(l, op);
}

/*
 * Reads the memory that RSP is loaded from, or exchanged with. RSP itself can't
 * be loaded, as the memory holds zeros: a register that the program doesn't need
 * is loaded, and RSP waits for that one.
 */
static int touch_source(struct lower_state *l,
			const struct lower_flow_step *step, uint8_t *base)
{
	const struct trace_access *a = &step->a[0];
	struct swc_op op = sequence_op(SWC_OP_RMW);

	if (step->spare != SWC_REG_NONE && a->size == SWC_SLOT_BYTES &&
	    !(a->flags & TRACE_ACCESS_WRITE)) {
		op = sequence_op(SWC_OP_LOAD);
		op.dst = *base = step->spare;
		op.size = a->size;
		lower_wait(l, &op, lower_address(step->insn, 0));
		return lower_access(l, op, a);
	}
	lower_count(l, LOWER_SWITCH_SOURCE);
	if (!step->insn->atomic || (a->address & (a->size - 1u))) {
		if (step->insn->atomic)
			lower_count(l, LOWER_UNLOCKED);
		return lower_pieces(l, a, lower_address(step->insn, 0));
	}
	lower_count(l, LOWER_CLASS);
	lower_wait(l, &op, lower_address(step->insn, 0));
	op.size = a->size;
	op.flags |= SWC_OPF_LOCK;
	return lower_access(l, op, a);
}

/* An instruction other than push, pop, call and ret that writes RSP. */
static int flow_sp(struct lower_state *l, struct lower_returns *r,
		   const struct lower_flow_step *step)
{
	uint8_t base = SWC_REG_NONE;
	ZydisDecodedOperandMem from;
	uint32_t region, offset;
	struct lower_insn i;

	if (step->insn->zydis.mnemonic == ZYDIS_MNEMONIC_LEAVE)
		return flow_leave(l, r, step);
	if (step->insn->zydis.mnemonic == ZYDIS_MNEMONIC_ENTER)
		return flow_enter(l, step);
	if (pagemap_find_sp(&l->map, &l->stacks, step->next_rsp, &region,
			    &offset))
		return lower_lost_sp(l);
	lower_insn_init(l, &i, step->insn, step->a, step->n);
	if (step->n) {
		if (touch_source(l, step, &base))
			return -1;
	} else if (step->insn->zydis.mnemonic == ZYDIS_MNEMONIC_LEA) {
		/*
		 * An LEA from RSP itself is a step; with an index, it waits for
		 * that.
		 */
		from = step->insn->operands[1].mem;
		if (from.base == ZYDIS_REGISTER_RSP)
			from.base = ZYDIS_REGISTER_NONE;
		base = lower_base_of(l, &from);
	} else if (i.o.ngpr_in) {
		base = i.o.gpr_in[0];
	}
	if (region == l->sp_region && base == SWC_REG_NONE && !step->n) {
		struct swc_op align = sequence_op(SWC_OP_ALIGN);

		if (aligns(l, step->insn, offset, &align.imm))
			return lower_emit(l, align);
		return move_sp(l, r, (int64_t)offset - l->sp_offset);
	}
	if (switch_to(l, r, base, region, offset))
		return -1;
	/* xchg rsp, r: the register gets a stack pointer. */
	if (!step->n && i.o.ngpr_out) {
		struct swc_op op = sequence_op(SWC_OP_IMM);

		op.dst = i.o.gpr_out[0];
		return lower_emit(l, op);
	}
	return 0;
}

int lower_flow_step(struct lower_state *l, struct lower_returns *r,
		    const struct lower_flow_step *step)
{
	switch (step->insn->kind) {
	case INSN_CALL:
		return flow_call(l, r, step);
	case INSN_RET:
		return lower_returns_ret(l, r, step->target, step->refused);
	case INSN_BRANCH:
	case INSN_JUMP:
		return flow_jump(l, step);
	default:
		break;
	}
	switch (step->insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_PUSH:
		return flow_push(l, step);
	case ZYDIS_CATEGORY_POP:
		return flow_pop(l, r, step);
	default:
		return flow_sp(l, r, step);
	}
}

int lower_flow_settle(struct lower_state *l, struct lower_returns *r,
		      uint64_t rsp)
{
	uint32_t region, offset;

	if (pagemap_find_sp(&l->map, &l->stacks, rsp, &region, &offset))
		return lower_lost_sp(l);
	if (region == l->sp_region && offset == l->sp_offset)
		return 0;
	lower_count(l, LOWER_SP_ADDED);
	/* These are counted as what they are, not as split. */
	l->emitted = 0;
	if (region == l->sp_region)
		return move_sp(l, r, (int64_t)offset - l->sp_offset);
	return switch_to(l, r, SWC_REG_NONE, region, offset);
}
