// SPDX-License-Identifier: GPL-2.0
#include "ablation.h"

#include <stdlib.h>

#include "ablation_registers.h"
#include "ablation_rsp.h"
#include "engine/optable.h"
#include "engine/shape.h"
#include "engine/slots.h"

/**
 * struct maker - a sequence being made of another
 * @grown: pages that each region has more in front than it was recorded with
 * @stale: registers whose writer is gone, see ablation_registers.h
 */
struct maker {
	const struct sequence *s;
	const struct swc_proof *proof;
	const unsigned char *classes;
	uint32_t removed;
	struct ablated *out;
	struct rsp_way way;
	uint32_t grown[SWC_MAX_REGIONS];
	uint32_t stale;
	struct error *err;
};

static bool is_kept(const struct maker *m, size_t op)
{
	return m->s->ops[op].kind == SWC_OP_MARK ||
	       !(m->removed & (1u << m->classes[op]));
}

static uint32_t traits_at(const struct maker *m, size_t op)
{
	return swc_op_traits(m->s->ops[op].kind)->traits;
}

static bool on_stack(const struct maker *m, uint32_t region)
{
	return region < m->proof->program->nregions &&
	       swc_proof_is_stack(m->proof, region);
}

/* Does it access a stack other than by pushing and popping? */
static bool accesses_frame(const struct maker *m, size_t op)
{
	const struct swc_op *o = &m->s->ops[op];
	uint32_t traits = traits_at(m, op);

	if (!(traits & SWC_HAS_MEM) || (traits & SWC_STACK))
		return false;
	return on_stack(m, o->region) ||
	       ((traits & SWC_HAS_FROM) &&
		on_stack(m, SWC_FROM_REGION(o->from)));
}

static bool any_frames(const struct maker *m)
{
	size_t i;

	for (i = 0; i < m->s->nops; i++) {
		if (is_kept(m, i) && accesses_frame(m, i))
			return true;
	}
	return false;
}

static bool loses_switch(const struct maker *m)
{
	size_t i;

	for (i = 0; i < m->s->nops; i++) {
		if (m->s->ops[i].kind == SWC_OP_SWITCH && !is_kept(m, i))
			return true;
	}
	return false;
}

/*
 * If stacks come to lie on one another, each must have room for all others.
 * Room that isn't touched costs nothing.
 */
static void find_grown(struct maker *m)
{
	const struct swc_program *p = m->proof->program;
	uint32_t i, pages = 0;

	if (!loses_switch(m))
		return;
	for (i = 0; i < p->nregions; i++)
		pages += on_stack(m, i) ? p->regions[i].pages : 0;
	for (i = 0; i < p->nregions; i++) {
		if (on_stack(m, i))
			m->grown[i] = pages - p->regions[i].pages;
	}
}

static int no_memory(const struct maker *m)
{
	return error_set(m->err, EXIT_IMPOSSIBLE, "%s: out of memory",
			 m->s->path);
}

static uint32_t offset_in(const struct maker *m, struct rsp_place place)
{
	return place.offset + m->grown[place.region] * SWC_PAGE_BYTES;
}

/*
 * Follow a frame that lies on another stack now. Operands that have to be
 * aligned stay where they are: the frame may have moved by any multiple of 8.
 */
static void move_operands(const struct maker *m, struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	uint32_t region = SWC_FROM_REGION(op->from);
	struct rsp_place place;

	if (t->align > SWC_SLOT_BYTES || (op->flags & SWC_OPF_NT)) {
		op->offset += m->grown[op->region] * SWC_PAGE_BYTES;
		return;
	}
	place = rsp_way_place(&m->way, op->region, op->offset);
	op->region = place.region;
	op->offset = offset_in(m, place);
	if (t->traits & SWC_HAS_FROM) {
		place = rsp_way_place(&m->way, region,
				      SWC_FROM_OFFSET(op->from));
		op->from = SWC_FROM(place.region, offset_in(m, place));
	}
}

static int append(struct maker *m, const struct swc_op *op, size_t from)
{
	struct sequence_note note = {0};

	if (from < m->s->nops)
		note = m->s->notes[from];
	return sequence_append(&m->out->sequence, op, note, m->err);
}

/* Put what clears registers before an operation that still reads them. */
static int clear(struct maker *m, uint32_t registers, size_t from)
{
	unsigned int reg;
	struct swc_op op;

	for (reg = 0; reg < REGISTERS_ALL; reg++) {
		if (!(registers & (1u << reg)))
			continue;
		op = registers_clear(reg);
		op.code = m->s->ops[from].code;
		if (append(m, &op, from))
			return -1;
		m->out->cleared++;
	}
	m->stale &= ~registers;
	return 0;
}

/* A kept operation, freed of what it can't wait for any more. */
static int put(struct maker *m, struct swc_op op, size_t from)
{
	uint32_t reads = registers_release(&op, m->stale, &m->out->independent);

	if (clear(m, reads, from))
		return -1;
	m->stale &= ~registers_written(&op);
	return append(m, &op, from);
}

