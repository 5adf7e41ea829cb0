/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_TABLE_REPORT_H
#define SWC_REPORT_TABLE_REPORT_H

#include <stdbool.h>

#include "error.h"
#include "estimate.h"
#include "result.h"

/* Results that have been written, side by side. */

#define TABLE_MAX 16

/**
 * struct table_files - where they are
 * @results: of replays
 * @n: how many
 * @live: output of goprobe bench; NULL: there is none
 * @fidelity: a result of fidelity; likewise
 */
struct table_files {
	const char *results[TABLE_MAX];
	unsigned int n;
	const char *live;
	const char *fidelity;
};

/**
 * struct table - results side by side
 * @results: of replays
 * @n: how many
 * @fidelity: NULL: none was given
 * @live: what a live call takes, ns
 * @live_cycles: likewise, core cycles
 * @has_live: it is known
 */
struct table {
	struct result *results[TABLE_MAX];
	size_t n;
	struct result *fidelity;
	struct estimate live;
	struct estimate live_cycles;
	bool has_live;
};

/*
 * table_collect() - read the files. Return: 0, or -1 with @err set; table_free() in any
 * case.
 */
int table_collect(struct table *t, const struct table_files *files,
		  struct error *err);
void table_free(struct table *t);

extern const struct record table_record;

/* table_text() - the same for people, on stdout. */
void table_text(const void *data, const struct result *result);

#endif
