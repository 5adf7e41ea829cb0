// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "outfile.h"
#include "tracebuild.h"
#include "code.h"
#include "control.h"
#include "gocontext.h"
#include "golayout.h"
#include "guard.h"
#include "interrupt.h"
#include "landmarks.h"
#include "provenance.h"
#include "regions.h"
#include "scenario.h"
#include "schedule.h"
#include "stream.h"
#include "symbols.h"
#include "tracee.h"
#include "tracing.h"
#include "transcript.h"
#include "working.h"

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
	struct landmarks landmarks;
	uint64_t sched;	  /* address of runtime.sched, 0: not Go */
	int64_t g_offset; /* of the g pointer, from the thread pointer */

	struct code code;
	struct stream stream;
	struct stream between; /* the last call and this one */
	struct working working;
	int end; /* of between: an enum stream_end; -1: it wasn't stepped */
	struct gocontext context; /* at the call's entry */
	struct regions regions;
	struct trace_builder *builder;
	uint64_t steps; /* of all repetitions, and how long they took */
	double seconds;
	struct provenance provenance;
	bool reached;		       /* a call was about to begin */
	bool complete;		       /* the stream is that of a whole call */
	struct user_regs_struct entry; /* of that call */
	struct error early; /* why there are less calls than wanted, or empty */
	int cpu;	    /* the recorder's, and the program's */
};

/*
 * Put the recorder, and the program, on one CPU: the two take turns anyway, and
 * a wake-up across CPUs costs more than a step.
 */
static int pin(struct recording *r, cpu_set_t *before, struct error *err)
{
	int cpu = r->options->cpu, i;
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(*before), before))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: cannot read the CPU affinity: %s",
				 strerror(errno));
	/*
	 * The owner of a process that runs already chose its CPUs, and that
	 * choice stays.
	 */
	if (r->options->pid > 0 &&
	    !sched_getaffinity(r->options->pid, sizeof(allowed), &allowed))
		CPU_AND(&allowed, &allowed, before);
	else
		allowed = *before;
	/* CPU 0 tends to take the interrupts: prefer the last. */
	for (i = CPU_SETSIZE - 1; cpu < 0 && i >= 0; i--)
		if (CPU_ISSET(i, &allowed))
			cpu = i;
	CPU_ZERO(&one);
	if (cpu >= 0 && cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return error_set(
			err, EXIT_USAGE,
			"record: cannot run on CPU %d: %s; choose one that is online and allowed",
			cpu, strerror(errno));
	r->cpu = cpu;
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
	if (!symbols_find(r->symbols, "runtime.sched", &r->sched))
		return error_set(
			err, EXIT_USAGE,
			"%s: no symbol runtime.sched: stripped binary; build it without -ldflags=-s",
			r->tracee.name);
	/* Without cgo, Go's linker needs no symbol for its only variable there. */
	if (!symbols_tls_offset(r->symbols, "runtime.tlsg", &r->g_offset))
		r->g_offset = -8;
	return 0;
}

/* All that is known of a program from its file and its memory map. */
static int read_program(struct recording *r, struct error *err)
{
	const struct record_options *options = r->options;
	uint64_t entry;

	if (tracee_entry(&r->tracee, &entry, err))
		return -1;
	r->symbols = symbols_open(r->tracee.pid, r->tracee.name, entry, err);
	r->tracee.symbols = r->symbols;
	if (!r->symbols || read_go(r, err))
		return -1;
	provenance_read(&r->provenance, &r->tracee, r->symbols);
	r->landmarks = (struct landmarks){
		.mark.name = options->mark,
		.begin.name = options->begin,
		.end.name = options->end,
	};
	return landmarks_find(&r->landmarks, &r->scenario, r->symbols,
			      r->tracee.name, err);
}

/* Let the warm-up pass, if the program marks its end. */
static int pass_mark(struct recording *r, struct error *err)
{
	pid_t tid;

	if (!r->landmarks.mark.name)
		return 0;
	tracee_set_timeout(&r->tracee, r->timeout_s);
	return control_run_to(&r->tracee, r->landmarks.mark.address,
			      r->landmarks.mark.name, 0, &tid, err);
}

