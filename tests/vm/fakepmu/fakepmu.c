// SPDX-License-Identifier: GPL-2.0
/*
 * fakepmu - a PMU whose counts are known, for tests in a VM without any.
 *
 * perf's core treats it as any other: it has FAKEPMU_COUNTERS counters on each
 * CPU, and kinds of events that are refused in each of the ways there are. As
 * perf writes them: fakepmu/kind=2,amount=7/
 *
 * /sys/bus/event_source/devices/fakepmu/live shows how many events there are,
 * busy how many counters are in use, so that a test sees those that were left.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>
#include <linux/sysfs.h>
#include <asm/msr.h>

#define FAKEPMU_COUNTERS 6

/* perf_event_attr.config */
enum fakepmu_kind {
	FAKEPMU_TSC = 0,	 /* time stamp; instructions under -icount */
	FAKEPMU_READS = 1,	 /* 1 for each reading */
	FAKEPMU_AMOUNT = 2,	 /* config1 for each reading */
	FAKEPMU_NO_INIT = 3,	 /* can't be created */
	FAKEPMU_NO_COUNTER = 4,	 /* can be, but never gets a counter */
	FAKEPMU_ONE_COUNTER = 5, /* gets one, and none again once it is taken */
	FAKEPMU_PART_TIME = 6, /* says that it had none for part of the time */
	FAKEPMU_KINDS,
};

static atomic_t live = ATOMIC_INIT(0), busy = ATOMIC_INIT(0);
static DEFINE_PER_CPU(int, used);

static ssize_t live_show(struct device *dev, struct device_attribute *attr,
			 char *page)
{
	return sysfs_emit(page, "%d\n", atomic_read(&live));
}
static DEVICE_ATTR_RO(live);

static ssize_t busy_show(struct device *dev, struct device_attribute *attr,
			 char *page)
{
	return sysfs_emit(page, "%d\n", atomic_read(&busy));
}
static DEVICE_ATTR_RO(busy);

static struct attribute *left_attrs[] = {
	&dev_attr_live.attr,
	&dev_attr_busy.attr,
	NULL,
};

static const struct attribute_group left_group = {
	.attrs = left_attrs,
};

PMU_FORMAT_ATTR(kind, "config:0-7");
PMU_FORMAT_ATTR(amount, "config1:0-63");

static struct attribute *format_attrs[] = {
	&format_attr_kind.attr,
	&format_attr_amount.attr,
	NULL,
};

static const struct attribute_group format_group = {
	.name = "format",
	.attrs = format_attrs,
};

PMU_EVENT_ATTR_STRING(tsc, event_attr_tsc, "kind=0");
PMU_EVENT_ATTR_STRING(sevens, event_attr_sevens, "kind=2,amount=7");

static struct attribute *event_attrs[] = {
	&event_attr_tsc.attr.attr,
	&event_attr_sevens.attr.attr,
	NULL,
};

static const struct attribute_group event_group = {
	.name = "events",
	.attrs = event_attrs,
};

static const struct attribute_group *groups[] = {
	&left_group,
	&format_group,
	&event_group,
	NULL,
};

static void fakepmu_read(struct perf_event *event)
{
	u64 last, now;

	switch (event->attr.config) {
	case FAKEPMU_READS:
		local64_inc(&event->count);
		return;
	case FAKEPMU_AMOUNT:
		local64_add(event->attr.config1, &event->count);
		return;
	case FAKEPMU_PART_TIME:
		/* A child's time is part of its parent's. */
		atomic64_add(NSEC_PER_MSEC, &event->child_total_time_enabled);
		return;
	default:
		now = rdtsc();
		last = local64_xchg(&event->hw.prev_count, now);
		local64_add(now - last, &event->count);
	}
}

static void fakepmu_start(struct perf_event *event, int flags)
{
	local64_set(&event->hw.prev_count, rdtsc());
	event->hw.state = 0;
}

static void fakepmu_stop(struct perf_event *event, int flags)
{
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
}

static int fakepmu_add(struct perf_event *event, int flags)
{
	if (event->attr.config == FAKEPMU_NO_COUNTER ||
	    (event->attr.config == FAKEPMU_ONE_COUNTER && event->hw.event_base))
		return -EAGAIN;
	if (this_cpu_read(used) == FAKEPMU_COUNTERS)
		return -ENOSPC;
	event->hw.event_base = 1; /* it has had one */
	this_cpu_inc(used);
	atomic_inc(&busy);
	if (flags & PERF_EF_START)
		fakepmu_start(event, flags);
	return 0;
}

static void fakepmu_del(struct perf_event *event, int flags)
{
	fakepmu_stop(event, PERF_EF_UPDATE);
	this_cpu_dec(used);
	atomic_dec(&busy);
}

static void fakepmu_destroy(struct perf_event *event)
{
	atomic_dec(&live);
}

static int fakepmu_event_init(struct perf_event *event)
{
	if (event->attr.type != event->pmu->type)
		return -ENOENT;
	if (event->cpu < 0 || is_sampling_event(event) ||
	    event->attr.config >= FAKEPMU_KINDS)
		return -EINVAL;
	if (event->attr.config == FAKEPMU_NO_INIT)
		return -EOPNOTSUPP;
	event->hw.event_base = 0;
	event->destroy = fakepmu_destroy;
	atomic_inc(&live);
	return 0;
}

static struct pmu fakepmu = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context,
	.capabilities = PERF_PMU_CAP_NO_INTERRUPT | PERF_PMU_CAP_NO_EXCLUDE,
	.attr_groups = groups,
	.event_init = fakepmu_event_init,
	.add = fakepmu_add,
	.del = fakepmu_del,
	.start = fakepmu_start,
	.stop = fakepmu_stop,
	.read = fakepmu_read,
};

static int __init fakepmu_load(void)
{
	return perf_pmu_register(&fakepmu, "fakepmu", -1);
}

static void __exit fakepmu_unload(void)
{
	perf_pmu_unregister(&fakepmu);
}

module_init(fakepmu_load);
module_exit(fakepmu_unload);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A PMU with known counts, for tests");
