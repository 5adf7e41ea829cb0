/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_GEOMETRY_OPTIONS_H
#define SWC_CLI_GEOMETRY_OPTIONS_H

#include <argp.h>

#include "modelling.h"

/* --geometry and --policy. */

/* A child parser; its input is a struct modelling_options. */
extern const struct argp geometry_argp;

/* geometry_wanted() - modelling_geometry(); a complaint goes to stderr. */
int geometry_wanted(struct geometry *geometry,
		    const struct modelling_options *options, int cpu,
		    struct error *err);

#endif
