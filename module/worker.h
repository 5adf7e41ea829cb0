/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WORKER_H
#define SWC_WORKER_H

#include <linux/types.h>

/**
 * struct swc_work - what is to be done on a CPU, with nobody else running there
 * @step: a part of it: preemption is off, vector registers are ours, it lasts a
 *	window at most. Return: 0: go on, 1: all is done, or a negative errno.
 * @cpu: where
 * @softirqs_wait: hold them off during each step: interrupts are served in a step,
 *	and softirqs may do a lot, and look at the stack from which they were called
 *	(an unwinder can't pass a frame on a stack that the kernel doesn't know)
 * @quiesced: all other CPUs stand still during each step, interrupts off everywhere.
 *	That is a fifth of the time at most, whoever asks.
 */
struct swc_work {
	int (*step)(struct swc_work *work);
	u32 cpu;
	bool softirqs_wait;
	bool quiesced;
};

/**
 * swc_work_on() - do all steps, and wait
 * @work: not touched any more on return, whatever comes
 *
 * A thread of its own takes the steps, without any priority. So between any two
 * steps whoever else wants the CPU gets it, even for ever if that is of a real-time
 * class. The caller sleeps, holds nothing that CPU hotplug needs, and wakes up for
 * any signal.
 * Return: 0, -EINTR, -ENODEV (the CPU isn't online, or went), -ENOMEM, or what a
 * step returned.
 */
int swc_work_on(struct swc_work *work);

#endif
