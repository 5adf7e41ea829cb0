// SPDX-License-Identifier: GPL-2.0
#include "lowerop.h"

#include "engine/optable.h"
#include "engine/slots.h"

void lower_count_more(struct lower_state *l, enum lower_deviation deviation,
		      int n)
{
	l->report->count[deviation] += n;
	if (l->details)
		l->details->count[l->note.line][deviation] += n;
}

void lower_count(struct lower_state *l, enum lower_deviation deviation)
{
	lower_count_more(l, deviation, 1);
}

static void follow_sp(struct lower_state *l, const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);

	if (t->traits & SWC_PUSHES)
		l->sp_offset -= SWC_SLOT_BYTES;
	if (t->traits & SWC_POPS)
		l->sp_offset += SWC_SLOT_BYTES;
	if (t->imm == SWC_IMM_STEP)
		l->sp_offset += op->imm;
	if (t->imm == SWC_IMM_ALIGNMENT)
		l->sp_offset &= -op->imm;
	if (op->kind == SWC_OP_SWITCH) {
		l->sp_region = op->region;
		l->sp_offset = op->offset;
	}
}

static bool writes_gpr(enum swc_op_kind kind)
{
	uint32_t traits = swc_op_traits(kind)->traits;

	return (traits & SWC_WRITES_DST) && !(traits & SWC_VECTOR_DST);
}

static int too_long(struct lower_state *l)
{
	return error_set(
		l->err, EXIT_USAGE,
		"%s: the call's %zu instructions make more than %u ops, "
		"all that a sequence can hold: record a shorter one",
		l->trace->path, l->report->instructions, SWC_MAX_OPS);
}

int lower_lost_sp(struct lower_state *l)
{
	return error_set(l->err, EXIT_USAGE,
			 "%s: step %u: RSP leaves the touched pages: record it "
			 "again",
			 l->trace->path, l->note.line);
}

/* RSP is in its region, or at its end; below its begin, its offset is a large number. */
static bool has_sp(const struct lower_state *l)
{
	return l->sp_offset <=
	       l->s->regions[l->sp_region].pages * SWC_PAGE_BYTES;
}

int lower_emit(struct lower_state *l, struct swc_op op)
{
	/* A single instruction may access megabytes. */
	if (l->s->nops >= SWC_MAX_OPS)
		return too_long(l);
	op.code = l->code;
	if (l->emitted++)
		lower_count(l, LOWER_SPLIT);
	follow_sp(l, &op);
	if (!has_sp(l))
		return lower_lost_sp(l);
	if (writes_gpr(op.kind))
		l->written[op.dst] = l->s->nops + 1;
	return sequence_append(l->s, &op, l->note, l->err);
}

int lower_two(struct lower_state *l, enum swc_op_kind kind, uint8_t size,
	      uint8_t dst, uint8_t src)
{
	struct swc_op op = sequence_op(kind);

	op.size = size;
	op.dst = dst;
	op.src = src;
	return lower_emit(l, op);
}

int lower_sp_value(struct lower_state *l, uint8_t size, uint8_t dst,
		   uint8_t other)
{
	struct swc_op op = sequence_op(SWC_OP_LEA);

	op.size = size;
	op.dst = dst;
	op.src = SWC_REG_RSP;
	op.base = other;
	return lower_emit(l, op);
}

int lower_nop(struct lower_state *l, const struct insn *insn)
{
	struct swc_op op = sequence_op(SWC_OP_NOP);

	op.imm = insn->zydis.length > 9 ? 9 : insn->zydis.length;
	return lower_emit(l, op);
}

int lower_elide(struct lower_state *l, const struct insn *insn)
{
	lower_count(l, LOWER_ELIDED);
	return lower_nop(l, insn);
}

static void drop_rsp(uint8_t *list, uint8_t *n)
{
	uint8_t i, kept = 0;

	for (i = 0; i < *n; i++) {
		if (list[i] != SWC_REG_RSP)
			list[kept++] = list[i];
	}
	*n = kept;
}

