/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_CLAIMS_OPTIONS_H
#define SWC_CLI_CLAIMS_OPTIONS_H

#include <argp.h>

#include "judging.h"

/**
 * struct claims_options - what was asked for
 * @judging: how; its paths are NULL where nobody named them
 * @only: the ids of --only
 * @nonly: how many
 * @path: the catalogue
 * @expect: a file of verdicts
 * @budget: seconds
 * @init: an example is wanted, and nothing else
 * @json: one object
 */
struct claims_options {
	struct judging_options judging;
	const char *only[CLAIMFILE_MAX + 1];
	size_t nonly;
	const char *path;
	const char *expect;
	double budget;
	bool init;
	bool json;
};

/* Its input is a struct claims_options with defaults. */
extern const struct argp claims_argp;

#endif
