// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#include "engine/shape.h"

/*
 * One operation of kind KIND: if all that the verifier believes is true before, and it
 * accepts the operation, all that it believes is true after. With begin(), all that it
 * believes of a sequence is true.
 */

/* The slots under these bytes are among those that are followed. */
static bool follows(const struct world *w, __u32 region, __u32 offset,
		    __u32 bytes)
{
	__u32 begin = w->first_slot * SWC_SLOT_BYTES;

	return region == 0 && bytes <= BYTES && offset >= begin &&
	       offset - begin <= BYTES - bytes;
}

/* So are those that RSP passes by as it moves in @region from @from to @to. */
static bool follows_move(const struct world *w, __u32 region, __u32 from,
			 __u32 to)
{
	return from >= to || follows(w, region, from, to - from);
}

static bool follows_stack(const struct world *w, const struct swc_op *op)
{
	const struct swc_machine *m = &w->m;
	__u32 sp = m->sp_offset;

	if (op->kind == SWC_OP_SP)
		return (__s32)op->imm < 0 ||
		       follows(w, m->sp_region, sp, op->imm);
	return sp >= SWC_SLOT_BYTES &&
	       follows(w, m->sp_region, sp - SWC_SLOT_BYTES,
		       2 * SWC_SLOT_BYTES);
}

static bool follows_switch(const struct world *w, const struct swc_op *op)
{
	__u32 region = op->region, offset = op->offset;

	if (op->flags & SWC_OPF_BACK) {
		region = w->program.entry_region;
		offset = w->program.entry_offset;
	}
	return region == SWC_NO_REGION ||
	       follows_move(w, region, w->floor[region], offset);
}

/* All slots, calls and operations that the step looks at are followed. */
static void follow(const struct world *w, const struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	const struct swc_machine *m = &w->m;

	if (op->kind == SWC_OP_SWITCH)
		ASSUME(follows_switch(w, op));
	else if (t->traits & SWC_HAS_MEM)
		ASSUME(follows(w, op->region, op->offset,
			       swc_shape_bytes(&w->caps, op)));
	if (t->traits & SWC_HAS_FROM)
		ASSUME(follows(w, SWC_FROM_REGION(op->from),
			       SWC_FROM_OFFSET(op->from), op->imm));
	if ((t->traits & SWC_STACK) && op->kind != SWC_OP_SWITCH &&
	    m->sp_region != SWC_NO_REGION)
		ASSUME(follows_stack(w, op));
}

#ifdef KIND
void step(void)
{
	struct known known;
	struct swc_op op;
	struct world w;

	world_make(&w);
	op.kind = KIND;
	ASSUME(swc_shape_check(&w.program, &w.caps, &op) == SWC_OK);
	world_assume(&w);
	follow(&w, &op);
	known = (struct known){
		.block = w.m.block,
		.nblocks = w.m.nblocks,
		.sp_region = w.m.sp_region,
		.sp_offset = w.m.sp_offset,
		.vectors = w.m.vectors,
	};
	w.ops[w.index].leads = 0;
	if (swc_machine_step(&w.m, &op, w.index))
		return;
	cpu_execute(&w, &op, &known);
	world_interrupt(&w);
	w.index++;
	world_prove(&w);
	END();
}
#endif
