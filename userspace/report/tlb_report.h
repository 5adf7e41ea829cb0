/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_TLB_REPORT_H
#define SWC_REPORT_TLB_REPORT_H

#include "result.h"
#include "tlbfinding.h"

/* The record of struct tlb_finding. */
extern const struct record report_tlb;

/* tlb_text() - "tlb" of a result, which is of @f, for people, on stdout. */
void tlb_text(const struct tlb_finding *f, const struct result *result);

#endif