static int start(struct recording *r, struct error *err)
{
	const struct record_options *options = r->options;
	char *scenario[] = {(char *)options->goprobe, "run",
			    (char *)options->scenario, NULL};
	struct deadline deadline = interrupt_deadline(r->timeout_s);
	uint64_t entry;
	pid_t tid;

	if (outfile_probe(options->output, err))
		return -1;
	if (options->scenario &&
	    scenario_find(&r->scenario, options->goprobe, options->scenario,
			  &deadline, err))
		return -1;
	if (tracing_start(&r->tracee,
			  options->scenario ? scenario : options->argv,
			  options->breakpoint, r->timeout_s, err) ||
	    tracee_check_machine(&r->tracee, err) ||
	    tracee_entry(&r->tracee, &entry, err))
		return -1;
	/* At its entry point, all libraries are loaded. */
	if (control_run_to(&r->tracee, entry, "its entry point", 0, &tid, err))
		return -1;
	return read_program(r, err);
}

static int attach(struct recording *r, struct error *err)
{
	if (tracing_open(&r->tracee, r->options->pid, r->options->breakpoint,
			 r->timeout_s, err) ||
	    tracee_check_machine(&r->tracee, err) ||
	    /*
	     * Looks first whether the trace can be written, before anything is
	     * stopped for it.
	     */
	    outfile_probe(r->options->output, err) || read_program(r, err) ||
	    interrupt_check(r->tracee.name, "its symbols", &r->tracee.deadline,
			    err))
		return -1;
	return tracing_attach(&r->tracee, r->cpu, err);
}

/* The Go runtime's structures for a thread; all 0 if it is none of Go's. */
static int read_context(struct recording *r, struct gocontext *context,
			const struct user_regs_struct *regs, struct error *err)
{
	*context = (struct gocontext){0};
	if (!r->is_go || !regs->fs_base)
		return 0;
	return gocontext_read(context, &r->layout, &r->tracee,
			      regs->fs_base + (uint64_t)r->g_offset, err);
}

/* @entry: at the beginning; @later: of the thread where it ended, or NULL. */
static int name_regions(struct recording *r,
			const struct user_regs_struct *entry,
			const struct gocontext *later, struct error *err)
{
	struct regions_view view = {
		.symbols = r->symbols,
		.layout = r->is_go ? &r->layout : NULL,
		.context = r->context.g ? &r->context : NULL,
		.later = later && later->g ? later : NULL,
		.pid = r->tracee.pid,
		.sched = r->sched,
		.fs_base = entry->fs_base,
		.rsp = entry->rsp,
	};

	return regions_build(&r->regions, &view, err);
}

/* Sets the goal for the thread of the last call, from its present place on. */
static int aim(struct recording *r, struct stream_goal *goal, struct error *err)
{
	*goal = (struct stream_goal){
		.tid = r->tid,
		.end = r->landmarks.end.address,
	};
	if (tracee_registers(&r->tracee, r->tid, &goal->entry, err))
		return -1;
	return goroutine_begin(&goal->goroutine, &r->tracee,
			       r->is_go ? &r->layout : NULL, r->g_offset,
			       &goal->entry, err);
}

/* Step towards the next call, for what is touched before it. */
static int approach(struct recording *r, struct error *err)
{
	struct stream_goal goal;

	r->end = -1;
	if (!r->tid || !r->working.limit || !working_wanted(&r->working))
		return 0;
	tracee_set_timeout(&r->tracee, r->timeout_s);
	if (aim(r, &goal, err))
		return -1;
	r->end = stream_approach(&r->between, &r->code, &r->tracee, &goal,
				 r->landmarks.begin.address, r->working.limit,
				 err);
	return r->end < 0 ? -1 : 0;
}

/* Wait for the next call. */
static int reach(struct recording *r, struct stream_goal *goal,
		 struct error *err)
{
	const struct landmark *begin = &r->landmarks.begin;

