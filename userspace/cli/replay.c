// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "geometry_options.h"
#include "quietly.h"
#include "replay_model_report.h"
#include "replay_options.h"
#include "replay_report.h"

static int report(const struct replay_arguments *a, const struct replay_plan *p,
		  const struct measurement *m)
{
	static struct replayed list[REPLAY_MAX_SEQUENCES];
	const struct replay_result r = {
		.facts = {m, &p->measure},
		.list = list,
		.n = p->n,
		.difference = a->study.minus,
		.quiet = a->quiet,
	};
	bool valid = a->study.events ? m->counts.valid : m->valid;

	replay_describe(list, &r.facts, p, &a->study.states);
	return cli_show(&replay_record, &r, replay_text, a->input.json,
			valid ? EXIT_DONE : EXIT_CHECK_FAILED);
}

static int replay(const struct replay_arguments *a)
{
	/* One process quiets the machine for all. */
	bool quiet = a->quiet && !a->study.measure.apart.served;
	static struct replay_plan plan;
	struct measurement m;
	struct error err = {0};
	int code = -1;

	if (!replay_plan_make(&plan, &a->study, &err) &&
	    !quietly_begin(quiet, plan.measure.cpu, &err)) {
		code = measure(plan.subjects, plan.n, &plan.measure, &m, &err);
		quietly_end(quiet);
		if (!code) {
			code = report(a, &plan, &m);
			measurement_free(&m);
		}
	}
	replay_plan_free(&plan);
	return err.code ? cli_fail(&err) : code;
}

static int predict(const struct replay_arguments *a)
{
	static struct replay_model_result result;
	static struct replay_model model;
	struct error err = {0};
	int code;

	if (replay_predict(&model, &a->study, &err)) {
		code = cli_fail(&err);
	} else {
		replay_model_describe(&result, &model, &a->study.states);
		code = cli_show(&replay_model_record, &result,
				replay_model_text, a->input.json, EXIT_DONE);
	}
	replay_model_free(&model);
	return code;
}

static int verb_replay(int argc, char **argv)
{
	struct replay_arguments a = {
		.input.max = CLI_MAX_PATHS,
		.study.measure = {.backend = &backend_user,
				  .cpu = -1,
				  .isolation = -1,
				  .warm = MEASURE_WARM,
				  .spread = MEASURE_SPREAD_S,
				  .apart = {.verb = "replay",
					    .arguments = argv + 1}},
	};
	static struct geometry model, here;
	struct error err = {0};

	cli_parse(&replay_syntax, argc, argv, &a);
	a.study.paths = a.input.paths;
	a.study.npaths = a.input.n;
	a.study.variant = a.input.variant;
	a.study.model = &model;
	a.study.here = &here;
	if (geometry_wanted(&model, &a.study.modelling, a.study.measure.cpu,
			    &err) ||
	    geometry_to_empty(&here, &a.study.states, &model,
			      a.study.modelling.file, a.study.measure.cpu,
			      &err))
		return cli_fail(&err);
	return a.predict ? predict(&a) : replay(&a);
}

VERB(replay, "replay a sequence and measure it", &replay_syntax, &replay_record,
     &replay_model_record);
