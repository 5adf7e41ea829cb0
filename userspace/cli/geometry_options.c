// SPDX-License-Identifier: GPL-2.0
#include "geometry_options.h"

#include <stdio.h>

#include "cli.h"

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

const struct argp geometry_argp = {.options = options, .parser = parse};

int geometry_wanted(struct geometry *geometry,
		    const struct modelling_options *o, int cpu,
		    struct error *err)
{
	if (modelling_geometry(geometry, o, cpu, err))
		return -1;
	if (*geometry->complaint)
		fprintf(stderr, "switchcost: %s\n", geometry->complaint);
	return 0;
}
