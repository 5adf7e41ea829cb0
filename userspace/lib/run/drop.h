/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_DROP_H
#define SWC_LIB_DROP_H

#include <stdbool.h>

#include "runtable.h"

/* The one rule by which samples are dropped that say nothing about their arm. */

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

/**
 * drop_rows() - judge the samples of one round, each arm's by themselves
 * @rows: their @dropped is filled
 * @n: how many
 * @arms: each row's arm is less
 * @far_off: drop samples far off their arm's others, too. Not wanted if being far
 *	off is what one looks for, as with an evicted victim's load.
 * @err: set on failure: no memory
 *
 * Return: 0, or -1 with @err set.
 */
int drop_rows(struct run_sample *rows, size_t n, unsigned int arms,
	      bool far_off, struct error *err);

#endif
