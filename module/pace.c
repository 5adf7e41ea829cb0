// SPDX-License-Identifier: GPL-2.0
#include "pace.h"

#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

/*
 * Timers may come late by so much, so that those that are due together come
 * together.
 */
#define SLACK_NS 50000

int swc_pace_wait(struct swc_pace *pace, u64 gap_ns)
{
	ktime_t until;
	u64 turn;

	spin_lock(&pace->lock);
	turn = max(pace->next, ktime_get_ns());
	pace->next = turn + gap_ns;
	spin_unlock(&pace->lock);

	until = ns_to_ktime(turn);
	while (ktime_get_ns() < turn) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_hrtimeout_range(&until, SLACK_NS, HRTIMER_MODE_ABS);
		if (signal_pending(current))
			return -EINTR;
	}
	return 0;
}

void swc_pace_rest(struct swc_pace *pace, u64 ns)
{
	spin_lock(&pace->lock);
	pace->next = max(pace->next, ktime_get_ns() + ns);
	spin_unlock(&pace->lock);
}
