/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_REPORT_H
#define SWC_CLI_EVICT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "input.h"
#include "study.h"

/* What a study of evictions was of. */
struct evict_run {
	const struct input *input;
	const char *backend;
	const struct study_options *options;
};

/* The contract's keys; figures of a level that isn't valid are null. */
json_t *report_study(const struct study *study, const struct evict_run *run);

/* For people: a line a level, and a heat map where it is valid. */
void print_study(FILE *f, const struct study *study,
		 const struct evict_run *run);

/* The heat map of all levels, as SVG. Return: 0, or -1 with @err set. */
int draw_study(FILE *f, const struct study *study, const struct evict_run *run,
	       struct error *err);

#endif
