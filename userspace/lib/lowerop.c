// SPDX-License-Identifier: GPL-2.0
#include "lowerop.h"

#include "trace.h"

#define CHUNK_BYTES 8u

/* The zeros that a GPR replay relies on end at 8 bytes; vectors have 64. */
#define MAX_GPR_BYTES 8u

void lower_count(struct lower_state *l, enum lower_deviation deviation)
{
	l->report->count[deviation]++;
}

int lower_emit(struct lower_state *l, struct swc_op op)
{
	op.code = l->code;
	if (l->emitted++)
		lower_count(l, LOWER_SPLIT);
	return sequence_append(l->s, &op, l->note, l->err);
}

int lower_place(struct lower_state *l, struct swc_op *op, uint64_t address)
{
	uint32_t region, offset;

	if (pagemap_find(&l->map, address, &region, &offset))
		return error_set(l->err, EXIT_USAGE,
				 "%s: step %u: access to a page that the trace "
				 "doesn't list: record it again",
				 l->trace->path, l->note.line);
	op->region = region;
	op->offset = offset;
	return 0;
}

uint8_t lower_register(struct lower_state *l, ZydisRegister reg)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, reg);

	if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64)
		return SWC_REG_NONE;
	switch (whole) {
	case ZYDIS_REGISTER_RSP:
		lower_count(l, LOWER_SP_SOURCE);
		return SWC_REG_NONE;
	case ZYDIS_REGISTER_RBP:
		lower_count(l, LOWER_RENAMED);
		return SWC_REG_R15;
	default:
		return ZydisRegisterGetId(whole);
	}
}

static bool is_vector(ZydisRegister reg)
{
	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_XMM:
	case ZYDIS_REGCLASS_YMM:
	case ZYDIS_REGCLASS_ZMM:
		return true;
	default:
		return false;
	}
}

