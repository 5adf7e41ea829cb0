/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REHEARSAL_H
#define SWC_REHEARSAL_H

#include <linux/types.h>

struct swc_window;

/**
 * swc_rehearse() - find out how long a window's samples take, with interrupts on
 * @window: @parts of it are rehearsed, and @rehearsed is set to the longest's ticks
 *
 * Each part is done once, with preemption off, timed and forgotten. Where it took too
 * long it is done again, a few times at most: what comes from outside only adds, and
 * rarely comes each time. Ends early, with 0, if a sequence traps: then the window is
 * done. Sleeps, as swc_work_on() does.
 *
 * Return: 0, -E2BIG (a part doesn't fit into the level's limit), -EINTR, -ENODEV,
 * -ENOMEM.
 */
int swc_rehearse(struct swc_window *window);

/* swc_rehearsal_worst() - ticks that a sample may take, by its rehearsal. */
u64 swc_rehearsal_worst(const struct swc_window *window, u64 rehearsed);

#endif
