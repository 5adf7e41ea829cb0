/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_COLD_H
#define SWC_ABLATION_ABLATION_COLD_H

#include "ablation_result.h"
#include "measure.h"

/*
 * ablation_measure_cold() - measure the sequence with each region that it
 * touches cold, in each state of data, and with its code cold. Return: 0, or -1
 * with @err set.
 */
int ablation_measure_cold(struct ablation *a, const struct swc_proof *proof,
			  const struct measure_options *options,
			  struct error *err);

#endif
