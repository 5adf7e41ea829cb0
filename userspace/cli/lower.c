// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "deviation.h"
#include "input.h"
#include "input_options.h"
#include "lower_explain.h"
#include "outfile.h"
#include "seqtext.h"

struct arguments {
	struct cli_input input;
	const char *output;
	bool explain;
	bool touch_only;
	bool measured;
	struct measure_options measure;
};

static const struct cli_option options[] = {
	{"output", 'o', "S.seq", "Where to write; - is stdout",
	 INTO_TEXT(arguments, output)},
	{"explain", 'x', NULL,
	 "List what isn't carried over one to one, instruction by instruction",
	 INTO_FLAG(arguments, explain)},
	{"touch-only", 't', NULL,
	 "One access for each recorded one, and nothing else: for footprint and evictions, not for cycles",
	 INTO_FLAG(arguments, touch_only)},
	{"measure", 'm', NULL,
	 "With --explain: measure what each deviation does on this core, which takes seconds",
	 INTO_FLAG(arguments, measured)},
	OPTION_CPU(arguments, measure.cpu,
		   "CPU to measure on (default the last allowed)"),
	OPTION_SAMPLES(arguments, measure.samples, 1000000,
		       "Samples of each sequence (default " CLI_TEXT(
			       DEVIATION_SAMPLES) ")"),
	OPTION_SEED(arguments, measure.seed),
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->output && !a->explain)
		cli_usage(state, "-o S.seq is needed");
	if (a->input.json && a->output && !strcmp(a->output, "-"))
		cli_usage(state, "--json and -o - both want stdout");
	if (a->measured && (!a->explain || a->touch_only))
		cli_usage(state, "--measure goes with --explain, and without "
				 "--touch-only, which has no cycles");
}

static const struct cli_syntax syntax = {
	.words = "T",
	.doc = "Turn a trace into a sequence in its text form, which replay, check "
	       "and show read.",
	.own = {options, .check = check},
	.groups = {CLI_GROUP(arguments, input, input_options)},
};

static int put(const void *sequence, FILE *to)
{
	return seqtext_write(sequence, to);
}

static int write_sequence(const struct sequence *s, const char *path,
			  struct error *err)
{
	if (!strcmp(path, "-"))
		return put(s, stdout);
	return outfile_write(path, put, s, err);
}

static int show(const struct arguments *a, const struct explained *e)
{
	bool taken = a->output && !strcmp(a->output, "-");
	int code = e->effects && !e->effects->m.valid ? EXIT_CHECK_FAILED
						      : EXIT_DONE;

	if (a->input.json)
		return cli_print(result_make(&lower_record, e), code);
	if (a->explain)
		lower_explain(e, taken ? stderr : stdout);
	return code;
}

/* Show it, with what deviations do, if that is wanted. */
static int explain(const struct arguments *a, struct explained *e)
{
	static struct deviation_effects effects;
	struct error err = {0};
	int code;

	if (!a->measured)
		return show(a, e);
	if (deviation_measure(e->sequence, e->lowering, &e->details,
			      &a->measure, &effects, &err))
		return cli_fail(&err);
	e->effects = &effects;
	e->facts = (struct report_facts){&effects.m, &a->measure};
	code = show(a, e);
	deviation_free(&effects);
	return code;
}

int verb_lower(int argc, char **argv)
{
	struct arguments a = {
		.measure = {.backend = &backend_user,
			    .cpu = -1,
			    .isolation = -1,
			    .samples = DEVIATION_SAMPLES,
			    .warm = MEASURE_WARM,
			    .spread = MEASURE_SPREAD_S},
	};
	struct explained e;
	struct error err = {0};
	struct input in;
	int code;

	cli_parse(&syntax, argc, argv, &a);
	if (input_open_trace(&in, a.input.paths[0], a.input.variant,
			     "a sequence needs no lowering", &err))
		return cli_fail(&err);
	if (explained_make(&e, &in, a.touch_only, a.explain, &err)) {
		code = cli_fail(&err);
	} else {
		if (a.output)
			write_sequence(&in.sequence, a.output, &err);
		code = *err.text ? cli_fail(&err) : explain(&a, &e);
		explained_free(&e);
	}
	input_close(&in);
	return code;
}
