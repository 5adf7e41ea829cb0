// SPDX-License-Identifier: GPL-2.0
#include "rehearsal.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <asm/msr.h>
#include <asm/sync_core.h>

#include "fault.h"
#include "segment.h"

/*
 * A sample may take twice as long as its rehearsal. The rehearsal may have run at
 * the core's highest clock, while the lowest that is usual under load is half of
 * that, and may have had all of the caches, of which later the other arms, or the
 * core's other thread, have half. A window that exceeds even this is noticed when
 * it happens.
 */
#define MARGIN 2u

/* A hypervisor may run somebody else for longer than a window, again and again. */
#define TRIES 8u

u64 swc_rehearsal_worst(const struct swc_rehearsal *r, u64 rehearsed)
{
	return MARGIN * rehearsed * r->times + r->rest;
}

/* Return: what a step does. */
static int end_part(struct swc_rehearsal *r)
{
	u64 worst = swc_rehearsal_worst(r, r->shortest);

	if (worst > r->limit && ++r->tries < TRIES)
		return 0;
	r->longest = max(r->longest, r->shortest);
	if (worst > r->limit)
		return -E2BIG;
	r->tries = 0;
	r->shortest = U64_MAX;
	return ++r->at == r->parts;
}

/*
 * Interrupts' frames land on the sequence's stack here, as in windows with
 * interrupts.
 */
static int step(struct swc_work *work)
{
	struct swc_rehearsal *r =
		container_of(work, struct swc_rehearsal, work);
	u64 start, segment;

	sync_core(); /* as where a window opens */
	segment = swc_segment_set();
	swc_fault_arm(r->sequences, r->nsequences);
	start = rdtsc_ordered();
	r->trapped = !r->part(r->context, r->at);
	r->shortest = min(r->shortest, rdtsc_ordered() - start);
	swc_fault_disarm();
	swc_segment_restore(segment);
	return r->trapped ? 1 : end_part(r);
}

int swc_rehearse(struct swc_rehearsal *r)
{
	r->work = (struct swc_work){
		.step = step,
		.cpu = r->cpu,
		.softirqs_wait = true,
	};
	r->at = 0;
	r->tries = 0;
	r->longest = 0;
	r->shortest = U64_MAX;
	r->trapped = false;
	return r->parts ? swc_work_on(&r->work) : 0;
}
