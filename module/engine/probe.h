/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_PROBE_H
#define SWC_ENGINE_PROBE_H

#include "freestanding.h"

/*
 * A pedestal has one of so many lengths. The shortest one, in dependent
 * additions, is long enough to outlast the shadow of the fences.
 */
#define SWC_PROBE_LENGTHS 8u
#define SWC_PROBE_MIN	  60u

/* A probe takes no longer, in core cycles: fences, a page walk, and DRAM. */
#define SWC_PROBE_CYCLES 3000u

/* struct swc_probe - the TSC before and after a load, modulo 2^32. */
struct swc_probe {
	__u32 start;
	__u32 end;
};

/**
 * swc_probe() - time a single load
 * @address: of the byte to load; it must be mapped
 * @length: which pedestal, 0 to SWC_PROBE_LENGTHS - 1
 *
 * MFENCE, LFENCE, RDTSCP, LFENCE, the load, LFENCE, dependent additions, RDTSCP.
 * The load begins after the first reading and is complete before the additions
 * begin, so that neither hides a part of the other on any core. The number of
 * additions varies, so the second reading falls anywhere between two steps of the
 * TSC. Readings are to be compared with readings of the same length only.
 *
 * The probe's own code should be warm, and so should @address's translation
 * unless that is tested: probe something else with the same length first.
 *
 * Context: any.
 */
struct swc_probe swc_probe(__u64 address, __u32 length);

/**
 * swc_probe_ticks() - how long a load has taken, ticks of the TSC
 * @p: the readings
 * @tsc_step: round both down to multiples of so many ticks; 0: don't. See struct
 *	swc_sampler.
 */
__u32 swc_probe_ticks(const struct swc_probe *p, __u32 tsc_step);

#endif
