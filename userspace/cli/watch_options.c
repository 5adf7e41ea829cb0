// SPDX-License-Identifier: GPL-2.0
#include "watch_options.h"

static const struct cli_option options[] = {
	{"pid", 'p', "N", "A process that runs, and goes on running",
	 INTO_NUMBER(watch_arguments, watch.pid, 1, INT_MAX)},
	OPTION_TIME_LIMIT(watch_arguments, watch.time_limit,
			  "Stop watching after S seconds; the program goes on"),
	{"rate", 'r', "N", "Samples a second on each CPU (default 499)",
	 INTO_NUMBER(watch_arguments, watch.rate, 1, 20000)},
	{"counts", 0, NULL, "Count calls, and put nothing into the kernel",
	 INTO_FLAG(watch_arguments, watch.counts_only)},
	{"no-each-call", 0, NULL, "Never probe each call",
	 INTO_FLAG(watch_arguments, watch.no_each_call)},
	{"parts", 0, NULL,
	 "Split the time of each call that is timed; nothing is compared with probes off then",
	 INTO_FLAG(watch_arguments, watch.parts)},
	{"stream", 0, "FILE", "Write a line of JSON a second",
	 INTO_TEXT(watch_arguments, watch.stream)},
	OPTION_JSON(watch_arguments, json),
	{0}};

/* A command, which has the rest of the line. */
static void take_command(void *arguments, char *word, struct argp_state *state)
{
	struct watch_arguments *a = arguments;

	(void)word;
	a->watch.argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct watch_arguments *a = arguments;

	if (!!a->watch.argv + !!a->watch.pid != 1)
		cli_usage(state, "a command or --pid N is needed");
}

const struct cli_syntax watch_syntax = {
	.words = "[-- COMMAND [ARG...]]",
	.doc = "Watch the calls to C of a Go program while it runs: how many they "
	       "are, exactly; which C functions take the time, by sampling; which "
	       "rare ways the runtime took; when C had no CPU. The time of each "
	       "call is taken only while that costs at most 2 %. The program isn't "
	       "stopped, and its standard output goes to standard error.\vWhere "
	       "eBPF isn't permitted, calls are counted and the rest is null.",
	.own = {options, take_command, check},
};
