// SPDX-License-Identifier: GPL-2.0
#include "replay_model.h"

#include "engine/optable.h"
#include "geometry_options.h"
#include "model_report.h"
#include "report.h"

#define NO_TIME "the model predicts misses, not time"

/* One input, open, and what is predicted for it. */
struct subject {
	struct input input;
	struct prediction prediction;
	struct swc_op_counts counts;
	bool lowered;
	struct report_subject shown;
	struct predicted predicted;
};

struct run {
	const struct cli_input *in;
	const struct states *states;
	struct modelling modelling;
	struct machine machine;
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

/* No figure is valid. */
GETTER(bool, no_figure, false);
GETTER(int64_t, no_samples, 0);
GETTER(struct estimate, no_estimate, (struct estimate){0});

static const struct record subject_record = {
	.fields = FIELDS(
		{INLINE_AT(subject, shown, &report_input)},
		{ESTIMATE_OF("ticks", no_estimate), FIGURE},
		{ESTIMATE_OF("cycles", no_estimate), FIGURE},
		{WHOLE_OF("samples", no_samples)},
		{OBJECT_AT("model", subject, predicted, &report_predicted)}),
	.valid = IF(no_figure),
};

GETTER(bool, has_more, DATA(run)->n > 1);

static const struct record run_record = {
	.fields = FIELDS(
		{INLINE_AT(run, subjects, &subject_record)},
		{CONSTANT("backend", "model")},
		{WHOLE_OF("dropped", no_samples)},
		{BOOL_OF("valid", no_figure)}, {CONSTANT("why", NO_TIME)},
		{OBJECT_AT("provenance", run, machine, &report_machine)},
		{ROWS("sequences", run, subjects, n, &subject_record),
		 .when = IF(has_more)}),
};

static void print_predictions(const void *data, const struct result *result)
{
	const struct model_count *l1d;
	const struct run *run = data;
	const struct subject *s;

	(void)result;
	for (s = run->subjects; s < run->subjects + run->n; s++) {
		l1d = &s->prediction.counts.count[MODEL_L1D][MODEL_DATA];
		printf("%s: %zu %s, %g lines of data accessed\n",
		       s->lowered ? s->input.sequence.path
				  : s->input.trace.path,
		       s->prediction.ops,
		       s->prediction.recorded ? "instructions" : "ops",
		       l1d->accesses);
		print_prediction(stdout, &s->predicted);
	}
	printf("model backend, geometry of %s: %s\n",
	       run->modelling.options->file ? run->modelling.options->file
					    : "CPUID",
	       NO_TIME);
}

/* Put together what is shown of each. */
static void describe(struct run *run)
{
	struct subject *s;

	machine_describe(&run->machine);
	for (s = run->subjects; s < run->subjects + run->n; s++) {
		s->shown = (struct report_subject){
			&s->input, run->states, s->lowered ? &s->counts : NULL};
		s->predicted =
			(struct predicted){&run->modelling, &s->prediction};
	}
}

int replay_model(const struct cli_input *in, const struct states *states,
		 const struct modelling_options *options, int cpu)
{
	static struct run run;
	struct geometry geometry;
	struct error err = {0};
	int code;

	run = (struct run){.in = in, .states = states};
	if (geometry_wanted(&geometry, options, cpu, &err) ||
	    modelling_begin(&run.modelling, options, &geometry, &err))
		return cli_fail(&err);
	if (open_all(&run, &err)) {
		code = cli_fail(&err);
	} else {
		describe(&run);
		code = cli_show(&run_record, &run, print_predictions, in->json,
				EXIT_DONE);
	}
	while (run.n)
		input_close(&run.subjects[--run.n].input);
	modelling_end(&run.modelling);
	return code;
}