	if (approach(r, err))
		return -1;
	tracee_set_timeout(&r->tracee, r->timeout_s);
	/*
	 * Stepping takes long: a monitor thread of Go's that saw it would
	 * preempt the goroutine between most calls.
	 */
	if (r->end != STREAM_CALL &&
	    control_run_to(&r->tracee, begin->address, begin->name, r->tid,
			   &r->tid, err))
		return -1;
	return aim(r, goal, err);
}

/* Keep what was touched before the call that is about to begin. */
static int keep_working(struct recording *r, unsigned int number,
			struct error *err)
{
	enum stream_end end;

	if (r->end < 0)
		return 0;
	end = (enum stream_end)r->end;
	if (working_keep(&r->working, &r->between, end, &r->code, r->tracee.pid,
			 &r->regions, err))
		return -1;
	if (r->options->verbose)
		fprintf(stderr,
			"repetition %u: %zu instructions before it, to: %s\n",
			number, r->between.nsteps, stream_end_name(end));
	return 0;
}

static void count_migrations(struct recording *r, int cpu_before)
{
	int cpu = schedule_cpu(r->tracee.pid, r->stream.tid);

	r->provenance.thread_migrations += r->stream.migrations;
	if (cpu >= 0 && cpu_before >= 0)
		r->provenance.cpu_migrations += cpu != cpu_before;
}

static int keep(struct recording *r, unsigned int number, struct error *err)
{
	struct transcript transcript = {
		.builder = r->builder,
		.symbols = r->symbols,
		.regions = &r->regions,
		.code = &r->code,
		.stream = &r->stream,
	};
	struct gocontext later;
	int added;

	/* A call that has migrated ends among another thread's structures. */
	if (r->stream.migrations &&
	    (read_context(r, &later, &r->stream.regs, err) ||
	     name_regions(r, &r->entry, &later, err)))
		return -1;
	added = transcript_keep(&transcript, err);
	if (r->options->verbose && added >= 0)
		fprintf(stderr, "repetition %u: %zu instructions%s%s\n", number,
			r->stream.nsteps, added ? ", a new variant" : "",
			r->stream.migrations ? ", went on on another thread"
					     : "");
	r->provenance.repetitions += added >= 0;
	return added < 0 ? -1 : 0;
}

