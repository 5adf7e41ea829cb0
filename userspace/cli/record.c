// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "functions.h"
#include "report.h"
#include "syscallname.h"
#include "tracecount.h"
#include "tracefile.h"
#include "unreplayable.h"
#include "workingset.h"

enum {
	OPT_BEGIN = 0x100,
	OPT_SYMBOL,
	OPT_END,
	OPT_MARK,
	OPT_GOPROBE,
	OPT_BREAKPOINT,
	OPT_BEFORE
};

static const struct argp_option options[] = {
	{"output", 'o', "T", 0, "The trace to write", 0},
	{"scenario", 's', "S", 0, "One of goprobe's scenarios", 0},
	{"pid", 'p', "N", 0, "A process that runs, and goes on running", 0},
	{"begin", OPT_BEGIN, "SYMBOL", 0,
	 "Record calls of this function: NAME, NAME@VERSION, FILE:NAME, or an address as nm shows it",
	 0},
	{"symbol", OPT_SYMBOL, "SYMBOL", OPTION_ALIAS, NULL, 0},
	{"end", OPT_END, "SYMBOL", 0,
	 "Record until this function is called (default: until the first returns)",
	 0},
	{"mark", OPT_MARK, "SYMBOL", 0, "Wait for this function first", 0},
	{"repetitions", 'r', "N", 0, "Calls to record (default 17)", 0},
	{"before", OPT_BEFORE, "N", 0,
	 "Instructions to step between two calls, at most, for what the caller touches there (default 20000)",
	 0},
	{"cpu", 'c', "N", 0, "CPU for both processes", 0},
	{"timeout", 't', "SECONDS", 0, "Limit for each call (default 30)", 0},
	{"goprobe", OPT_GOPROBE, "FILE", 0,
	 "The goprobe program (default: next to this one)", 0},
	{"breakpoint", OPT_BREAKPOINT, "KIND", 0,
	 "hardware, software or auto (default: hardware if possible)", 0},
	{"verbose", 'v', NULL, 0, "Tell the progress", 0},
	CLI_OPTION_JSON,
	{0}};

struct arguments {
	struct record_options record;
	bool json;
};

