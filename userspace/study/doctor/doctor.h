/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_DOCTOR_H
#define SWC_DOCTOR_DOCTOR_H

#include "diagnosis.h"
#include "tlbfinding.h"

/**
 * struct doctor_options - how a machine is to be examined
 * @backend: the kinds of work in this one alone, even where the CPU is emulated; NULL: in
 *	those that there are
 * @cpu: -1: the last that the process may use
 * @tsc_step: plant a TSC that advances in steps of so many ticks; 0: don't
 * @tlb: find how many pages the data TLBs hold
 * @occupied: likewise while so many pages are kept in use; -1: none are
 */
struct doctor_options {
	const struct backend_ops *backend;
	int cpu;
	uint32_t tsc_step;
	bool tlb;
	int occupied;
};

/* doctor_asks_tlb() - are the TLBs to be measured? */
static inline bool doctor_asks_tlb(const struct doctor_options *o)
{
	return o->tlb || o->occupied >= 0;
}

/**
 * doctor_examine() - what can be measured on this machine; takes some seconds
 * @d: filled
 * @tlb: filled, if it is asked for
 * @options: how
 * @err: set on failure: the CPU or the backend can't be used, no memory
 *
 * Return: 0, also if a self-test fails; or -1 with @err set.
 */
int doctor_examine(struct diagnosis *d, struct tlb_finding *tlb,
		   const struct doctor_options *options, struct error *err);

#endif
