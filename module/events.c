// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/perf_event.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "access.h"
#include "account.h"

/*
 * When somebody else's pinned event is installed, all events leave the PMU for
 * some microseconds. The sample that this hits has a flag for the interrupt
 * that did it, so it need not count as multiplexing, which takes a share of the
 * time.
 */
#define SLACK_SHARE 1000u /* a thousandth of the time */

/**
 * struct swc_events - events of a RUN under way
 * @user: the caller's structure, for what goes out
 * @counting: a copy of it
 * @narms: arms of the run
 * @cpu: its CPU
 * @nevents: how many of @event there are
 * @event: the kernel's, in the caller's order
 * @enabled: time that each was enabled when it began, ns
 * @running: that it was on a counter then
 * @before: readings of this sample
 * @after: likewise
 * @sums: [arm * nevents + event]
 * @samples: [arm], so many make up @sums
 * @failed: SWC_EVENT_ERR_LOST, if one was
 * @failed_event: which
 */
struct swc_events {
	struct swc_counting __user *user;
	struct swc_counting counting;
	u32 narms;
	u32 cpu;
	u32 nevents;
	struct perf_event *event[SWC_MAX_EVENTS];
	u64 enabled[SWC_MAX_EVENTS];
	u64 running[SWC_MAX_EVENTS];
	u64 before[SWC_MAX_EVENTS];
	u64 after[SWC_MAX_EVENTS];
	u64 sums[SWC_MAX_ARMS * SWC_MAX_EVENTS];
	u64 samples[SWC_MAX_ARMS];
	u32 failed;
	u32 failed_event;
};

static bool is_active(const struct perf_event *event, int cpu)
{
	return READ_ONCE(event->state) == PERF_EVENT_STATE_ACTIVE &&
	       READ_ONCE(event->oncpu) == cpu;
}

/*
 * Does what perf_event_read_local() does, which isn't exported. This is safe,
 * because perf itself calls pmu->read() this way, on the event's CPU with
 * interrupts off: an event is put on the PMU and taken off it on its own CPU
 * only, by interrupts or by the scheduler, so with interrupts off one that is
 * active stays so. Our reference keeps it and its PMU's module. An NMI that
 * handles an overflow may come in between; the PMU's own update is made for
 * that.
 *
 * All are read in the same order before and after the replay, so each counts
 * the same part of the other readings, which the control counts as well.
 */
static void read_all(struct swc_events *events, u64 *values)
{
	struct perf_event *event;
	unsigned long flags;
	u32 i;

	local_irq_save(flags);
	for (i = 0; i < events->nevents; i++) {
		event = events->event[i];
		if (unlikely(!is_active(event, smp_processor_id()))) {
			events->failed = SWC_EVENT_ERR_LOST;
			events->failed_event = i;
			break;
		}
		event->pmu->read(event);
		values[i] = local64_read(&event->count);
	}
	local_irq_restore(flags);
}

static void begin(void *context)
{
	struct swc_events *events = context;

	read_all(events, events->before);
}

static void end(void *context)
{
	struct swc_events *events = context;

	read_all(events, events->after);
}

static void keep(void *context, const struct swc_sample *sample)
{
	struct swc_events *events = context;
	u64 *sums = &events->sums[sample->arm * events->nevents];
	u32 i;

	if (sample->flags & SWC_SAMPLE_DROP || events->failed)
		return;
	for (i = 0; i < events->nevents; i++)
		sums[i] += events->after[i] - events->before[i];
	events->samples[sample->arm]++;
}

struct swc_tally swc_events_tally(struct swc_events *events)
{
	return (struct swc_tally){begin, end, keep, events};
}

int swc_events_check(const struct swc_events *events)
{
	return events->failed ? -ENODATA : 0;
}

/*
 * These count in handlers of their own, whenever something happens. A reading
 * says nothing, and a window is no place for their handlers.
 */
static bool is_handled(u32 type)
{
	return type == PERF_TYPE_SOFTWARE || type == PERF_TYPE_TRACEPOINT ||
	       type == PERF_TYPE_BREAKPOINT;
}

/*
 * Does a counter count these, which the PMU's read() only has to look at? That is
 * enough, since perf's own rule is that read() may be called with interrupts off.
 *
 * Types don't decide, since probes, for one, have no fixed type. The context that
 * perf schedules a PMU's events in does: the one for software is for events that
 * always find room, since they need no counter. Tracers are there as well, kprobe,
 * uprobe, intel_pt and intel_bts, and one PMU of counters, msr, which run anyway
 * and so find room. Of these, only msr can't interrupt: nothing happens when it
 * counts, while all that count in handlers can sample.
 */
static bool is_counter(const struct pmu *pmu)
{
	return pmu->task_ctx_nr != perf_sw_context ||
	       pmu->capabilities & PERF_PMU_CAP_NO_INTERRUPT;
}

static int refuse(struct swc_events *events, u32 error, u32 event, int cause)
{
	events->counting.error = error;
	events->counting.error_event = event;
	events->counting.cause = cause;
	return -ENODATA;
}

/*
 * Creates an event without a counter, which others may need until the run's
 * turn comes. It isn't left to that turn: a PMU may take any time to create an
 * event.
 */
