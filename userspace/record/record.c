// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "../lib/tracebuild.h"
#include "code.h"
#include "gocontext.h"
#include "golayout.h"
#include "interrupt.h"
#include "provenance.h"
#include "regions.h"
#include "scenario.h"
#include "stream.h"
#include "symbols.h"
#include "tracee.h"

/* All that a recording holds on to; record_run() releases it. */
struct recording {
	const struct record_options *options;
	double timeout_s;
	struct scenario scenario;
	struct tracee tracee;
	pid_t tid; /* the thread that made the last call, or 0 */
	struct symbols *symbols;
	struct golayout layout;
	bool is_go;
	const char *begin; /* the symbol found */
	uint64_t begin_address;
	uint64_t sched;	  /* address of runtime.sched, 0: not Go */
	int64_t g_offset; /* of the g pointer, from the thread pointer */

	struct code code;
	struct stream stream;
	struct regions regions;
	struct trace_builder *builder;
	uint64_t steps; /* of all repetitions, and how long they took */
	double seconds;
};

/*
 * Put the recorder, and the program that it will start, on one CPU: the two
 * take turns anyway, and a wake-up across CPUs costs more than a step.
 */
static int pin(int cpu, cpu_set_t *before, struct error *err)
{
	cpu_set_t one;
	int i;

	if (sched_getaffinity(0, sizeof(*before), before))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: cannot read the CPU affinity: %s",
				 strerror(errno));
	/* CPU 0 tends to take the interrupts: prefer the last. */
	for (i = CPU_SETSIZE - 1; cpu < 0 && i >= 0; i--)
		if (CPU_ISSET(i, before))
			cpu = i;
	CPU_ZERO(&one);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return error_set(
			err, EXIT_USAGE,
			"record: cannot run on CPU %d: %s; choose one that is online and allowed",
			cpu, strerror(errno));
	return 0;
}

static int read_go(struct recording *r, struct error *err)
{
	r->is_go = symbols_is_go(r->symbols);
	if (!r->is_go)
		return 0;
	if (golayout_load(&r->layout, symbols_dwarf(r->symbols), r->tracee.name,
			  err))
		return -1;
	if (!symbols_find(r->symbols, "runtime.sched", &r->sched) ||
	    !symbols_tls_offset(r->symbols, "runtime.tlsg", &r->g_offset))
		return error_set(
			err, EXIT_USAGE,
			"%s: no symbols runtime.sched and runtime.tlsg; build it with cgo and without -ldflags=-s",
			r->tracee.name);
	return 0;
}

static int find_begin(struct recording *r, struct error *err)
{
	const struct record_options *options = r->options;
	char *const *candidate = r->scenario.begin;

	if (options->begin) {
		r->begin = options->begin;
		if (symbols_find(r->symbols, r->begin, &r->begin_address))
			return 0;
	}
	for (; !options->begin && *candidate; candidate++) {
		r->begin = *candidate;
		if (symbols_find(r->symbols, r->begin, &r->begin_address))
			return 0;
	}
	return error_set(
		err, EXIT_USAGE,
		"%s: no function %s; check the name with nm, and name the program itself, not a wrapper",
		r->tracee.name, r->begin);
}

/* Let the warm-up pass, if the program tells when it is over. */
static int pass_mark(struct recording *r, struct error *err)
{
	const char *mark = r->options->mark ? r->options->mark
					    : r->scenario.mark;
	uint64_t address;
	pid_t tid;

	if (!mark)
		return 0;
	if (!symbols_find(r->symbols, mark, &address))
		return error_set(
			err, EXIT_USAGE,
			"%s: no function %s to wait for; check the name with nm",
			r->tracee.name, mark);
	tracee_set_timeout(&r->tracee, r->timeout_s);
	return tracee_run_to(&r->tracee, address, mark, 0, &tid, err);
}

