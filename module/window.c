// SPDX-License-Identifier: GPL-2.0
#include "window.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <asm/cpufeature.h>
#include <asm/sync_core.h>
#include <asm/tsc.h>

#include "fault.h"
#include "fpu.h"
#include "hooks.h"
#include "lapic.h"
#include "rehearsal.h"
#include "segment.h"

static DEFINE_MUTEX(windows_lock);

int swc_window_lock(void)
{
	return mutex_lock_interruptible(&windows_lock);
}

void swc_window_unlock(void)
{
	mutex_unlock(&windows_lock);
}

u64 swc_window_ticks(u32 ns)
{
	return div_u64((u64)ns * tsc_khz, 1000000);
}

static bool has_timer(u32 isolation)
{
	return isolation == SWC_ISOLATION_NONE ||
	       isolation == SWC_ISOLATION_PREEMPT_OFF;
}

static u64 limit_of(u32 isolation)
{
	return swc_window_ticks(has_timer(isolation) ? SWC_LONG_WINDOW_MAX_NS
						     : SWC_WINDOW_MAX_NS);
}

bool swc_window_is_possible(u64 bound)
{
	return bound <= swc_window_ticks(SWC_LONG_WINDOW_MAX_NS);
}

/*
 * A window begins its last sample after the time asked for, but early enough that
 * even the longest, of @worst ticks, ends within the limit.
 */
static u64 deadline(const struct swc_window *w, u64 worst)
{
	u32 ns = w->window_ns ? w->window_ns : SWC_WINDOW_DEFAULT_NS;
	u64 hard = limit_of(w->isolation);

	/*
	 * Nothing is held off between samples at this level, so each sample is
	 * a window.
	 */
	if (w->isolation == SWC_ISOLATION_NONE)
		return 0;
	return min(swc_window_ticks(ns), hard > worst ? hard - worst : 0);
}

u64 swc_window_capabilities(void)
{
	u64 levels = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE) |
		     SWC_CAP_ISOLATION(SWC_ISOLATION_PREEMPT_OFF) |
		     SWC_CAP_ISOLATION(SWC_ISOLATION_IRQ_OFF) |
		     SWC_CAP_ISOLATION(SWC_ISOLATION_QUIESCED);

	if (swc_lapic_is_usable())
		levels |= SWC_CAP_ISOLATION(SWC_ISOLATION_LVT_MASKED);
	return levels;
}

u64 swc_window_left(const struct swc_window *w)
{
	u64 now, left;

	if (!w->until)
		return w->ticks;
	/* Not by the TSC: another CPU's may differ. */
	now = ktime_get_ns();
	left = w->until > now ? w->until - now : 0;
	/* A time longer than any window bounds none, and may not fit into 32 bits. */
	left = min_t(u64, left, SWC_LONG_WINDOW_MAX_NS);
	return min(w->ticks, swc_window_ticks(left));
}

/* The first window is never late: something has to come of it. */
static bool is_late(const struct swc_window *w)
{
	return w->until && w->opened && ktime_get_ns() >= w->until;
}

bool swc_window_is_done(const struct swc_window *w)
{
	struct swc_sample *at;

	if (is_late(w))
		return true;
	if (w->done || w->body)
		return w->done;
	return w->produced == w->wanted || w->sampler.trapped ||
	       !swc_ring_room(w->ring, &at);
}

/* Accounts for what the counters have seen, and flags the samples that it concerns. */
static void account(struct swc_window *w, const struct swc_counters *before,
		    const struct swc_counters *after)
{
	u32 i, smis = after->smis - before->smis;

	w->elsewhere = smis || boot_cpu_has(X86_FEATURE_HYPERVISOR);
	for (i = 0; smis && i < w->sampler.produced; i++)
		w->sampler.samples[i].flags |= SWC_SAMPLE_NEAR_SMI;
	w->smis += smis;
	w->interrupts += after->interrupts - before->interrupts;
	w->aperf += after->aperf - before->aperf;
	w->tsc += after->tsc - before->tsc;
	w->last = after->tsc - before->tsc;
	w->longest = max(w->longest, w->last);
}

static void take_samples(struct swc_window *w)
{
	u32 room = swc_ring_room(w->ring, &w->sampler.samples);

	w->sampler.capacity = min(room, w->wanted - w->produced);
	w->sampler.produced = 0;
	swc_sampler_burst(&w->sampler, swc_window_left(w));
}

