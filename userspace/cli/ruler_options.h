/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_RULER_OPTIONS_H
#define SWC_CLI_RULER_OPTIONS_H

#include "options.h"
#include "ruler.h"

/* The command line of ruler. */
struct ruler_arguments {
	struct ruler_options ruler;
	const char *svg;
	bool json;
};

extern const struct cli_syntax ruler_syntax;

#endif
