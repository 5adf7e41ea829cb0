/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_EVICT_REPORT_H
#define SWC_REPORT_EVICT_REPORT_H

#include "evictrun.h"
#include "result.h"

/* The record of struct evict_run; figures of a level that isn't valid are null. */
extern const struct record evict_record;

/* evict_text() - for people, on stdout: a line a level, and a map where it is valid. */
void evict_text(const void *data, const struct result *result);

#endif