static int start(struct recording *r, struct error *err)
{
	const struct record_options *options = r->options;
	char *scenario[] = {(char *)options->goprobe, "run",
			    (char *)options->scenario, NULL};
	uint64_t entry;
	pid_t tid;

	if (options->scenario &&
	    scenario_find(&r->scenario, options->goprobe, options->scenario,
			  interrupt_now() + r->timeout_s, err))
		return -1;
	if (tracee_start(&r->tracee,
			 options->scenario ? scenario : options->argv,
			 r->timeout_s, err) ||
	    tracee_check_machine(&r->tracee, err) ||
	    tracee_entry(&r->tracee, &entry, err))
		return -1;
	/* At its entry point, all libraries are loaded. */
	if (tracee_run_to(&r->tracee, entry, "its entry point", 0, &tid, err))
		return -1;
	r->symbols = symbols_open(r->tracee.pid, r->tracee.name, entry, err);
	if (!r->symbols || read_go(r, err) || find_begin(r, err))
		return -1;
	return 0;
}

static int name_regions(struct recording *r,
			const struct user_regs_struct *entry, struct error *err)
{
	struct gocontext context;
	struct regions_view view = {
		.symbols = r->symbols,
		.pid = r->tracee.pid,
		.sched = r->sched,
		.fs_base = entry->fs_base,
		.rsp = entry->rsp,
	};

	if (r->is_go) {
		view.layout = &r->layout;
		if (gocontext_read(&context, &r->layout, &r->tracee,
				   entry->fs_base + (uint64_t)r->g_offset, err))
			return -1;
		if (context.g)
			view.context = &context;
	}
	return regions_build(&r->regions, &view, err);
}

/* The region's index in the trace, where it is put when it is first used. */
static int place_region(struct recording *r, struct region *region,
			uint16_t *index, struct error *err)
{
	if (region->trace_index < 0) {
		if (trace_builder_region(r->builder, region->start, region->end,
					 region->kind, region->name, index,
					 err))
			return -1;
		if (region->anchor && trace_builder_anchor(r->builder, *index,
							   region->anchor, err))
			return -1;
		region->trace_index = *index;
	}
	*index = (uint16_t)region->trace_index;
	return 0;
}

static int place_field(struct recording *r, const struct region *region,
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
	return trace_builder_field(r->builder, (uint16_t)region->trace_index,
				   field->offset, field->size, name, err);
}

static int place_insn(struct recording *r, struct code_insn *insn,
		      uint32_t *index, struct error *err)
{
	if (insn->trace_index < 0) {
		if (trace_builder_insn(r->builder, insn->insn.address,
				       insn->bytes, insn->insn.zydis.length,
				       symbols_function(r->symbols,
							insn->insn.address),
				       index, err))
			return -1;
		insn->trace_index = *index;
	}
	*index = (uint32_t)insn->trace_index;
	return 0;
}

static int keep_access(struct recording *r, const struct stream_access *access,
		       struct error *err)
{
	struct region *region = regions_find(&r->regions, access->address);
	uint16_t index;

	if (place_region(r, region, &index, err) ||
	    place_field(r, region, access->address, err))
		return -1;
	return trace_builder_access(r->builder, access->address, access->size,
				    (uint8_t)access->flags, index, err);
}

/* Add the stream to the trace. Return: as trace_builder_end(). */
static int keep(struct recording *r, struct error *err)
{
	const struct stream_access *access = r->stream.accesses;
	uint32_t index;
	uint16_t k;
	size_t i;

	if (trace_builder_begin(r->builder, err))
		return -1;
	for (i = 0; i < r->stream.nsteps; i++) {
		const struct stream_step *step = &r->stream.steps[i];

		if (place_insn(r, r->code.list[step->code], &index, err) ||
		    trace_builder_step(r->builder, index, step->rsp,
				       step->flags, err))
			return -1;
		for (k = 0; k < step->naccesses; k++)
			if (keep_access(r, access++, err))
				return -1;
	}
	return trace_builder_end(r->builder, err);
}

