/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_TSC_H
#define SWC_ENGINE_TSC_H

#include "freestanding.h"

/* swc_tsc() - the time stamp counter, in no order with what is around it. */
static inline __u64 swc_tsc(void)
{
	__u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | (__u64)hi << 32;
}

#endif
