// SPDX-License-Identifier: GPL-2.0
#include "gauges.h"

#include <linux/hardirq.h>
#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>

#include "fault.h"

/* Their counters depend on another option since 6.9. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define HAS_POSTED_INTERRUPTS IS_ENABLED(CONFIG_HAVE_KVM)
#else
#define HAS_POSTED_INTERRUPTS IS_ENABLED(CONFIG_KVM)
#endif

static bool has_aperf, has_smis;

void swc_gauges_init(void)
{
	u64 value;

	has_aperf = boot_cpu_has(X86_FEATURE_APERFMPERF) &&
		    !rdmsrl_safe(MSR_IA32_APERF, &value);
	/*
	 * Intel's only, since Nehalem. A hypervisor may let any register be read
	 * as 0, and 0 would then say that there was none.
	 */
	has_smis = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
		   !rdmsrl_safe(MSR_SMI_COUNT, &value);
}

u64 swc_gauges_capabilities(void)
{
	return (has_aperf ? SWC_CAP_APERF : 0) |
	       (has_smis ? SWC_CAP_SMI_COUNT : 0);
}

/* As /proc/interrupts sums them up: devices', then the local APIC's. */
static u32 count_interrupts(void)
{
	u32 n = (u32)raw_cpu_read(kstat.irqs_sum);

	n += raw_cpu_read(irq_stat.apic_timer_irqs);
	n += raw_cpu_read(irq_stat.irq_spurious_count);
	n += raw_cpu_read(irq_stat.x86_platform_ipis);
	n += raw_cpu_read(irq_stat.apic_perf_irqs);
	n += raw_cpu_read(irq_stat.apic_irq_work_irqs);
	n += raw_cpu_read(irq_stat.irq_resched_count);
	n += raw_cpu_read(irq_stat.irq_call_count);
#ifdef CONFIG_X86_THERMAL_VECTOR
	n += raw_cpu_read(irq_stat.irq_thermal_count);
#endif
#ifdef CONFIG_X86_MCE_THRESHOLD
	n += raw_cpu_read(irq_stat.irq_threshold_count);
#endif
#ifdef CONFIG_X86_MCE_AMD
	n += raw_cpu_read(irq_stat.irq_deferred_error_count);
#endif
#ifdef CONFIG_X86_HV_CALLBACK_VECTOR
	n += raw_cpu_read(irq_stat.irq_hv_callback_count);
#endif
#if IS_ENABLED(CONFIG_HYPERV)
	n += raw_cpu_read(irq_stat.irq_hv_reenlightenment_count);
	n += raw_cpu_read(irq_stat.hyperv_stimer0_count);
#endif
#if HAS_POSTED_INTERRUPTS
	n += raw_cpu_read(irq_stat.kvm_posted_intr_ipis);
	n += raw_cpu_read(irq_stat.kvm_posted_intr_wakeup_ipis);
	n += raw_cpu_read(irq_stat.kvm_posted_intr_nested_ipis);
#endif
	return n;
}

void swc_gauges_read(struct swc_gauges *g)
{
	u64 value = 0;

	if (has_smis)
		rdmsrl(MSR_SMI_COUNT, value);
	g->smis = value;
	g->interrupts = count_interrupts();
	g->aperf = 0;
	if (has_aperf)
		rdmsrl(MSR_IA32_APERF, g->aperf);
	g->tsc = rdtsc();
}

static void begin_nmis(void *context)
{
	struct swc_disturbances *before = context;

	before->nmis = swc_fault_nmis();
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

struct swc_watch swc_gauges_watch(struct swc_disturbances *before,
				  bool interrupts)
{
	if (interrupts)
		return (struct swc_watch){begin_all, end_all, before};
	return (struct swc_watch){begin_nmis, end_nmis, before};
}
