// SPDX-License-Identifier: GPL-2.0
#include "cold.h"

int cold_prepare(struct cold *c, const struct states *states,
		 const struct geometry *geometry,
		 struct measure_subject *subjects, size_t n,
		 struct measure_options *options, struct error *err)
{
	enum state_kind kind;
	size_t i;

	c->n = 0;
	if (states_are_warm(states))
		return 0;
	for (i = 0; i < n; i++) {
		if (states_resolve(states, subjects[i].sequence, geometry,
				   &subjects[i].state, err))
			return -1;
	}
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (!states->given[kind])
			continue;
		if (witness_make(&c->witnesses[c->n], kind, geometry, err))
			return -1;
		c->n++;
	}
	options->witnesses = c->witnesses;
	options->nwitnesses = c->n;
	return 0;
}

void cold_free(struct cold *c)
{
	while (c->n)
		witness_free(&c->witnesses[--c->n]);
}
