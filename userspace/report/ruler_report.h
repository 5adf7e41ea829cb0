/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_RULER_REPORT_H
#define SWC_REPORT_RULER_REPORT_H

#include "result.h"
#include "ruler.h"

/* The record of struct ruler. */
extern const struct record ruler_record;

/* ruler_text() - the same for people, on stdout. */
void ruler_text(const void *data, const struct result *result);

#endif
