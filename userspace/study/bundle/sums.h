/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_SUMS_H
#define SWC_BUNDLE_SUMS_H

#include "measure.h"
#include "result.h"

/*
 * sums_measure() - estimate a run again, from the "sums" that its result has
 * @r: the result
 * @subjects: what was measured
 * @n: how many
 * @m: filled; measurement_free() it after success
 * @err: set on failure: EXIT_CHECK_FAILED, if they can't be of such a run
 *
 * Return: 0, or -1 with @err set.
 */
int sums_measure(const struct result *r, const struct measure_subject *subjects,
		 size_t n, struct measurement *m, struct error *err);

#endif
