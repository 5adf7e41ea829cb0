// SPDX-License-Identifier: GPL-2.0
#include "counters.h"

#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/tsc.h>

#include "compat.h"
#include "fault.h"
#include "hooks.h"

static bool has_aperf, has_smis;

void swc_counters_init(void)
{
	u64 value;

	has_aperf = boot_cpu_has(X86_FEATURE_APERFMPERF) &&
		    !rdmsrq_safe(MSR_IA32_APERF, &value);
	/*
	 * Only Intel's CPUs count SMIs, since Nehalem. A hypervisor may let any
	 * register be read as 0, and 0 would then say that there was none.
	 */
	has_smis = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
		   !rdmsrq_safe(MSR_SMI_COUNT, &value);
}

u64 swc_counters_capabilities(void)
{
	return (has_aperf ? SWC_CAP_APERF : 0) |
	       (has_smis ? SWC_CAP_SMI_COUNT : 0);
}

/* The sum is that of /proc/interrupts: devices', then the local APIC's. */
static u32 count_interrupts(void)
{
	return (u32)raw_cpu_read(kstat.irqs_sum) + swc_apic_interrupts();
}

void swc_counters_read(struct swc_counters *g)
{
	u64 value = 0;

	if (has_smis)
		rdmsrq(MSR_SMI_COUNT, value);
	g->smis = value;
	g->interrupts = count_interrupts();
	g->aperf = 0;
	if (has_aperf)
		rdmsrq(MSR_IA32_APERF, g->aperf);
	g->tsc = rdtsc();
}

static void begin_nmis(void *context)
{
	struct swc_disturbances *before = context;

	before->nmis = swc_fault_nmis();
	swc_hook_sample();
}

static u16 end_nmis(void *context)
{
	struct swc_disturbances *before = context;

	return before->nmis == swc_fault_nmis() ? 0 : SWC_SAMPLE_NMI;
}

static void begin_all(void *context)
{
	struct swc_disturbances *before = context;

	begin_nmis(context);
	before->interrupts = count_interrupts();
}

static u16 end_all(void *context)
{
	struct swc_disturbances *before = context;
	u16 flags = end_nmis(context);

	if (before->interrupts != count_interrupts())
		flags |= SWC_SAMPLE_INTERRUPT;
	return flags;
}

struct swc_watch swc_counters_watch(struct swc_disturbances *before,
				    bool interrupts)
{
	if (interrupts)
		return (struct swc_watch){begin_all, end_all, before};
	return (struct swc_watch){begin_nmis, end_nmis, before};
}