/* Follow one call; keep it unless it is the first. */
static int repeat(struct recording *r, unsigned int number, struct error *err)
{
	struct user_regs_struct entry;
	double begun;
	int added;

	tracee_set_timeout(&r->tracee, r->timeout_s);
	/*
	 * Stepped time is long time: were Go's monitor thread to see it, it
	 * would preempt the goroutine between most calls.
	 */
	if (tracee_run_to(&r->tracee, r->begin_address, r->begin, r->tid,
			  &r->tid, err) ||
	    tracee_registers(&r->tracee, r->tid, &entry, err) ||
	    name_regions(r, &entry, err))
		return -1;
	begun = interrupt_now();
	if (stream_follow(&r->stream, &r->code, &r->tracee, r->tid, &entry,
			  err))
		return -1;
	r->seconds += interrupt_now() - begun;
	r->steps += r->stream.nsteps;
	if (!number)
		return 0;
	added = keep(r, err);
	if (r->options->verbose && added >= 0)
		fprintf(stderr, "repetition %u: %zu instructions%s\n", number,
			r->stream.nsteps, added ? ", a new variant" : "");
	return added < 0 ? -1 : 0;
}

static int declare_modules(struct recording *r, struct error *err)
{
	struct symbols_module module;
	size_t i;

	for (i = 0; symbols_module(r->symbols, i, &module); i++)
		if (trace_builder_module(r->builder, module.start, module.end,
					 module.name, err))
			return -1;
	return 0;
}

static int record(struct recording *r, struct error *err)
{
	unsigned int repetitions = r->options->repetitions, i;

	if (!repetitions)
		repetitions = RECORD_REPETITIONS;
	r->builder = trace_builder_new();
	if (!r->builder)
		return error_set(err, EXIT_IMPOSSIBLE, "record: out of memory");
	if (start(r, err) || declare_modules(r, err) || pass_mark(r, err))
		return -1;
	for (i = 0; i <= repetitions; i++)
		if (repeat(r, i, err))
			return -1;
	if (r->options->verbose)
		fprintf(stderr, "%" PRIu64 " steps, %.0f a second\n", r->steps,
			(double)r->steps / r->seconds);
	if (provenance_write(r->builder, &r->tracee, r->symbols,
			     r->options->scenario, r->begin, err) ||
	    interrupt_check(r->tracee.name, "the end of the recording",
			    r->tracee.deadline, err))
		return -1;
	return trace_builder_write(r->builder, r->options->output, err);
}

static int check_options(const struct record_options *options,
			 struct error *err)
{
	if (!options->output)
		return error_set(err, EXIT_USAGE,
				 "record: no output; name a file with -o");
	if (options->scenario ? !options->goprobe
			      : !options->argv || !options->argv[0])
		return error_set(
			err, EXIT_USAGE,
			"record: nothing to record; name a scenario or a command");
	if (!options->scenario && !options->begin)
		return error_set(
			err, EXIT_USAGE,
			"record: no function to record; name one with --begin");
	if (options->timeout_s < 0)
		return error_set(err, EXIT_USAGE,
				 "record: the time limit must be positive");
	return 0;
}

static void release(struct recording *r)
{
	tracee_end(&r->tracee);
	trace_builder_free(r->builder);
	regions_free(&r->regions);
	stream_free(&r->stream);
	code_free(&r->code);
	golayout_free(&r->layout);
	symbols_close(r->symbols);
	scenario_free(&r->scenario);
}

int record_run(const struct record_options *options, struct error *err)
{
	struct recording r = {.options = options, .tracee.memory = -1};
	cpu_set_t before;
	int result;

	if (check_options(options, err))
		return -1;
	r.timeout_s = options->timeout_s > 0 ? options->timeout_s
					     : RECORD_TIMEOUT_S;
	if (interrupt_begin(err))
		return -1;
	if (pin(options->cpu, &before, err)) {
		interrupt_end();
		return -1;
	}
	result = record(&r, err);
	release(&r);
	sched_setaffinity(0, sizeof(before), &before);
	interrupt_end();
	return result;
}
