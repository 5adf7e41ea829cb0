// SPDX-License-Identifier: GPL-2.0
#include "replaymodel.h"

static int predict_sequence(struct replay_model *m, struct replay_predicted *p,
			    const struct states *states, struct error *err)
{
	struct swc_program program = sequence_program(&p->input.sequence);
	struct swc_state state;

	p->lowered = true;
	swc_op_count(&program, &p->counts);
	if (states_resolve(states, &p->input.sequence, &m->modelling.geometry,
			   &state, err))
		return -1;
	return modelling_sequence(&m->modelling, &p->input.sequence, &state,
				  &p->prediction, err);
}

static int predict(struct replay_model *m, const char *path,
		   const struct replay_options *o, struct error *err)
{
	struct replay_predicted *p = &m->list[m->n];
	bool lower = !states_are_warm(&o->states);

	if ((lower ? input_open_sequence : input_open)(&p->input, path,
						       o->variant, err))
		return -1;
	m->n++;
	if (lower || !p->input.is_trace)
		return predict_sequence(m, p, &o->states, err);
	return modelling_trace(&m->modelling, &p->input.trace, p->input.variant,
			       &p->prediction, err);
}

int replay_predict(struct replay_model *m, const struct replay_options *o,
		   struct error *err)
{
	size_t i;

	m->n = 0;
	if (modelling_begin(&m->modelling, &o->modelling, o->model, err))
		return -1;
	for (i = 0; i < o->npaths; i++) {
		if (predict(m, o->paths[i], o, err))
			return -1;
	}
	return 0;
}

void replay_model_free(struct replay_model *m)
{
	while (m->n)
		input_close(&m->list[--m->n].input);
	modelling_end(&m->modelling);
}
