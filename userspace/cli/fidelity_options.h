/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_FIDELITY_OPTIONS_H
#define SWC_CLI_FIDELITY_OPTIONS_H

#include "fidelity.h"
#include "options.h"

/**
 * struct fidelity_arguments - what was asked for
 * @path: of the trace
 * @study: what of it
 * @cpu: -1: the last allowed
 * @plant: additions to be appended to each replay
 * @json: the result is printed as such
 */
struct fidelity_arguments {
	const char *path;
	struct fidelity_options study;
	int cpu;
	uint32_t plant;
	bool json;
};

extern const struct cli_syntax fidelity_syntax;

#endif
