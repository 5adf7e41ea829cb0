// SPDX-License-Identifier: GPL-2.0
#include "record_options.h"

#include <limits.h>

#include "breakpoint.h"

static const struct cli_option options[] = {
	{"output", 'o', "T", "The trace to write",
	 INTO_TEXT(record_arguments, record.output)},
	{"scenario", 's', "S", "One of goprobe's scenarios",
	 INTO_TEXT(record_arguments, record.scenario)},
	{"pid", 'p', "N", "A process that runs, and goes on running",
	 INTO_NUMBER(record_arguments, record.pid, 1, INT_MAX)},
	{"begin", 0, "SYMBOL",
	 "Record calls of this function: NAME, NAME@VERSION, FILE:NAME, or an address as nm shows it",
	 INTO_TEXT(record_arguments, record.begin)},
	{"symbol", 0, "SYMBOL", NULL, INTO_TEXT(record_arguments, record.begin),
	 .flags = OPTION_ALIAS},
	{"end", 0, "SYMBOL",
	 "Record until this function is called (default: until the first returns)",
	 INTO_TEXT(record_arguments, record.end)},
	{"mark", 0, "SYMBOL", "Wait for this function first",
	 INTO_TEXT(record_arguments, record.mark)},
	{"repetitions", 'r', "N", "Calls to record (default 17)",
	 INTO_NUMBER(record_arguments, record.repetitions, 1, 10000)},
	{"before", 0, "N",
	 "Instructions to step between two calls, at most, for what the caller touches there (default 20000)",
	 INTO_NUMBER(record_arguments, record.before, 0, RECORD_MAX_BEFORE)},
	OPTION_CPU(record_arguments, record.cpu, "CPU for both processes"),
	{"timeout", 't', "SECONDS", "Limit for each call (default 30)",
	 INTO_REAL(record_arguments, record.timeout_s, 1, 86400)},
	OPTION_GOPROBE(record_arguments, record.goprobe),
	{"breakpoint", 0, "KIND",
	 "hardware, software or auto (default: hardware if possible)",
	 INTO_CHOICE(record_arguments, record.breakpoint, breakpoint_find,
		     "breakpoint", "auto, hardware or software")},
	OPTION_JSON(record_arguments, json),
	{0}};

/* A command, which has the rest of the line. */
static void take_command(void *arguments, char *word, struct argp_state *state)
{
	struct record_arguments *a = arguments;

	(void)word;
	a->record.argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct record_options *r =
		&((struct record_arguments *)arguments)->record;

	if (!r->output)
		cli_usage(state, "-o T is needed: where shall the trace go?");
	if (!!r->scenario + !!r->argv + !!r->pid != 1)
		cli_usage(
			state,
			"one of --scenario S, --pid N or a command is needed");
	if (!r->scenario && !r->begin)
		cli_usage(state, "a command or process needs --begin SYMBOL");
}

const struct cli_syntax record_syntax = {
	.words = "[-- COMMAND [ARG...]]",
	.doc = "Record consecutive calls of a function, instruction by instruction, "
	       "with every memory access.",
	.own = {options, take_command, check},
};