/* The n-th visible operand if it is a register, else none. */
static ZydisRegister operand_register(const struct insn *insn, unsigned int n)
{
	if (n >= insn->zydis.operand_count_visible ||
	    insn->operands[n].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return ZYDIS_REGISTER_NONE;
	return insn->operands[n].reg.value;
}

static uint8_t operand_gpr(struct lower_state *l, const struct insn *insn,
			   unsigned int n)
{
	ZydisRegister reg = operand_register(insn, n);

	return reg == ZYDIS_REGISTER_NONE ? SWC_REG_NONE
					  : lower_register(l, reg);
}

/* The register that comes with a memory operand: the first that isn't memory. */
static ZydisRegister partner(const struct insn *insn)
{
	unsigned int i;

	for (i = 0; i < insn->zydis.operand_count_visible; i++) {
		if (insn->operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			return insn->operands[i].reg.value;
	}
	return ZYDIS_REGISTER_NONE;
}

static uint8_t vector_number(ZydisRegister reg)
{
	return ZydisRegisterGetId(reg) & 15;
}

/* Operand widths that the arithmetic operations have: 4 and 8 bytes. */
static uint8_t wide_size(struct lower_state *l, unsigned int bits)
{
	if (bits == 64)
		return 8;
	if (bits != 32)
		lower_count(l, LOWER_WIDTH);
	return 4;
}

uint8_t lower_base(struct lower_state *l, const struct insn *insn,
		   const struct trace_access *access)
{
	const ZydisDecodedOperandMem *mem = NULL;
	ZydisRegister reg;
	unsigned int i;

	for (i = 0; i < insn->nmemory; i++) {
		mem = &insn->operands[insn->memory[i].operand].mem;
		if ((insn->memory[i].flags & access->flags) == access->flags)
			break;
	}
	if (!mem)
		return SWC_REG_NONE;
	if (mem->segment == ZYDIS_REGISTER_FS ||
	    mem->segment == ZYDIS_REGISTER_GS)
		lower_count(l, LOWER_TLS);
	reg = mem->base;
	if (reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RIP)
		reg = mem->index;
	else if (mem->index != ZYDIS_REGISTER_NONE)
		lower_count(l, LOWER_ADDRESS_REGISTER);
	if (reg == ZYDIS_REGISTER_NONE)
		return SWC_REG_NONE;
	if (reg == ZYDIS_REGISTER_RSP)
		return SWC_REG_RSP;
	return lower_register(l, reg);
}

/* Vector and larger accesses, or odd ones: as many plain ones as they need. */
static int emit_chunks(struct lower_state *l, const struct trace_access *access,
		       uint8_t base)
{
	bool store = access->flags & TRACE_ACCESS_WRITE;
	struct swc_op op = sequence_op(store ? SWC_OP_STORE : SWC_OP_TESTLOAD);
	uint64_t at = access->address, end = at + access->size;
	unsigned int before = l->emitted, added;

	op.base = base;
	while (at < end) {
		op.size = end - at >= CHUNK_BYTES ? CHUNK_BYTES : 1;
		if (lower_place(l, &op, at) || lower_emit(l, op))
			return -1;
		at += op.size;
	}
	added = l->emitted - before;
	if (added > 1) {
		/* They were counted as split; they are one access in chunks. */
		l->report->count[LOWER_SPLIT] -= added - 1;
		l->report->count[LOWER_CHUNKED] += added - 1;
	}
	return 0;
}

static bool is_scalar(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static int lower_atomic(struct lower_state *l, const struct insn *insn,
			const struct trace_access *access)
{
	ZydisRegister named = operand_register(insn, 1);
	struct swc_op op = sequence_op(SWC_OP_RMW);
	uint8_t reg;

	/* XCHG's operands come in either order. */
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_XCHG)
		named = partner(insn);
	reg = lower_register(l, named);
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_CMPXCHG:
		op.kind = SWC_OP_CMPXCHG;
		op.src = reg;
		break;
	case ZYDIS_MNEMONIC_XADD:
		op.kind = SWC_OP_XADD;
		op.dst = reg;
		break;
	case ZYDIS_MNEMONIC_XCHG:
		op.kind = SWC_OP_XCHG;
		op.dst = reg;
		break;
	default:
		op.src = reg;
		break;
	}
	if ((op.kind == SWC_OP_CMPXCHG && op.src == SWC_REG_NONE) ||
	    ((op.kind == SWC_OP_XADD || op.kind == SWC_OP_XCHG) &&
	     op.dst == SWC_REG_NONE)) {
		op = sequence_op(SWC_OP_RMW); /* cmpxchg16b, rsp as operand */
		lower_count(l, LOWER_CLASS);
	}
	op.base = lower_base(l, insn, access);
	op.size = access->size;
	if (!is_scalar(access->size)) {
		op.size = MAX_GPR_BYTES;
		lower_count(l, LOWER_WIDTH);
	}
	if (op.kind != SWC_OP_XCHG && insn->atomic)
		op.flags |= SWC_OPF_LOCK;
	if (access->address & (op.size - 1u)) {
		lower_count(l, LOWER_UNLOCKED);
		return emit_chunks(l, access, op.base);
	}
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

static bool is_vector_move(const struct insn *insn)
{
	switch (insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_DATAXFER:
		return true;
	default:
		return insn->zydis.mnemonic == ZYDIS_MNEMONIC_LDDQU ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_VLDDQU;
	}
}

static int lower_vector_access(struct lower_state *l, const struct insn *insn,
			       const struct trace_access *access)
{
	bool store = access->flags & TRACE_ACCESS_WRITE;
	struct swc_op op = sequence_op(store ? SWC_OP_VSTORE : SWC_OP_VLOAD);
	uint32_t size = access->size;

	op.base = lower_base(l, insn, access);
	op.size = size;
	if (store)
		op.src = vector_number(partner(insn));
	else
		op.dst = vector_number(partner(insn));
	if (!is_vector_move(insn))
		lower_count(l, LOWER_CLASS);
	if (size < 4 || size > 64 || size & (size - 1))
		return emit_chunks(l, access, op.base);
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

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
		return true;
	default:
		return false;
	}
}

/* A read of memory into a general register, or into the flags. */
static int lower_read(struct lower_state *l, const struct insn *insn,
		      const struct trace_access *access)
{
	ZydisRegister reg = partner(insn);
	ZydisMnemonic m = insn->zydis.mnemonic;
	struct swc_op op = sequence_op(SWC_OP_TESTLOAD);
	uint8_t gpr = SWC_REG_NONE;

	if (reg != ZYDIS_REGISTER_NONE)
		gpr = lower_register(l, reg);
	op.size = access->size;
	if (only_sets_flags(m)) {
		op.src = gpr;
	} else if (gpr == SWC_REG_NONE) {
		lower_count(l, LOWER_CLASS);
	} else if (is_move(m) || access->size < 4) {
		op.kind = SWC_OP_LOAD;
		op.dst = gpr;
		if (!is_move(m))
			lower_count(l, LOWER_WIDTH);
	} else {
		op.kind = SWC_OP_ALULOAD;
		op.dst = gpr;
		if (!is_exact_sum(m))
			lower_count(l, LOWER_CLASS);
	}
	op.base = lower_base(l, insn, access);
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

static int lower_write(struct lower_state *l, const struct insn *insn,
		       const struct trace_access *access)
{
	struct swc_op op = sequence_op(SWC_OP_STORE);
	ZydisRegister reg = partner(insn);

	if (access->flags & TRACE_ACCESS_READ)
		op.kind = SWC_OP_RMW;
	else if (!is_move(insn->zydis.mnemonic))
		lower_count(l, LOWER_CLASS);
	if (reg != ZYDIS_REGISTER_NONE)
		op.src = lower_register(l, reg);
	op.size = access->size;
	op.base = lower_base(l, insn, access);
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

/* FXSAVE, XSAVE and their restores, if the engine can have them there. */
static int lower_xstate(struct lower_state *l, const struct insn *insn,
			const struct trace_access *access)
{
	uint8_t base = lower_base(l, insn, access);
	struct swc_op op;

	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_FXSAVE:
	case ZYDIS_MNEMONIC_FXSAVE64:
		op = sequence_op(SWC_OP_FXSAVE);
		break;
	case ZYDIS_MNEMONIC_XSAVE:
	case ZYDIS_MNEMONIC_XSAVE64:
		op = sequence_op(SWC_OP_XSAVE);
		/* The mask was in EDX:EAX, which the trace doesn't hold. */
		op.imm = SWC_XSTATE_ALLOWED & 0x7;
		lower_count(l, LOWER_CLASS);
		break;
	default:
		/* A restore needs its save in the sequence; touch the area. */
		lower_count(l, LOWER_CLASS);
		return emit_chunks(l, access, base);
	}
	if (access->address & 63) {
		lower_count(l, LOWER_CLASS);
		return emit_chunks(l, access, base);
	}
	op.base = base;
	if (op.kind == SWC_OP_XSAVE &&
	    (op.base == SWC_REG_RAX || op.base == SWC_REG_RDX)) {
		op.base = SWC_REG_NONE;
		lower_count(l, LOWER_BASE);
	}
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

static bool is_xstate(const struct insn *insn)
{
	switch (insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_XSAVE:
	case ZYDIS_CATEGORY_XSAVEOPT:
		return true;
	default:
		return insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXSAVE ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXSAVE64 ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXRSTOR ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXRSTOR64;
	}
}

static int lower_access(struct lower_state *l, const struct insn *insn,
			const struct trace_access *access)
{
	if (insn->atomic)
		return lower_atomic(l, insn, access);
	if (is_xstate(insn))
		return lower_xstate(l, insn, access);
	if (is_vector(partner(insn)))
		return lower_vector_access(l, insn, access);
	if (insn->rep || !is_scalar(access->size)) {
		lower_count(l, LOWER_CLASS);
		return emit_chunks(l, access, lower_base(l, insn, access));
	}
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_CMPXCHG ||
	    insn->zydis.mnemonic == ZYDIS_MNEMONIC_XADD)
		return lower_atomic(l, insn, access);
	if (access->flags & TRACE_ACCESS_WRITE)
		return lower_write(l, insn, access);
	return lower_read(l, insn, access);
}

static int lower_nop(struct lower_state *l, const struct insn *insn)
{
	struct swc_op op = sequence_op(SWC_OP_NOP);

	op.imm = insn->zydis.length > 9 ? 9 : insn->zydis.length;
	return lower_emit(l, op);
}

static int lower_lea(struct lower_state *l, const struct insn *insn)
{
	const ZydisDecodedOperandMem *mem = &insn->operands[1].mem;
	struct swc_op op = sequence_op(SWC_OP_LEA);
	uint8_t base = SWC_REG_NONE, index = SWC_REG_NONE;

	op.dst = operand_gpr(l, insn, 0);
	op.size = wide_size(l, insn->zydis.operand_width);
	if (mem->base != ZYDIS_REGISTER_NONE && mem->base != ZYDIS_REGISTER_RIP)
		base = lower_register(l, mem->base);
	if (mem->index != ZYDIS_REGISTER_NONE)
		index = lower_register(l, mem->index);
	op.src = base != SWC_REG_NONE ? base : index;
	op.base = base != SWC_REG_NONE ? index : SWC_REG_NONE;
	if (op.src == SWC_REG_NONE) {
		/* An address known beforehand: no dependency. */
		op.kind = SWC_OP_IMM;
		op.size = 0;
	}
	return lower_emit(l, op);
}

static int lower_vector(struct lower_state *l, const struct insn *insn)
{
	struct swc_op op = sequence_op(SWC_OP_VALU);
	unsigned int i, found = 0;
	ZydisRegister reg;

	op.size = 16;
	for (i = 0; i < insn->zydis.operand_count_visible; i++) {
		reg = operand_register(insn, i);
		if (reg == ZYDIS_REGISTER_NONE || !is_vector(reg))
			continue;
		if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_YMM)
			op.size = 32;
		if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_ZMM)
			op.size = 64;
		op.src = vector_number(reg);
		if (!found++)
			op.dst = op.src;
	}
	if (insn->zydis.mnemonic != ZYDIS_MNEMONIC_PXOR &&
	    insn->zydis.mnemonic != ZYDIS_MNEMONIC_XORPS)
		lower_count(l, LOWER_CLASS);
	return lower_emit(l, op);
}

