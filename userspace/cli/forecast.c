// SPDX-License-Identifier: GPL-2.0
#include "forecast.h"

#include "engine/optable.h"
#include "model_report.h"
#include "report.h"

static const char no_time[] = "the model predicts misses, not time";

/* One input, open, and what is predicted for it. */
struct subject {
	struct input input;
	struct prediction prediction;
	struct swc_op_counts counts;
	bool lowered;
};

struct run {
	const struct cli_input *in;
	const struct states *states;
	struct modelling modelling;
	struct subject subjects[CLI_MAX_PATHS];
	size_t n;
};

static int predict_sequence(struct run *run, struct subject *s,
			    struct error *err)
{
	struct swc_program program = sequence_program(&s->input.sequence);
	struct swc_state state;

	s->lowered = true;
	swc_op_count(&program, &s->counts);
	if (states_resolve(run->states, &s->input.sequence,
			   &run->modelling.geometry, &state, err))
		return -1;
	return modelling_sequence(&run->modelling, &s->input.sequence, &state,
				  &s->prediction, err);
}

static int open_subject(struct run *run, const char *path, struct error *err)
{
	struct subject *s = &run->subjects[run->n];
	bool lower = !states_are_warm(run->states);
	int rc;

	if (lower)
		rc = input_open_sequence(&s->input, path, run->in->variant,
					 err);
	else
		rc = input_open(&s->input, path, run->in->variant, err);
	if (rc)
		return -1;
	run->n++;
	if (lower || !s->input.is_trace)
		return predict_sequence(run, s, err);
	return modelling_trace(&run->modelling, &s->input.trace,
			       s->input.variant, &s->prediction, err);
}

static int open_all(struct run *run, struct error *err)
{
	unsigned int i;

	if (open_subject(run, run->in->path, err))
		return -1;
	for (i = 0; i < run->in->nmore; i++) {
		if (open_subject(run, run->in->more[i], err))
			return -1;
	}
	return 0;
}

static void add_subject(json_t *o, const struct run *run,
			const struct subject *s)
{
	report_input(o, &s->input, run->states, s->lowered ? &s->counts : NULL);
	json_object_set_new(o, "ticks", report_estimate(NULL, false));
	json_object_set_new(o, "cycles", report_estimate(NULL, false));
	json_object_set_new(o, "samples", json_integer(0));
	json_object_set_new(o, "model",
			    report_prediction(&run->modelling, &s->prediction));
}

static json_t *report_forecast(const struct run *run)
{
	json_t *o = json_object(), *list, *one;
	struct machine machine;
	size_t i;

	machine_describe(&machine);
	add_subject(o, run, &run->subjects[0]);
	json_object_set_new(o, "backend", json_string("model"));
	json_object_set_new(o, "dropped", json_integer(0));
	json_object_set_new(o, "valid", json_false());
	json_object_set_new(o, "why", json_string(no_time));
	json_object_set_new(o, "provenance", report_provenance(&machine));
	if (run->n < 2)
		return o;
	list = json_array();
	for (i = 0; i < run->n; i++) {
		one = json_object();
		add_subject(one, run, &run->subjects[i]);
		json_array_append_new(list, one);
	}
	json_object_set_new(o, "sequences", list);
	return o;
}

static void print_forecast(const struct run *run)
{
	const struct model_count *l1d;
	const struct subject *s;

	for (s = run->subjects; s < run->subjects + run->n; s++) {
		l1d = &s->prediction.counts.count[MODEL_L1D][MODEL_DATA];
		printf("%s: %zu %s, %g lines of data accessed\n"
		       "  predicted misses: ",
		       s->lowered ? s->input.sequence.path
				  : s->input.trace.path,
		       s->prediction.ops,
		       s->prediction.recorded ? "instructions" : "ops",
		       l1d->accesses);
		print_prediction(stdout, &run->modelling, &s->prediction);
	}
	printf("model backend, geometry of %s: %s\n",
	       run->modelling.options->file ? run->modelling.options->file
					    : "CPUID",
	       no_time);
}

int forecast(const struct cli_input *in, const struct states *states,
	     const struct modelling_options *options, int cpu)
{
	static struct run run;
	struct error err = {0};
	int code;

	run = (struct run){.in = in, .states = states};
	if (modelling_begin(&run.modelling, options, cpu, &err))
		return cli_fail(&err);
	if (open_all(&run, &err)) {
		code = cli_fail(&err);
	} else if (in->json) {
		code = cli_print(report_forecast(&run), EXIT_DONE);
	} else {
		print_forecast(&run);
		code = EXIT_DONE;
	}
	while (run.n)
		input_close(&run.subjects[--run.n].input);
	modelling_end(&run.modelling);
	return code;
}
