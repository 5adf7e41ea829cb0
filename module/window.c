// SPDX-License-Identifier: GPL-2.0
#include "window.h"

#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <asm/fpu/api.h>
#include <asm/sync_core.h>

#include "fault.h"
#include "run.h"

/* Long enough to amortise the way here, short enough for a prompt Ctrl-C. */
#define TURN_MS 20

static void window(struct swc_run_state *run)
{
	unsigned long flags;

	kernel_fpu_begin(); /* preemption off; vector registers are ours */
	local_irq_save(flags);
	/*
	 * Code was written through another address, maybe by another CPU;
	 * prefetched bytes must go (Intel SDM vol. 3A, 9.1.3).
	 */
	sync_core();
	swc_fault_arm(run);
	swc_sampler_burst(&run->sampler, run->window_ticks);
	swc_fault_disarm();
	local_irq_restore(flags);
	kernel_fpu_end();
	run->windows++;
}

long swc_window_turn(void *arg)
{
	struct swc_run_state *run = arg;
	unsigned long until = jiffies + msecs_to_jiffies(TURN_MS);

	do {
		window(run);
		cond_resched();
	} while (run->sampler.produced < run->sampler.capacity &&
		 !run->sampler.trapped && time_before(jiffies, until));
	return 0;
}
