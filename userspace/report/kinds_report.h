/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_KINDS_REPORT_H
#define SWC_REPORT_KINDS_REPORT_H

#include "kindstudy.h"
#include "result.h"

/*
 * The record of struct kind_study, the table of kinds: each kind of work, in
 * several numbers.
 */
extern const struct record report_kinds;

/* report_kind_blocks - likewise of what the rows are made of: KIND_SERIES texts of each. */
extern const struct record report_kind_blocks;

/* kinds_text() - the same for people, by its key; @ring: where it was measured. */
void kinds_text(const struct result *result, const char *key, const char *ring);

#endif
