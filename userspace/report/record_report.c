// SPDX-License-Identifier: GPL-2.0
#include "record_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "resulttext.h"
#include "syscallname.h"
#include "unreplayable.h"

/* Calls of one kind differ by whether they slept, and by their results. */
static bool same_call(const struct trace_syscall *a,
		      const struct trace_syscall *b)
{
	return a->number == b->number && a->flags == b->flags &&
	       a->result == b->result &&
	       !memcmp(a->args, b->args, sizeof(a->args));
}

/* Return: 0, or -1: no memory. */
static int collect_calls(struct record_result *r)
{
	const struct trace_syscall *calls;
	struct recorded_call *c;
	size_t n, i;

	calls = trace_syscalls(r->trace, &r->trace->variants[0], &n);
	r->calls = calloc(n + 1, sizeof(*r->calls));
	for (i = 0; r->calls && i < n; i++) {
		for (c = r->calls; c->call && !same_call(c->call, &calls[i]);)
			c++;
		r->ncalls += !c->call;
		c->call = c->call ? c->call : &calls[i];
		c->count++;
	}
	return r->calls ? 0 : -1;
}

/* Return: 0, or -1: no memory. */
static int collect_missing(struct record_result *r, struct error *err)
{
	const struct trace *trace = r->trace;
	size_t i;

	r->missing = calloc(trace->nvariants, sizeof(*r->missing));
	for (i = 0; r->missing && i < trace->nvariants; i++)
		unreplayable_count(trace, &trace->variants[i], &r->missing[i],
				   err);
	return r->missing ? 0 : -1;
}

int record_collect(struct record_result *r, const struct trace *trace,
		   struct error *err)
{
	const struct trace_variant *variant = &trace->variants[0];
	struct error damaged = {0};

	*r = (struct record_result){.trace = trace};
	if (trace_count(trace, variant, &r->counts, err) ||
	    workingset_build(&r->working, trace, variant, err))
		return -1;
	r->shared = workingset_shared_lines(&r->working);
	functions_count(trace, variant, &r->functions, &r->nfunctions,
			&damaged);
	if (collect_calls(r) || collect_missing(r, &damaged))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: out of memory: free some", trace->path);
	return 0;
}

void record_free(struct record_result *r)
{
	workingset_free(&r->working);
	free(r->functions);
	free(r->calls);
	free(r->missing);
}

static const char *hash(const struct at *at, const struct field *f, char *text)
{
	const struct trace_variant *v = at->data;

	(void)f;
	snprintf(text, RESULT_TEXT, "%016lx", (unsigned long)v->hash);
	return text;
}

GETTER(struct elements, missing_of,
       report_missing(&UP(record_result)->missing[at->i]));

static const struct record variant_record = {
	.fields = FIELDS(
		{TEXT_OF("hash", hash)},
		{MEMBER("count", trace_variant, count)},
		{MEMBER("instructions", trace_variant, nsteps)},
		{ROWS_OF("not_replayed", missing_of, &report_not_replayed)}),
};

GETTER(struct elements, variants,
       (struct elements){DATA(record_result)->trace->variants,
			 DATA(record_result)->trace->nvariants,
			 sizeof(*DATA(record_result)->trace->variants)});
GETTER(struct elements, missing,
       report_missing(&DATA(record_result)->missing[0]));

static const struct record function_record = {
	.fields =
		FIELDS({MEMBER("name", function_counts, name)},
		       {MEMBER("instructions", function_counts, instructions)},
		       {MEMBER("loads", function_counts, loads)},
		       {MEMBER("stores", function_counts, stores)}),
};

GETTER(const char *, call_name, syscallname_of(at->data));

static const char *argument(const struct at *at, const struct field *f,
			    char *text)
{
	(void)f;
	snprintf(text, RESULT_TEXT, "0x%" PRIx64, *(const uint64_t *)at->data);
	return text;
}

static const struct record argument_record = {
	.fields = FIELDS({TEXT_OF(NULL, argument)}),
};

GETTER(bool, has_blocked, DATA(trace_syscall)->flags &TRACE_SYSCALL_BLOCKED);
GETTER(bool, has_finished,
       !(DATA(trace_syscall)->flags & TRACE_SYSCALL_UNFINISHED));

static const struct record syscall_record = {
	.fields = FIELDS(
		{MEMBER("nr", trace_syscall, number)},
		{WORD_OF("name", call_name)},
		{ROWS_ALL("args", trace_syscall, args, &argument_record)},
		{MEMBER("result", trace_syscall, result)},
		{BOOL_OF("blocked", has_blocked)},
		{BOOL_OF("finished", has_finished)}),
};

