/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_SEGMENT_H
#define SWC_SEGMENT_H

#include <linux/types.h>

/*
 * The base of FS, from which sequences' addresses may count as a thread's do. While its
 * owner, a program, isn't running, the kernel uses FS for nothing.
 */

/* swc_segment_is_usable() - may its base be changed under this kernel? Any context. */
bool swc_segment_is_usable(void);

/**
 * swc_segment_set() - set the base to SWC_SEGMENT_BASE, for this CPU's replays
 *
 * Context: preemption is off until swc_segment_restore(): a task that is switched to has
 * a base of its own. Interrupts and NMIs don't look at it. Return: the base before; 0 if
 * it isn't usable.
 */
u64 swc_segment_set(void);

/* swc_segment_restore() - put back what swc_segment_set() has returned. */
void swc_segment_restore(u64 base);

#endif
