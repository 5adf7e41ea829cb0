// SPDX-License-Identifier: GPL-2.0
#include "ablation_rsp.h"

#include <stdlib.h>

#include "engine/slots.h"

static struct rsp_levels *levels_of(struct rsp_way *w, uint32_t region)
{
	/* The host's stack comes last. */
	return &w->levels[region == SWC_NO_REGION ? SWC_MAX_REGIONS : region];
}

static struct rsp_level *top(struct rsp_way *w, uint32_t region)
{
	struct rsp_levels *l = levels_of(w, region);

	return l->n ? &l->list[l->n - 1] : NULL;
}

/* Make room for one more. Return: the list, or NULL with @w->failed set. */
static void *grow(struct rsp_way *w, void *list, size_t n, size_t *capacity,
		  size_t size)
{
	size_t more = *capacity ? 2 * *capacity : 32;

	if (n < *capacity)
		return list;
	list = reallocarray(list, more, size);
	if (list)
		*capacity = more;
	else
		w->failed = true;
	return list;
}

/* The recorded RSP is at @recorded of @region now, RSP belongs to @actual. */
static void add_level(struct rsp_way *w, uint32_t region, int64_t recorded,
		      struct rsp_place actual)
{
	struct rsp_levels *l = levels_of(w, region);
	void *list = grow(w, l->list, l->n, &l->capacity, sizeof(*l->list));

	if (!list)
		return;
	l->list = list;
	l->list[l->n++] = (struct rsp_level){recorded, actual};
}

static void add_visit(struct rsp_way *w, struct rsp_visit visit)
{
	void *list = grow(w, w->visits, w->nvisits, &w->capacity,
			  sizeof(*w->visits));

	if (!list)
		return;
	w->visits = list;
	w->visits[w->nvisits++] = visit;
}

/* Drops the levels below @offset of @region, which are no longer on the stack. */
static void drop_below(struct rsp_way *w, uint32_t region, int64_t offset)
{
	struct rsp_levels *l = levels_of(w, region);

	while (l->n && l->list[l->n - 1].recorded < offset)
		l->n--;
}

void rsp_way_init(struct rsp_way *way, const struct swc_proof *proof,
		  bool exact, bool frames)
{
	const struct swc_program *p = proof->program;

	*way = (struct rsp_way){
		.proof = proof,
		.actual = {p->entry_region, p->entry_offset},
		.exact = exact,
		.frames = frames,
	};
	add_level(way, p->entry_region, p->entry_offset, way->actual);
}

void rsp_way_free(struct rsp_way *way)
{
	size_t i;

	for (i = 0; i <= SWC_MAX_REGIONS; i++)
		free(way->levels[i].list);
	free(way->visits);
}

struct rsp_place rsp_way_place(const struct rsp_way *way, uint32_t region,
			       int64_t offset)
{
	const struct rsp_visit *v = way->visits + way->nvisits;

	while (v-- > way->visits) {
		if (v->region == region && offset < v->limit)
			return (struct rsp_place){
				.region = v->place.region,
				.offset = v->place.offset + offset - v->limit,
			};
	}
	return (struct rsp_place){region, offset};
}

/* Does RSP return to where it was recorded whenever something moves it? */
static bool returns_to_record(const struct rsp_way *w)
{
	return w->exact || w->frames;
}

/* The recorded RSP is at @offset: of the operation, or of the end. */
static struct rsp_place recorded_at(const struct rsp_way *w, uint32_t index)
{
	const struct swc_program *p = w->proof->program;
	const struct swc_proof_op *proved = &w->proof->ops[index];

	if (index == p->nops)
		return (struct rsp_place){p->entry_region, p->entry_offset};
	return (struct rsp_place){proved->sp_region, proved->sp_offset};
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	if (value > most)
		value = most;
	return value < least ? least : value;
}

/*
 * The recorded RSP goes up to @to from where RSP belongs to @from. If it was at
 * @to on its way down, RSP goes where it was then; if that was in the middle of
 * a frame, as near as it can.
 */
static struct rsp_place ascend(struct rsp_way *w, struct rsp_place to,
			       struct rsp_place from, int64_t bytes)
{
	struct rsp_place place = rsp_way_place(w, to.region, to.offset);
	const struct rsp_level *above;
	int64_t most = INT64_MAX;

	drop_below(w, to.region, to.offset);
	above = top(w, to.region);
	if (above && above->recorded == to.offset)
		return above->actual;
	if (above && above->actual.region == from.region)
		most = above->actual.offset;
	if (!returns_to_record(w) || place.region != from.region)
		place = (struct rsp_place){from.region, from.offset + bytes};
	place.offset = clamp(place.offset, from.offset, most);
	add_level(w, to.region, to.offset, place);
	return place;
}

static void move_first(struct rsp_way *w, struct rsp_step *step,
		       struct rsp_place wanted)
{
	step->wanted = wanted;
	step->adjusted = !rsp_place_is(&w->actual, &wanted);
	w->actual = wanted;
}

/* PUSH and CALL. */
static void step_down(struct rsp_way *w, struct rsp_step *step,
		      struct rsp_place to, struct rsp_place at, bool kept)
{
	if (kept) {
		move_first(w, step, at);
		step->emitted = true;
		w->actual.offset -= SWC_SLOT_BYTES;
		at = w->actual;
	} else if (w->exact) {
		at = rsp_way_place(w, to.region, to.offset);
	}
	add_level(w, to.region, to.offset, at);
}

