// SPDX-License-Identifier: GPL-2.0
#include "lower.h"

#include <stdlib.h>
#include <string.h>

#include "engine/slots.h"
#include "engine/verify.h"
#include "lowerop.h"

static const struct {
	const char *name;
	const char *text;
} deviations[LOWER_DEVIATIONS] = {
	[LOWER_CALLER_CALL] = {"caller_call",
			       "ops added: the call that led here"},
	[LOWER_SPLIT] = {"split", "ops added: an instruction became several"},
	[LOWER_CHUNKED] = {"chunked", "ops added: a large access in pieces"},
	[LOWER_INDIRECT] = {"indirect", "indirect call or jump made direct"},
	[LOWER_TLS] = {"tls", "fs:/gs: access by a plain address"},
	[LOWER_ADDRESS_REGISTER] = {"address_register",
				    "second address register not carried"},
	[LOWER_BASE] = {"base", "address dependency not carried"},
	[LOWER_RENAMED] = {"renamed", "uses of rbp renamed to r15"},
	[LOWER_SP_SOURCE] = {"sp_source", "rsp as a value made a constant"},
	[LOWER_WIDTH] = {"width", "operand width changed"},
	[LOWER_CLASS] = {"class", "another operation of similar latency"},
	[LOWER_UNLOCKED] = {"unlocked", "misaligned lock prefix dropped"},
	[LOWER_RETURN] = {"return", "return that matches no call"},
	[LOWER_SWITCH_SOURCE] =
		{"switch_source",
		 "rsp loaded from memory: the switch doesn't wait for it"},
	[LOWER_ELIDED] = {"elided", "not replayable: became a nop"},
};

const char *lower_deviation_name(enum lower_deviation deviation)
{
	return deviations[deviation].name;
}

const char *lower_deviation_text(enum lower_deviation deviation)
{
	return deviations[deviation].text;
}

struct lowerer {
	struct lower_state state;
	const struct trace_variant *variant;
	struct insn *decoded; /* by index into CODE; address 0: not yet */
	int *functions;	      /* by index into CODE; -1: not yet */
	uint64_t *code_pages; /* in order of first execution */
	size_t ncode_pages;
	uint64_t *open; /* where the return addresses of open calls lie */
	size_t nopen;
};

static int no_memory(struct lowerer *l)
{
	return error_set(l->state.err, EXIT_IMPOSSIBLE, "%s: out of memory",
			 l->state.trace->path);
}

static const struct insn *decode(struct lowerer *l, uint32_t index)
{
	const struct trace_insn *insn = &l->state.trace->insns[index];
	struct insn *decoded = &l->decoded[index];

	if (decoded->zydis.length)
		return decoded;
	if (insn_decode(decoded, insn->address, insn->bytes, insn->length)) {
		error_set(l->state.err, EXIT_USAGE,
			  "%s: instruction at %#lx can't be decoded: record it "
			  "again",
			  l->state.trace->path, insn->address);
		return NULL;
	}
	return decoded;
}

static int function_of(struct lowerer *l, uint32_t index)
{
	const struct trace *trace = l->state.trace;

	if (l->functions[index] < 0)
		l->functions[index] = names_add(
			&l->state.s->functions,
			trace_string(trace, trace->insns[index].function));
	return l->functions[index];
}

static uint32_t code_line(struct lowerer *l, uint64_t address)
{
	uint64_t page = address / SWC_PAGE_BYTES;
	size_t i;

	for (i = 0; i < l->ncode_pages && l->code_pages[i] != page; i++)
		;
	if (i == l->ncode_pages)
		l->code_pages[l->ncode_pages++] = page;
	return SWC_CODE(i, address / 64 % 64);
}

/* The pointer of an indirect call or jump, or what push and pop [m] access. */
static int touch(struct lower_state *l, const struct insn *insn,
		 const struct trace_access *access, enum swc_op_kind kind)
{
	struct swc_op op = sequence_op(kind);

	op.base = lower_base(l, insn, access);
	op.size = access->size > 8 ? 8 : access->size;
	if (lower_place(l, &op, access->address))
		return -1;
	return lower_emit(l, op);
}