static void take_command(struct arguments *a, struct argp_state *state)
{
	a->record.argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check_arguments(const struct record_options *r,
			    const struct argp_state *state)
{
	if (!r->output)
		cli_usage(state, "-o T is needed: where shall the trace go?");
	if (!!r->scenario + !!r->argv + !!r->pid != 1)
		cli_usage(
			state,
			"one of --scenario S, --pid N or a command is needed");
	if (!r->scenario && !r->begin)
		cli_usage(state, "a command or process needs --begin SYMBOL");
}

static enum breakpoint_kind breakpoint_kind(const struct argp_state *state,
					    const char *arg)
{
	static const char *const kinds[] = {
		[BREAKPOINT_AUTO] = "auto",
		[BREAKPOINT_HARDWARE] = "hardware",
		[BREAKPOINT_SOFTWARE] = "software",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(arg, kinds[i]))
			return (enum breakpoint_kind)i;
	cli_usage(
		state,
		"unknown breakpoint '%s'; choose one of: auto hardware software",
		arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct record_options *r = &a->record;

	switch (key) {
	case 'o':
		r->output = arg;
		return 0;
	case 's':
		r->scenario = arg;
		return 0;
	case 'p':
		r->pid = (pid_t)cli_number(state, arg, 1, INT_MAX);
		return 0;
	case OPT_BEGIN:
	case OPT_SYMBOL:
		r->begin = arg;
		return 0;
	case OPT_END:
		r->end = arg;
		return 0;
	case OPT_BREAKPOINT:
		r->breakpoint = breakpoint_kind(state, arg);
		return 0;
	case OPT_MARK:
		r->mark = arg;
		return 0;
	case 'r':
		r->repetitions = cli_number(state, arg, 1, 10000);
		return 0;
	case OPT_BEFORE:
		r->before = cli_number(state, arg, 0, RECORD_MAX_BEFORE);
		return 0;
	case 'c':
		r->cpu = cli_cpu(state, arg);
		return 0;
	case 't':
		r->timeout_s = cli_number(state, arg, 1, 86400);
		return 0;
	case OPT_GOPROBE:
		r->goprobe = arg;
		return 0;
	case 'v':
		r->verbose = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		take_command(a, state);
		return 0;
	case ARGP_KEY_END:
		check_arguments(r, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Record consecutive calls of a function, instruction by instruction, "
	       "with every memory access.",
};

/* What a replay of a variant won't have; nothing if the trace is damaged. */
static struct notreplayed not_replayed(const struct trace *trace,
				       const struct trace_variant *variant,
				       struct error *err)
{
	struct notreplayed n = {0};

	unreplayable_count(trace, variant, &n, err);
	return n;
}

static json_t *variants(const struct trace *trace, struct error *err)
{
	json_t *list = json_array();
	struct notreplayed missing;
	char hash[20];
	size_t i;

	for (i = 0; i < trace->nvariants; i++) {
		const struct trace_variant *v = &trace->variants[i];

		snprintf(hash, sizeof(hash), "%016lx", (unsigned long)v->hash);
		missing = not_replayed(trace, v, err);
		json_array_append_new(
			list, json_pack("{s:s, s:i, s:i, s:o}", "hash", hash,
					"count", v->count, "instructions",
					v->nsteps, "not_replayed",
					report_not_replayed(&missing)));
	}
	return list;
}

static json_t *functions(const struct trace *trace, struct error *err)
{
	struct function_counts *f;
	json_t *list = json_array();
	size_t n, i;

	if (functions_count(trace, &trace->variants[0], &f, &n, err))
		return list;
	for (i = 0; i < n; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:I, s:I, s:I}", "name", f[i].name,
				  "instructions", (json_int_t)f[i].instructions,
				  "loads", (json_int_t)f[i].loads, "stores",
				  (json_int_t)f[i].stores));
	free(f);
	return list;
}

/* Sleeping or not, and its result, tell calls of one kind apart. */
static bool same_call(const struct trace_syscall *a,
		      const struct trace_syscall *b)
{
	return a->number == b->number && a->flags == b->flags &&
	       a->result == b->result &&
	       !memcmp(a->args, b->args, sizeof(a->args));
}

static json_t *syscall_json(const struct trace_syscall *call, size_t count)
{
	const char *name = syscallname_of(call);
	json_t *args = json_array();
	char text[24];
	size_t i;

	for (i = 0; i < TRACE_SYSCALL_ARGS; i++) {
		snprintf(text, sizeof(text), "0x%" PRIx64, call->args[i]);
		json_array_append_new(args, json_string(text));
	}
	return json_pack("{s:I, s:s?, s:o, s:I, s:b, s:b, s:I}", "nr",
			 (json_int_t)call->number, "name", name, "args", args,
			 "result", (json_int_t)call->result, "blocked",
			 !!(call->flags & TRACE_SYSCALL_BLOCKED), "finished",
			 !(call->flags & TRACE_SYSCALL_UNFINISHED), "count",
			 (json_int_t)count);
}

/* Equal calls once, with their count, in the order of the first of each. */
static json_t *syscalls(const struct trace *trace)
{
	const struct trace_syscall *calls;
	json_t *list = json_array();
	size_t n, i, k, count;

	calls = trace_syscalls(trace, &trace->variants[0], &n);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !same_call(&calls[k], &calls[i]); k++)
			;
		if (k < i)
			continue;
		for (count = 0, k = i; k < n; k++)
			count += same_call(&calls[i], &calls[k]);
		json_array_append_new(list, syscall_json(&calls[i], count));
	}
	return list;
}

static json_t *meta_number(const struct trace *trace, const char *key)
{
	char value[32];

	if (!trace_meta(trace, key, value, sizeof(value)))
		return json_null();
	return json_integer(strtoll(value, NULL, 10));
}

/* Nulls where nothing was recorded before the calls. */
static void add_working(json_t *o, const struct workingset *set)
{
	bool known = set->part != WORKINGSET_NONE;
	const struct {
		const char *key;
		size_t n;
	} counts[] = {
		{"working_lines", set->data.nlines},
		{"working_pages", set->data.npages},
		{"working_code_lines", set->code.nlines},
		{"working_code_pages", set->code.npages},
		{"working_steps", set->steps},
	};
	size_t i, shared = 0;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		json_object_set_new(o, counts[i].key,
				    known ? json_integer(counts[i].n)
					  : json_null());
	for (i = 0; i < set->data.nlines; i++)
		shared += set->data.lines[i].shared;
	json_object_set_new(o, "working_shared_lines",
			    known ? json_integer(shared) : json_null());
	json_object_set_new(o, "working_part",
			    json_string(workingset_part_name(set->part)));
	json_object_set_new(o, "working_end",
			    *set->end ? json_string(set->end) : json_null());
	json_object_set_new(o, "working_truncated",
			    known ? json_boolean(workingset_truncated(set))
				  : json_null());
}

