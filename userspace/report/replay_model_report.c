// SPDX-License-Identifier: GPL-2.0
#include "replay_model_report.h"

#include <stdio.h>

#define NO_TIME "the model predicts misses, not time"

/* No figure is valid. */
GETTER(bool, no_figure, false);
GETTER(int64_t, no_samples, 0);
GETTER(struct estimate, no_estimate, (struct estimate){0});

static const struct record subject_record = {
	.fields = FIELDS({INLINE_AT(shown_prediction, subject, &report_input)},
			 {ESTIMATE_OF("ticks", no_estimate), FIGURE},
			 {ESTIMATE_OF("cycles", no_estimate), FIGURE},
			 {WHOLE_OF("samples", no_samples)},
			 {OBJECT_AT("model", shown_prediction, predicted,
				    &report_predicted)}),
	.valid = IF(no_figure),
};

GETTER(bool, has_more, DATA(replay_model_result)->n > 1);

const struct record replay_model_record = {
	.fields = FIELDS(
		{INLINE_AT(replay_model_result, list, &subject_record)},
		{CONSTANT("backend", "model")},
		{WHOLE_OF("dropped", no_samples)},
		{BOOL_OF("valid", no_figure)}, {CONSTANT("why", NO_TIME)},
		{OBJECT_AT("provenance", replay_model_result, machine,
			   &report_machine)},
		{ROWS("sequences", replay_model_result, list, n,
		      &subject_record),
		 .when = IF(has_more)}),
};

static void print_one(const struct replay_predicted *p,
		      const struct predicted *predicted)
{
	const struct model_count *l1d =
		&p->prediction.counts.count[MODEL_L1D][MODEL_DATA];

	printf("%s: %zu %s, %g lines of data accessed\n",
	       p->lowered ? p->input.sequence.path : p->input.trace.path,
	       p->prediction.ops,
	       p->prediction.recorded ? "instructions" : "ops", l1d->accesses);
	print_prediction(stdout, predicted);
}

void replay_model_text(const void *data, const struct result *result)
{
	const struct replay_model_result *r = data;
	const char *file = r->model->modelling.options->file;
	size_t i;

	(void)result;
	for (i = 0; i < r->n; i++)
		print_one(&r->model->list[i], &r->list[i].predicted);
	printf("model backend, geometry of %s: %s\n", file ? file : "CPUID",
	       NO_TIME);
}

void replay_model_describe(struct replay_model_result *r,
			   const struct replay_model *m,
			   const struct states *states)
{
	const struct replay_predicted *p;

	r->model = m;
	machine_describe(&r->machine);
	for (r->n = 0; r->n < m->n; r->n++) {
		p = &m->list[r->n];
		r->list[r->n] = (struct shown_prediction){
			.subject = {&p->input, states,
				    p->lowered ? &p->counts : NULL},
			.predicted = {&m->modelling, &p->prediction},
		};
	}
}
