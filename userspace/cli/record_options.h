/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_RECORD_OPTIONS_H
#define SWC_CLI_RECORD_OPTIONS_H

#include "options.h"
#include "record.h"

/**
 * struct record_arguments - what was asked for
 * @record: of whom, and where to
 * @json: the result is printed as such
 */
struct record_arguments {
	struct record_options record;
	bool json;
};

extern const struct cli_syntax record_syntax;

#endif
