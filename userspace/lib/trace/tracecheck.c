// SPDX-License-Identifier: GPL-2.0
#include "tracecheck.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static int check_text(const struct trace *trace, struct error *err)
{
	const char *line = trace->meta, *end = line + trace->meta_bytes;

	if (!trace->string_bytes || trace->strings[0] ||
	    trace->strings[trace->string_bytes - 1])
		return DAMAGED(trace, err, "strings without their NUL");
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline || memchr(line, '\0', (size_t)(end - line)) ||
		    !memchr(line, '=', (size_t)(newline - line)))
			return DAMAGED(trace, err,
				       "META is not lines of key=value");
		line = newline + 1;
	}
	return 0;
}

static bool string_ok(const struct trace *trace, uint32_t offset)
{
	return offset < trace->string_bytes;
}

static int check_code(const struct trace *trace, struct error *err)
{
	size_t i;

	for (i = 0; i < trace->ninsns; i++) {
		const struct trace_insn *insn = &trace->insns[i];

		if (!insn->length || insn->length > TRACE_MAX_INSN ||
		    insn->address > UINT64_MAX - insn->length ||
		    !string_ok(trace, insn->function))
			return DAMAGED(trace, err, "instruction %zu", i);
	}
	return 0;
}

static int check_regions(const struct trace *trace, struct error *err)
{
	size_t i;

	for (i = 0; i < trace->nregions; i++) {
		const struct trace_region *region = &trace->regions[i];

		if (region->start >= region->end ||
		    region->kind >= TRACE_REGION_KINDS || region->reserved ||
		    !string_ok(trace, region->name))
			return DAMAGED(trace, err, "region %zu", i);
	}
	for (i = 0; i < trace->nfields; i++) {
		const struct trace_field *field = &trace->fields[i];
		const struct trace_region *region;

		if (field->region >= trace->nregions || field->reserved ||
		    !field->size || !string_ok(trace, field->name))
			return DAMAGED(trace, err, "field %zu", i);
		region = &trace->regions[field->region];
		if ((uint64_t)field->offset + field->size >
		    region->end - region->start)
			return DAMAGED(trace, err,
				       "field %zu is outside its region", i);
	}
	return 0;
}

static int check_steps(const struct trace *trace, struct error *err)
{
	size_t i;

	for (i = 0; i < trace->nsteps; i++)
		if (trace->steps[i].insn >= trace->ninsns ||
		    (trace->steps[i].flags & ~TRACE_STEP_FLAGS))
			return DAMAGED(trace, err, "step %zu", i);
	for (i = 0; i < trace->naccesses; i++) {
		const struct trace_access *access = &trace->accesses[i];

		if (access->region >= trace->nregions || !access->size ||
		    access->address > UINT64_MAX - access->size ||
		    (access->flags & ~TRACE_ACCESS_FLAGS) || access->reserved)
			return DAMAGED(trace, err, "access %zu", i);
	}
	return 0;
}

static int check_variants(const struct trace *trace, struct error *err)
{
	const struct trace_variant *variant;
	uint64_t naccesses;
	uint32_t step;
	size_t i;

	if (!trace->nvariants)
		return DAMAGED(trace, err, "no variant");
	for (i = 0; i < trace->nvariants; i++) {
		variant = &trace->variants[i];
		if (!variant->count || !variant->nsteps || variant->reserved ||
		    (uint64_t)variant->first_step + variant->nsteps >
			    trace->nsteps ||
		    (uint64_t)variant->first_access + variant->naccesses >
			    trace->naccesses)
			return DAMAGED(trace, err, "variant %zu", i);
		if (i && variant->count > variant[-1].count)
			return DAMAGED(trace, err,
				       "variant %zu is out of order", i);
		naccesses = 0;
		for (step = 0; step < variant->nsteps; step++)
			naccesses += trace->steps[variant->first_step + step]
					     .naccesses;
		if (naccesses != variant->naccesses)
			return DAMAGED(trace, err,
				       "variant %zu: %" PRIu64
				       " accesses, expected %u",
				       i, naccesses, variant->naccesses);
	}
	return 0;
}

static int check_syscalls(const struct trace *trace, struct error *err)
{
	size_t i;

	for (i = 0; i < trace->nsyscalls; i++) {
		const struct trace_syscall *call = &trace->syscalls[i];

		if (call->step >= trace->nsteps ||
		    !(trace->steps[call->step].flags & TRACE_STEP_SYSCALL) ||
		    (call->flags & ~TRACE_SYSCALL_FLAGS) ||
		    (i && call->step <= call[-1].step))
			return DAMAGED(trace, err, "system call %zu", i);
	}
	return 0;
}

static bool is_code(const struct trace_touched *touched)
{
	return touched->flags & TRACE_TOUCHED_CODE;
}

/* Does the line hold a byte of its region, and is it data or code, not both? */
static bool touched_ok(const struct trace *trace,
		       const struct trace_touched *touched)
{
	const uint8_t data = TRACE_TOUCHED_READ | TRACE_TOUCHED_WRITE;
	const struct trace_region *region;

	if (touched->region >= trace->nregions || touched->reserved ||
	    touched->address % TRACE_LINE_BYTES ||
	    (touched->flags & ~TRACE_TOUCHED_FLAGS) ||
	    !(touched->flags & data) != is_code(touched))
		return false;
	region = &trace->regions[touched->region];
	return touched->address < region->end &&
	       touched->address + (TRACE_LINE_BYTES - 1) >= region->start;
}

static int check_working(const struct trace *trace, struct error *err)
{
	uint64_t steps = 0;
	size_t i;

	if (trace->nworking &&
	    trace_meta_number(trace, "working_steps", &steps))
		return DAMAGED(trace, err,
			       "touched lines, but META has no working_steps");
	for (i = 0; i < trace->nworking; i++) {
		const struct trace_touched *touched = &trace->working[i];

		if (!touched_ok(trace, touched) || touched->age >= steps)
			return DAMAGED(trace, err, "touched line %zu", i);
		if (!i)
			continue;
		if (touched->address < touched[-1].address ||
		    (touched->address == touched[-1].address &&
		     is_code(touched) <= is_code(touched - 1)))
			return DAMAGED(trace, err,
				       "touched line %zu is out of order", i);
	}
	return 0;
}

int trace_check(const struct trace *trace, struct error *err)
{
	if (check_text(trace, err) || check_code(trace, err) ||
	    check_regions(trace, err) || check_steps(trace, err) ||
	    check_variants(trace, err) || check_syscalls(trace, err) ||
	    check_working(trace, err))
		return -1;
	return 0;
}
