/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_SAMPLE_OPTIONS_H
#define SWC_CLI_SAMPLE_OPTIONS_H

#include "options.h"
#include "view.h"
#include "watching.h"

enum { SAMPLE_FLAME, SAMPLE_FOLDED, SAMPLE_PPROF, SAMPLE_VIEWS };

/* The command line of sample. */
struct sample_arguments {
	struct watch_options watch;
	struct view views[SAMPLE_VIEWS];
	bool json;
};

extern const struct cli_syntax sample_syntax;

#endif
