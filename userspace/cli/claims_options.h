/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_CLAIMS_OPTIONS_H
#define SWC_CLI_CLAIMS_OPTIONS_H

#include "judging.h"
#include "options.h"

/**
 * struct claims_arguments - what was asked for
 * @path: the catalogue; NULL: the one beside the command
 * @only: the ids of --only
 * @nonly: how many
 * @goprobe: NULL: the one beside the command
 * @programs: likewise
 * @evidence: the folder of evidence
 * @from: such a folder, or a result, of which verdicts are made without measuring; NULL
 * @expect: a file of verdicts; NULL
 * @all_versions: of Go, those that there are programs of
 * @until_decided: the default budget is longer
 * @budget: seconds; 0: the default
 * @draws: of each case, at most
 * @init: an example is wanted, and nothing else
 * @json: one object
 */
struct claims_arguments {
	const char *path;
	const char *only[CLAIMFILE_MAX + 1];
	size_t nonly;
	const char *goprobe;
	const char *programs;
	const char *evidence;
	const char *from;
	const char *expect;
	bool all_versions;
	bool until_decided;
	double budget;
	unsigned int draws;
	bool init;
	bool json;
};

/* claims_budget() - seconds that all may take, as asked or by default. */
double claims_budget(const struct claims_arguments *a);

extern const struct cli_syntax claims_syntax;

#endif