static int print_json(const struct trace *trace,
		      const struct trace_counts *counts,
		      const struct workingset *working, struct error *err)
{
	static const char *const keys[] = {
		"program",  "scenario",	  "cold", "begin",	   "end",
		"attached", "go",	  "cpu",  "cpu_signature", "microcode",
		"kernel",   "hypervisor", "date"};
	json_t *o = report_counts(counts), *meta = json_object();
	struct notreplayed missing;
	size_t i;

	missing = not_replayed(trace, &trace->variants[0], err);

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set_new(meta, keys[i], report_meta(trace, keys[i]));
	json_object_set_new(o, "trace_bytes", json_integer(trace->bytes));
	json_object_set_new(o, "variants", variants(trace, err));
	json_object_set_new(o, "functions", functions(trace, err));
	json_object_set_new(o, "not_replayed", report_not_replayed(&missing));
	json_object_set_new(o, "syscalls", syscalls(trace));
	json_object_set_new(o, "repetitions",
			    meta_number(trace, "repetitions"));
	json_object_set_new(o, "repetitions_wanted",
			    meta_number(trace, "repetitions_wanted"));
	json_object_set_new(o, "ended_early",
			    report_meta(trace, "ended_early"));
	json_object_set_new(o, "thread_migrations",
			    meta_number(trace, "thread_migrations"));
	json_object_set_new(o, "cpu_migrations",
			    meta_number(trace, "cpu_migrations"));
	add_working(o, working);
	json_object_set_new(o, "provenance", meta);
	return cli_print(o, EXIT_DONE);
}

static void print_text(const struct trace *trace, const struct trace_counts *c,
		       const struct workingset *working, struct error *err)
{
	struct notreplayed missing;
	char moved[32];
	size_t i;

	printf("%s: %zu instructions, %zu loads, %zu stores, %zu atomics, "
	       "%zu calls, %zu conditional branches\n"
	       "%zu data lines on %zu pages, %zu code lines on %zu pages, %zu "
	       "stack switches\n",
	       trace->path, c->instructions, c->loads, c->stores, c->atomics,
	       c->calls, c->branches, c->data_lines, c->data_pages,
	       c->code_lines, c->code_pages, c->switches);
	for (i = 0; i < trace->nvariants; i++) {
		printf("variant %zu: %u instructions, seen %u times\n", i,
		       trace->variants[i].nsteps, trace->variants[i].count);
		missing = not_replayed(trace, &trace->variants[i], err);
		print_not_replayed(&missing, "  ");
	}
	if (trace_meta(trace, "thread_migrations", moved, sizeof(moved)) &&
	    strcmp(moved, "0"))
		printf("%s times the goroutine went on on another thread\n",
		       moved);
	report_working(working, stdout);
}

/* On stderr: what is on stdout looks the same however many calls it is of. */
static void note_early_end(const struct trace *trace)
{
	char kept[16], wanted[16], why[256];

	if (trace_meta(trace, "ended_early", why, sizeof(why)) &&
	    trace_meta(trace, "repetitions", kept, sizeof(kept)) &&
	    trace_meta(trace, "repetitions_wanted", wanted, sizeof(wanted)))
		fprintf(stderr,
			"switchcost: %s of %s calls were recorded: %s\n", kept,
			wanted, why);
}

int verb_record(int argc, char **argv)
{
	struct arguments a = {
		.record = {.cpu = -1, .before = RECORD_BEFORE},
	};
	struct error err = {0};
	struct workingset working = {0};
	struct trace_counts counts;
	struct trace trace;
	int code = EXIT_DONE;

	cli_parse(&argp, argc, argv, &a);
	if (!a.record.goprobe)
		a.record.goprobe = cli_goprobe();
	if (record_run(&a.record, &err) ||
	    trace_open(&trace, a.record.output, &err))
		return cli_fail(&err);
	note_early_end(&trace);
	if (trace_count(&trace, &trace.variants[0], &counts, &err) ||
	    workingset_build(&working, &trace, &trace.variants[0], &err))
		code = cli_fail(&err);
	else if (a.json)
		code = print_json(&trace, &counts, &working, &err);
	else
		print_text(&trace, &counts, &working, &err);
	workingset_free(&working);
	trace_close(&trace);
	return code;
}