static const struct record call_record = {
	.fields = FIELDS({INLINE_TO(recorded_call, call, &syscall_record)},
			 {MEMBER("count", recorded_call, count)}),
};

GETTER(bool, is_truncated, workingset_truncated(at->data));

/* Nulls where nothing was recorded before the calls. */
static const struct record working_record = {
	.fields = FIELDS(
		{MEMBER("working_lines", workingset, data.nlines), FIGURE},
		{MEMBER("working_pages", workingset, data.npages), FIGURE},
		{MEMBER("working_code_lines", workingset, code.nlines), FIGURE},
		{MEMBER("working_code_pages", workingset, code.npages), FIGURE},
		{MEMBER("working_steps", workingset, steps), FIGURE},
		{ENUM("working_part", workingset, part, workingset_part_name)},
		{MEMBER("working_end", workingset, end), KNOWN},
		{BOOL_OF("working_truncated", is_truncated), FIGURE}),
	.valid = IS(workingset, part),
};

static const struct record provenance_record = {
	.fields = FIELDS(
		{TEXT_OF("program", report_meta)},
		{TEXT_OF("scenario", report_meta)},
		{TEXT_OF("cold", report_meta)}, {TEXT_OF("begin", report_meta)},
		{TEXT_OF("end", report_meta)},
		{TEXT_OF("attached", report_meta)},
		{TEXT_OF("go", report_meta)}, {TEXT_OF("cpu", report_meta)},
		{TEXT_OF("cpu_signature", report_meta)},
		{TEXT_OF("microcode", report_meta)},
		{TEXT_OF("kernel", report_meta)},
		{TEXT_OF("hypervisor", report_meta)},
		{TEXT_OF("date", report_meta)}),
};

static const struct record trace_record = {
	.fields = FIELDS({MEMBER("trace_bytes", trace, bytes)},
			 {NUMBER_OF("repetitions", report_meta)},
			 {NUMBER_OF("repetitions_wanted", report_meta)},
			 {TEXT_OF("ended_early", report_meta)},
			 {NUMBER_OF("thread_migrations", report_meta)},
			 {NUMBER_OF("cpu_migrations", report_meta)},
			 {OBJECT("provenance", &provenance_record)}),
};

const struct record record_record = {
	.fields = FIELDS(
		{INLINE_AT(record_result, counts, &report_counts)},
		{ROWS_OF("variants", variants, &variant_record)},
		{ROWS("functions", record_result, functions, nfunctions,
		      &function_record)},
		{ROWS_OF("not_replayed", missing, &report_not_replayed)},
		{ROWS("syscalls", record_result, calls, ncalls, &call_record)},
		{INLINE_AT(record_result, working, &working_record)},
		{MEMBER("working_shared_lines", record_result, shared),
		 .valid_if = IS(record_result, working.part)},
		{INLINE_TO(record_result, trace, &trace_record)}),
};

static const struct result_line lines[] = {
	{.text = "{instructions} instructions, {loads} loads, {stores} "
		 "stores, {atomics} atomics, {calls} calls, {branches} "
		 "conditional branches\n{data_lines} data lines on "
		 "{data_pages} pages, {code_lines} code lines on {code_pages} "
		 "pages, {switches} stack switches\n"},
	{0}};

static const struct result_line end_lines[] = {
	{.when = "thread_migrations",
	 .text = "{thread_migrations} times the goroutine went on on another "
		 "thread\n"},
	{0}};

void record_text(const void *data, const struct result *result)
{
	const struct record_result *r = data;
	const struct trace *trace = r->trace;
	size_t i;

	printf("%s: ", trace->path);
	result_print(result, "", lines, stdout);
	for (i = 0; i < trace->nvariants; i++) {
		printf("variant %zu: %u instructions, seen %u times\n", i,
		       trace->variants[i].nsteps, trace->variants[i].count);
		print_not_replayed(&r->missing[i], "  ");
	}
	result_print(result, "", end_lines, stdout);
	report_working(&r->working, stdout);
}

void record_note_early_end(const struct trace *trace)
{
	char kept[16], wanted[16], why[256];

	if (trace_meta(trace, "ended_early", why, sizeof(why)) &&
	    trace_meta(trace, "repetitions", kept, sizeof(kept)) &&
	    trace_meta(trace, "repetitions_wanted", wanted, sizeof(wanted)))
		fprintf(stderr,
			"switchcost: %s of %s calls were recorded: %s\n", kept,
			wanted, why);
}
