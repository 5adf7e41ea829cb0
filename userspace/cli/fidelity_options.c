// SPDX-License-Identifier: GPL-2.0
#include "fidelity_options.h"

static const struct cli_option options[] = {
	OPTION_CPU(fidelity_arguments, cpu,
		   "CPU for both (default: the last allowed)"),
	OPTION_GOPROBE(fidelity_arguments, study.program),
	{"live", 0, "CMD",
	 "What makes the live calls, instead of goprobe: a program and its arguments, with blanks between, that speaks the protocol of docs/live.md; T may be a sequence then",
	 INTO_TEXT(fidelity_arguments, study.live)},
	{"another-build", 0, NULL,
	 "The trace comes from another machine: the program is another file than the recorded one, of the same Go version",
	 INTO_FLAG(fidelity_arguments, study.another_build)},
	OPTION_TIME_LIMIT(fidelity_arguments, study.time_limit,
			  "Stop after S seconds (default 10)"),
	{"plant", 0, "N",
	 "Append N dependent additions to each replay, to see the ratio move",
	 INTO_NUMBER(fidelity_arguments, plant, 1, 4096)},
	OPTION_PROCESSES(
		fidelity_arguments, study.processes,
		"Pairs of processes, one of the program and one of the replay each, which the intervals then hold for (default 8; 1 where calls are cold)"),
	OPTION_SEED(fidelity_arguments, study.seed),
	OPTION_STATE(
		fidelity_arguments, study.states,
		"Calls are made one at a time, and this stands for what the program does before each: warm" STATE_NAMES
		" (default: as the trace has it of its scenario); may be repeated"),
	OPTION_SERVED(fidelity_arguments, study.apart),
	OPTION_TSC_STEP(fidelity_arguments, study.tsc_step),
	OPTION_JSON(fidelity_arguments, json),
	{0}};

static void take_path(void *arguments, char *word, struct argp_state *state)
{
	struct fidelity_arguments *a = arguments;

	if (a->path)
		cli_usage(state, "one trace at a time");
	a->path = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct fidelity_arguments *a = arguments;

	if (!a->path)
		cli_usage(state, "which trace?");
	if (a->study.live && a->study.program)
		cli_usage(state,
			  "--live and --goprobe both name what makes the "
			  "live calls: leave one out");
	if (a->study.processes > 1)
		cli_check_named(state, a->path);
}

const struct cli_syntax fidelity_syntax = {
	.words = "T",
	.doc = "Measure a recorded call, live, and its replay by one "
	       "method, back to back, and print live and replayed cycles and their "
	       "ratio. The exit code is 1 where the ratio is withheld, or where "
	       "its interval isn't near enough to 1.\vT is a trace of one of "
	       "goprobe's scenarios, or with --live of any program's call; the "
	       "program is started, and has to be the one that was recorded.",
	.own = {options, take_path, check},
};