/* Follow one call; keep it unless it is the first. */
static int repeat(struct recording *r, unsigned int number, struct error *err)
{
	struct stream_goal goal;
	double begun;
	int cpu;

	if (reach(r, &goal, err) ||
	    read_context(r, &r->context, &goal.entry, err) ||
	    name_regions(r, &goal.entry, NULL, err) ||
	    keep_working(r, number, err))
		return -1;
	r->reached = true;
	r->complete = false;
	r->entry = goal.entry;
	cpu = schedule_cpu(r->tracee.pid, r->tid);
	begun = interrupt_now();
	if (stream_follow(&r->stream, &r->code, &r->tracee, &goal, err))
		return -1;
	r->seconds += interrupt_now() - begun;
	r->steps += r->stream.nsteps;
	r->tid = r->stream.tid;
	r->complete = true;
	if (!number)
		return 0;
	count_migrations(r, cpu);
	return keep(r, number, err);
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

static int write_provenance(struct recording *r, struct error *err)
{
	struct provenance *p = &r->provenance;

	p->program = r->tracee.name;
	p->scenario = r->options->scenario;
	p->cold = r->scenario.cold;
	p->begin = r->landmarks.begin.name;
	p->end = r->landmarks.end.name;
	p->attached = r->options->pid;
	p->ended_early = *r->early.text ? r->early.text : NULL;
	return provenance_write(r->builder, p, err);
}

/* Leaves the cause alone: the remedy is of no use when there is a trace. */
static void cut_remedy(char *text)
{
	text[strcspn(text, ";")] = '\0';
}

/*
 * The next call could not be recorded. If the program has ended, or calls no more,
 * what was recorded stays; if that is only the first call, it is better than none.
 * Return: 0, or -1 with @err set: there is nothing to keep, or another reason.
 */
static int end_early(struct recording *r, struct error *err)
{
	bool late = err->code == EXIT_USAGE &&
		    interrupt_now() > r->tracee.deadline.at;

	if (!r->tracee.over && !late)
		return -1;
	r->early = *err;
	cut_remedy(r->early.text);
	if (r->tracee.over && !r->reached) {
		*err = (struct error){0};
		return error_set(
			err, EXIT_USAGE,
			"%s, and %s was not called before; check that the program calls it",
			r->early.text, r->landmarks.begin.name);
	}
	/* The structures of a call that has migrated can't be read any more. */
	if (!r->provenance.repetitions &&
	    (!r->complete || r->stream.migrations))
		return -1;
	*err = (struct error){0};
	return r->provenance.repetitions ? 0 : keep(r, 0, err);
}

static int record_calls(struct recording *r, struct error *err)
{
	unsigned int wanted = r->options->repetitions, i;

	if (!wanted)
		wanted = RECORD_REPETITIONS;
	r->provenance.wanted = wanted;
	for (i = 0; i <= wanted; i++)
		if (repeat(r, i, err))
			return end_early(r, err);
	return 0;
}

static int record(struct recording *r, struct error *err)
{
	r->builder = trace_builder_new();
	if (!r->builder)
		return error_set(err, EXIT_IMPOSSIBLE, "record: out of memory");
	if ((r->options->pid ? attach(r, err) : start(r, err)) ||
	    declare_modules(r, err) || pass_mark(r, err) ||
	    record_calls(r, err))
		return -1;
	if (r->options->verbose)
		fprintf(stderr, "%" PRIu64 " steps, %.0f a second\n", r->steps,
			(double)r->steps / r->seconds);
	if (write_provenance(r, err) ||
	    working_write(&r->working, r->builder, err) ||
	    interrupt_check(r->tracee.name, "the end of the recording", NULL,
			    err))
		return -1;
	/* Somebody else's process needn't wait for our disk. */
	tracing_end(&r->tracee);
	return trace_builder_write(r->builder, r->options->output, err);
}

static int check_options(const struct record_options *options,
			 struct error *err)
{
	if (!options->output)
		return error_set(err, EXIT_USAGE,
				 "record: no output; name a file with -o");
	if (!options->pid &&
	    (options->scenario ? !options->goprobe
			       : !options->argv || !options->argv[0]))
		return error_set(
			err, EXIT_USAGE,
			"record: nothing to record; name a scenario, a command or a process");
	if (!options->scenario && !options->begin)
		return error_set(
			err, EXIT_USAGE,
			"record: no function to record; name one with --begin");
	if (options->pid == getpid())
		return error_set(
			err, EXIT_USAGE,
			"process %d is this recorder; name another one",
			options->pid);
	if (options->timeout_s < 0)
		return error_set(err, EXIT_USAGE,
				 "record: the time limit must be positive");
	return 0;
}

static void release(struct recording *r)
{
	tracing_end(&r->tracee);
	trace_builder_free(r->builder);
	regions_free(&r->regions);
	stream_free(&r->stream);
	stream_free(&r->between);
	working_free(&r->working);
	code_free(&r->code);
	golayout_free(&r->layout);
	symbols_close(r->symbols);
	scenario_free(&r->scenario);
}

static int run(const void *argument, struct error *err)
{
	const struct record_options *options = argument;
	struct recording r = {
		.options = options,
		.tracee.memory = -1,
		.working.limit = options->before,
	};
	cpu_set_t before;
	int result;

	r.timeout_s = options->timeout_s > 0 ? options->timeout_s
					     : RECORD_TIMEOUT_S;
	if (interrupt_begin(err))
		return -1;
	if (pin(&r, &before, err)) {
		interrupt_end();
		return -1;
	}
	result = record(&r, err);
	release(&r);
	sched_setaffinity(0, sizeof(before), &before);
	interrupt_end();
	return result;
}

int record_run(const struct record_options *options, struct error *err)
{
	if (check_options(options, err))
		return -1;
	/*
	 * A process that the recorder started dies with it; one that it found
	 * must not.
	 */
	return options->pid ? guard_run(run, options, err) : run(options, err);
}
