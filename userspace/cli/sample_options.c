// SPDX-License-Identifier: GPL-2.0
#include "sample_options.h"

static const struct cli_option options[] = {
	{"pid", 'p', "N", "A process that runs, and goes on running",
	 INTO_NUMBER(sample_arguments, watch.pid, 1, INT_MAX)},
	OPTION_TIME_LIMIT(sample_arguments, watch.time_limit,
			  "Stop after S seconds; the program goes on"),
	{"rate", 'r', "N", "Samples a second on each CPU (default 499)",
	 INTO_NUMBER(sample_arguments, watch.rate, 1, 20000)},
	{"svg", 0, "FILE", "Write a flame graph",
	 INTO_TEXT(sample_arguments, views[SAMPLE_FLAME].file)},
	{"folded", 0, "FILE", "Write stacks, one a line, for flamegraph.pl",
	 INTO_TEXT(sample_arguments, views[SAMPLE_FOLDED].file)},
	{"pprof", 0, "FILE", "Write a profile for go tool pprof",
	 INTO_TEXT(sample_arguments, views[SAMPLE_PPROF].file)},
	OPTION_JSON(sample_arguments, json),
	{0}};

/* A command, which has the rest of the line. */
static void take_command(void *arguments, char *word, struct argp_state *state)
{
	struct sample_arguments *a = arguments;

	(void)word;
	a->watch.argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct sample_arguments *a = arguments;

	if (!!a->watch.argv + !!a->watch.pid != 1)
		cli_usage(state, "a command or --pid N is needed");
}

const struct cli_syntax sample_syntax = {
	.words = "[-- COMMAND [ARG...]]",
	.doc = "Sample where a Go program's CPU time goes, with the stacks of Go "
	       "above those calls to C that are under way, and the share of the "
	       "way into C and back.\vThe program needs no symbols but Go's own, "
	       "and may be stripped. Its standard output goes to standard error.",
	.own = {options, take_command, check},
};
