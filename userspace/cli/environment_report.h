/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_ENVIRONMENT_REPORT_H
#define SWC_CLI_ENVIRONMENT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "environment.h"
#include "geometry.h"

/* What is around a measurement, as JSON; all return NULL when memory is short. */

/* [{name, state, value, advice}]; advice is null where there is none. */
json_t *report_environment(const struct environment *e);

/*
 * [{path, found, set, state, error}] of quiet_changes(): after quiet_end() with
 * what became of each. error is null, or strerror()'s text.
 */
json_t *report_quiet(void);

/*
 * {vendor, guest, hybrid, core_type, caches: {l1d: {source, bytes, ...}}, tlbs:
 * [...], tlbs_why}. What isn't reported is null.
 */
json_t *report_geometry(const struct geometry *g);

/* For people: a line a finding, its advice below it. */
void print_environment(FILE *f, const struct environment *e);

/* A line a cache and a TLB, or why there is none. */
void print_geometry(FILE *f, const struct geometry *g);

#endif
