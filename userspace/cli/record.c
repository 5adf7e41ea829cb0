// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "engine/freestanding.h"
#include "record_report.h"
#include "tracefile.h"

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
	struct record_result result;
	struct trace trace;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (!a.record.goprobe)
		a.record.goprobe = cli_goprobe();
	if (record_run(&a.record, &err) ||
	    trace_open(&trace, a.record.output, &err))
		return cli_fail(&err);
	note_early_end(&trace);
	code = record_collect(&result, &trace, &err)
		       ? cli_fail(&err)
		       : cli_show(&record_record, &result, record_text, a.json,
				  EXIT_DONE);
	record_free(&result);
	trace_close(&trace);
	return code;
}
