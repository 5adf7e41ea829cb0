/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_COLD_H
#define SWC_LIB_COLD_H

#include "geometry.h"
#include "measure.h"
#include "states.h"

/* The states that were asked for: how to make them, and what proves them. */
struct cold {
	struct witness witnesses[STATE_KINDS];
	size_t n;
};

/**
 * cold_prepare() - put subjects into the states that were asked for
 * @c: filled; cold_free() it in any case, as late as the measurement
 * @states: asked for; warm ones need nothing
 * @geometry: of the CPU whose caches are to be emptied
 * @subjects: their @state is filled
 * @n: how many
 * @options: given the witnesses
 * @err: set on failure
 */
int cold_prepare(struct cold *c, const struct states *states,
		 const struct geometry *geometry,
		 struct measure_subject *subjects, size_t n,
		 struct measure_options *options, struct error *err);
void cold_free(struct cold *c);

#endif