/*
 * Opens one window, in the same way at every level. The caller holds off what
 * the level holds off, at least preemption, and the vector registers are ours.
 */
static void open_once(struct swc_window *w)
{
	struct swc_counters before, after;
	u64 segment;

	/*
	 * Code was written through another address, maybe by another CPU;
	 * prefetched bytes must go (Intel SDM vol. 3A, 9.1.3).
	 */
	sync_core();
	swc_fpu_clear();
	segment = swc_segment_set();
	swc_fault_arm(w->sequences, w->nsequences);
	swc_counters_read(&before);
	if (w->body)
		w->body(w);
	else
		take_samples(w);
	swc_counters_read(&after);
	swc_fault_disarm();
	swc_segment_restore(segment);
	swc_hook_window(w->sequences, w->nsequences);
	account(w, &before, &after);
	if (w->sampler.produced)
		swc_ring_publish(w->ring, w->sampler.produced);
	w->produced += w->sampler.produced;
	w->opened++;
	if (w->after)
		w->after(w);
}

static int open_lvt_masked(struct swc_window *w)
{
	struct swc_lapic saved;
	unsigned long flags;
	int rc;

	local_irq_save(flags);
	rc = swc_lapic_mask(&saved);
	local_irq_restore(flags);
	if (rc)
		return rc;
	open_once(w);
	local_irq_save(flags);
	swc_lapic_restore(&saved);
	local_irq_restore(flags);
	return 0;
}

static void open_irq_off(struct swc_window *w)
{
	unsigned long flags;

	local_irq_save(flags);
	open_once(w);
	local_irq_restore(flags);
}

/*
 * One window, in the worker's thread. Interrupts' frames land on the sequence's
 * stack, which has the headroom for them; their handlers run on the CPU's own.
 */
static int step(struct swc_work *work)
{
	struct swc_window *w = container_of(work, struct swc_window, work);
	int rc = 0;

	switch (w->isolation) {
	case SWC_ISOLATION_IRQ_OFF:
		open_irq_off(w);
		break;
	case SWC_ISOLATION_LVT_MASKED:
		rc = open_lvt_masked(w);
		break;
	default:
		open_once(w);
	}
	if (!rc && w->last > limit_of(w->isolation))
		rc = -ETIME;
	return rc ? rc : swc_window_is_done(w);
}

static int run_windows(struct swc_window *w)
{
	int rc;

	w->work = (struct swc_work){
		.step = step,
		.cpu = w->cpu,
		.softirqs_wait = swc_window_has_interrupts(w->isolation),
		.quiesced = w->isolation == SWC_ISOLATION_QUIESCED,
	};
	rc = swc_work_on(&w->work);
	swc_fault_report();
	return rc;
}

static bool rehearse_part(void *context, u32 part)
{
	struct swc_window *w = context;

	return w->rehearse(w, part);
}

/* @worst: set to how long a sample may take, by what was rehearsed so far, ticks. */
static int rehearse(struct swc_window *w, u64 *worst)
{
	struct swc_rehearsal r = {
		.part = rehearse_part,
		.context = w,
		.parts = w->parts,
		.times = w->times,
		.rest = w->rest,
		.limit = limit_of(w->isolation),
		.sequences = w->sequences,
		.nsequences = w->nsequences,
		.cpu = w->cpu,
	};
	int rc = swc_rehearse(&r);

	w->rehearsed = max(w->rehearsed, r.longest);
	*worst = swc_rehearsal_worst(&r, w->rehearsed);
	/*
	 * If none trapped, @done stays: the window that is being judged may
	 * have been the last.
	 */
	if (r.trapped)
		w->done = true;
	return rc;
}

/*
 * The last window took too long: by itself? A host that runs something else instead
 * of a guest holds off all of the guest's interrupts, and none of the machine's.
 */
static int judge(struct swc_window *w)
{
	u64 worst;
	int rc = w->elsewhere ? rehearse(w, &worst) : -ETIME;

	return rc == -E2BIG ? -ETIME : rc;
}

int swc_window_run(struct swc_window *w)
{
	u64 worst = w->bound;
	int rc = 0;

	if (!has_timer(w->isolation))
		rc = rehearse(w, &worst);
	w->ticks = deadline(w, worst);
	while (!rc && !swc_window_is_done(w)) {
		rc = run_windows(w);
		if (rc == -ETIME)
			rc = judge(w);
	}
	return rc;
}
