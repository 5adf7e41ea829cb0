/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_VERSUS_REPORT_H
#define SWC_REPORT_VERSUS_REPORT_H

#include "result.h"
#include "versus.h"

/**
 * struct versus_result - what a comparison of two programs has found
 * @v: that
 * @of: the command of the first, as it was given
 * @over: of the second
 * @cpu: on which both ran
 */
struct versus_result {
	const struct versus *v;
	const char *of;
	const char *over;
	uint32_t cpu;
};

extern const struct record versus_record;

/* versus_text() - the same for people, on stdout. */
void versus_text(const void *data, const struct result *result);

#endif