/* RSP = @wanted, by an operation that wasn't there. */
static int adjust(struct maker *m, const struct rsp_step *step, size_t from)
{
	struct swc_op op = sequence_op(SWC_OP_SP);

	if (!step->adjusted)
		return 0;
	m->out->adjusted++;
	if (step->from.region == step->wanted.region) {
		op.imm = (uint32_t)(step->wanted.offset - step->from.offset);
		return append(m, &op, from);
	}
	op = sequence_op(SWC_OP_SWITCH);
	if (step->wanted.region == SWC_NO_REGION) {
		op.flags = SWC_OPF_BACK;
	} else {
		op.region = step->wanted.region;
		op.offset = offset_in(m, step->wanted);
	}
	return append(m, &op, from);
}

/* An operation that moves RSP. */
static int pass_rsp(struct maker *m, size_t index, bool kept)
{
	struct rsp_step step = rsp_way_step(&m->way, index, kept);
	struct swc_op op = m->s->ops[index];

	if (m->way.failed)
		return no_memory(m);
	if (adjust(m, &step, index))
		return -1;
	if (!step.emitted) {
		m->out->merged += kept;
		return 0;
	}
	if (step.loads) {
		m->out->reloaded++;
		op.kind = SWC_OP_LOAD;
		op.size = SWC_SLOT_BYTES;
		op.base = SWC_REG_RSP;
		op.region = step.target.region;
		op.offset = offset_in(m, step.target);
	} else if (op.kind == SWC_OP_SP) {
		op.imm = (uint32_t)step.delta;
	} else if (op.kind == SWC_OP_ALIGN &&
		   step.delta != -(step.from.offset & (op.imm - 1))) {
		op.kind = SWC_OP_SP;
		op.imm = (uint32_t)step.delta;
	} else if (op.kind == SWC_OP_SWITCH && !(op.flags & SWC_OPF_BACK)) {
		op.region = step.target.region;
		op.offset = offset_in(m, step.target);
	}
	return put(m, op, index);
}

static int pass(struct maker *m, size_t index)
{
	struct swc_op op = m->s->ops[index];
	bool kept = is_kept(m, index);
	uint32_t traits = traits_at(m, index);

	m->out->kept += kept;
	m->out->removed += !kept;
	if (!kept)
		m->stale |= registers_left(&op);
	if (traits & SWC_STACK)
		return pass_rsp(m, index, kept);
	if (!kept)
		return 0;
	if (traits & SWC_HAS_MEM)
		move_operands(m, &op);
	return put(m, op, index);
}

static int pass_end(struct maker *m)
{
	struct rsp_step step = rsp_way_end(&m->way);
	struct swc_op mark = sequence_op(SWC_OP_MARK);
	struct sequence *out = &m->out->sequence;

	if (adjust(m, &step, m->s->nops))
		return -1;
	if (out->nops)
		return 0;
	if (!out->marks.n && names_add(&out->marks, "nothing") < 0)
		return no_memory(m);
	return append(m, &mark, m->s->nops);
}

static int make(struct maker *m, bool exact)
{
	size_t i;
	int rc;

	*m->out = (struct ablated){.exact = exact};
	m->stale = 0;
	rc = sequence_like(&m->out->sequence, m->s, m->grown, m->err);
	rsp_way_init(&m->way, m->proof, exact, any_frames(m));
	for (i = 0; !rc && i < m->s->nops; i++)
		rc = pass(m, i);
	if (!rc)
		rc = pass_end(m);
	rsp_way_free(&m->way);
	return rc;
}

/*
 * Have it accepted. Return: 0, also if it is refused: then it isn't possible; or
 * -1 with @m->err set.
 */
static int settle(struct maker *m, const struct swc_caps *caps,
		  struct swc_error *refused)
{
	struct sequence *s = &m->out->sequence;
	uint8_t *unproved = calloc(SWC_UNPROVED_BYTES(s->nops), 1);

	if (!unproved)
		return no_memory(m);
	*refused = (struct swc_error){0};
	m->out->possible =
		!sequence_prove(s, caps, unproved, refused, &m->out->why);
	if (m->out->possible)
		m->out->unproved = sequence_give_up(s, unproved);
	free(unproved);
	return 0;
}

int ablation_make(const struct sequence *s, const struct swc_proof *proof,
		  const unsigned char *classes, uint32_t removed,
		  const struct swc_caps *caps, struct ablated *out,
		  struct error *err)
{
	struct maker m = {
		.s = s,
		.proof = proof,
		.classes = classes,
		.removed = removed,
		.out = out,
		.err = err,
	};
	struct swc_error refused;
	int rc;

	find_grown(&m);
	rc = make(&m, false) || settle(&m, caps, &refused);
	/* A return address was overwritten: each goes back to its place. */
	if (!rc && !out->possible) {
		ablation_free(out);
		rc = make(&m, true) || settle(&m, caps, &refused);
	}
	if (rc)
		ablation_free(out);
	return rc ? -1 : 0;
}

void ablation_free(struct ablated *a)
{
	sequence_free(&a->sequence);
}
