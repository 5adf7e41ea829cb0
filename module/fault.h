/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FAULT_H
#define SWC_FAULT_H

#include <linux/types.h>

#include "loaded.h"

/**
 * swc_fault_init() - register the handlers for faults and NMIs
 *
 * The verifier makes faults impossible; the handler is a net below it. #UD,
 * #GP, #BP and the like inside the arena end the replay instead of the kernel.
 * A page fault or a double fault isn't recoverable on a foreign stack.
 */
int swc_fault_init(void);
void swc_fault_exit(void);

/*
 * swc_fault_arm() - from now on, this CPU replays these @n sequences.
 * Context: preemption off. At most one CPU is armed at a time.
 */
void swc_fault_arm(struct swc_sequence *const *sequences, u32 n);
void swc_fault_disarm(void);

/* swc_fault_nmis() - how many NMIs have hit the armed CPU. */
u32 swc_fault_nmis(void);

#endif
