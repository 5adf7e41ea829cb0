/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PACE_H
#define SWC_PACE_H

#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct swc_pace - keeps what disturbs the whole machine to a share of the time
 * @lock: of @next
 * @next: when the next may happen, as ktime_get_ns() has it
 *
 * Whoever asks for it, and through however many opens.
 */
struct swc_pace {
	spinlock_t lock; /* of @next */
	u64 next;
};

#define SWC_PACE(name) \
	struct swc_pace name = {.lock = __SPIN_LOCK_UNLOCKED((name).lock)}

/**
 * swc_pace_wait() - wait until it may happen, and take one's turn
 * @pace: what is waited for
 * @gap_ns: the next may happen so long after this, at the earliest
 *
 * Sleeps. Return: 0, or -EINTR.
 */
int swc_pace_wait(struct swc_pace *pace, u64 gap_ns);

/* swc_pace_rest() - it has happened; the next may in @ns from now. */
void swc_pace_rest(struct swc_pace *pace, u64 ns);

#endif
