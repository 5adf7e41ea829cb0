/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_TLB_REPORT_H
#define SWC_CLI_TLB_REPORT_H

#include <jansson.h>

#include "diagnosis.h"
#include "tlbsize.h"

/*
 * What "doctor --tlb" has found, or @why nothing is shown; and where it is kept for other
 * verbs, or why it isn't.
 */
struct tlb_finding {
	struct tlbsize size;
	bool valid;
	char why[256];
	char kept[512];
	char kept_why[256];
};

/*
 * tlb_examine() - measure, unless the CPU is emulated, and keep it, unless pages are
 * occupied or a step of the TSC is planted. Return: 0 or -1.
 */
int tlb_examine(struct tlb_finding *f, const struct diagnosis *d,
		unsigned int occupied, uint32_t tsc_step, struct error *err);

json_t *tlb_report_json(const struct tlb_finding *f, const struct diagnosis *d);

/* tlb_report_text() - for people, on stdout. */
void tlb_report_text(const struct tlb_finding *f, const struct diagnosis *d);

#endif
