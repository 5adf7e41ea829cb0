// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "sample_options.h"
#include "sample_report.h"

static int show(const struct sample_arguments *a, struct watch *watch)
{
	struct watch_result result = {.watch = watch};
	int code;

	machine_describe(&result.machine);
	code = cli_show(&sample_record, &result, sample_text, a->json,
			EXIT_DONE);
	return code
		       ?: views_make(a->views, SAMPLE_VIEWS, &sample_record,
				     &result);
}

static int verb_sample(int argc, char **argv)
{
	struct sample_arguments a = {
		.watch = {.rate = WATCH_RATE, .stacks = true},
		.views = {{.name = "flame"},
			  {.name = "stacks"},
			  {.name = "pprof"}},
	};
	struct error err = {0};
	struct watch watch = {0};
	int code;

	cli_parse(&sample_syntax, argc, argv, &a);
	if (views_expect(a.views, SAMPLE_VIEWS, &err))
		return cli_fail(&err);
	if (watch_run(&watch, &a.watch, &err))
		code = cli_fail(&err);
	else
		code = show(&a, &watch);
	watch_free(&watch);
	return code;
}

VERB(sample, "sample where a running program's time goes", &sample_syntax,
     &sample_record);
