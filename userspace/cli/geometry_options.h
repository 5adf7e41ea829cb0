/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_GEOMETRY_OPTIONS_H
#define SWC_CLI_GEOMETRY_OPTIONS_H

#include "modelling.h"
#include "options.h"
#include "states.h"

/* Of a struct modelling_options: --geometry and --policy. */
extern const struct cli_options geometry_options;

/*
 * geometry_wanted() - modelling_geometry() of this machine alone where @options is NULL;
 * a complaint goes to stderr.
 */
int geometry_wanted(struct geometry *geometry,
		    const struct modelling_options *options, int cpu,
		    struct error *err);

/*
 * geometry_to_empty() - the caches that @states are to empty: this machine's, as @model
 * is unless a file describes that; NULL: there is no model. Where nothing is to be
 * emptied, @here stays as it is.
 */
int geometry_to_empty(struct geometry *here, const struct states *states,
		      const struct geometry *model, const char *file, int cpu,
		      struct error *err);

#endif
