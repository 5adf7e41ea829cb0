/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CPU_H
#define SWC_CPU_H

#include "engine/caps.h"

/**
 * swc_cpu_init() - find out what sequences may use on this CPU
 *
 * Return: 0, or -ENODEV on a CPU without RDTSCP.
 */
int swc_cpu_init(void);

/* swc_cpu_caps() - the answer; set once, before the device appears. */
const struct swc_caps *swc_cpu_caps(void);

#endif
