/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_TLBFINDING_H
#define SWC_DOCTOR_TLBFINDING_H

#include "diagnosis.h"
#include "tlbsize.h"
#include "withhold.h"

/*
 * The capacities that "doctor --tlb" has found, or @why nothing is shown; and the file
 * that keeps them for other verbs, or why none does.
 */
struct tlb_finding {
	const struct diagnosis *d; /* of the same run */
	struct tlbsize size;
	bool valid;
	char why[WITHHOLD_WHY];
	char kept[512];
	bool kept_earlier; /* of some level, since that was larger */
	char kept_why[256];
};

/*
 * tlb_examine() - measure, unless the CPU is emulated, and keep it, unless pages are
 * occupied or a step of the TSC is planted. Return: 0 or -1.
 */
int tlb_examine(struct tlb_finding *f, const struct diagnosis *d,
		unsigned int occupied, uint32_t tsc_step, struct error *err);

#endif
