// SPDX-License-Identifier: GPL-2.0
#include "replay_options.h"

#include <string.h>

#include "geometry_options.h"

static void take_backend(const struct cli_option *o, void *place, char *text,
			 const struct argp_state *state)
{
	struct replay_arguments *a = place;

	(void)o;
	a->predict = !strcmp(text, "model");
	if (!a->predict)
		a->study.measure.backend =
			cli_find_backend(state, text, "kernel, user or model");
}

static int find_layout(const char *name)
{
	if (!strcmp(name, "recorded"))
		return 0;
	return strcmp(name, "packed") ? -1 : 1;
}

static const struct cli_option options[] = {
	{"backend", 'b', "B",
	 "kernel, user or model (default user); model predicts misses, no times",
	 .take = take_backend},
	OPTION_CPU(replay_arguments, study.measure.cpu,
		   "CPU to run on (default the last allowed)"),
	{"isolation", 'i', "LEVEL",
	 "none, preempt-off, lvt-masked, irq-off or quiesced (default: none in the user backend, irq-off in the kernel)",
	 INTO_CHOICE(replay_arguments, study.measure.isolation, isolation_find,
		     "isolation level",
		     "none, preempt-off, lvt-masked, irq-off or quiesced")},
	OPTION_SAMPLES(
		replay_arguments, study.measure.samples, SWC_MAX_SAMPLES / 8,
		"Samples of each sequence (default 50000, 5000 in a cold state; unlimited with --target-ci)"),
	OPTION_WARM(replay_arguments, study.measure.warm,
		    "Untimed replays before each sample (default 2)"),
	OPTION_PROCESSES(
		replay_arguments, study.measure.processes,
		"Replay in N processes, one after the other, which the intervals then hold for (default 1, this one)"),
	OPTION_SEED(replay_arguments, study.measure.seed),
	OPTION_SERVED(replay_arguments, study.measure.apart),
	OPTION_TSC_STEP(replay_arguments, study.measure.tsc_step),
	{"target-ci", 0, "C",
	 "Sample until each interval is at most C core cycles to each side",
	 INTO_REAL(replay_arguments, study.measure.target_ci, 0.001, 1e6)},
	OPTION_TIME_LIMIT(replay_arguments, study.measure.time_limit,
			  "Stop after S seconds (default 10 with --target-ci)"),
	{"spread", 0, "S", "Pause S seconds in all between rounds (default 2)",
	 INTO_REAL(replay_arguments, study.measure.spread, 0, 3600)},
	{"layout", 0, "L",
	 "How the code lies: recorded, on as many pages, where the operations name it (default), or packed",
	 INTO_CHOICE(replay_arguments, study.packed, find_layout, "layout",
		     "recorded or packed")},
	OPTION_SUMS(replay_arguments, study.measure.sums),
	OPTION_QUIET(replay_arguments, quiet),
	{"events", 0, "LIST",
	 "Count PMU events instead of time: names of libpfm4 or PMU/TERM,.../ as for perf, separated by commas, or default (kernel backend)",
	 INTO_TEXT(replay_arguments, study.events)},
	{"minus", 0, "S2", "Measure S2 in the same run, and the difference",
	 INTO_TEXT(replay_arguments, study.minus)},
	OPTION_STATE(
		replay_arguments, study.states,
		"Prepare before each sample: warm (default)" STATE_NAMES
		"; those of data for some regions only with :REGION,...; may be repeated"),
	{0}};

static void check_processes(const struct replay_arguments *a,
			    const struct argp_state *state)
{
	unsigned int i;

	if (a->study.events)
		cli_usage(state, "--events: counts of several processes aren't "
				 "put together: leave out --processes");
	for (i = 0; i < a->input.n; i++)
		cli_check_named(state, a->input.paths[i]);
	if (a->study.minus)
		cli_check_named(state, a->study.minus);
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct replay_arguments *a = arguments;
	const struct measure_options *m = &a->study.measure;

	if (a->predict && (a->study.minus || m->isolation >= 0 || m->tsc_step))
		cli_usage(state, "the model predicts misses, not time: leave "
				 "--minus, --isolation and --tsc-step out");
	if (a->study.minus && a->input.n > 1)
		cli_usage(state, "--minus takes one sequence from one other");
	if (a->study.events && m->target_ci > 0)
		cli_usage(state, "--target-ci is about time, which isn't shown "
				 "with --events: use --samples");
	if (m->isolation >= 0 &&
	    !(m->backend->isolations & SWC_CAP_ISOLATION(m->isolation)))
		cli_usage(state,
			  "isolation level %s needs ring 0: use --backend "
			  "kernel",
			  isolation_name(m->isolation));
	if (m->processes > 1)
		check_processes(a, state);
	cli_check_tsc_step(state, m->tsc_step, m->backend);
}

const struct cli_syntax replay_syntax = {
	.words = "S...",
	.doc = "Replay sequences (traces, .seq files, or -) and measure them, all in "
	       "one run.\vThe sequences, controls, and chains of known length are "
	       "replayed in random order; the controls are taken off, and the chains "
	       "show the length of a core cycle. A run whose self-test fails, or that "
	       "ran on an emulated CPU, prints no timing, and the exit code is 1. "
	       "Beside each result stand the misses that a model of caches and TLBs "
	       "predicts.",
	.own = {options, .check = check},
	.groups = {CLI_GROUP(replay_arguments, input, input_options),
		   CLI_GROUP(replay_arguments, study.modelling,
			     geometry_options)},
};
