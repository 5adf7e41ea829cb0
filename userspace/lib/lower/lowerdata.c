// SPDX-License-Identifier: GPL-2.0
#include "lowerdata.h"

#include "lowerarea.h"
#include "lowervector.h"

/* The latency of an instruction's arithmetic. */
enum latency { LATENCY_MOVE, LATENCY_SUM, LATENCY_MUL, LATENCY_DIV };

static bool is_move(ZydisMnemonic m)
{
	switch (m) {
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
	case ZYDIS_MNEMONIC_MOVBE:
	case ZYDIS_MNEMONIC_MOVNTI:
		return true;
	default:
		return false;
	}
}

static bool only_sets_flags(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_CMP || m == ZYDIS_MNEMONIC_TEST ||
	       m == ZYDIS_MNEMONIC_BT;
}

/* Each takes one cycle and one operation, on any port: ADD stands for all of them. */
static bool is_exact_sum(ZydisMnemonic m)
{
	switch (m) {
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_AND:
	case ZYDIS_MNEMONIC_OR:
	case ZYDIS_MNEMONIC_XOR:
	case ZYDIS_MNEMONIC_INC:
	case ZYDIS_MNEMONIC_DEC:
	case ZYDIS_MNEMONIC_NEG:
	case ZYDIS_MNEMONIC_NOT:
		return true;
	default:
		return false;
	}
}

/* Resolved at rename on some processors, if the operand is an immediate. */
static bool is_immediate_sum(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_ADD || m == ZYDIS_MNEMONIC_SUB ||
	       m == ZYDIS_MNEMONIC_INC || m == ZYDIS_MNEMONIC_DEC;
}

static enum latency latency_of(ZydisMnemonic m)
{
	switch (m) {
	case ZYDIS_MNEMONIC_DIV:
	case ZYDIS_MNEMONIC_IDIV:
		return LATENCY_DIV;
	case ZYDIS_MNEMONIC_IMUL:
	case ZYDIS_MNEMONIC_MUL:
	case ZYDIS_MNEMONIC_MULX:
	case ZYDIS_MNEMONIC_BSF:
	case ZYDIS_MNEMONIC_BSR:
	case ZYDIS_MNEMONIC_TZCNT:
	case ZYDIS_MNEMONIC_LZCNT:
	case ZYDIS_MNEMONIC_POPCNT:
	case ZYDIS_MNEMONIC_PDEP:
	case ZYDIS_MNEMONIC_PEXT:
	case ZYDIS_MNEMONIC_CRC32:
	case ZYDIS_MNEMONIC_SHLD:
	case ZYDIS_MNEMONIC_SHRD:
		return LATENCY_MUL;
	default:
		return is_move(m) ? LATENCY_MOVE : LATENCY_SUM;
	}
}

/* Operand widths that the arithmetic operations have: 4 and 8 bytes. */
static uint8_t wide_size(struct lower_state *l, const struct lower_insn *i)
{
	if (i->insn->zydis.operand_width == 64)
		return 8;
	if (i->insn->zydis.operand_width != 32)
		lower_count(l, LOWER_WIDTH);
	return 4;
}

/* The first register that is read and isn't @dst, or NONE. */
static uint8_t other_source(const struct lower_insn *i, uint8_t dst)
{
	uint8_t k;

	for (k = 0; k < i->o.ngpr_in; k++) {
		if (i->o.gpr_in[k] != dst)
			return i->o.gpr_in[k];
	}
	return SWC_REG_NONE;
}

static bool reads(const struct lower_insn *i, uint8_t reg)
{
	return operands_has(i->o.gpr_in, i->o.ngpr_in, reg);
}

static int emit_imm(struct lower_state *l, uint8_t dst)
{
	struct swc_op op = sequence_op(SWC_OP_IMM);

	op.dst = dst;
	return lower_emit(l, op);
}

/* dst = src, or src + other, takes one cycle, without waiting for the old dst. */
static int emit_lea(struct lower_state *l, uint8_t size, uint8_t dst,
		    uint8_t src, uint8_t other)
{
	struct swc_op op = sequence_op(SWC_OP_LEA);

	op.size = size;
	op.dst = dst;
	op.src = src;
	op.base = other;
	return lower_emit(l, op);
}

