// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
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
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->output && !a->explain)
		cli_usage(state, "-o S.seq is needed");
	if (a->input.json && a->output && !strcmp(a->output, "-"))
		cli_usage(state, "--json and -o - both want stdout");
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

	if (a->input.json)
		return cli_print(result_make(&lower_record, e), EXIT_DONE);
	if (a->explain)
		lower_explain(e, taken ? stderr : stdout);
	return EXIT_DONE;
}

int verb_lower(int argc, char **argv)
{
	struct arguments a = {0};
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
		code = *err.text ? cli_fail(&err) : show(&a, &e);
		explained_free(&e);
	}
	input_close(&in);
	return code;
}
