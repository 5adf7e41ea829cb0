// SPDX-License-Identifier: GPL-2.0
#include "profile_options.h"

#include <string.h>

#include "prefix.h"

#define SAMPLES	     CLI_TEXT(PREFIX_SAMPLES)
#define SAMPLES_COLD CLI_TEXT(PREFIX_SAMPLES_COLD)

static void take_ablate(const struct cli_option *o, void *place, char *text,
			const struct argp_state *state)
{
	struct profile_arguments *a = place;

	(void)o;
	if (text && strcmp(text, "only") && strcmp(text, "warm"))
		cli_usage(
			state,
			"--ablate=%s: leave it out, or say \"only\" or \"warm\"",
			text);
	a->ablate = true;
	a->ablate_only = text;
	a->ablate_warm = text && !strcmp(text, "warm");
}

static const struct cli_option options[] = {
	OPTION_BACKEND(profile_arguments, measure.backend,
		       "kernel or user (default user)"),
	OPTION_CPU(profile_arguments, measure.cpu,
		   "CPU to run on (default the last allowed)"),
	OPTION_SAMPLES(profile_arguments, measure.samples, 1000000,
		       "Samples of each prefix (default " SAMPLES
		       ", " SAMPLES_COLD " in a cold state)"),
	OPTION_TIME_LIMIT(
		profile_arguments, measure.time_limit,
		"Stop after S seconds, when all prefixes have had their turn"),
	OPTION_STATE(
		profile_arguments, states,
		"Prepare this state before each sample, as for replay; may be repeated"),
	OPTION_WARM(profile_arguments, measure.warm,
		    "Untimed replays before each sample (default 10)"),
	OPTION_SEED(profile_arguments, measure.seed),
	OPTION_TSC_STEP(profile_arguments, measure.tsc_step),
	{"svg", 0, "FILE", "Draw the call paths as an icicle",
	 INTO_TEXT(profile_arguments, views[PROFILE_ICICLE].file)},
	{"folded", 0, "FILE",
	 "Write folded stacks, in thousandths of a core cycle",
	 INTO_TEXT(profile_arguments, views[PROFILE_FOLDED].file)},
	{"speedscope", 0, "FILE", "Write a profile for speedscope.app",
	 INTO_TEXT(profile_arguments, views[PROFILE_SPEEDSCOPE].file)},
	{"ablate", 'a', "only|warm",
	 "Measure the sequence without each class of operations, too, each class alone, and each region and the code cold; \"only\": no prefixes, which long sequences have too many of; \"warm\": nothing cold, either",
	 .take = take_ablate, .flags = OPTION_ARG_OPTIONAL},
	{"returns", 'r', NULL,
	 "Measure what returns cost by how they are predicted; takes no sequence",
	 INTO_FLAG(profile_arguments, returns)},
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct profile_arguments *a = arguments;
	bool warm = states_are_warm(&a->states);

	if (a->returns && (a->input.n || a->ablate || !warm))
		cli_usage(state, "--returns takes no sequence, no --ablate and "
				 "no --state");
	if (!a->returns && !a->input.n)
		cli_usage(state, "which trace or sequence?");
	if (a->ablate && !warm)
		cli_usage(state, "--ablate makes states of its own: leave "
				 "--state out");
	cli_check_tsc_step(state, a->measure.tsc_step, a->measure.backend);
}

const struct cli_syntax profile_syntax = {
	.words = "S",
	.doc = "Show where a sequence's cycles go: by function, phase and class of "
	       "operation.\vThe first k operations are replayed for every k, all in "
	       "random order in one run beside the whole; what each operation costs "
	       "is the difference, isolated: from when all before the sequence is "
	       "complete to when all of the prefix is. --ablate gives both contexts. A "
	       "sequence may be a trace, a .seq file, or -. A run "
	       "whose self-test fails, or that ran on an emulated CPU, prints no "
	       "timing, and the exit code is 1.",
	.own = {options, .check = check},
	.groups = {CLI_GROUP(profile_arguments, input, input_options)},
};
