// SPDX-License-Identifier: GPL-2.0
#include "geometry_cpu.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "geometry_measured.h"
#include "geometry_vendor.h"

#define CPUID_1_ECX_HYPERVISOR (1u << 31)

void geometry_decode(struct geometry *g, geometry_cpuid cpuid, void *ctx)
{
	struct geometry_leaves l;

	*g = (struct geometry){0};
	geometry_open_leaves(&l, g->vendor, cpuid, ctx);
	g->guest = geometry_leaf(&l, 1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
	if (!strcmp(g->vendor, "AuthenticAMD") ||
	    !strcmp(g->vendor, "HygonGenuine"))
		geometry_decode_amd(g, &l);
	else if (!strcmp(g->vendor, "GenuineIntel"))
		geometry_decode_intel(g, &l);
	else
		snprintf(g->tlb_why, sizeof(g->tlb_why),
			 "no decoder for CPUs of this vendor");
}

static struct swc_cpuid native(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	(void)ctx;
	return swc_cpuid(leaf, subleaf);
}

int geometry_of_cpu(struct geometry *g, unsigned int cpu, struct error *err)
{
	cpu_set_t before, one;

	CPU_ZERO(&one);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	if (sched_getaffinity(0, sizeof(before), &before) ||
	    sched_setaffinity(0, sizeof(one), &one))
		return error_set(err, EXIT_USAGE,
				 "cpu %u: cannot run there: %s; choose one "
				 "that is online and allowed (taskset -p $$)",
				 cpu, strerror(errno));
	geometry_decode(g, native, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	return 0;
}

int geometry_here(struct geometry *g, unsigned int cpu, struct error *err)
{
	struct geometry_measured measured;
	struct machine machine;
	char why[sizeof(g->complaint)];
	int rc;

	if (geometry_of_cpu(g, cpu, err))
		return -1;
	machine_describe(&machine);
	rc = geometry_measured_load(&measured, &machine, why, sizeof(why));
	if (rc > 0)
		geometry_measured_apply(g, &measured);
	else if (rc < 0)
		memcpy(g->complaint, why, sizeof(why));
	return 0;
}
