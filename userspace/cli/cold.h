/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_COLD_H
#define SWC_CLI_COLD_H

#include "measure.h"

/* --state for every verb that measures: how to make it, and what proves it. */
struct cold {
	struct witness witnesses[STATE_KINDS];
	size_t n;
};

/**
 * cold_prepare() - put subjects into the states that a command line asked for
 * @c: filled; cold_free() it in any case, as late as the measurement
 * @states: asked for; warm ones need nothing
 * @subjects: their @state is filled
 * @n: how many
 * @options: given the CPU whose caches are to be emptied, and the witnesses
 * @err: set on failure
 */
int cold_prepare(struct cold *c, const struct states *states,
		 struct measure_subject *subjects, size_t n,
		 struct measure_options *options, struct error *err);
void cold_free(struct cold *c);

#endif
