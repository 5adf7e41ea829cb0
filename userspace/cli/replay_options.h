/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_REPLAY_OPTIONS_H
#define SWC_CLI_REPLAY_OPTIONS_H

#include "input_options.h"
#include "replayplan.h"

/**
 * struct replay_arguments - what was asked for
 * @input: the sequences
 * @study: what of them
 * @predict: by the model alone
 * @quiet: make the system quieter
 */
struct replay_arguments {
	struct cli_input input;
	struct replay_options study;
	bool predict;
	bool quiet;
};

extern const struct cli_syntax replay_syntax;

#endif
