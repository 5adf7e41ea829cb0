/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_COMPARE_REPORT_H
#define SWC_REPORT_COMPARE_REPORT_H

#include "compare.h"
#include "result.h"

/* Of a struct comparison. */
extern const struct record compare_record;

void compare_text(const void *data, const struct result *result);

#endif
