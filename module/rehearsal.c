// SPDX-License-Identifier: GPL-2.0
#include "rehearsal.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <asm/msr.h>
#include <asm/sync_core.h>

#include "fault.h"
#include "window.h"

/*
 * A sample may take twice as long as its rehearsal. That one may have run at the
 * core's highest clock, of which the lowest that is usual under load is a half, and
 * have found the caches as it likes them, where later the other arms, or the core's
 * other thread, have half of them. What exceeds even this is seen when it happens.
 */
#define MARGIN 2u

/* A hypervisor may run somebody else for longer than a window, again and again. */
#define TRIES 8u

/**
 * struct rehearsal - one under way
 * @work: what the worker sees of it
 * @window: whose
 * @part: of it
 * @tries: of that part, so far
 * @shortest: of them, ticks
 */
struct rehearsal {
	struct swc_work work;
	struct swc_window *window;
	u32 part;
	u32 tries;
	u64 shortest;
};

u64 swc_rehearsal_worst(const struct swc_window *w, u64 rehearsed)
{
	return MARGIN * rehearsed * w->times + w->rest;
}

/* Return: what a step does. */
static int end_part(struct rehearsal *r)
{
	struct swc_window *w = r->window;
	u64 limit = swc_window_limit(w->isolation);

	if (swc_rehearsal_worst(w, r->shortest) > limit && ++r->tries < TRIES)
		return 0;
	w->rehearsed = max(w->rehearsed, r->shortest);
	if (swc_rehearsal_worst(w, r->shortest) > limit)
		return -E2BIG;
	r->tries = 0;
	r->shortest = U64_MAX;
	return ++r->part == w->parts;
}

/* Interrupts' frames land on the sequence's stack, as in windows that have some. */
static int step(struct swc_work *work)
{
	struct rehearsal *r = container_of(work, struct rehearsal, work);
	struct swc_window *w = r->window;
	bool ended;
	u64 start;

	sync_core(); /* as where a window opens */
	swc_fault_arm(w->sequences, w->nsequences);
	start = rdtsc_ordered();
	ended = w->rehearse(w, r->part);
	r->shortest = min(r->shortest, rdtsc_ordered() - start);
	swc_fault_disarm();
	/* Else it stays: the window that is being judged may have been the last. */
	if (!ended)
		w->done = true;
	return ended ? end_part(r) : 1;
}

int swc_rehearse(struct swc_window *w)
{
	struct rehearsal r = {
		.work = {.step = step, .cpu = w->cpu, .softirqs_wait = true},
		.window = w,
		.shortest = U64_MAX,
	};

	return w->parts ? swc_work_on(&r.work) : 0;
}