static int lower_lea(struct lower_state *l, const struct lower_insn *i)
{
	const ZydisDecodedOperandMem *mem = &i->insn->operands[1].mem;
	uint8_t base = SWC_REG_NONE, index = SWC_REG_NONE;
	uint8_t *found[] = {&base, &index};
	const ZydisRegister regs[] = {mem->base, mem->index};
	uint8_t dst = i->o.gpr_out[0];
	unsigned int k;

	for (k = 0; k < 2; k++) {
		if (regs[k] == ZYDIS_REGISTER_NONE ||
		    regs[k] == ZYDIS_REGISTER_RIP)
			continue;
		*found[k] = lower_base_register(regs[k]);
	}
	if (base == SWC_REG_NONE) {
		base = index;
		index = SWC_REG_NONE;
	}
	if (base == SWC_REG_RSP)
		return lower_sp_value(l, wide_size(l, i), dst, index);
	/* The address is known beforehand: no dependency. */
	if (base == SWC_REG_NONE)
		return emit_imm(l, dst);
	return emit_lea(l, wide_size(l, i), dst, base, index);
}

static bool is_zero_idiom(const struct lower_insn *i)
{
	const ZydisDecodedOperand *o = i->insn->operands;

	return (i->m == ZYDIS_MNEMONIC_XOR || i->m == ZYDIS_MNEMONIC_SUB) &&
	       o[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       o[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       o[0].reg.value == o[1].reg.value && !i->o.partial;
}

/* RAX, RDX = RDX:RAX / src. */
static int lower_division(struct lower_state *l, const struct lower_insn *i,
			  uint8_t size)
{
	struct swc_op op = sequence_op(SWC_OP_DIV);
	uint8_t k;

	/* A division's time depends on the values, which aren't those recorded. */
	lower_count(l, LOWER_CLASS);
	op.size = size;
	for (k = 0; k < i->o.ngpr_in; k++) {
		if (i->o.gpr_in[k] != SWC_REG_RAX &&
		    i->o.gpr_in[k] != SWC_REG_RDX)
			op.src = i->o.gpr_in[k];
	}
	if (op.src == SWC_REG_NONE)
		return lower_two(l, SWC_OP_MUL, size, SWC_REG_RAX, SWC_REG_RAX);
	return lower_emit(l, op);
}

/* The second result of a wide multiplication, ready when the first is. */
static int lower_second_result(struct lower_state *l,
			       const struct lower_insn *i, uint8_t size)
{
	if (i->o.ngpr_out < 2)
		return 0;
	return lower_two(l, SWC_OP_MOV, size, i->o.gpr_out[1], i->o.gpr_out[0]);
}

static int lower_product(struct lower_state *l, const struct lower_insn *i,
			 uint8_t size)
{
	uint8_t dst = i->o.gpr_out[0], src = other_source(i, dst);

	if (i->m != ZYDIS_MNEMONIC_IMUL || i->o.ngpr_out > 1)
		lower_count(l, LOWER_CLASS);
	/* A move first, if the old value isn't a factor. */
	if (!reads(i, dst)) {
		if (src == SWC_REG_NONE)
			return emit_imm(l, dst);
		if (lower_two(l, SWC_OP_MOV, size, dst, src))
			return -1;
		src = i->o.ngpr_in > 1 ? i->o.gpr_in[1] : dst;
	}
	if (lower_two(l, SWC_OP_MUL, size, dst,
		      src == SWC_REG_NONE ? dst : src))
		return -1;
	return lower_second_result(l, i, size);
}

/* Moves between general registers, and of immediates. */
static int lower_move(struct lower_state *l, const struct lower_insn *i,
		      uint8_t size)
{
	uint8_t dst = i->o.gpr_out[0];
	uint8_t src = i->o.ngpr_in ? i->o.gpr_in[0] : SWC_REG_NONE;

	/* MOV to a narrow register merges: it waits for the old value. */
	if (i->o.partial)
		return lower_two(l, SWC_OP_ALU, size, dst,
				 src == SWC_REG_NONE ? dst : src);
	if (src == SWC_REG_NONE)
		return emit_imm(l, dst);
	if (i->m == ZYDIS_MNEMONIC_MOV || i->m == ZYDIS_MNEMONIC_MOVZX)
		return lower_two(l, SWC_OP_MOV, size, dst, src);
	/* A sign extension takes a cycle; a move takes none. */
	return emit_lea(l, size, dst, src, SWC_REG_NONE);
}

/* Is the result chosen by the flags, or made of them? */
static bool is_conditional(const struct lower_insn *i)
{
	switch (i->insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_CMOV:
	case ZYDIS_CATEGORY_SETCC:
		return true;
	default:
		return i->m == ZYDIS_MNEMONIC_LAHF;
	}
}

static int lower_conditional(struct lower_state *l, const struct lower_insn *i,
			     uint8_t size)
{
	uint8_t dst = i->o.gpr_out[0], src = other_source(i, dst);

	if (i->insn->zydis.meta.category != ZYDIS_CATEGORY_CMOV)
		lower_count(l, LOWER_CLASS);
	return lower_two(l, SWC_OP_CMOV, size, dst,
			 src == SWC_REG_NONE ? dst : src);
}

/* One or two results of one cycle. */
static int lower_sum(struct lower_state *l, const struct lower_insn *i,
		     uint8_t size)
{
	uint8_t dst = i->o.gpr_out[0], src = other_source(i, dst);

	if (!is_exact_sum(i->m))
		lower_count(l, LOWER_CLASS);
	if (!reads(i, dst)) {
		if (src == SWC_REG_NONE)
			return emit_imm(l, dst);
		if (emit_lea(l, size, dst, src,
			     i->o.ngpr_in > 1 ? i->o.gpr_in[1] : SWC_REG_NONE))
			return -1;
	} else if (src == SWC_REG_NONE && is_immediate_sum(i->m)) {
		if (lower_two(l, SWC_OP_ALU, size, dst, src))
			return -1;
	} else if (lower_two(l, SWC_OP_ALU, size, dst,
			     src == SWC_REG_NONE ? dst : src)) {
		return -1;
	}
	/* XCHG and XADD of two registers. */
	if (i->o.ngpr_out > 1)
		return lower_two(l, SWC_OP_ALU, size, i->o.gpr_out[1], dst);
	return 0;
}

/*
 * Lowers an instruction whose result is only flags, or nothing that the
 * sequence carries.
 */
static int lower_flags(struct lower_state *l, const struct lower_insn *i)
{
	struct swc_op op = sequence_op(SWC_OP_TEST);

	if (!i->o.sets_flags || !i->o.ngpr_in)
		return lower_elide(l, i->insn);
	op.dst = i->o.gpr_in[0];
	if (i->o.ngpr_in > 1)
		op.src = i->o.gpr_in[1];
	op.size = wide_size(l, i);
	if (!only_sets_flags(i->m))
		lower_count(l, LOWER_CLASS);
	return lower_emit(l, op);
}

/* General registers alone. */
static int lower_registers(struct lower_state *l, const struct lower_insn *i)
{
	enum latency latency = latency_of(i->m);
	uint8_t size;

	if (!i->o.ngpr_out)
		return lower_flags(l, i);
	if (is_zero_idiom(i))
		return emit_imm(l, i->o.gpr_out[0]);
	if (latency == LATENCY_MOVE && !i->o.ngpr_in && !i->o.partial)
		return emit_imm(l, i->o.gpr_out[0]);
	size = wide_size(l, i);
	if (latency == LATENCY_DIV)
		return lower_division(l, i, size);
	if (latency == LATENCY_MUL)
		return lower_product(l, i, size);
	if (latency == LATENCY_MOVE)
		return lower_move(l, i, size);
	if (is_conditional(i))
		return lower_conditional(l, i, size);
	return lower_sum(l, i, size);
}

/* Adds the computing that follows an instruction's load. */
static int lower_after_load(struct lower_state *l, const struct lower_insn *i,
			    uint8_t dst, bool summed)
{
	uint8_t size = i->accesses[0].size == 8 ? 8 : 4;
	uint8_t src = other_source(i, dst);
	struct swc_op op;

	switch (latency_of(i->m)) {
	case LATENCY_DIV:
		op = sequence_op(SWC_OP_CHAIN);
		op.dst = dst;
		op.imm = SEQUENCE_DIVISION_CYCLES;
		if (lower_emit(l, op))
			return -1;
		break;
	case LATENCY_MUL:
		if (lower_two(l, SWC_OP_MUL, size, dst,
			      src == SWC_REG_NONE ? dst : src))
			return -1;
		break;
	default:
		if (summed || is_move(i->m))
			return 0;
		if (lower_two(l, SWC_OP_ALU, size, dst,
			      src == SWC_REG_NONE ? dst : src))
			return -1;
		break;
	}
	return lower_second_result(l, i, size);
}

/* A read of memory into a general register, or into the flags. */
static int lower_read(struct lower_state *l, const struct lower_insn *i)
{
	const struct trace_access *a = &i->accesses[0];
	struct swc_op op = sequence_op(SWC_OP_TESTLOAD);
	uint8_t dst = i->o.ngpr_out ? i->o.gpr_out[0] : SWC_REG_NONE;
	bool summed = false;

	op.size = a->size;
	if (dst == SWC_REG_NONE) {
		op.src = i->o.ngpr_in ? i->o.gpr_in[0] : SWC_REG_NONE;
		if (!only_sets_flags(i->m))
			lower_count(l, LOWER_CLASS);
	} else if (!reads(i, dst) || a->size < 4) {
		op.kind = SWC_OP_LOAD;
		op.dst = dst;
		if (i->o.partial || reads(i, dst))
			lower_count(l, LOWER_WIDTH);
		if (!is_move(i->m))
			lower_count(l, LOWER_CLASS);
	} else {
		op.kind = SWC_OP_ALULOAD;
		op.dst = dst;
		summed = true;
		if (!is_exact_sum(i->m))
			lower_count(l, LOWER_CLASS);
	}
	lower_wait(l, &op, lower_address(i->insn, 0));
	if (lower_access(l, op, a))
		return -1;
	return dst == SWC_REG_NONE ? 0 : lower_after_load(l, i, dst, summed);
}

static int lower_write(struct lower_state *l, const struct lower_insn *i)
{
	const struct trace_access *a = &i->accesses[0];
	struct swc_op op = sequence_op(SWC_OP_STORE);

	op.src = i->o.ngpr_in ? i->o.gpr_in[0] : SWC_REG_NONE;
	if (a->flags & TRACE_ACCESS_READ)
		op.kind = SWC_OP_RMW;
	if (a->flags & TRACE_ACCESS_READ ? !is_exact_sum(i->m) : !is_move(i->m))
		lower_count(l, LOWER_CLASS);
	op.size = a->size;
	lower_wait(l, &op, lower_address(i->insn, 0));
	if (i->m == ZYDIS_MNEMONIC_MOVNTI && !(a->address & (a->size - 1)) &&
	    op.src != SWC_REG_NONE)
		op.flags |= SWC_OPF_NT;
	return lower_access(l, op, a);
}

/* CMPXCHG, XADD, XCHG and what is locked. */
static int lower_exchange(struct lower_state *l, const struct lower_insn *i)
{
	const struct trace_access *a = &i->accesses[0];
	struct swc_op op = sequence_op(SWC_OP_RMW);
	uint8_t reg = SWC_REG_NONE, k;

	for (k = 0; k < i->o.ngpr_in; k++) {
		if (i->m != ZYDIS_MNEMONIC_CMPXCHG ||
		    i->o.gpr_in[k] != SWC_REG_RAX)
			reg = i->o.gpr_in[k];
	}
	/* cmpxchg [m], rax */
	if (i->m == ZYDIS_MNEMONIC_CMPXCHG && reg == SWC_REG_NONE &&
	    i->insn->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    i->o.ngpr_in)
		reg = SWC_REG_RAX;
	op.src = reg;
	op.size = a->size;
	if (i->m == ZYDIS_MNEMONIC_CMPXCHG && reg != SWC_REG_NONE) {
		op.kind = SWC_OP_CMPXCHG;
	} else if (i->m == ZYDIS_MNEMONIC_XADD && reg != SWC_REG_NONE) {
		op.kind = SWC_OP_XADD;
	} else if (i->m == ZYDIS_MNEMONIC_XCHG && reg != SWC_REG_NONE) {
		op.kind = SWC_OP_XCHG;
	} else if (i->m == ZYDIS_MNEMONIC_CMPXCHG8B ||
		   i->m == ZYDIS_MNEMONIC_CMPXCHG16B || !is_exact_sum(i->m)) {
		lower_count(l, LOWER_CLASS);
	}
	if (op.kind == SWC_OP_XADD || op.kind == SWC_OP_XCHG) {
		op.dst = op.src;
		op.src = SWC_REG_NONE;
	}
	lower_wait(l, &op, lower_address(i->insn, 0));
	if (a->address & (a->size - 1u)) {
		/* A locked access across lines stops the whole machine. */
		if (i->insn->atomic)
			lower_count(l, LOWER_UNLOCKED);
		if (op.kind == SWC_OP_XCHG)
			return lower_pieces(l, a, LOWER_WAITS(op));
	} else if (op.kind != SWC_OP_XCHG && i->insn->atomic) {
		op.flags |= SWC_OPF_LOCK;
	}
	if (a->size == 16) {
		/* CMPXCHG16B: its lower half. */
		struct trace_access half = *a;

		lower_count(l, LOWER_WIDTH);
		op.size = half.size = 8;
		return lower_access(l, op, &half);
	}
	return lower_access(l, op, a);
}

static bool is_exchange(const struct lower_insn *i)
{
	return i->insn->atomic || i->m == ZYDIS_MNEMONIC_CMPXCHG ||
	       i->m == ZYDIS_MNEMONIC_CMPXCHG8B ||
	       i->m == ZYDIS_MNEMONIC_CMPXCHG16B ||
	       i->m == ZYDIS_MNEMONIC_XADD || i->m == ZYDIS_MNEMONIC_XCHG;
}

/* Only the line's place counts: CLFLUSH has no size. */
static int lower_flush(struct lower_state *l, struct swc_op op,
		       const struct trace_access *a)
{
	uint32_t region, offset;

	if (!pagemap_find(&l->map, a->address, 1, &region, &offset))
		return lower_unplaced(l);
	op.region = region;
	op.offset = offset;
	return lower_emit(l, op);
}

/* Instructions that have an operation of their own, or must not be replayed. */
static int lower_special(struct lower_state *l, const struct lower_insn *i,
			 bool *done)
{
	struct swc_op op;

	*done = true;
	switch (i->m) {
	case ZYDIS_MNEMONIC_LFENCE:
		return lower_emit(l, sequence_op(SWC_OP_LFENCE));
	case ZYDIS_MNEMONIC_MFENCE:
		return lower_emit(l, sequence_op(SWC_OP_MFENCE));
	case ZYDIS_MNEMONIC_SFENCE:
		return lower_emit(l, sequence_op(SWC_OP_SFENCE));
	case ZYDIS_MNEMONIC_PAUSE:
		return lower_emit(l, sequence_op(SWC_OP_PAUSE));
	case ZYDIS_MNEMONIC_LEA:
		return lower_lea(l, i);
	case ZYDIS_MNEMONIC_NOP:
	case ZYDIS_MNEMONIC_ENDBR64:
		return lower_nop(l, i->insn);
	case ZYDIS_MNEMONIC_CLFLUSH:
	case ZYDIS_MNEMONIC_CLFLUSHOPT:
	case ZYDIS_MNEMONIC_CLWB:
		if (!i->n)
			return lower_elide(l, i->insn);
		if (i->m != ZYDIS_MNEMONIC_CLFLUSH)
			lower_count(l, LOWER_COST);
		op = sequence_op(SWC_OP_CLFLUSH);
		lower_wait(l, &op, lower_address(i->insn, 0));
		return lower_flush(l, op, &i->accesses[0]);
	case ZYDIS_MNEMONIC_CPUID:
	case ZYDIS_MNEMONIC_RDTSC:
	case ZYDIS_MNEMONIC_RDTSCP:
	case ZYDIS_MNEMONIC_RDPID:
	case ZYDIS_MNEMONIC_RDRAND:
	case ZYDIS_MNEMONIC_RDSEED:
	case ZYDIS_MNEMONIC_XGETBV:
		return lower_elide(l, i->insn);
	default:
		break;
	}
	if (i->insn->kind == INSN_SYSCALL) {
		lower_count(l, LOWER_SYSCALL);
		return lower_nop(l, i->insn);
	}
	*done = false;
	return 0;
}

/* MOV of RSP to a register. */
static bool copies_sp(const struct lower_insn *i)
{
	return i->sp_values && i->m == ZYDIS_MNEMONIC_MOV && i->o.ngpr_out &&
	       !i->o.partial;
}

int lower_data(struct lower_state *l, const struct insn *insn,
	       const struct trace_access *accesses, unsigned int n,
	       bool touch_only)
{
	struct lower_insn i;
	unsigned int k;
	bool done;
	int rc;

	lower_insn_init(l, &i, insn, accesses, n);
	if (copies_sp(&i))
		return lower_sp_value(l, wide_size(l, &i), i.o.gpr_out[0],
				      SWC_REG_NONE);
	lower_count_more(l, LOWER_SP_SOURCE, i.sp_values);
	if (n && lower_is_environment(&i))
		return lower_environment(l, &i);
	rc = lower_special(l, &i, &done);
	if (rc || done)
		return rc;
	if (lower_is_xstate(insn))
		return lower_xstate(l, &i, touch_only);
	if (lower_is_string(insn))
		return lower_string(l, &i);
	if (lower_is_vector(&i))
		return lower_vector(l, &i);
	if (!n)
		return lower_registers(l, &i);
	if (n > 1) {
		/* Two memory operands, but no string instruction. */
		lower_count(l, LOWER_CLASS);
		for (k = 0; k < n; k++) {
			if (lower_pieces(l, &accesses[k],
					 lower_address(insn, k)))
				return -1;
		}
		return 0;
	}
	if (is_exchange(&i))
		return lower_exchange(l, &i);
	if (!lower_is_scalar(accesses[0].size)) {
		lower_count(l, LOWER_CLASS);
		return lower_pieces(l, &accesses[0], lower_address(insn, 0));
	}
	if (accesses[0].flags & TRACE_ACCESS_WRITE)
		return lower_write(l, &i);
	return lower_read(l, &i);
}
