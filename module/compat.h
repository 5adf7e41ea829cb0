/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All differences between kernels, Linux 6.1 to 7.3. The rest of the module is
 * written for the newest and asks for no version.
 */
#ifndef SWC_COMPAT_H
#define SWC_COMPAT_H

#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>

/* The names end in q, for a quadword, since 6.16. */
#ifndef rdmsrq
#define rdmsrq		       rdmsrl
#define rdmsrq_safe(msr, into) rdmsrl_safe(msr, into)
#endif

/* Since 6.3 a mapping's flags are set by a function that checks its lock. */
static inline void swc_vm_flags_set(struct vm_area_struct *vma,
				    unsigned long flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags |= flags;
#else
	vm_flags_set(vma, flags);
#endif
}

/*
 * Modules' text may lie in blocks of 2 MiB that several share, since 6.13 (execmem's
 * cache; 6.15 for good). Loading or unloading any of them splits a block into entries
 * of 4 KiB, or joins them and frees the page table that they were in. No lock against
 * that is exported. Nor does a CPU with interrupts off hold it off by not
 * acknowledging the flush before the table is freed: if TLBs are flushed by INVLPGB
 * or by a hypercall, nobody waits for that CPU.
 */
#define SWC_TEXT_IS_SHARED IS_ENABLED(CONFIG_ARCH_HAS_EXECMEM_ROX)

/*
 * Has this kernel no indirect branches, as it would have to fear for where they lead?
 * Thunks stand for them: against Spectre v2, and since 6.15, and in stable kernels,
 * against indirect target selection.
 */
static inline bool swc_avoids_indirect_branches(void)
{
#ifdef X86_FEATURE_INDIRECT_THUNK_ITS
	if (boot_cpu_has(X86_FEATURE_INDIRECT_THUNK_ITS))
		return true;
#endif
	return boot_cpu_has(X86_FEATURE_RETPOLINE);
}

/*
 * How often this CPU took an interrupt of its local APIC's, without NMIs: what the
 * kernel counts apart from devices' interrupts. They were members of a structure,
 * until an array replaced them; the header that has the array defines this macro.
 */
#ifdef inc_perf_irq_stat

static const u8 swc_apic_counts[] = {
	IRQ_COUNT_APIC_TIMER,
	IRQ_COUNT_SPURIOUS,
	IRQ_COUNT_X86_PLATFORM_IPI,
	IRQ_COUNT_APIC_PERF,
	IRQ_COUNT_IRQ_WORK,
	IRQ_COUNT_RESCHEDULE,
	IRQ_COUNT_CALL_FUNCTION,
#ifdef CONFIG_X86_THERMAL_VECTOR
	IRQ_COUNT_THERMAL_APIC,
#endif
#ifdef CONFIG_X86_MCE_THRESHOLD
	IRQ_COUNT_THRESHOLD_APIC,
#endif
#ifdef CONFIG_X86_MCE_AMD
	IRQ_COUNT_DEFERRED_ERROR,
#endif
#ifdef CONFIG_X86_HV_CALLBACK_VECTOR
	IRQ_COUNT_HYPERVISOR_CALLBACK,
#endif
#if IS_ENABLED(CONFIG_HYPERV)
	IRQ_COUNT_HYPERV_REENLIGHTENMENT,
	IRQ_COUNT_HYPERV_STIMER0,
#endif
#if IS_ENABLED(CONFIG_KVM)
	IRQ_COUNT_POSTED_INTR,
	IRQ_COUNT_POSTED_INTR_NESTED,
	IRQ_COUNT_POSTED_INTR_WAKEUP,
#endif
#ifdef CONFIG_GUEST_PERF_EVENTS
	IRQ_COUNT_PERF_GUEST_MEDIATED_PMI,
#endif
#ifdef CONFIG_X86_POSTED_MSI
	IRQ_COUNT_POSTED_MSI_NOTIFICATION,
#endif
};

static inline u32 swc_apic_interrupts(void)
{
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(swc_apic_counts); i++)
		n += raw_cpu_read(irq_stat.counts[swc_apic_counts[i]]);
	return n;
}

#else /* a member each */

/* Their counters depend on another option since 6.9. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define SWC_POSTED_INTERRUPTS IS_ENABLED(CONFIG_HAVE_KVM)
#else
#define SWC_POSTED_INTERRUPTS IS_ENABLED(CONFIG_KVM)
#endif

static inline u32 swc_apic_interrupts(void)
{
	u32 n = raw_cpu_read(irq_stat.apic_timer_irqs);

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
#if SWC_POSTED_INTERRUPTS
	n += raw_cpu_read(irq_stat.kvm_posted_intr_ipis);
	n += raw_cpu_read(irq_stat.kvm_posted_intr_wakeup_ipis);
	n += raw_cpu_read(irq_stat.kvm_posted_intr_nested_ipis);
#endif
#ifdef CONFIG_X86_POSTED_MSI
	n += raw_cpu_read(irq_stat.posted_msi_notification_count);
#endif
	return n;
}

#endif
#endif
