// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "evict_options.h"
#include "evict_report.h"
#include "geometry_options.h"
#include "measure.h"

/* A picture first: where there is to be one, it belongs to the result. */
static int study(struct evict_arguments *a, struct evict_run *run,
		 struct error *err)
{
	int code = EXIT_DONE;

	if (a->heatmap.file && !evict_times(run)) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "evict: --svg: nothing is timed, and what the oracle "
			  "finds isn't drawn: leave it out, or use --backend "
			  "user");
		return cli_fail(err);
	}
	if (evict_measure(run, err))
		return cli_fail(err);
	code = views_make(&a->heatmap, 1, &evict_record, run);
	return code ? code
		    : cli_show(&evict_record, run, evict_text, a->input.json,
			       run->study.valid ? EXIT_DONE
						: EXIT_CHECK_FAILED);
}

static int verb_evict(int argc, char **argv)
{
	struct evict_arguments a = {
		.study = {.backend = &backend_user, .study = STUDY_DEFAULTS},
		.cpu = -1,
		.heatmap = {.name = "heatmap"},
	};
	static struct evict_run run;
	struct geometry model;
	struct error err = {0};
	struct input in;
	int code;

	cli_parse(&evict_syntax, argc, argv, &a);
	a.study.study.cpu = a.cpu < 0 ? measure_default_cpu() : a.cpu;
	a.study.study.model = &model;
	a.study.study.policy = a.modelling.policy;
	/*
	 * The user should know before the run, not after it, that a file can't
	 * be written.
	 */
	if (views_expect(&a.heatmap, 1, &err) ||
	    input_open_sequence(&in, a.input.paths[0], a.input.variant, &err))
		return cli_fail(&err);
	if (geometry_wanted(&model, &a.modelling, a.study.study.cpu, &err) ||
	    evict_begin(&run, &in, &a.study, &err)) {
		code = cli_fail(&err);
	} else {
		code = study(&a, &run, &err);
		evict_end(&run);
	}
	input_close(&in);
	return code;
}

VERB(evict, "show which lines and pages a sequence evicts", &evict_syntax,
     &evict_record);
