/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LAPIC_H
#define SWC_LAPIC_H

#include <linux/types.h>

#define SWC_LAPIC_ENTRIES 4

/**
 * struct swc_lapic - what was masked
 * @entries: of the local vector table, as they were; 0: left alone
 * @thermal: the log bits of the thermal status, as they were
 */
struct swc_lapic {
	u32 entries[SWC_LAPIC_ENTRIES];
	u64 thermal;
};

/* swc_lapic_is_usable() - can the local vector table be reached here? */
bool swc_lapic_is_usable(void);

/**
 * swc_lapic_mask() - hold off this CPU's own interrupt sources
 * @saved: filled, for swc_lapic_restore()
 *
 * Masks the timer, thermal, LINT0 and LINT1, as far as they are in use, except where
 * an NMI would be delivered: one that is held off is lost for ever. Errors of the
 * hardware aren't held off, either, neither Intel's CMCI nor AMD's extended entries:
 * an error that was missed interrupts no second time; see docs/security.md. An
 * interrupt that is pending already still comes. Source: Intel SDM vol. 3A, 11.5, and
 * vol. 3B, 16.5. Context: interrupts off, on one CPU until they are restored.
 * Return: 0, or -EOPNOTSUPP (nothing is masked then): the timer is periodic, and
 * of ticks that coincide while it is masked only one could be given back.
 */
int swc_lapic_mask(struct swc_lapic *saved);

/**
 * swc_lapic_restore() - let them come again
 * @saved: from swc_lapic_mask()
 *
 * An event that came while masked sets no interrupt pending, so a timer that has
 * expired and a changed thermal status are raised by an interrupt to oneself.
 * Context: interrupts off.
 */
void swc_lapic_restore(const struct swc_lapic *saved);

#endif
