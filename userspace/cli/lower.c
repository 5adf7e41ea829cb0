// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "input.h"
#include "lower_explain.h"
#include "outfile.h"
#include "seqtext.h"

static const struct argp_option options[] = {
	{"output", 'o', "S.seq", 0, "Where to write; - is stdout", 0},
	{"explain", 'x', NULL, 0,
	 "List what isn't carried over one to one, instruction by instruction",
	 0},
	{"touch-only", 't', NULL, 0,
	 "One access for each recorded one, and nothing else: for footprint and "
	 "evictions, not for cycles",
	 0},
	{0}};

struct arguments {
	struct cli_input input;
	const char *output;
	bool explain;
	bool touch_only;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->input;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case 'x':
		a->explain = true;
		return 0;
	case 't':
		a->touch_only = true;
		return 0;
	case ARGP_KEY_END:
		if (!a->output && !a->explain)
			cli_usage(state, "-o S.seq is needed");
		if (a->input.json && a->output && !strcmp(a->output, "-"))
			cli_usage(state, "--json and -o - both want stdout");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "T",
	.doc = "Turn a trace into a sequence in its text form, which replay, check "
	       "and show read.",
	.children = cli_input_parser,
};

static int write_sequence(const struct sequence *s, const char *path,
			  struct error *err)
{
	struct outfile out;

	if (!strcmp(path, "-"))
		return seqtext_write(s, stdout);
	if (outfile_open(&out, path, err))
		return -1;
	if (seqtext_write(s, out.stream)) {
		error_set(err, EXIT_USAGE, "%s: cannot write: %s", path,
			  strerror(errno));
		outfile_abort(&out);
		return -1;
	}
	return outfile_commit(&out, err);
}

static int print(const struct arguments *a, struct explained *e,
		 struct error *err)
{
	int code = EXIT_DONE;

	if (a->explain && lower_find_places(e))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: out of memory: free some", a->input.path);
	if (a->input.json)
		code = cli_print(result_make(&lower_record, e), code);
	else if (a->explain)
		lower_explain(e, a->output && !strcmp(a->output, "-") ? stderr
								      : stdout);
	lower_free_places(e);
	return code;
}

static int lower(const struct arguments *a, struct input *in, struct error *err)
{
	struct lower_details details = {.nsteps = 0};
	const struct lower_options options = {
		.touch_only = a->touch_only,
		.details = a->explain ? &details : NULL,
	};
	struct explained explained = {
		.trace = &in->trace,
		.variant = in->variant,
		.sequence = &in->sequence,
		.lowering = &in->lowering,
		.details = &details,
	};
	struct swc_caps caps;
	int code = EXIT_DONE;

	swc_caps_probe(&caps);
	if (lower_variant_as(&in->trace, in->variant, &caps, &options,
			     &in->sequence, &in->lowering, err))
		return -1;
	if (!a->output || !write_sequence(&in->sequence, a->output, err))
		code = print(a, &explained, err);
	lower_details_free(&details);
	return code;
}

int verb_lower(int argc, char **argv)
{
	struct arguments a = {0};
	struct error err = {0};
	int code = EXIT_DONE;
	struct input in;

	cli_parse(&argp, argc, argv, &a);
	if (input_open(&in, a.input.path, a.input.variant, &err))
		return cli_fail(&err);
	if (!in.is_trace)
		error_set(&err, EXIT_USAGE,
			  "%s: not a trace: a sequence needs no lowering",
			  a.input.path);
	else
		code = lower(&a, &in, &err);
	if (err.text[0])
		code = cli_fail(&err);
	input_close(&in);
	return code;
}
