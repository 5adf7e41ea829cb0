/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_DEVICE_H
#define SWC_LIB_DEVICE_H

#include "error.h"
#include "sequence.h"

/* /dev/switchcost, for all that use it. */

/**
 * device_open() - open the device, and see that its module speaks our ABI
 * @info: filled
 * @err: set on failure: not there, no privilege, another ABI
 *
 * Return: a descriptor, or -1 with @err set.
 */
int device_open(struct swc_info *info, struct error *err);

/**
 * device_caps() - what sequences may use in ring 0 of this CPU
 * @info: from device_open()
 */
struct swc_caps device_caps(const struct swc_info *info);

/**
 * device_load() - have the module verify and emit a sequence
 * @device: from device_open()
 * @s: the sequence
 * @pedestal: additions timed together with it
 * @state: prepared before each timed replay; NULL: warm
 * @err: set on failure: refused, no memory
 *
 * Return: the sequence's descriptor, or -1 with @err set.
 */
int device_load(int device, const struct sequence *s, uint32_t pedestal,
		const struct swc_state *state, struct error *err);

#endif
