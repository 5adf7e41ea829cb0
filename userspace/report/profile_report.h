/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_PROFILE_REPORT_H
#define SWC_REPORT_PROFILE_REPORT_H

#include "ablation_report.h"
#include "input.h"
#include "prefix.h"
#include "report.h"

/**
 * struct profile_result - what profile has found
 * @p: by prefixes
 * @states: that each sample began in
 * @facts: of the run
 * @trace: that the sequence is of; NULL: of none
 * @ablation: without classes of operations; its @a is NULL: nobody asked, or it failed
 */
struct profile_result {
	const struct prefix_profile *p;
	const struct states *states;
	struct report_facts facts;
	const struct input *trace;
	struct ablation_result ablation;
};

extern const struct record profile_record;

/* profile_text() - the same for people, on stdout. */
void profile_text(const void *data, const struct result *result);

#endif
