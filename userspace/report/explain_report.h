/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_EXPLAIN_REPORT_H
#define SWC_REPORT_EXPLAIN_REPORT_H

#include "explain.h"
#include "result.h"

/* The record of struct explain. */
extern const struct record explain_record;

/* explain_text() - the same for people, on stdout. */
void explain_text(const void *data, const struct result *result);

#endif
