/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_MERGE_REPORT_H
#define SWC_REPORT_MERGE_REPORT_H

#include "merging.h"
#include "result.h"

/* Of a struct merging. */
extern const struct record merge_record;

void merge_text(const void *data, const struct result *result);

#endif
