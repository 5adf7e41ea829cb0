/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_PROFILE_OPTIONS_H
#define SWC_CLI_PROFILE_OPTIONS_H

#include "input_options.h"
#include "measure.h"
#include "states.h"
#include "view.h"

/* "profile" is three tools that have their options in common. */

enum profile_view {
	PROFILE_ICICLE,
	PROFILE_FOLDED,
	PROFILE_SPEEDSCOPE,
	PROFILE_VIEWS
};

/**
 * struct profile_arguments - what was asked for
 * @input: the sequence; none for --returns
 * @measure: where and how long; no samples: each tool's own default
 * @states: to be prepared before each sample
 * @ablate: --ablate
 * @ablate_only: no prefixes beside it
 * @ablate_warm: nothing cold, either
 * @returns: --returns
 * @views: to be written
 */
struct profile_arguments {
	struct cli_input input;
	struct measure_options measure;
	struct states states;
	bool ablate;
	bool ablate_only;
	bool ablate_warm;
	bool returns;
	struct view views[PROFILE_VIEWS];
};

extern const struct cli_syntax profile_syntax;

/* The tools. Return: the exit code. */
int profile_prefixes(const struct profile_arguments *a);
int profile_ablation(const struct profile_arguments *a);
int profile_returns(const struct profile_arguments *a);

#endif
