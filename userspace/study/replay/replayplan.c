// SPDX-License-Identifier: GPL-2.0
#include "replayplan.h"

#include "pmu.h"

/* How long, where it wasn't said. */
static void plan_length(struct measure_options *m,
			const struct replay_options *o)
{
	bool warm = states_are_warm(&o->states);

	*m = o->measure;
	if (!m->samples && !(m->target_ci > 0))
		m->samples = warm ? MEASURE_SAMPLES : MEASURE_SAMPLES_COLD;
	if (m->target_ci > 0 && !m->time_limit)
		m->time_limit = MEASURE_TIME_LIMIT;
	/* A loop can't be in a state: its first turn makes everything warm. */
	m->back_to_back = warm && !o->events;
}

/*
 * Find out which events to count. A machine that can't count says so before anything else
 * does, and whatever the backend.
 */
static int plan_events(struct replay_plan *p, const struct replay_options *o,
		       struct error *err)
{
	struct pmu pmu;

	if (!o->events)
		return 0;
	pmu_examine(&pmu, "/");
	if (events_parse(&p->events, o->events, &pmu, "/", err))
		return -1;
	if (o->measure.backend != &backend_kernel)
		return error_set(err, EXIT_USAGE,
				 "--events: counters are read in ring 0: use "
				 "--backend kernel");
	p->measure.events = &p->events;
	return 0;
}

static int plan_input(struct replay_plan *p, const char *path,
		      unsigned int variant, struct error *err)
{
	if (input_open_sequence(&p->inputs[p->n], path, variant, err))
		return -1;
	p->subjects[p->n].sequence = &p->inputs[p->n].sequence;
	p->n++;
	return 0;
}

/* Opens the inputs; the one that is taken off the first comes second. */
static int plan_inputs(struct replay_plan *p, const struct replay_options *o,
		       struct error *err)
{
	size_t i;

	for (i = 0; i < o->npaths; i++) {
		if (plan_input(p, o->paths[i], o->variant, err) ||
		    (!i && o->minus &&
		     plan_input(p, o->minus, o->variant, err)))
			return -1;
	}
	return 0;
}

static int plan_layouts(struct replay_plan *p, bool packed, struct error *err)
{
	struct swc_caps caps;
	size_t i;

	swc_caps_probe(&caps);
	caps.privileged = true; /* if it isn't, the backend says so */
	for (i = 0; i < p->n; i++) {
		struct sequence *s = &p->inputs[i].sequence;

		if (packed ? code_layout_pack(&p->layouts[i], s, &caps, err)
			   : code_layout_of(&p->layouts[i], s, &caps, err))
			return -1;
	}
	return 0;
}

static int plan_predictions(struct replay_plan *p,
			    const struct replay_options *o, struct error *err)
{
	size_t i;

	if (modelling_begin(&p->modelling, &o->modelling, o->model, err))
		return -1;
	for (i = 0; i < p->n; i++) {
		if (modelling_sequence(&p->modelling, p->subjects[i].sequence,
				       &p->subjects[i].state,
				       &p->predictions[i], err))
			return -1;
	}
	return 0;
}

int replay_plan_make(struct replay_plan *p, const struct replay_options *o,
		     struct error *err)
{
	*p = (struct replay_plan){.n = 0};
	plan_length(&p->measure, o);
	if (plan_events(p, o, err) || plan_inputs(p, o, err) ||
	    plan_layouts(p, o->packed, err) ||
	    cold_prepare(&p->cold, &o->states, o->here, p->subjects, p->n,
			 &p->measure, err))
		return -1;
	return plan_predictions(p, o, err);
}

void replay_plan_free(struct replay_plan *p)
{
	while (p->n)
		input_close(&p->inputs[--p->n]);
	cold_free(&p->cold);
	modelling_end(&p->modelling);
}
