/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_REPORT_H
#define SWC_CLI_EVICT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "input.h"
#include "study.h"
#include "verdicts.h"

/**
 * struct evict_run - what a study of evictions was of
 * @input: which sequence
 * @backend: its name
 * @options: what was asked
 * @oracle: the TLB oracle was asked, too
 * @verdicts: what it said; NULL: nothing, as @oracle_why says
 * @oracle_why: why it isn't available
 * @lines_why: why lines were not asked for; empty: they were, or weren't wanted
 */
struct evict_run {
	const struct input *input;
	const char *backend;
	const struct study_options *options;
	bool oracle;
	const struct verdicts *verdicts;
	char oracle_why[256];
	char lines_why[256];
};

/* The contract's keys; figures of a level that isn't valid are null. */
json_t *report_study(const struct study *study, const struct evict_run *run);

/* For people: a line a level, and a heat map where it is valid. */
void print_study(FILE *f, const struct study *study,
		 const struct evict_run *run);

#endif
