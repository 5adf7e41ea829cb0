/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EXPLAIN_OPTIONS_H
#define SWC_CLI_EXPLAIN_OPTIONS_H

#include "explain.h"
#include "options.h"

/* The command line of explain. */
struct explain_arguments {
	struct explain_options explain;
	double percent; /* --target-ci */
	bool json;
};

extern const struct cli_syntax explain_syntax;

#endif