static bool is_indirect(const struct insn *insn)
{
	return insn->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

static int lower_call(struct lowerer *l, const struct insn *insn,
		      const struct trace_access *a, unsigned int n)
{
	struct lower_state *s = &l->state;

	if (is_indirect(insn))
		lower_count(s, LOWER_INDIRECT);
	if (n > 1 && touch(s, insn, &a[0], SWC_OP_TESTLOAD))
		return -1;
	l->open[l->nopen++] = s->rsp - SWC_SLOT_BYTES;
	return lower_emit(s, sequence_op(SWC_OP_CALL));
}

static void close_call(struct lowerer *l, size_t index)
{
	l->nopen--;
	memmove(&l->open[index], &l->open[index + 1],
		(l->nopen - index) * sizeof(*l->open));
}

/* A return address that is overwritten leads nowhere any more. */
static void close_overwritten(struct lowerer *l, const struct trace_access *a,
			      unsigned int n)
{
	unsigned int i;
	size_t k;

	for (i = 0; i < n; i++) {
		if (!(a[i].flags & TRACE_ACCESS_WRITE))
			continue;
		for (k = l->nopen; k > 0; k--) {
			if (a[i].address < l->open[k - 1] + SWC_SLOT_BYTES &&
			    l->open[k - 1] < a[i].address + a[i].size)
				close_call(l, k - 1);
		}
	}
}

static int lower_ret(struct lowerer *l, const struct insn *insn,
		     const struct trace_access *a)
{
	struct lower_state *s = &l->state;
	struct swc_op op;
	size_t i;

	for (i = l->nopen; i > 0; i--) {
		if (l->open[i - 1] != s->rsp)
			continue;
		close_call(l, i - 1);
		return lower_emit(s, sequence_op(SWC_OP_RET));
	}
	lower_count(s, LOWER_RETURN);
	if (touch(s, insn, a, SWC_OP_TESTLOAD))
		return -1;
	op = sequence_op(SWC_OP_SP);
	op.imm = SWC_SLOT_BYTES;
	if (lower_emit(s, op))
		return -1;
	return lower_emit(s, sequence_op(SWC_OP_JUMP));
}

static int lower_jump(struct lowerer *l, const struct insn *insn,
		      const struct trace_step *step,
		      const struct trace_access *a, unsigned int n)
{
	struct swc_op op = sequence_op(insn->kind == INSN_BRANCH ? SWC_OP_BRANCH
								 : SWC_OP_JUMP);

	if (insn->kind == INSN_JUMP && is_indirect(insn))
		lower_count(&l->state, LOWER_INDIRECT);
	if (n && touch(&l->state, insn, a, SWC_OP_TESTLOAD))
		return -1;
	if (insn->kind == INSN_BRANCH && (step->flags & TRACE_STEP_TAKEN))
		op.flags |= SWC_OPF_TAKEN;
	return lower_emit(&l->state, op);
}

static int lower_push(struct lowerer *l, const struct insn *insn,
		      const struct trace_access *a, unsigned int n)
{
	struct swc_op op = sequence_op(SWC_OP_PUSH);

	if (n > 1 && touch(&l->state, insn, &a[0], SWC_OP_TESTLOAD))
		return -1;
	if (insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    insn->operands[0].visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
		op.src = lower_register(&l->state, insn->operands[0].reg.value);
	return lower_emit(&l->state, op);
}

static int move_sp(struct lowerer *l, int64_t delta)
{
	struct swc_op op = sequence_op(SWC_OP_SP);

	op.imm = (uint32_t)delta;
	return lower_emit(&l->state, op);
}

static int lower_pop(struct lowerer *l, const struct insn *insn,
		     const struct trace_access *a, unsigned int n)
{
	struct lower_state *s = &l->state;
	struct swc_op op = sequence_op(SWC_OP_POP);

	if (insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    insn->operands[0].visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
		op.dst = lower_register(s, insn->operands[0].reg.value);
	if (op.dst != SWC_REG_NONE)
		return lower_emit(s, op);
	/* popf, or pop [m]: read the slot, write the target, move RSP. */
	lower_count(s, LOWER_CLASS);
	if (touch(s, insn, &a[0], SWC_OP_TESTLOAD) ||
	    (n > 1 && touch(s, insn, &a[1], SWC_OP_STORE)))
		return -1;
	return move_sp(l, SWC_SLOT_BYTES);
}

/* The register that RSP is computed from, other than RSP itself. */
static uint8_t sp_source(struct lower_state *s, const struct insn *insn)
{
	const ZydisDecodedOperand *o = &insn->operands[1];
	ZydisRegister reg = ZYDIS_REGISTER_NONE;

	if (insn->zydis.operand_count_visible < 2)
		return SWC_REG_NONE;
	if (o->type == ZYDIS_OPERAND_TYPE_REGISTER)
		reg = o->reg.value;
	else if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		 o->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
		reg = o->mem.base;
	if (reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RSP)
		return SWC_REG_NONE;
	return lower_register(s, reg);
}

/* An instruction other than push, pop, call and ret that writes RSP. */
static int lower_sp_write(struct lowerer *l, const struct insn *insn,
			  const struct trace_access *a, unsigned int n,
			  uint64_t to)
{
	struct lower_state *s = &l->state;
	struct swc_op op = sequence_op(SWC_OP_SWITCH);
	uint32_t region, offset, from_region, from_offset;

	if (pagemap_find_sp(&s->map, to, &region, &offset) ||
	    pagemap_find_sp(&s->map, s->rsp, &from_region, &from_offset))
		return error_set(s->err, EXIT_USAGE,
				 "%s: step %u: RSP leaves the touched pages",
				 s->trace->path, s->note.line);
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_LEAVE) {
		op.region = region;
		op.offset = offset - SWC_SLOT_BYTES;
		op.base = SWC_REG_R15;
		if (lower_emit(s, op))
			return -1;
		op = sequence_op(SWC_OP_POP);
		op.dst = SWC_REG_R15;
		return lower_emit(s, op);
	}
	op.base = n ? SWC_REG_NONE : sp_source(s, insn);
	if (!n && region == from_region && op.base == SWC_REG_NONE)
		return move_sp(l, (int64_t)offset - from_offset);
	if (n) {
		lower_count(s, LOWER_SWITCH_SOURCE);
		if (touch(s, insn, &a[0], SWC_OP_TESTLOAD))
			return -1;
	}
	op.region = region;
	op.offset = offset;
	return lower_emit(s, op);
}

static bool writes_sp(const struct insn *insn)
{
	unsigned int i;

	for (i = 0; i < insn->zydis.operand_count; i++) {
		const ZydisDecodedOperand *o = &insn->operands[i];

		if (o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						     o->reg.value) ==
			    ZYDIS_REGISTER_RSP)
			return true;
	}
	return false;
}

static int lower_step(struct lowerer *l, const struct trace_step *step,
		      const struct trace_access *a, uint64_t next_rsp)
{
	const struct insn *insn = decode(l, step->insn);
	unsigned int n = step->naccesses;

	if (!insn)
		return -1;
	close_overwritten(l, a, n);
	switch (insn->kind) {
	case INSN_CALL:
		return lower_call(l, insn, a, n);
	case INSN_RET:
		return lower_ret(l, insn, a);
	case INSN_BRANCH:
	case INSN_JUMP:
		return lower_jump(l, insn, step, a, n);
	default:
		break;
	}
	if (insn->zydis.meta.category == ZYDIS_CATEGORY_PUSH)
		return lower_push(l, insn, a, n);
	if (insn->zydis.meta.category == ZYDIS_CATEGORY_POP)
		return lower_pop(l, insn, a, n);
	if (writes_sp(insn))
		return lower_sp_write(l, insn, a, n, next_rsp);
	return lower_data(&l->state, insn, a, n);
}

/*
 * The recording starts behind the call into its first function and ends behind
 * that function's return. The call is added, so that the return has its match.
 */
static int add_callers_call(struct lowerer *l, uint64_t rsp)
{
	struct lower_state *s = &l->state;
	uint32_t region, offset;

	if (pagemap_find_sp(&s->map, rsp + SWC_SLOT_BYTES, &region, &offset))
		return error_set(s->err, EXIT_USAGE,
				 "%s: the first return address isn't among the "
				 "accesses: record it again",
				 s->trace->path);
	s->s->entry_region = region;
	s->s->entry_offset = offset;
	lower_count(s, LOWER_CALLER_CALL);
	l->open[l->nopen++] = rsp;
	return lower_emit(s, sequence_op(SWC_OP_CALL));
}

static int lower_steps(struct lowerer *l)
{
	const struct trace *trace = l->state.trace;
	const struct trace_step *first = trace->steps + l->variant->first_step;
	const struct trace_step *end = first + l->variant->nsteps, *step;
	const struct trace_access *a =
		trace->accesses + l->variant->first_access;
	uint64_t next_rsp;
	int function;

	if (add_callers_call(l, first->rsp))
		return -1;
	for (step = first; step < end; step++) {
		function = function_of(l, step->insn);
		if (function < 0)
			return no_memory(l);
		l->state.note.function = function;
		l->state.note.line = step - first + 1;
		l->state.code = code_line(l, trace->insns[step->insn].address);
		l->state.rsp = step->rsp;
		l->state.emitted = 0;
		next_rsp = step + 1 < end ? step[1].rsp
					  : first->rsp + SWC_SLOT_BYTES;
		if (lower_step(l, step, a, next_rsp))
			return -1;
		a += step->naccesses;
	}
	return 0;
}

static void drop_base(struct lowering *report, struct swc_op *op)
{
	op->base = SWC_REG_NONE;
	report->count[LOWER_BASE]++;
}

/*
 * From operation @at on, addresses don't depend on @reg, until it is written
 * again: it isn't proved to hold 0 there.
 */
static void drop_bases(struct sequence *s, struct lowering *report, size_t at)
{
	uint8_t reg = s->ops[at].base;
	size_t i;

	drop_base(report, &s->ops[at]);
	for (i = at; i < s->nops; i++) {
		if (i > at && s->ops[i].base == reg &&
		    s->ops[i].kind != SWC_OP_LEA)
			drop_base(report, &s->ops[i]);
		if (s->ops[i].dst == reg)
			break;
	}
}

/*
 * Verify, and drop the address dependencies that can't be proved. Each pass
 * drops at least one, so it ends.
 */
static int settle(struct sequence *s, const struct swc_caps *caps,
		  struct lowering *report, struct error *err)
{
	struct swc_error refused = {0};
	struct swc_program program;
	struct error first = {0};
	struct swc_plan plan;
	void *workspace;

	while (sequence_verify(s, caps, &plan, &program, &workspace, &refused,
			       &first)) {
		if (refused.code != SWC_ERR_BASE) {
			*err = first;
			return -1;
		}
		drop_bases(s, report, refused.op);
		first = (struct error){0};
	}
	free(workspace);
	return 0;
}

static void lowerer_free(struct lowerer *l)
{
	pagemap_free(&l->state.map);
	free(l->decoded);
	free(l->functions);
	free(l->code_pages);
	free(l->open);
}

static int lowerer_init(struct lowerer *l)
{
	const struct trace *trace = l->state.trace;
	size_t n = trace->ninsns, i;

	l->decoded = calloc(n, sizeof(*l->decoded));
	l->functions = calloc(n, sizeof(*l->functions));
	l->code_pages = calloc(n, sizeof(*l->code_pages));
	l->open = calloc(l->variant->nsteps + 1, sizeof(*l->open));
	if (!l->decoded || !l->functions || !l->code_pages || !l->open)
		return no_memory(l);
	for (i = 0; i < n; i++)
		l->functions[i] = -1;
	return pagemap_build(&l->state.map, trace, l->variant, l->state.s,
			     l->state.err);
}

int lower_variant(const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct swc_caps *caps, struct sequence *s,
		  struct lowering *lowering, struct error *err)
{
	struct lowerer l = {
		.state = {.trace = trace,
			  .s = s,
			  .report = lowering,
			  .err = err},
		.variant = variant,
	};
	int rc;

	*lowering = (struct lowering){.instructions = variant->nsteps};
	rc = sequence_init(s, trace->path, err);
	if (!rc)
		rc = lowerer_init(&l);
	if (!rc)
		rc = lower_steps(&l);
	if (!rc)
		rc = settle(s, caps, lowering, err);
	lowering->ops = s->nops;
	lowerer_free(&l);
	if (rc)
		sequence_free(s);
	return rc;
}
