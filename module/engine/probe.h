/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_PROBE_H
#define SWC_ENGINE_PROBE_H

#include "freestanding.h"

/*
 * How many lengths of pedestal there are, and the shortest one, in dependent
 * additions: as long as the sampler's, so that it outlasts the fences' shadow.
 */
#define SWC_PROBE_LENGTHS 8u
#define SWC_PROBE_MIN	  60u

/* A probe takes no longer, in core cycles: fences, a page walk, and DRAM. */
#define SWC_PROBE_CYCLES 3000u

/**
 * swc_probe() - time a single load
 * @address: of the byte to load; it must be mapped
 * @length: which pedestal, 0 to SWC_PROBE_LENGTHS - 1
 *
 * The frame is that of a replay (emit.c): MFENCE and LFENCE, RDTSCP, LFENCE,
 * dependent additions, then the load, whose address waits for them, and RDTSCP,
 * which waits for the load. Readings are to be compared with readings of the
 * same length only.
 *
 * What the probe itself needs (its code, @address's translation if that isn't
 * what is tested) should be warm: probe something else with the same length
 * first.
 *
 * Context: any. Return: ticks of the TSC, modulo 2^32.
 */
__u32 swc_probe(__u64 address, __u32 length);

#endif
