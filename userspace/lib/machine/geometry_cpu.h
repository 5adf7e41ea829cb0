/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_CPU_H
#define SWC_LIB_GEOMETRY_CPU_H

#include <stdint.h>

#include "error.h"
#include "geometry_leaves.h"

/* The geometry that a CPU reports of itself. */

/**
 * geometry_decode() - decode what @cpuid answers
 * @g: filled, also if the vendor is unknown: then nothing is reported
 * @cpuid: asked for no leaf beyond the highest that it says it has
 * @ctx: handed to @cpuid
 *
 * Source: Intel SDM vol. 2A, CPUID, leaves 2, 4, 0x18, 0x1a; AMD APM vol. 3,
 * appendix E.
 */
void geometry_decode(struct geometry *g, geometry_cpuid cpuid, void *ctx);

/**
 * geometry_of_cpu() - ask one of this machine's CPUs
 * @g: filled
 * @cpu: the thread runs there for the time of the call
 * @err: set if it may not run there
 *
 * The thread's affinity is as before afterwards. In a guest CPUID traps: not
 * while timing. Return: 0, or -1 with @err set.
 */
int geometry_of_cpu(struct geometry *g, unsigned int cpu, struct error *err);

/*
 * geometry_here() - likewise, but what was measured on this machine goes before what
 * CPUID says (geometry_measured.h). A file of measurements that isn't understood is
 * ignored, and @complaint says so.
 */
int geometry_here(struct geometry *g, unsigned int cpu, struct error *err);

#endif
