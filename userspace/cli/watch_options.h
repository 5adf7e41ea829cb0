/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_WATCH_OPTIONS_H
#define SWC_CLI_WATCH_OPTIONS_H

#include "options.h"
#include "watching.h"

/* The command line of watch. */
struct watch_arguments {
	struct watch_options watch;
	bool json;
};

extern const struct cli_syntax watch_syntax;

#endif
