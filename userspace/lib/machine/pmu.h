/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_PMU_H
#define SWC_LIB_PMU_H

#include <stdbool.h>

#include "geometry_leaves.h"

/* The kernel shows the PMUs here that it has a driver for. */
#define PMU_DEVICES "/sys/bus/event_source/devices"

/**
 * struct pmu - the CPU's counters of events
 * @counters: general ones, of each logical processor, as CPUID reports
 * @fixed: further ones, each for an event of its own
 * @has_driver: the kernel shows a PMU of the CPU
 * @available: there are counters, and the kernel can use them
 * @why: why not
 */
struct pmu {
	unsigned int counters;
	unsigned int fixed;
	bool has_driver;
	bool available;
	char why[256];
};

/*
 * pmu_decode() - the numbers of counters that @cpuid answers: Intel's leaf 0xa
 * (SDM vol. 3B, 20.2), AMD's 0x80000022 and, before, 4, or 6 by bit 23 of
 * 0x80000001 (APM vol. 3, appendix E.4).
 */
void pmu_decode(struct pmu *pmu, geometry_cpuid cpuid, void *ctx);

/* pmu_examine() - the PMU of this machine. @root: "/" outside of tests. */
void pmu_examine(struct pmu *pmu, const char *root);

/* pmu_conclude() - from the numbers, and the PMUs below @root. */
void pmu_conclude(struct pmu *pmu, const char *root);

#endif
