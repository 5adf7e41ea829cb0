// SPDX-License-Identifier: GPL-2.0
#include "explain_options.h"

static const struct cli_option options[] = {
	{"function", 'f', "NAME",
	 "The C function whose calls are explained (default: the one with most time)",
	 INTO_TEXT(explain_arguments, explain.function)},
	{"begin", 0, "SYMBOL",
	 "Where a recorded call begins (default: Go's side of the C function)",
	 INTO_TEXT(explain_arguments, explain.begin)},
	{"trace", 0, "T", "Record nothing, and take this recording of the call",
	 INTO_TEXT(explain_arguments, explain.trace)},
	{"turns", 'n', "N",
	 "Watch the program N times, each with its replays (default 5)",
	 INTO_NUMBER(explain_arguments, explain.turns, 1, EXPLAIN_MAX_TURNS)},
	{"target-ci", 0, "PERCENT",
	 "Watch it again, up to 64 times, until the rest is known within this share of the whole to each side",
	 INTO_REAL(explain_arguments, percent, 0.1, 100)},
	OPTION_TIME_LIMIT(
		explain_arguments, explain.time_limit,
		"Give up if the program runs for S seconds (default 60)"),
	OPTION_JSON(explain_arguments, json),
	{0}};

/* A command, which has the rest of the line. */
static void take_command(void *arguments, char *word, struct argp_state *state)
{
	struct explain_arguments *a = arguments;

	(void)word;
	a->explain.argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct explain_arguments *a = arguments;

	if (!a->explain.argv)
		cli_usage(state, "a command is needed");
	if (a->explain.trace && a->explain.begin)
		cli_usage(state, "--begin is for a recording, and --trace T is "
				 "one: leave one of them out");
}

const struct cli_syntax explain_syntax = {
	.words = "-- COMMAND [ARG...]",
	.doc = "Explain what a Go program's call to C costs: its live time beside "
	       "the replay of its recorded sequence, and the difference in parts "
	       "that close to the whole.\vThe program has to end by itself. It is "
	       "watched in each turn, and stepped once to record the call. The exit "
	       "code is 1 if the parts are further than 5 % from the whole.",
	.own = {options, take_command, check},
};
