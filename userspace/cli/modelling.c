// SPDX-License-Identifier: GPL-2.0
#include "modelling.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "engine/layout.h"
#include "geometry_cpu.h"
#include "geometry_file.h"
#include "measure.h"

enum { OPT_GEOMETRY = 0x200, OPT_POLICY };

static const struct argp_option options[] = {
	{"geometry", OPT_GEOMETRY, "FILE", 0,
	 "Caches and TLBs of the model, in YAML (default: as measured here by doctor --tlb, else as CPUID "
	 "tells)",
	 0},
	{"policy", OPT_POLICY, "P", 0,
	 "Replacement in the model: lru (default), plru or random", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct modelling_options *o = state->input;
	int policy;

	switch (key) {
	case OPT_GEOMETRY:
		o->file = arg;
		return 0;
	case OPT_POLICY:
		policy = geometry_policy_find(arg);
		if (policy < 0)
			cli_usage(state,
				  "no policy \"%s\"; choose lru, plru or "
				  "random",
				  arg);
		o->policy = policy;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp modelling_argp = {.options = options, .parser = parse};

int modelling_geometry(struct geometry *geometry,
		       const struct modelling_options *o, int cpu,
		       struct error *err)
{
	if (o->file)
		return geometry_of_file(geometry, o->file, err);
	if (geometry_here(geometry, cpu < 0 ? measure_default_cpu() : cpu, err))
		return -1;
	if (*geometry->complaint)
		fprintf(stderr, "switchcost: %s\n", geometry->complaint);
	return 0;
}

int modelling_begin(struct modelling *m, const struct modelling_options *o,
		    int cpu, struct error *err)
{
	const struct model_options wanted = {.policy = o->policy};

	*m = (struct modelling){.options = o};
	if (modelling_geometry(&m->geometry, o, cpu, err))
		return -1;
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
