/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_DROP_H
#define SWC_LIB_DROP_H

#include <stddef.h>

#include "uapi/switchcost.h"

/* Samples that say nothing about the sequence, and why. */

/* Why a sample was dropped. */
enum drop_cause {
	DROP_NMI,
	DROP_MIGRATED,
	DROP_CONTEXT_SWITCH, /* or a signal */
	DROP_INTERRUPT,
	DROP_SMI,
	DROP_PAGE_FAULT,
	DROP_STEAL,   /* the hypervisor ran somebody else */
	DROP_OUTLIER, /* far off, for no known reason */
	DROP_CAUSES,
};

/* drop_cause_name() - as in JSON: "nmi", "migrated", "context_switch", ... */
const char *drop_cause_name(enum drop_cause cause);

/*
 * drop_limit() - the highest number of ticks that isn't an outlier, for one arm's
 * samples of a round; sorts @ticks. Without any: INFINITY.
 */
double drop_limit(double *ticks, size_t n);

/* drop_judge() - why this sample is dropped, or DROP_CAUSES: it is kept. */
enum drop_cause drop_judge(const struct swc_sample *s, double limit);

#endif
