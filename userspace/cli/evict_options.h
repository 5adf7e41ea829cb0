/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_OPTIONS_H
#define SWC_CLI_EVICT_OPTIONS_H

#include "evictrun.h"
#include "input_options.h"
#include "modelling.h"
#include "view.h"

/**
 * struct evict_arguments - what was asked for
 * @input: the sequence
 * @study: what of it
 * @modelling: of the model
 * @cpu: -1: the last allowed
 * @heatmap: to be drawn
 */
struct evict_arguments {
	struct cli_input input;
	struct evict_options study;
	struct modelling_options modelling;
	int cpu;
	struct view heatmap;
};

extern const struct cli_syntax evict_syntax;

#endif
