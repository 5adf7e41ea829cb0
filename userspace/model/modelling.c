// SPDX-License-Identifier: GPL-2.0
#include "modelling.h"

#include <stdlib.h>

#include "engine/layout.h"
#include "geometry_cpu.h"
#include "geometry_file.h"
#include "measure.h"

int modelling_geometry(struct geometry *geometry,
		       const struct modelling_options *o, int cpu,
		       struct error *err)
{
	if (o->file)
		return geometry_of_file(geometry, o->file, err);
	return geometry_here(geometry, cpu < 0 ? measure_default_cpu() : cpu,
			     err);
}

int modelling_begin(struct modelling *m, const struct modelling_options *o,
		    const struct geometry *geometry, struct error *err)
{
	const struct model_options wanted = {.policy = o->policy};

	*m = (struct modelling){.options = o, .geometry = *geometry};
	return model_init(&m->model, &m->geometry, &wanted, err);
}

void modelling_end(struct modelling *m)
{
	model_free(&m->model);
}

/* Feed and forget what is fed with. */
static int predict(struct modelling *m, struct feed *replay, struct feed *state,
		   struct prediction *p)
{
	model_predict_misses(&m->model, replay, state, &p->counts);
	p->ops = replay->ops;
	p->ops_of_code = replay->ops_of_code;
	feed_free(replay);
	if (state)
		feed_free(state);
	return 0;
}

/* The model executes nothing: it follows what only ring 0 may do, too. */
static struct swc_caps caps_of_model(void)
{
	struct swc_caps caps;

	swc_caps_probe(&caps);
	caps.privileged = true;
	return caps;
}

int modelling_sequence(struct modelling *m, const struct sequence *s,
		       const struct swc_state *state, struct prediction *p,
		       struct error *err)
{
	const struct swc_caps caps = caps_of_model();
	struct feed replay = {0}, prepare = {0};
	uint64_t region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct swc_error refused;
	struct swc_proof proof;
	void *workspace;
	int rc = -1;

	*p = (struct prediction){0};
	if (sequence_verify(s, &caps, &proof, &program, &workspace, &refused,
			    err))
		return -1;
	swc_layout(&proof, FEED_DATA_BASE, (__u64 *)region);
	if (!feed_plan(&replay, &proof, region, FEED_CODE_BASE, err)) {
		if (!feed_state(&prepare, &proof, region, FEED_CODE_BASE, state,
				err))
			rc = predict(m, &replay, &prepare, p);
		else
			feed_free(&replay);
	}
	free(workspace);
	return rc;
}

int modelling_trace(struct modelling *m, const struct trace *trace,
		    const struct trace_variant *variant, struct prediction *p,
		    struct error *err)
{
	struct feed replay = {0};

	*p = (struct prediction){.recorded = true};
	if (feed_trace(&replay, trace, variant, err))
		return -1;
	return predict(m, &replay, NULL, p);
}
