/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_INPUT_OPTIONS_H
#define SWC_CLI_INPUT_OPTIONS_H

#include "options.h"

#define CLI_MAX_PATHS 48

/**
 * struct cli_input - most verbs are about a trace or a sequence, or some
 * @paths: of each
 * @n: how many
 * @max: as many may there be; 0: one
 * @variant: of traces
 * @optional: there may be none
 * @json: the result is printed as such
 */
struct cli_input {
	const char *paths[CLI_MAX_PATHS];
	unsigned int n;
	unsigned int max;
	unsigned int variant;
	bool optional;
	bool json;
};

/* Of a struct cli_input: paths, --variant and --json. */
extern const struct cli_options input_options;

#endif
