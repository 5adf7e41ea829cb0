/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SYSTEMATIC_H
#define SWC_LIB_SYSTEMATIC_H

#include "estimate.h"

/* Uncertainties that no statistics of a run can find. */

/*
 * Chains of known length leave this residual, however many samples are taken: core cycles
 * rms (doctor, bench/precision: 0.02 to 0.07 with the noise, on Golden Cove). It is part
 * of every interval, as a standard uncertainty that no statistics of the same run can
 * find (JCGM 100:2008, 4.3, type B).
 */
#define SYSTEMATIC_CYCLES 0.04

/* Half of a 95 % interval in standard uncertainties, for a normal distribution. */
#define SYSTEMATIC_LEVEL_FACTOR 1.96

/*
 * systematic_widen() - add to an interval what samples don't know of: so many times
 * SYSTEMATIC_CYCLES, as a standard uncertainty.
 */
void systematic_widen(struct estimate *e, double factor);

/*
 * systematic_widen_by_rest() - add to an interval what is left of the frame's
 * constant: anything up to @rest to each side, in the interval's unit
 * (JCGM 100:2008, 4.3.7).
 */
void systematic_widen_by_rest(struct estimate *e, double rest);

#endif
