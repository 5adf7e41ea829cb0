/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_BUILD_H
#define SWC_MODEL_BUILD_H

#include "error.h"
#include "structures.h"

/*
 * The structures of a model from a geometry; used by model_init() alone. A
 * structure that can't be built gets the reason. Return: 0, or -1 (no memory)
 * with @err set.
 */
int build_caches(struct model *m, const struct geometry *geometry,
		 const struct model_options *options, struct error *err);
int build_tlbs(struct model *m, const struct geometry *geometry,
	       const struct model_options *options, struct error *err);

#endif
