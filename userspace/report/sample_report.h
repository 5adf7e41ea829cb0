/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_SAMPLE_REPORT_H
#define SWC_REPORT_SAMPLE_REPORT_H

#include "watch_report.h"

/* Of a struct watch_result whose watch has kept stacks. */
extern const struct record sample_record;

/* sample_text() - the same for people, on stdout. */
void sample_text(const void *data, const struct result *result);

#endif
