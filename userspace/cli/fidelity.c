// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "cli.h"
#include "fidelity_options.h"
#include "fidelity_report.h"
#include "fidelity_trace.h"
#include "input.h"
#include "measure.h"

static int compare(const struct fidelity_arguments *a,
		   const struct trace *trace, const struct fidelity_trace *t,
		   struct error *err)
{
	struct fidelity_result r = {
		.options = &t->options,
		.path = a->path,
		.what = t->options.live ?: t->scenario,
		.live = t->options.live,
		.trace = trace,
		.planted = a->plant,
	};
	struct fidelity f;

	if (fidelity_trace_measure(t, &f, err))
		return cli_fail(err);
	if (!f.valid || !f.faithful)
		fprintf(stderr, "switchcost: %s: %s\n", a->path, f.why);
	fidelity_describe(&r, &f);
	return cli_show(&fidelity_record, &r, fidelity_text, a->json,
			f.valid && f.faithful ? EXIT_DONE : EXIT_CHECK_FAILED);
}

/* Of a sequence, only --live says what its live call is. */
static int open_input(struct input *in, const struct fidelity_arguments *a,
		      struct error *err)
{
	if (a->study.live)
		return input_open(in, a->path, 0, err);
	return input_open_trace(in, a->path, 0,
				"a sequence has no live call to be held "
				"against: name one (--live)",
				err);
}

static int verb_fidelity(int argc, char **argv)
{
	struct fidelity_arguments a = {
		.study = {.time_limit = FIDELITY_TIME_LIMIT,
			  .apart = {.verb = "fidelity", .arguments = argv + 1}},
		.cpu = -1,
	};
	static struct fidelity_trace t;
	struct error err = {0};
	const struct trace *trace;
	struct input in;
	int code;

	cli_parse(&fidelity_syntax, argc, argv, &a);
	a.study.cpu = a.cpu < 0 ? measure_default_cpu() : a.cpu;
	if (!a.study.program)
		a.study.program = cli_goprobe();
	if (open_input(&in, &a, &err))
		return cli_fail(&err);
	trace = in.is_trace ? &in.trace : NULL;
	if (fidelity_trace_open(&t, trace, &in.sequence, &a.study, a.plant,
				&err))
		code = cli_fail(&err);
	else
		code = compare(&a, trace, &t, &err);
	fidelity_trace_close(&t);
	input_close(&in);
	return code;
}

VERB(fidelity, "compare a replay with the live call", &fidelity_syntax,
     &fidelity_record);
