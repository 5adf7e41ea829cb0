/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRIAL_KERNEL_H
#define SWC_LIB_TRIAL_KERNEL_H

#include <stdint.h>

#include "engine/trial.h"
#include "error.h"

/**
 * trial_kernel_run() - run an experiment on evictions in ring 0
 * @device: from device_open()
 * @trials: complete but for @isolation; see module/uapi/switchcost.h. Its arms are
 *	sequences from device_load(); its victims' memory is the module's.
 * @err: set on failure
 *
 * The counterpart of trial_user_run(). Interrupts are off; if a trial may take longer
 * than such a window, they are on, and @isolation says so. With @frames, the numbers of
 * the physical pages, trial_kernel_set() knows the set of a victim's line in any cache
 * that isn't hashed; its virtual address alone wouldn't do. Return: 0; 1 with @err set if
 * a trial may take longer than any window; or -1 with @err set.
 */
int trial_kernel_run(int device, struct swc_trials *trials, struct error *err);

/*
 * trial_kernel_set() - the set, of @sets, that a victim's line falls into in a
 * cache indexed by physical addresses; @frames: as filled by trial_kernel_run().
 */
uint32_t trial_kernel_set(const __u64 *frames,
			  const struct swc_trial_victim *victim, uint32_t sets);

#endif
