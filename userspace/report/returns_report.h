/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_RETURNS_REPORT_H
#define SWC_REPORT_RETURNS_REPORT_H

#include "report.h"
#include "returns.h"

/* The cost of returns, and where and how it was measured. */
struct returns_result {
	const struct returns *r;
	struct report_facts facts;
};

extern const struct record returns_record;

/* returns_text() - the same for people, on stdout. */
void returns_text(const void *data, const struct result *result);

#endif