/* POP and RET. */
static void step_up(struct rsp_way *w, struct rsp_step *step,
		    struct rsp_place to, struct rsp_place at, bool kept,
		    bool is_return)
{
	struct rsp_place next = ascend(w, to, at, SWC_SLOT_BYTES);

	if (!kept)
		return;
	move_first(w, step, at);
	step->emitted = true;
	if (is_return || (next.region == at.region &&
			  next.offset == at.offset + SWC_SLOT_BYTES)) {
		w->actual.offset += SWC_SLOT_BYTES;
		return;
	}
	/* The popped value was never pushed: RSP mustn't move. */
	step->loads = true;
	step->target = rsp_way_place(w, to.region, to.offset - SWC_SLOT_BYTES);
}

/* RSP += @bytes, and the distance by which it is off is added with them. */
static void step_sp(struct rsp_way *w, struct rsp_step *step,
		    struct rsp_place to, struct rsp_place at, int32_t bytes,
		    bool kept)
{
	struct rsp_place next = at;

	if (bytes >= 0) {
		next = ascend(w, to, at, bytes);
	} else {
		if (returns_to_record(w))
			next = rsp_way_place(w, to.region, to.offset);
		else if (kept)
			next.offset += bytes;
		add_level(w, to.region, to.offset, next);
	}
	if (!kept)
		return;
	if (next.region != w->actual.region) {
		move_first(w, step, next);
		return;
	}
	step->delta = next.offset - w->actual.offset;
	step->emitted = step->delta || !bytes;
	w->actual = next;
}

/* RSP comes back to a stack that a switch, which is gone, had left: ends that visit. */
static void end_visits(struct rsp_way *w, struct rsp_place to)
{
	struct rsp_visit *v;

	while (w->nvisits) {
		v = &w->visits[w->nvisits - 1];
		if (v->region == to.region && to.offset <= v->landing)
			return;
		drop_below(w, v->region, v->landing + 1);
		w->nvisits--;
	}
}

/*
 * A switch that is gone: operations that would go on on another stack go on
 * below on this one. If RSP comes back to a stack, at or above the place at
 * which it left, it goes back to where it was, as at the end of a function.
 */
static void pass_switch(struct rsp_way *w, struct rsp_place to,
			struct rsp_place at)
{
	struct rsp_visit visit = {
		.region = to.region,
		.landing = to.offset,
		.place = at,
	};
	const struct rsp_level *left = top(w, to.region);
	bool comes_back = left && left->recorded <= to.offset;

	/* Nothing can go on below on the host's stack. */
	if (!comes_back && at.region == SWC_NO_REGION) {
		add_level(w, to.region, to.offset, to);
		return;
	}
	if (!comes_back) {
		/* Frames that were there when RSP left that stack stay. */
		visit.limit = left && returns_to_record(w) ? left->recorded
							   : to.offset;
		add_visit(w, visit);
		at.offset += to.offset - visit.limit;
		add_level(w, to.region, to.offset, at);
		return;
	}
	end_visits(w, to);
	drop_below(w, to.region, to.offset);
	left = top(w, to.region);
	if (!left || left->recorded != to.offset)
		add_level(w, to.region, to.offset,
			  rsp_way_place(w, to.region, to.offset));
}

static void step_switch(struct rsp_way *w, struct rsp_step *step,
			struct rsp_place to, struct rsp_place at, bool kept)
{
	const struct rsp_level *there;

	if (!kept) {
		pass_switch(w, to, at);
		return;
	}
	drop_below(w, to.region, to.offset);
	there = top(w, to.region);
	if (!there || there->recorded != to.offset) {
		add_level(w, to.region, to.offset, to);
		step->target = to;
	} else {
		step->target = there->actual;
	}
	step->emitted = true;
	w->actual = step->target;
}

struct rsp_step rsp_way_step(struct rsp_way *way, uint32_t index, bool kept)
{
	const struct swc_op *op = &way->proof->program->ops[index];
	struct rsp_place before = recorded_at(way, index);
	struct rsp_place to = recorded_at(way, index + 1), at;
	struct rsp_step step = {.from = way->actual};
	const struct rsp_level *level = top(way, before.region);

	if (!level) {
		/* This happens only if memory was short. */
		way->failed = true;
		return step;
	}
	at = level->actual;
	switch (op->kind) {
	case SWC_OP_PUSH:
	case SWC_OP_CALL:
		step_down(way, &step, to, at, kept);
		break;
	case SWC_OP_POP:
	case SWC_OP_RET:
		step_up(way, &step, to, at, kept, op->kind == SWC_OP_RET);
		break;
	case SWC_OP_SP:
		step_sp(way, &step, to, at, (int32_t)op->imm, kept);
		break;
	case SWC_OP_ALIGN:
		step_sp(way, &step, to, at,
			(int32_t)(to.offset - before.offset), kept);
		break;
	default: /* SWITCH */
		step_switch(way, &step, to, at, kept);
		break;
	}
	return step;
}

struct rsp_step rsp_way_end(struct rsp_way *way)
{
	const struct swc_program *p = way->proof->program;
	struct rsp_step step = {.from = way->actual};

	move_first(way, &step,
		   (struct rsp_place){p->entry_region, p->entry_offset});
	return step;
}
