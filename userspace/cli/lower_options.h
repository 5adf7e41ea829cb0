/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_LOWER_OPTIONS_H
#define SWC_CLI_LOWER_OPTIONS_H

#include "deviation.h"
#include "input_options.h"
#include "options.h"

/* The command line of lower. */
struct lower_arguments {
	struct cli_input input;
	const char *output;
	bool explain;
	bool touch_only;
	bool measured;
	struct measure_options measure;
};

extern const struct cli_syntax lower_syntax;

#endif
