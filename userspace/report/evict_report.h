/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_REPORT_H
#define SWC_CLI_EVICT_REPORT_H

#include "input.h"
#include "result.h"
#include "study.h"
#include "by_oracle.h"

/**
 * struct evict_run - what a study of evictions was of
 * @input: which sequence
 * @backend: its name
 * @options: what was asked
 * @study: what it found
 * @oracle: the TLB oracle was asked, too
 * @by_oracle: what it said; NULL: nothing, as @oracle_why says
 * @oracle_why: why it isn't available
 * @lines_why: why lines were not asked for; empty: they were, or weren't wanted
 */
struct evict_run {
	const struct input *input;
	const char *backend;
	const struct study_options *options;
	const struct study *study;
	bool oracle;
	const struct by_oracle *by_oracle;
	char oracle_why[256];
	char lines_why[256];
};

/* Of struct evict_run; figures of a level that isn't valid are null. */
extern const struct record evict_record;

/* evict_text() - for people, on stdout: a line a level, and a map where it is valid. */
void evict_text(const void *data, const struct result *result);

#endif
