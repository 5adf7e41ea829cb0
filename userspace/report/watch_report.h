/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_WATCH_REPORT_H
#define SWC_REPORT_WATCH_REPORT_H

#include "machine.h"
#include "result.h"
#include "watching.h"

/* The findings of a watch, and the machine that they were made on. */
struct watch_result {
	const struct watch *watch;
	struct machine machine;
};

extern const struct record watch_record;

/* watch_text() - the same for people, on stdout. */
void watch_text(const void *data, const struct result *result);

#endif