static bool touches_vector(const struct insn *insn)
{
	unsigned int i;

	for (i = 0; i < insn->zydis.operand_count_visible; i++) {
		if (is_vector(operand_register(insn, i)))
			return true;
	}
	return false;
}

static bool is_zero_idiom(const struct insn *insn)
{
	ZydisMnemonic m = insn->zydis.mnemonic;

	return (m == ZYDIS_MNEMONIC_XOR || m == ZYDIS_MNEMONIC_SUB) &&
	       operand_register(insn, 0) != ZYDIS_REGISTER_NONE &&
	       operand_register(insn, 0) == operand_register(insn, 1);
}

static bool is_multiply(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_IMUL || m == ZYDIS_MNEMONIC_MUL ||
	       m == ZYDIS_MNEMONIC_DIV || m == ZYDIS_MNEMONIC_IDIV ||
	       m == ZYDIS_MNEMONIC_BSF || m == ZYDIS_MNEMONIC_BSR ||
	       m == ZYDIS_MNEMONIC_TZCNT || m == ZYDIS_MNEMONIC_LZCNT ||
	       m == ZYDIS_MNEMONIC_POPCNT;
}

/* Register to register: one operation of the same latency class. */
static int lower_register_op(struct lower_state *l, const struct insn *insn)
{
	ZydisMnemonic m = insn->zydis.mnemonic;
	struct swc_op op = sequence_op(SWC_OP_ALU);

	op.dst = operand_gpr(l, insn, 0);
	op.src = operand_gpr(l, insn, 1);
	if (op.dst == SWC_REG_NONE) {
		lower_count(l, LOWER_ELIDED);
		return lower_nop(l, insn);
	}
	op.size = wide_size(l, insn->zydis.operand_width);
	if (only_sets_flags(m)) {
		op.kind = SWC_OP_TEST;
		/* test r, r is what TEST without a source is. */
		if (op.src == op.dst)
			op.src = SWC_REG_NONE;
	} else if ((is_move(m) && op.src == SWC_REG_NONE) ||
		   is_zero_idiom(insn)) {
		op.kind = SWC_OP_IMM;
		op.src = SWC_REG_NONE;
		op.size = 0;
	} else if (is_move(m)) {
		op.kind = SWC_OP_MOV;
	} else if (is_multiply(m)) {
		op.kind = SWC_OP_MUL;
		if (op.src == SWC_REG_NONE)
			op.src = op.dst;
		if (m != ZYDIS_MNEMONIC_IMUL)
			lower_count(l, LOWER_CLASS);
	} else if (!is_exact_sum(m)) {
		lower_count(l, LOWER_CLASS);
	}
	return lower_emit(l, op);
}

