// SPDX-License-Identifier: GPL-2.0
#include "transcript.h"

#include <stdio.h>

/* The region's index in the trace, where it is put when it is first used. */
static int place_region(struct transcript *t, struct region *region,
			uint16_t *index, struct error *err)
{
	if (region->trace_index < 0) {
		if (trace_builder_region(t->builder, region->start, region->end,
					 region->kind, region->name, index,
					 err))
			return -1;
		if (region->anchor && trace_builder_anchor(t->builder, *index,
							   region->anchor, err))
			return -1;
		region->trace_index = *index;
	}
	*index = (uint16_t)region->trace_index;
	return 0;
}

static int place_field(struct transcript *t, const struct region *region,
		       uint64_t address, struct error *err)
{
	const struct gofield *field;
	char name[160];

	if (!region->type)
		return 0;
	field = golayout_field_at(region->type, address - region->start);
	if (!field)
		return 0;
	snprintf(name, sizeof(name), "%s.%s", region->name, field->name);
	return trace_builder_field(t->builder, (uint16_t)region->trace_index,
				   field->offset, field->size, name, err);
}

static int place_insn(struct transcript *t, struct code_insn *insn,
		      uint32_t *index, struct error *err)
{
	if (insn->trace_index < 0) {
		if (trace_builder_insn(t->builder, insn->insn.address,
				       insn->bytes, insn->insn.zydis.length,
				       symbols_function(t->symbols,
							insn->insn.address),
				       index, err))
			return -1;
		insn->trace_index = *index;
	}
	*index = (uint32_t)insn->trace_index;
	return 0;
}

static int keep_access(struct transcript *t, const struct stream_access *access,
		       struct error *err)
{
	struct region *region = regions_find(t->regions, access->address);
	uint16_t index;

	if (place_region(t, region, &index, err) ||
	    place_field(t, region, access->address, err))
		return -1;
	return trace_builder_access(t->builder, access->address, access->size,
				    (uint8_t)access->flags, index, err);
}

int transcript_keep(struct transcript *t, struct error *err)
{
	const struct stream_access *access = t->stream->accesses;
	const struct trace_syscall *call = t->stream->syscalls;
	uint32_t index;
	uint16_t k;
	size_t i;

	if (trace_builder_begin(t->builder, err))
		return -1;
	for (i = 0; i < t->stream->nsteps; i++) {
		const struct stream_step *step = &t->stream->steps[i];

		if (place_insn(t, t->code->list[step->code], &index, err) ||
		    trace_builder_step(t->builder, index, step->rsp,
				       step->flags, err))
			return -1;
		for (k = 0; k < step->naccesses; k++)
			if (keep_access(t, access++, err))
				return -1;
		if ((step->flags & TRACE_STEP_SYSCALL) &&
		    trace_builder_syscall(t->builder, call++, err))
			return -1;
	}
	return trace_builder_end(t->builder, err);
}
