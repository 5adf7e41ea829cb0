/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVENTS_H
#define SWC_EVENTS_H

#include "engine/sampler.h"

/*
 * The events that a RUN counts: counters of a PMU, pinned on the run's CPU for as
 * long as it lasts. None outlives the ioctl, so none is left when a process is
 * killed.
 */
struct swc_events;

/**
 * swc_events_open() - create the events, which take no counters yet
 * @counting: what to count; its @error, @error_event and @cause are written
 * @narms: of the run
 * @cpu: where it will take place
 * @out: set on success
 *
 * May sleep until the caller's memory comes, however long that takes: hold no
 * lock that others wait for. Return: 0, -EFAULT, -EINVAL (a reserved member, no
 * event, too many), -ENOMEM, -ENODEV (the CPU isn't online), -ENODATA (an event
 * can't be counted).
 */
int swc_events_open(struct swc_counting __user *counting, u32 narms, u32 cpu,
		    struct swc_events **out);

/**
 * swc_events_begin() - take a counter for each event, and see that all count
 * @events: from swc_events_open()
 *
 * May sleep, but doesn't touch the caller's memory. swc_events_end() must follow,
 * also after an error. Return: 0, or -ENODATA: one got no counter.
 */
int swc_events_begin(struct swc_events *events);

/* swc_events_tally() - for the sampler. @events must outlive it. */
struct swc_tally swc_events_tally(struct swc_events *events);

/* swc_events_check() - Return: 0, or -ENODATA: a counter was taken away. */
int swc_events_check(const struct swc_events *events);

/**
 * swc_events_end() - give the counters back
 * @events: no longer counted
 * @rc: what the run returns otherwise
 *
 * May sleep, but doesn't touch the caller's memory. Return: @rc, or if that is 0:
 * -ENODATA (an event wasn't counted all the time).
 */
int swc_events_end(struct swc_events *events, int rc);

/**
 * swc_events_close() - write the counts, and why there are none
 * @events: freed
 * @rc: what the run returns otherwise
 *
 * May sleep, as swc_events_open() does. Return: @rc, or if that is 0 or -ENODATA:
 * -EFAULT.
 */
int swc_events_close(struct swc_events *events, int rc);

#endif
