/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CLOCK_H
#define SWC_LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"

/* The TSC, and the core's clock in its terms. */

/*
 * The core's clock changed by more than this between the quarters of a run: it
 * is calibrated anew for each block. Chains fix it to 0.1 % or so in a quarter.
 */
#define CLOCK_DRIFT_LIMIT 0.005

/*
 * A core cycle takes between 0.1 ticks (a core at ten times the TSC's rate) and
 * 10 (throttled to a tenth). Outside of that, something else than the additions
 * runs.
 */
#define CLOCK_MIN_TICKS_PER_CYCLE 0.1
#define CLOCK_MAX_TICKS_PER_CYCLE 10.0

struct clock {
	double ticks_per_cycle; /* slope of chains of known length */
	double drift; /* largest difference between quarters, relative */
	enum stats_pooling pooling; /* recalibrated for each block? */
};

/* clock_ticks_per_cycle() - from the means of a run's arms. */
double clock_ticks_per_cycle(const double *means);

/*
 * clock_slot_ticks() - how much longer the frame's fences take around any work
 * than around none: the line of chains at length 0. Some cycles of either sign;
 * from the means of a run's arms. By the short chain number @slot, of CHAIN_SLOTS.
 */
double clock_slot_ticks(const double *means, unsigned int slot);

/* clock_frame_ticks() - the same by all short chains: the frame's constant. */
double clock_frame_ticks(const double *means);

/* clock_calibrate() - from a finished run. */
void clock_calibrate(struct clock *clock, const struct stats *stats);

/* clock_is_plausible() - could this be a core's clock? */
bool clock_is_plausible(const struct clock *clock);

/* clock_tsc_hz() - the TSC's rate against CLOCK_MONOTONIC_RAW; takes 20 ms. */
double clock_tsc_hz(void);

#endif
