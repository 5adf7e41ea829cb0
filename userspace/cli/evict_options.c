// SPDX-License-Identifier: GPL-2.0
#include "evict_options.h"

#include "geometry_options.h"

static void take_victims(const struct cli_option *o, void *place, char *text,
			 const struct argp_state *state)
{
	struct error err = {0};

	(void)o;
	if (evict_choose(place, text, &err))
		cli_usage(state, "%s", err.text);
}

static const struct cli_option options[] = {
	OPTION_BACKEND(evict_arguments, study.backend,
		       "kernel or user (default user)"),
	{"victims", 0, "LIST",
	 "What may be evicted: l1d, l2, dtlb (default: all three), separated by commas; with working-set among them: the data that the recorded thread had touched before the call, not synthetic lines and pages",
	 INTO(evict_arguments, study, take_victims)},
	{"l2-share", 0, "F",
	 "Share of L2's lines that are victims (default 0.125)",
	 INTO_REAL(evict_arguments, study.study.l2_share, 0.001, 1)},
	OPTION_CPU(evict_arguments, cpu,
		   "CPU to run on (default the last allowed)"),
	OPTION_SAMPLES(evict_arguments, study.study.samples, 100000,
		       "Trials of each victim with the sequence (default 64)"),
	OPTION_TIME_LIMIT(
		evict_arguments, study.study.seconds,
		"Stop sampling after S seconds (default 12; less is taken where it is enough)"),
	OPTION_TSC_STEP(evict_arguments, study.study.tsc_step),
	{"svg", 0, "FILE", "Write a heat map, measured beside predicted",
	 INTO_TEXT(evict_arguments, heatmap.file)},
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct evict_options *o =
		&((struct evict_arguments *)arguments)->study;

	cli_check_tsc_step(state, o->study.tsc_step, o->backend);
}

const struct cli_syntax evict_syntax = {
	.words = "S",
	.doc = "Find which lines of the caches and which pages of the TLB a sequence "
	       "(a trace, a .seq file, or -) evicts.\vVictims fill a cache or a TLB, "
	       "the sequence is replayed, and a victim is loaded, timed. A level "
	       "whose self-tests fail is not shown, and the exit code is 1. In the "
	       "kernel backend the TLB oracle finds pages, without timing, "
	       "where its controls hold.",
	.own = {options, .check = check},
	.groups = {CLI_GROUP(evict_arguments, input, input_options),
		   CLI_GROUP(evict_arguments, modelling, geometry_options)},
};
