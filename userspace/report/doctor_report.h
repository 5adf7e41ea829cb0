/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_DOCTOR_REPORT_H
#define SWC_REPORT_DOCTOR_REPORT_H

#include "diagnosis.h"
#include "model.h"
#include "result.h"
#include "tlb_report.h"

/**
 * struct doctor_result - what doctor has found
 * @d: of the machine
 * @model: built for it
 * @tlb: how many pages TLBs hold; NULL: nobody asked
 * @quiet: the system was made quiet
 * @sums: those of the chains are shown, and what kinds and states took block by block
 */
struct doctor_result {
	const struct diagnosis *d;
	const struct model *model;
	const struct tlb_finding *tlb;
	bool quiet;
	bool sums;
};

extern const struct record doctor_record;

/* doctor_text() - the same for people, on stdout. */
void doctor_text(const void *data, const struct result *result);

#endif
