/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_ABLATION_REPORT_H
#define SWC_REPORT_ABLATION_REPORT_H

#include "ablation_measure.h"
#include "prefix.h"
#include "result.h"

/**
 * struct ablation_result - a sequence that was taken apart
 * @a: what was found
 * @prefix: its prefix profile by enum opclass, for comparison; NULL: there is
 *	none, or it isn't valid
 */
struct ablation_result {
	const struct ablation *a;
	const struct prefix_part *prefix;
};

extern const struct record report_ablation;

/* ablation_text() - "ablation" of a result, for people, on stdout. */
void ablation_text(const struct result *result);

#endif
