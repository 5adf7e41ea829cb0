// SPDX-License-Identifier: GPL-2.0
#include "lowerreturn.h"

#include <stdlib.h>
#include <string.h>

#include "engine/shape.h"
#include "engine/slots.h"

int lower_returns_init(struct lower_returns *r, const struct lower_state *l,
		       uint32_t nsteps)
{
	uint32_t slots = 0;
	size_t i;

	for (i = 0; i < l->s->region_names.n; i++) {
		r->first[i] = slots;
		slots += l->s->regions[i].pages * SWC_SLOTS_PER_PAGE;
	}
	r->first[i] = slots;
	/* One more: RSP may point to the last region's end. */
	r->nslots = slots + 1;
	r->slot = calloc(r->nslots, sizeof(*r->slot));
	r->writer = calloc(r->nslots, sizeof(*r->writer));
	/* The call that led to the first step is one more. */
	r->back = calloc(nsteps + 2, sizeof(*r->back));
	r->returned = calloc(nsteps + 2, sizeof(*r->returned));
	r->due = calloc(nsteps + 2, sizeof(*r->due));
	r->aims = calloc(nsteps + 2, sizeof(*r->aims));
	return r->slot && r->writer && r->back && r->returned && r->due &&
			       r->aims
		       ? 0
		       : -1;
}

void lower_returns_free(struct lower_returns *r)
{
	free(r->slot);
	free(r->writer);
	free(r->back);
	free(r->returned);
	free(r->due);
	free(r->aims);
	*r = (struct lower_returns){.slot = NULL};
}

void lower_returns_restart(struct lower_returns *r)
{
	memset(r->slot, 0, r->nslots * sizeof(*r->slot));
	memset(r->writer, 0, r->nslots * sizeof(*r->writer));
	r->ncalls = 0;
	r->ndue = 0;
	r->found = false;
}

static uint32_t slot_at(const struct lower_returns *r, uint32_t region,
			uint32_t offset)
{
	return r->first[region] + offset / SWC_SLOT_BYTES;
}

void lower_returns_forget(struct lower_returns *r, uint32_t region,
			  uint32_t offset, uint64_t bytes)
{
	uint32_t slot = slot_at(r, region, offset);
	uint32_t end = slot_at(r, region, offset + bytes + SWC_SLOT_BYTES - 1);

	memset(&r->slot[slot], 0, (end - slot) * sizeof(*r->slot));
}

void lower_returns_written(struct lower_returns *r, uint32_t region,
			   uint32_t offset, uint64_t bytes, uint32_t line)
{
	uint32_t slot = slot_at(r, region, offset);
	uint32_t end = slot_at(r, region, offset + bytes + SWC_SLOT_BYTES - 1);

	lower_returns_forget(r, region, offset, bytes);
	if (bytes != SWC_SLOT_BYTES || offset % SWC_SLOT_BYTES)
		line = 0;
	for (; slot < end; slot++)
		r->writer[slot] = line;
}

void lower_returns_call(struct lower_state *l, struct lower_returns *r,
			uint64_t back)
{
	uint32_t call = ++r->ncalls;

	r->back[call] = back;
	r->returned[call] = false;
	r->due[r->ndue++] = call;
	r->slot[slot_at(r, l->sp_region, l->sp_offset)] = call;
}

/* Is the return that the CPU expects next one to @target, and can it be? */
static bool is_due(const struct lower_returns *r, uint64_t target)
{
	uint32_t call = r->ndue ? r->due[r->ndue - 1] : 0;

	return call && !r->returned[call] && r->back[call] == target;
}

/* The register that was left alone longest: nothing waits for its value. */
static uint8_t idle_register(const struct lower_state *l,
			     const struct swc_op *op)
{
	uint8_t found = SWC_REG_NONE, reg;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(SWC_GPR_MASK & (1u << reg)) || reg == op->src ||
		    reg == op->base || reg == op->index)
			continue;
		if (found == SWC_REG_NONE ||
		    l->written[reg] < l->written[found])
			found = reg;
	}
	return found;
}

/* Write a return address to @to's place, once its source and base are there. */
static int emit_aim(struct lower_state *l, struct lower_returns *r,
		    const struct swc_op *to, uint64_t target)
{
	struct swc_op op = sequence_op(SWC_OP_AIM);
	bool due = is_due(r, target);

	op.region = to->region;
	op.offset = to->offset;
	op.base = to->base;
	op.index = to->index;
	op.src = to->src;
	op.dst = idle_register(l, &op);
	if (due)
		op.flags = SWC_OPF_DUE;
	r->slot[slot_at(r, op.region, op.offset)] = due ? r->due[r->ndue - 1]
							: LOWER_SLOT_AIMED;
	return lower_emit(l, op);
}

/* Takes the last operation back: another one stands for it. */
static void take_back(struct lower_state *l)
{
	l->s->nops--;
	if (--l->emitted)
		lower_count_more(l, LOWER_SPLIT, -1);
}

int lower_returns_aim(struct lower_state *l, struct lower_returns *r)
{
	const struct lower_aim *aim = &r->aims[l->note.line];
	struct swc_op op;

	if (!aim->wanted || !l->emitted)
		return 0;
	op = l->s->ops[l->s->nops - 1];
	if (op.kind == SWC_OP_STORE && op.size == SWC_SLOT_BYTES &&
	    !(op.flags & SWC_OPF_NT)) {
		take_back(l);
	} else if (op.kind == SWC_OP_PUSH) {
		op.region = l->sp_region;
		op.offset = l->sp_offset;
		op.base = SWC_REG_RSP;
	} else {
		return 0; /* by an AIM at the return */
	}
	return emit_aim(l, r, &op, aim->target);
}

/* An AIM right before the return that finds it. */
static int aim_here(struct lower_state *l, struct lower_returns *r,
		    uint64_t target, bool touch)
{
	struct swc_op op = sequence_op(SWC_OP_TESTLOAD);

	op.size = SWC_SLOT_BYTES;
	op.region = l->sp_region;
	op.offset = l->sp_offset;
	op.base = SWC_REG_RSP;
	/* The address there is read first, as by the return, from wherever it is. */
	if (touch && lower_emit(l, op))
		return -1;
	return emit_aim(l, r, &op, target);
}

int lower_returns_ret(struct lower_state *l, struct lower_returns *r,
		      uint64_t target, bool refused)
{
	uint32_t at = slot_at(r, l->sp_region, l->sp_offset);
	uint32_t found = refused ? LOWER_SLOT_PLAIN : r->slot[at];
	struct lower_aim *aim = &r->aims[r->writer[at]];

	if (found == LOWER_SLOT_PLAIN) {
		/* This is tried once only: if it didn't help, the AIM is made here. */
		if (r->writer[at] && !aim->wanted && !refused) {
			*aim = (struct lower_aim){target, true};
			r->found = true;
		}
		if (aim_here(l, r, target, true))
			return -1;
	} else if (found == LOWER_SLOT_AIMED && is_due(r, target)) {
		if (aim_here(l, r, target, false))
			return -1;
	}
	if (r->slot[at] == LOWER_SLOT_AIMED)
		lower_count(l, LOWER_RETURN);
	else
		r->returned[r->slot[at]] = true;
	r->slot[at] = LOWER_SLOT_PLAIN;
	r->ndue -= r->ndue > 0;
	return lower_emit(l, sequence_op(SWC_OP_RET));
}
