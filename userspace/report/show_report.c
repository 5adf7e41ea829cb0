// SPDX-License-Identifier: GPL-2.0
#include "show_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "instruction.h"
#include "report.h"
#include "seqtext.h"
#include "syscallname.h"
#include "workingset.h"

/* "= futex(0x..., ...) = -11, slept": all six, since none says how many. */
static void put_syscall(const struct trace_syscall *call)
{
	const char *name = syscallname_of(call);
	int i;

	if (name)
		printf(" %s(", name);
	else
		printf(" %s %" PRIu64 "(",
		       call->flags & TRACE_SYSCALL_INT80 ? "int80" : "syscall",
		       call->number);
	for (i = 0; i < TRACE_SYSCALL_ARGS; i++)
		printf("%s0x%" PRIx64, i ? ", " : "", call->args[i]);
	if (call->flags & TRACE_SYSCALL_UNFINISHED)
		printf(") unfinished");
	else
		printf(") = %" PRId64, call->result);
	if (call->flags & TRACE_SYSCALL_BLOCKED)
		printf(", slept");
}

static void put_step(const struct trace *trace, const struct trace_step *step,
		     const struct trace_access *a,
		     const struct trace_syscall *call)
{
	const struct trace_insn *raw = &trace->insns[step->insn];
	char text[INSTRUCTION_TEXT], name[128];
	unsigned int i;

	printf("  %#14lx  %-46s", (unsigned long)raw->address,
	       instruction_text(raw, text));
	for (i = 0; i < step->naccesses; i++)
		printf(" %s%s%s%u:%s",
		       a[i].flags & TRACE_ACCESS_ATOMIC ? "!" : "",
		       a[i].flags & TRACE_ACCESS_READ ? "r" : "",
		       a[i].flags & TRACE_ACCESS_WRITE ? "w" : "", a[i].size,
		       trace_field_name(trace, &a[i], name, sizeof(name)));
	if (call)
		put_syscall(call);
	putchar('\n');
}

/* The system call of a step, if the next one is its. */
static const struct trace_syscall *
next_syscall(const struct trace *trace, const struct trace_syscall *call,
	     const struct trace_step *step)
{
	if (call == trace->syscalls + trace->nsyscalls ||
	    trace->steps + call->step != step)
		return NULL;
	return call;
}

/* "0-3 7": the bits that are set. */
static void put_lines(uint64_t lines)
{
	unsigned int first, last;

	for (first = 0; first < 64; first = last + 1) {
		last = first;
		if (!(lines >> first & 1))
			continue;
		while (last < 63 && lines >> (last + 1) & 1)
			last++;
		printf(last > first ? " %u-%u" : " %u", first, last);
	}
}

static void put_pages(const struct workingset_units *units, const char *what)
{
	const struct workingset_page *page = units->pages;

	for (; page < units->pages + units->npages; page++) {
		printf("  %s 0x%" PRIx64 " %s, age %u, lines", what,
		       page->page << 12, page->region, page->age);
		put_lines(page->lines);
		if (page->shared) {
			printf(", of the call too:");
			put_lines(page->shared);
		}
		putchar('\n');
	}
}

/* The pages that were touched before a call, the last first. */
static int show_working(const struct input *in, struct error *err)
{
	struct workingset set;

	if (workingset_build(&set, &in->trace, in->variant, err))
		return -1;
	report_working(&set, stdout);
	put_pages(&set.data, "data");
	put_pages(&set.code, "code");
	workingset_free(&set);
	return 0;
}

static void show_trace(const struct input *in)
{
	const struct trace *trace = &in->trace;
	const struct trace_step *step = trace->steps + in->variant->first_step;
	const struct trace_step *end = step + in->variant->nsteps;
	const struct trace_access *a =
		trace->accesses + in->variant->first_access;
	const struct trace_syscall *calls, *call;
	const char *function = NULL, *now;
	size_t n;

	printf("variant seen %u times, %u instructions\n\n", in->variant->count,
	       in->variant->nsteps);
	calls = trace_syscalls(trace, in->variant, &n);
	for (; step < end; step++) {
		if (step->flags & TRACE_STEP_MOVED)
			printf("-- the goroutine goes on here, on another thread or later --\n");
		now = trace_string(trace, trace->insns[step->insn].function);
		if (now != function)
			printf("%s:\n", now);
		function = now;
		call = next_syscall(trace, calls, step);
		put_step(trace, step, a, call);
		calls += !!call;
		a += step->naccesses;
	}
}

int show_text(const struct input *in, struct error *err)
{
	if (!in->is_trace) {
		seqtext_write(&in->sequence,
			      stdout); /* main() looks at stdout */
		return 0;
	}
	printf("%.*s", (int)in->trace.meta_bytes, in->trace.meta);
	if (show_working(in, err))
		return -1;
	show_trace(in);
	return 0;
}

static const char *region_name(const struct at *at, char *text)
{
	const struct shown *shown = at->up->data;

	(void)text;
	return shown->s->region_names.list[at->i];
}

static const struct record region_record = {
	.fields = FIELDS({MEMBER(NULL, swc_region, pages)}),
	.name = region_name,
};

static struct elements regions(const struct at *at)
{
	const struct shown *shown = at->data;
	const struct sequence *s = shown->s;

	return (struct elements){s->regions, s->region_names.n,
				 sizeof(*s->regions)};
}

static const char *op_text(const struct at *at, const struct field *f,
			   char *text)
{
	const struct shown *shown = at->up->data;

	(void)f;
	seqtext_line(shown->s, at->data, text, RESULT_TEXT);
	return text;
}

static const struct record op_record = {
	.fields = FIELDS({TEXT_OF(NULL, op_text)}),
};

GETTER(struct elements, ops,
       (struct elements){DATA(shown)->s->ops, DATA(shown)->s->nops,
			 sizeof(*DATA(shown)->s->ops)});

const struct record shown_record = {
	.fields = FIELDS({MEMBER("ops", shown, ops.ops)},
			 {MEMBER("loads", shown, ops.loads)},
			 {MEMBER("stores", shown, ops.stores)},
			 {MEMBER("atomics", shown, ops.atomics)},
			 {NAMED_OF("regions", regions, &region_record)},
			 {ROWS_OF("sequence", ops, &op_record)},
			 {OBJECT_TO("counts", shown, recorded, &report_counts),
			  .when = IS(shown, recorded)}),
};
