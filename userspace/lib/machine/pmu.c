// SPDX-License-Identifier: GPL-2.0
#include "pmu.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysfile.h"

#define AMD_LEGACY_COUNTERS   4u
#define AMD_EXTENDED_COUNTERS 6u
#define AMD_PERFCTR_CORE      (1u << 23) /* 0x80000001, ecx */
#define AMD_PERFMON_V2	      (1u << 0)	 /* 0x80000022, eax */

static void decode_intel(struct pmu *pmu, const struct geometry_leaves *l)
{
	struct swc_cpuid r = geometry_leaf(l, 0xa, 0);
	unsigned int version = r.eax & 0xff;

	if (version)
		pmu->counters = r.eax >> 8 & 0xff;
	if (version > 1)
		pmu->fixed = r.edx & 0x1f;
}

static void decode_amd(struct pmu *pmu, const struct geometry_leaves *l)
{
	struct swc_cpuid v2 = geometry_leaf(l, 0x80000022, 0);
	struct swc_cpuid features = geometry_leaf(l, 0x80000001, 0);

	if (v2.eax & AMD_PERFMON_V2)
		pmu->counters = v2.ebx & 0xf;
	else if (features.ecx & AMD_PERFCTR_CORE)
		pmu->counters = AMD_EXTENDED_COUNTERS;
	else
		pmu->counters = AMD_LEGACY_COUNTERS;
}

void pmu_decode(struct pmu *pmu, geometry_cpuid cpuid, void *ctx)
{
	struct geometry_leaves l;
	char vendor[13];

	*pmu = (struct pmu){0};
	geometry_open_leaves(&l, vendor, cpuid, ctx);
	if (!strcmp(vendor, "GenuineIntel"))
		decode_intel(pmu, &l);
	else if (!strcmp(vendor, "AuthenticAMD") ||
		 !strcmp(vendor, "HygonGenuine"))
		decode_amd(pmu, &l);
}

void pmu_conclude(struct pmu *pmu, const char *root)
{
	/* On a CPU with cores of two types, each type has its own. */
	static const char *const devices[] = {
		PMU_DEVICES "/cpu/type",
		PMU_DEVICES "/cpu_core/type",
		PMU_DEVICES "/cpu_atom/type",
	};
	char path[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		sysfile_path(path, sizeof(path), root, devices[i]);
		if (!access(path, F_OK))
			pmu->has_driver = true;
	}
	pmu->available = pmu->counters && pmu->has_driver;
	if (!pmu->counters)
		snprintf(pmu->why, sizeof(pmu->why),
			 "no PMU: CPUID reports no counters of events: the CPU "
			 "has none, or its hypervisor hides them");
	else if (!pmu->has_driver)
		snprintf(
			pmu->why, sizeof(pmu->why),
			"no PMU: CPUID reports %u counters, but the kernel uses "
			"none: dmesg | grep -i 'performance events' shows why",
			pmu->counters + pmu->fixed);
}

static struct swc_cpuid native(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	(void)ctx;
	return swc_cpuid(leaf, subleaf);
}

void pmu_examine(struct pmu *pmu, const char *root)
{
	pmu_decode(pmu, native, NULL);
	pmu_conclude(pmu, root);
}
