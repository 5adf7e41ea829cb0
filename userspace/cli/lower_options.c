// SPDX-License-Identifier: GPL-2.0
#include "lower_options.h"

#include <string.h>

static const struct cli_option options[] = {
	{"output", 'o', "S.seq", "Where to write; - is stdout",
	 INTO_TEXT(lower_arguments, output)},
	{"explain", 'x', NULL,
	 "List what isn't carried over one to one, instruction by instruction",
	 INTO_FLAG(lower_arguments, explain)},
	{"touch-only", 't', NULL,
	 "One access for each recorded one, and nothing else: for footprint and evictions, not for cycles",
	 INTO_FLAG(lower_arguments, touch_only)},
	{"measure", 'm', NULL,
	 "With --explain: measure what each deviation does on this core, which takes seconds",
	 INTO_FLAG(lower_arguments, measured)},
	OPTION_CPU(lower_arguments, measure.cpu,
		   "CPU to measure on (default the last allowed)"),
	OPTION_SAMPLES(lower_arguments, measure.samples, 1000000,
		       "Samples of each sequence (default " CLI_TEXT(
			       DEVIATION_SAMPLES) ")"),
	OPTION_SEED(lower_arguments, measure.seed),
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct lower_arguments *a = arguments;

	if (!a->output && !a->explain)
		cli_usage(state, "-o S.seq is needed");
	if (a->input.json && a->output && !strcmp(a->output, "-"))
		cli_usage(state, "--json and -o - both want stdout");
	if (a->measured && (!a->explain || a->touch_only))
		cli_usage(state, "--measure goes with --explain, and without "
				 "--touch-only, which has no cycles");
}

const struct cli_syntax lower_syntax = {
	.words = "T",
	.doc = "Turn a trace into a sequence in its text form, which replay, check "
	       "and show read.",
	.own = {options, .check = check},
	.groups = {CLI_GROUP(lower_arguments, input, input_options)},
};
