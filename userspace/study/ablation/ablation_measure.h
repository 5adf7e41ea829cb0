/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_MEASURE_H
#define SWC_ABLATION_ABLATION_MEASURE_H

#include "ablation_result.h"
#include "measure.h"

/**
 * ablation_measure() - take a sequence apart, and measure
 * @s: the sequence, as long as @a is used
 * @options: of each run; @samples: of each warm sequence, and of each cold one
 *	at most ABLATION_SAMPLES_COLD
 * @cold: measure cold regions and cold code, too, in runs of their own
 * @a: filled; ablation_measure_free() it after success
 * @err: set on failure
 *
 * Return: 0, also if a run isn't valid; or -1 with @err set.
 */
int ablation_measure(const struct sequence *s,
		     const struct measure_options *options, bool cold,
		     struct ablation *a, struct error *err);
void ablation_measure_free(struct ablation *a);

#endif
