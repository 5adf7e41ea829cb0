/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVENTS_H
#define SWC_EVENTS_H

#include "engine/sampler.h"

/*
 * The events that a RUN counts: counters of a PMU, pinned on the run's CPU for as
 * long as it lasts. None outlives the ioctl, so a process that is killed leaves
 * none behind.
 */
struct swc_events;

/**
 * swc_events_open() - take a counter for each event, and see that all count
 * @counting: what to count; its @error, @error_event and @cause are written
 * @narms: of the run
 * @cpu: where it will take place
 * @out: set on success
 *
 * May sleep. Return: 0, -EFAULT, -EINVAL (a reserved member, no event, too many),
 * -ENOMEM, -ENODEV (the CPU isn't online), -ENODATA (an event can't be counted).
 */
int swc_events_open(struct swc_counting __user *counting, u32 narms, u32 cpu,
		    struct swc_events **out);

/* swc_events_tally() - for the sampler. @events must outlive it. */
struct swc_tally swc_events_tally(struct swc_events *events);

/* swc_events_check() - Return: 0, or -ENODATA: a counter was taken away. */
int swc_events_check(const struct swc_events *events);

/**
 * swc_events_close() - give the counters back, write the counts
 * @events: freed
 * @rc: what the run returns otherwise
 *
 * May sleep. Return: @rc, or if that is 0: -EFAULT, -ENODATA (an event wasn't
 * counted all the time).
 */
int swc_events_close(struct swc_events *events, int rc);

#endif