/* Instructions that have an operation of their own, or must not be replayed. */
static int lower_special(struct lower_state *l, const struct insn *insn,
			 bool *done)
{
	enum swc_op_kind kind = 0;

	*done = true;
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_LFENCE:
		kind = SWC_OP_LFENCE;
		break;
	case ZYDIS_MNEMONIC_MFENCE:
		kind = SWC_OP_MFENCE;
		break;
	case ZYDIS_MNEMONIC_SFENCE:
		kind = SWC_OP_SFENCE;
		break;
	case ZYDIS_MNEMONIC_PAUSE:
		kind = SWC_OP_PAUSE;
		break;
	case ZYDIS_MNEMONIC_LEA:
		return lower_lea(l, insn);
	case ZYDIS_MNEMONIC_NOP:
	case ZYDIS_MNEMONIC_ENDBR64:
		return lower_nop(l, insn);
	case ZYDIS_MNEMONIC_CPUID:
	case ZYDIS_MNEMONIC_RDTSC:
	case ZYDIS_MNEMONIC_RDTSCP:
	case ZYDIS_MNEMONIC_XGETBV:
	case ZYDIS_MNEMONIC_SYSCALL:
		lower_count(l, LOWER_ELIDED);
		return lower_nop(l, insn);
	default:
		*done = false;
		return 0;
	}
	return lower_emit(l, sequence_op(kind));
}

int lower_data(struct lower_state *l, const struct insn *insn,
	       const struct trace_access *accesses, unsigned int n)
{
	unsigned int i;
	bool done;
	int rc;

	rc = lower_special(l, insn, &done);
	if (rc || done)
		return rc;
	for (i = 0; i < n; i++) {
		if (lower_access(l, insn, &accesses[i]))
			return -1;
	}
	if (n)
		return 0;
	if (touches_vector(insn))
		return lower_vector(l, insn);
	return lower_register_op(l, insn);
}
