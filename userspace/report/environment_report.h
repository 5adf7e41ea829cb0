/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_ENVIRONMENT_REPORT_H
#define SWC_REPORT_ENVIRONMENT_REPORT_H

#include "result.h"
#include "resulttext.h"

/* The surroundings of a measurement. */

/* The record of struct environment_finding: {name, state, value, advice or null}. */
extern const struct record report_finding;

/*
 * The record of struct quiet_change, from quiet_changes(): {path, found, set, state,
 * error}, after quiet_end() with what became of it. error is null, or strerror()'s
 * text.
 */
extern const struct record report_quiet_change;

/* report_quiet() - the rows of these. */
struct elements report_quiet(const struct at *at);

/*
 * The record of struct geometry: {vendor, guest, hybrid, core_type, caches: {l1d:
 * {source, bytes, ...}}, tlbs: [...], tlbs_why}; null: it isn't reported.
 */
extern const struct record report_geometry;

/* The text for people: a line a finding of "environment", its advice below it. */
extern const struct result_line report_finding_lines[];

/* A line a cache and a TLB of "geometry", or why there is none. */
extern const struct result_line report_geometry_lines[];

#endif
