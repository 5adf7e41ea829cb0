/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRIAL_USER_H
#define SWC_LIB_TRIAL_USER_H

#include <stdint.h>

#include "engine/trial.h"
#include "error.h"

/**
 * trial_user_run() - run an experiment on evictions in ring 3
 * @t: complete but for its watch; samples are added to those there
 * @cpu: where
 * @seconds: end after so long, or when there is no room for a trial's samples
 * @err: set on failure
 *
 * What disturbs a trial is flagged, as in the user backend. Return: 0, or -1.
 */
int trial_user_run(struct swc_trial *t, uint32_t cpu, double seconds,
		   struct error *err);

#endif
