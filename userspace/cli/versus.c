// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "cli.h"
#include "measure.h"
#include "options.h"
#include "versus_report.h"

/**
 * struct arguments - what was asked for
 * @of: the command of the first program
 * @over: of the second
 * @pairing: where, and how long
 * @cpu: -1: the last allowed
 * @json: the result is printed as such
 */
struct arguments {
	const char *of;
	const char *over;
	struct pairing_options pairing;
	int cpu;
	bool json;
};

static const struct cli_option options[] = {
	{"of", 0, "CMD",
	 "The program whose calls come first in the ratio, and its arguments, with blanks between; it speaks the protocol of docs/live.md",
	 INTO_TEXT(arguments, of)},
	{"over", 0, "CMD", "Likewise the one that they are divided by",
	 INTO_TEXT(arguments, over)},
	OPTION_CPU(arguments, cpu, "CPU for both (default: the last allowed)"),
	OPTION_TIME_LIMIT(arguments, pairing.time_limit,
			  "Stop after S seconds (default 4)"),
	OPTION_PROCESSES(
		arguments, pairing.processes,
		"Pairs of processes, one of each program, which the intervals then hold for (default 8)"),
	OPTION_SEED(arguments, pairing.seed),
	OPTION_SERVED(arguments, pairing.apart),
	OPTION_TSC_STEP(arguments, pairing.tsc_step),
	OPTION_JSON(arguments, json),
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->of || !a->over)
		cli_usage(state,
			  "which two programs? Name them (--of, --over)");
}

static const struct cli_syntax syntax = {
	.doc = "Compare the calls of two programs, back to back, by turns on one "
	       "CPU, and print the core cycles of each and their ratio. The exit "
	       "code is 1 where figures are withheld.\vFor example, what it costs "
	       "that a pointer escapes:\n"
	       "switchcost versus --of 'build/goprobe/goprobe serve escape' --over "
	       "'build/goprobe/goprobe serve noescape'",
	.own = {options, NULL, check},
};

static int compare(const struct arguments *a,
		   const struct versus_options *options, struct error *err)
{
	static struct versus v;
	struct versus_result r = {
		.v = &v,
		.of = a->of,
		.over = a->over,
		.cpu = options->pairing.cpu,
	};

	if (versus_measure(options, &v, err))
		return cli_fail(err);
	if (!v.valid)
		fprintf(stderr, "switchcost: %s over %s: %s\n", a->of, a->over,
			v.why);
	return cli_show(&versus_record, &r, versus_text, a->json,
			v.valid ? EXIT_DONE : EXIT_CHECK_FAILED);
}

static int verb_versus(int argc, char **argv)
{
	struct arguments a = {
		.pairing = {.time_limit = VERSUS_TIME_LIMIT,
			    .processes = VERSUS_PROCESSES,
			    .apart = {.verb = "versus", .arguments = argv + 1}},
		.cpu = -1,
	};
	static struct live_command of, over;
	struct error err = {0};

	cli_parse(&syntax, argc, argv, &a);
	a.pairing.cpu = a.cpu < 0 ? measure_default_cpu() : a.cpu;
	if (live_command(&of, a.of, "--of", &err) ||
	    live_command(&over, a.over, "--over", &err))
		return cli_fail(&err);
	return compare(&a,
		       &(struct versus_options){
			       .commands = {of.words, over.words},
			       .pairing = a.pairing,
		       },
		       &err);
}

VERB(versus, "compare two programs' calls, by turns", &syntax, &versus_record);
