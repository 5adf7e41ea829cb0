// SPDX-License-Identifier: GPL-2.0
#include "geometry_options.h"

#include <stdio.h>

static const struct cli_option list[] = {
	{"geometry", 0, "FILE",
	 "Caches and TLBs of the model, in YAML (default: as measured here by doctor --tlb, else as CPUID reports)",
	 INTO_TEXT(modelling_options, file)},
	{"policy", 0, "P",
	 "Replacement in the model: lru (default), plru or random",
	 INTO_CHOICE(modelling_options, policy, geometry_policy_find, "policy",
		     "lru, plru or random")},
	{0}};

const struct cli_options geometry_options = {.list = list};

int geometry_wanted(struct geometry *geometry,
		    const struct modelling_options *o, int cpu,
		    struct error *err)
{
	static const struct modelling_options own = {0};

	if (modelling_geometry(geometry, o ? o : &own, cpu, err))
		return -1;
	if (*geometry->complaint)
		fprintf(stderr, "switchcost: %s\n", geometry->complaint);
	return 0;
}

int geometry_to_empty(struct geometry *here, const struct states *states,
		      const struct geometry *model, const char *file, int cpu,
		      struct error *err)
{
	if (states_are_warm(states))
		return 0;
	if (!model || file)
		return geometry_wanted(here, NULL, cpu, err);
	*here = *model;
	return 0;
}
