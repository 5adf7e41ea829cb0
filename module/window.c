// SPDX-License-Identifier: GPL-2.0
#include "window.h"

#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <asm/fpu/api.h>
#include <asm/sync_core.h>

#include "fault.h"

/* Long enough to amortise the way here, short enough for a prompt Ctrl-C. */
#define TURN_MS 20

static void open_once(struct swc_window *w)
{
	unsigned long flags;

	kernel_fpu_begin(); /* preemption off; vector registers are ours */
	local_irq_save(flags);
	/*
	 * Code was written through another address, maybe by another CPU;
	 * prefetched bytes must go (Intel SDM vol. 3A, 9.1.3).
	 */
	sync_core();
	swc_fault_arm(w->sequences, w->sampler.narms);
	swc_sampler_burst(&w->sampler, w->ticks);
	swc_fault_disarm();
	local_irq_restore(flags);
	kernel_fpu_end();
	w->opened++;
}

long swc_window_turn(void *window)
{
	unsigned long until = jiffies + msecs_to_jiffies(TURN_MS);
	struct swc_window *w = window;

	do {
		open_once(w);
		cond_resched();
	} while (!swc_window_is_done(w) && time_before(jiffies, until));
	return 0;
}
