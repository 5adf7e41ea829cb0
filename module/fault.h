/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FAULT_H
#define SWC_FAULT_H

#include <linux/types.h>

#include "loaded.h"

/**
 * swc_fault_get() - have the handlers for faults and NMIs registered
 *
 * The first caller has them registered, the last swc_fault_put() takes them away: as
 * long as nobody uses the module, no path of the kernel leads through it.
 *
 * The verifier makes faults impossible; the handler is a net below it. #UD,
 * #GP, #BP and the like inside the arena end the replay instead of the kernel.
 * A page fault or a double fault isn't recoverable on a foreign stack. One that
 * overflows meets the guard page: the CPU can't push the page fault's frame there, so
 * it becomes a double fault, which has a stack of its own, and the kernel panics. It
 * can't go on: where the frame belongs is lost, and so is what had been interrupted.
 *
 * May sleep. Return: 0, -EINTR, -ENOMEM.
 */
int swc_fault_get(void);

/*
 * swc_fault_put() - let go of the handlers; none of the caller's windows is
 * open. May sleep.
 */
void swc_fault_put(void);

/*
 * swc_fault_arm() - from now on, this CPU replays these @n sequences.
 * Context: preemption off. At most one CPU is armed at a time.
 */
void swc_fault_arm(struct swc_sequence *const *sequences, u32 n);
void swc_fault_disarm(void);

/*
 * swc_fault_report() - say in the kernel's log what the net has caught since it was
 * last asked, and whose sequence it was. Context: the process that asked for the
 * windows, after them, while it has all windows to itself.
 */
void swc_fault_report(void);

/* swc_fault_nmis() - how many NMIs have hit the armed CPU. */
u32 swc_fault_nmis(void);

#endif