/* Is RSP read as a value, not only stepped, as by push and sub? */
static bool is_sp_value(const ZydisDecodedOperand *o)
{
	return o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       o->reg.value == ZYDIS_REGISTER_RSP &&
	       o->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT &&
	       !(o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
}

void lower_insn_init(struct lower_state *l, struct lower_insn *i,
		     const struct insn *insn,
		     const struct trace_access *accesses, unsigned int n)
{
	unsigned int k;

	*i = (struct lower_insn){
		.insn = insn,
		.m = insn->zydis.mnemonic,
		.accesses = accesses,
		.n = n,
	};
	operands_find(&i->o, insn);
	drop_rsp(i->o.gpr_in, &i->o.ngpr_in);
	drop_rsp(i->o.gpr_out, &i->o.ngpr_out);
	for (k = 0; k < insn->zydis.operand_count_visible; k++) {
		i->sp_values += is_sp_value(&insn->operands[k]);
	}
	lower_count_more(l, LOWER_RENAMED, i->o.renamed);
}

uint32_t lower_register_bit(ZydisRegister reg)
{
	reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
	if (ZydisRegisterGetClass(reg) != ZYDIS_REGCLASS_GPR64)
		return 0;
	return 1u << ZydisRegisterGetId(reg);
}

uint8_t lower_base_register(ZydisRegister reg)
{
	reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
	if (ZydisRegisterGetClass(reg) != ZYDIS_REGCLASS_GPR64)
		return SWC_REG_NONE; /* none, RIP, or the vector of a gather */
	return (uint8_t)ZydisRegisterGetId(reg);
}

static struct lower_address address_of(const ZydisDecodedOperandMem *mem)
{
	struct lower_address a = {
		.base = lower_base_register(mem->base),
		.index = lower_base_register(mem->index),
		.segment = mem->segment == ZYDIS_REGISTER_FS ||
			   mem->segment == ZYDIS_REGISTER_GS,
	};

	if (a.base != SWC_REG_NONE)
		return a;
	return (struct lower_address){a.index, SWC_REG_NONE, a.segment};
}

/* The register that is likely to be ready last; RSP nearly always is. */
static uint8_t last_ready(struct lower_state *l, struct lower_address a)
{
	if (a.segment)
		lower_count(l, LOWER_TLS);
	if (a.index == SWC_REG_NONE)
		return a.base;
	lower_count(l, LOWER_ADDRESS_REGISTER);
	return a.base == SWC_REG_RSP || l->written[a.index] > l->written[a.base]
		       ? a.index
		       : a.base;
}

uint8_t lower_base_of(struct lower_state *l, const ZydisDecodedOperandMem *mem)
{
	return last_ready(l, address_of(mem));
}

struct lower_address lower_address(const struct insn *insn, unsigned int index)
{
	/* A gather has more accesses than operands. */
	if (!insn->nmemory)
		return LOWER_NO_REGISTER;
	if (index >= insn->nmemory)
		index = insn->nmemory - 1u;
	return address_of(&insn->operands[insn->memory[index].operand].mem);
}

uint8_t lower_base(struct lower_state *l, const struct insn *insn,
		   unsigned int index)
{
	return last_ready(l, lower_address(insn, index));
}

void lower_wait(struct lower_state *l, struct swc_op *op,
		struct lower_address address)
{
	op->base = address.base;
	op->index = address.index;
	if (!address.segment)
		return;
	if (!l->caps->plain && address.base != SWC_REG_RSP &&
	    (swc_op_traits(op->kind)->flags & SWC_OPF_SEGMENT))
		op->flags |= SWC_OPF_SEGMENT;
	else
		lower_count(l, LOWER_TLS);
}

int lower_unplaced(struct lower_state *l)
{
	return error_set(l->err, EXIT_USAGE,
			 "%s: step %u: access to a page that the trace doesn't "
			 "list: record it again",
			 l->trace->path, l->note.line);
}

/* The largest scalar size that @bytes hold. */
static uint8_t piece_size(uint64_t bytes)
{
	return bytes >= 8 ? 8 : bytes >= 4 ? 4 : bytes >= 2 ? 2 : 1;
}

int lower_pieces(struct lower_state *l, const struct trace_access *access,
		 struct lower_address address)
{
	bool reads = access->flags & TRACE_ACCESS_READ;
	bool writes = access->flags & TRACE_ACCESS_WRITE;
	struct swc_op op = sequence_op(!writes ? SWC_OP_TESTLOAD
				       : reads ? SWC_OP_RMW
					       : SWC_OP_STORE);
	uint64_t at = access->address, end = at + access->size;
	unsigned int before = l->emitted, added;
	uint32_t region, offset;
	uint64_t together;

	lower_wait(l, &op, address);
	while (at < end) {
		together =
			pagemap_find(&l->map, at, end - at, &region, &offset);
		if (!together)
			return lower_unplaced(l);
		op.region = region;
		for (; together; together -= op.size) {
			op.offset = offset;
			op.size = piece_size(together);
			if (lower_emit(l, op))
				return -1;
			at += op.size;
			offset += op.size;
		}
	}
	added = l->emitted - before;
	if (added > 1) {
		/* The pieces were counted as split; they are one access. */
		lower_count_more(l, LOWER_SPLIT, 1 - (int)added);
		lower_count_more(l, LOWER_CHUNKED, (int)added - 1);
	}
	return 0;
}

int lower_access(struct lower_state *l, struct swc_op op,
		 const struct trace_access *access)
{
	uint32_t region, offset;
	uint64_t together;

	together = pagemap_find(&l->map, access->address, access->size, &region,
				&offset);
	if (!together)
		return lower_unplaced(l);
	if (together < access->size || op.size != access->size ||
	    !(swc_op_traits(op.kind)->sizes & op.size) ||
	    (op.size & (op.size - 1u)))
		return lower_pieces(l, access, LOWER_WAITS(op));
	op.region = region;
	op.offset = offset;
	return lower_emit(l, op);
}

int lower_touch(struct lower_state *l, const struct insn *insn,
		const struct trace_access *access, unsigned int index,
		enum swc_op_kind kind)
{
	struct swc_op op = sequence_op(kind);

	lower_wait(l, &op, lower_address(insn, index));
	op.size = access->size;
	return lower_access(l, op, access);
}
