// SPDX-License-Identifier: GPL-2.0
#include "lapic.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "compat.h"

#define TIMER_MODE    (APIC_LVT_TIMER_PERIODIC | APIC_LVT_TIMER_TSCDEADLINE)
#define DELIVERY_MODE 0x700
#define VECTOR	      0xff

/* The most turns of a wait for the interrupt command register; a few are usual. */
#define MAX_WAIT 1000

/* IA32_THERM_STATUS: sticky bits, each beside the state that it logs. */
#define THERMAL_LOGS (0xaaaaull | PACKAGE_THERM_STATUS_HFI_UPDATED)

enum entry { TIMER, LINT0, LINT1, THERMAL };

/* In order of enum entry, with the smallest "max LVT entry" of a LAPIC that has it. */
static const struct {
	u32 reg;
	u32 max_entry;
} table[SWC_LAPIC_ENTRIES] = {
	[TIMER] = {APIC_LVTT, 0},
	[LINT0] = {APIC_LVT0, 0},
	[LINT1] = {APIC_LVT1, 0},
	[THERMAL] = {APIC_LVTTHMR, 5},
};

static u32 read_apic(u32 reg)
{
#ifdef CONFIG_X86_X2APIC
	if (x2apic_enabled())
		return native_apic_msr_read(reg);
#endif
	return native_apic_mem_read(reg);
}

static void write_apic(u32 reg, u32 value)
{
#ifdef CONFIG_X86_X2APIC
	if (x2apic_enabled()) {
		native_apic_msr_write(reg, value);
		return;
	}
#endif
	native_apic_mem_write(reg, value);
}

static void interrupt_self(u32 vector)
{
	unsigned int i;

#ifdef CONFIG_X86_X2APIC
	if (x2apic_enabled()) {
		native_apic_msr_write(APIC_SELF_IPI, vector);
		return;
	}
#endif
	for (i = 0; i < MAX_WAIT; i++) {
		if (!(read_apic(APIC_ICR) & APIC_ICR_BUSY))
			break;
		cpu_relax();
	}
	write_apic(APIC_ICR, APIC_DEST_SELF | APIC_DM_FIXED | vector);
}

static u64 read_thermal(void)
{
	u64 core = 0, package = 0;

	if (rdmsrq_safe(MSR_IA32_THERM_STATUS, &core))
		return 0;
	rdmsrq_safe(MSR_IA32_PACKAGE_THERM_STATUS, &package);
	return (core & THERMAL_LOGS) | (package & THERMAL_LOGS) << 32;
}

bool swc_lapic_is_usable(void)
{
	u64 base;

	/* A Xen PV guest has no APIC of its own. */
	if (!boot_cpu_has(X86_FEATURE_APIC) || boot_cpu_has(X86_FEATURE_XENPV))
		return false;
	if (rdmsrq_safe(MSR_IA32_APICBASE, &base) ||
	    !(base & MSR_IA32_APICBASE_ENABLE))
		return false;
	return GET_APIC_MAXLVT(read_apic(APIC_LVR)) >= 3;
}

static bool can_be_held_off(enum entry entry, u32 value)
{
	u32 mode = value & DELIVERY_MODE;

	if (value & APIC_LVT_MASKED)
		return false;
	/* The timer has no delivery mode, it is always fixed. */
	return entry == TIMER || mode == APIC_DM_FIXED ||
	       mode == APIC_DM_EXTINT;
}

int swc_lapic_mask(struct swc_lapic *saved)
{
	u32 entries = GET_APIC_MAXLVT(read_apic(APIC_LVR)), i, value;

	value = read_apic(APIC_LVTT);
	if (!(value & APIC_LVT_MASKED) &&
	    (value & TIMER_MODE) == APIC_LVT_TIMER_PERIODIC)
		return -EOPNOTSUPP;

	*saved = (struct swc_lapic){};
	for (i = 0; i < SWC_LAPIC_ENTRIES; i++) {
		if (entries < table[i].max_entry)
			continue;
		value = read_apic(table[i].reg);
		if (!can_be_held_off(i, value))
			continue;
		saved->entries[i] = value;
		write_apic(table[i].reg, value | APIC_LVT_MASKED);
	}
	if (saved->entries[THERMAL])
		saved->thermal = read_thermal();
	return 0;
}

/*
 * Did the timer expire, whether it was armed before the window or by an
 * interrupt in it? A deadline disarms itself when it is reached, masked or not;
 * if one that has passed still stands, it won't fire any more, either. The
 * kernel masks the timer whenever it needs none, so a timer in use and not armed
 * has expired. If that is wrong, the kernel's timer handler runs once too often
 * and finds nothing to do.
 */
static bool timer_has_expired(u32 entry)
{
	u64 deadline;

	if ((entry & TIMER_MODE) != APIC_LVT_TIMER_TSCDEADLINE)
		return !read_apic(APIC_TMCCT);
	rdmsrq(MSR_IA32_TSC_DEADLINE, deadline);
	return !deadline || rdtsc() >= deadline;
}

void swc_lapic_restore(const struct swc_lapic *saved)
{
	u32 i;

	for (i = 0; i < SWC_LAPIC_ENTRIES; i++) {
		if (saved->entries[i])
			write_apic(table[i].reg, saved->entries[i]);
	}
	/*
	 * The timer is unmasked first: if it expires from here on, its
	 * interrupt comes by itself. If it comes both ways it is the same
	 * vector, pending once.
	 */
	if (saved->entries[TIMER] && timer_has_expired(saved->entries[TIMER]))
		interrupt_self(saved->entries[TIMER] & VECTOR);
	if (saved->entries[THERMAL] && read_thermal() != saved->thermal)
		interrupt_self(saved->entries[THERMAL] & VECTOR);
}
