/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_KINDSTUDY_H
#define SWC_DOCTOR_KINDSTUDY_H

#include <stdbool.h>

#include "kindfinding.h"
#include "measure.h"

/*
 * The table of kinds: is each seen whole, from its first operation on, wherever it
 * stands? Each kind is measured in several numbers and places with a short pedestal
 * and with a long one. A cost that hides under the frame shows as a figure that
 * falls with the pedestal's length, or as one that isn't in proportion to the
 * number.
 */

/**
 * struct kind_study - the table
 * @list: of the @n kinds
 * @series: KIND_SERIES of each, which @list is made of
 * @failed: rows that aren't as they have to be
 * @why: if it isn't @valid
 */
struct kind_study {
	struct kind_finding list[KINDS_MAX];
	unsigned int n;
	struct block_series *series;
	unsigned int failed;
	bool valid;
	char why[256];
};

/**
 * kind_study() - measure the table; takes some seconds
 * @options: backend, CPU, planted step of the TSC; at most so many samples
 * @s: filled
 * @err: set on failure
 *
 * Return: 0, also if a run isn't valid; or -1 with @err set. kind_study_free() it after
 * success.
 */
int kind_study(const struct measure_options *options, struct kind_study *s,
	       struct error *err);
void kind_study_free(struct kind_study *s);

#endif