static int create(struct swc_events *events, const struct swc_event *e)
{
	struct perf_event_attr attr = {
		.type = e->type,
		.size = sizeof(attr),
		.config = e->config,
		.config1 = e->config1,
		.config2 = e->config2,
		.disabled = 1,
		.pinned = 1,
	};
	struct perf_event *event;
	u32 i = events->nevents;

	if (e->reserved0)
		return -EINVAL;
	if (is_handled(e->type))
		return refuse(events, SWC_EVENT_ERR_TYPE, i, 0);
	event = perf_event_create_kernel_counter(&attr, events->cpu, NULL, NULL,
						 NULL);
	if (IS_ERR(event))
		return refuse(events, SWC_EVENT_ERR_CREATE, i, -PTR_ERR(event));
	if (!is_counter(event->pmu)) {
		perf_event_release_kernel(event);
		return refuse(events, SWC_EVENT_ERR_TYPE, i, 0);
	}
	events->event[events->nevents++] = event;
	return 0;
}

static int create_all(struct swc_events *events)
{
	u32 i, n = events->counting.nevents;
	struct swc_event *list;
	int rc = 0;

	list = swc_copy_in(events->counting.events, n, sizeof(*list));
	if (IS_ERR(list))
		return PTR_ERR(list);
	for (i = 0; i < n && !rc; i++)
		rc = create(events, &list[i]);
	kvfree(list);
	return rc;
}

/*
 * An event that gets no counter has been created nevertheless. Later ones may
 * have taken it from earlier ones, so all are looked at when all are there.
 */
static int see_active(struct swc_events *events)
{
	u32 i;

	for (i = 0; i < events->nevents; i++) {
		if (!is_active(events->event[i], events->cpu))
			return refuse(events, SWC_EVENT_ERR_INACTIVE, i, 0);
		perf_event_read_value(events->event[i], &events->enabled[i],
				      &events->running[i]);
	}
	return 0;
}

/* Have all been running since see_active()? */
static int see_running(struct swc_events *events)
{
	u64 enabled, running;
	u32 i;

	for (i = 0; i < events->nevents; i++) {
		perf_event_read_value(events->event[i], &enabled, &running);
		enabled -= events->enabled[i];
		running -= events->running[i];
		if (enabled > running + enabled / SLACK_SHARE)
			return refuse(events, SWC_EVENT_ERR_MULTIPLEXED, i, 0);
	}
	return 0;
}

static void release_all(struct swc_events *events)
{
	while (events->nevents)
		perf_event_release_kernel(events->event[--events->nevents]);
}

/* Frees all, and reports what went wrong, if anything. */
static int finish(struct swc_events *events, int rc)
{
	release_all(events);
	if (copy_to_user(events->user, &events->counting,
			 sizeof(events->counting)) &&
	    (!rc || rc == -ENODATA))
		rc = -EFAULT;
	kfree(events);
	return rc;
}

static int get_counting(struct swc_events *events)
{
	struct swc_counting *c = &events->counting;

	if (copy_from_user(c, events->user, sizeof(*c)))
		return -EFAULT;
	if (!c->nevents || c->nevents > SWC_MAX_EVENTS ||
	    memchr_inv(c->reserved, 0, sizeof(c->reserved)))
		return -EINVAL;
	if (!cpu_online(events->cpu))
		return -ENODEV;
	c->error = SWC_EVENT_OK;
	c->error_event = 0;
	c->cause = 0;
	return 0;
}

int swc_events_open(struct swc_counting __user *counting, u32 narms, u32 cpu,
		    struct swc_events **out)
{
	struct swc_events *events;
	int rc;

	events = kzalloc(sizeof(*events), SWC_GFP);
	if (!events)
		return -ENOMEM;
	events->user = counting;
	events->narms = narms;
	events->cpu = cpu;
	rc = get_counting(events);
	if (rc) {
		kfree(events);
		return rc;
	}
	rc = swc_access_counters();
	rc = rc ? refuse(events, SWC_EVENT_ERR_CREATE, 0, -rc)
		: create_all(events);
	if (rc)
		return finish(events, rc);
	*out = events;
	return 0;
}

int swc_events_begin(struct swc_events *events)
{
	u32 i;

	for (i = 0; i < events->nevents; i++)
		perf_event_enable(events->event[i]);
	return see_active(events);
}

int swc_events_end(struct swc_events *events, int rc)
{
	int counted;

	if (events->failed)
		counted =
			refuse(events, events->failed, events->failed_event, 0);
	else
		counted = rc ? rc : see_running(events);
	release_all(events);
	return rc ? rc : counted;
}

static int write_counts(const struct swc_events *events)
{
	const struct swc_counting *c = &events->counting;
	size_t sums = events->narms * c->nevents * sizeof(u64);

	if (copy_to_user(u64_to_user_ptr(c->counts), events->sums, sums) ||
	    copy_to_user(u64_to_user_ptr(c->samples), events->samples,
			 events->narms * sizeof(u64)))
		return -EFAULT;
	return 0;
}

int swc_events_close(struct swc_events *events, int rc)
{
	int written = write_counts(events);

	return finish(events, rc ? rc : written);
}
