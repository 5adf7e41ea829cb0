// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "input.h"
#include "lower_explain.h"
#include "lower_options.h"
#include "outfile.h"
#include "seqtext.h"

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

static int show(const struct lower_arguments *a, const struct explained *e)
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
static int explain(const struct lower_arguments *a, struct explained *e)
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

static int verb_lower(int argc, char **argv)
{
	struct lower_arguments a = {
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

	cli_parse(&lower_syntax, argc, argv, &a);
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

VERB(lower, "turn a trace into a sequence", &lower_syntax, &lower_record);
