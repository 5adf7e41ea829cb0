/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WINDOW_H
#define SWC_WINDOW_H

#include "engine/sampler.h"
#include "counters.h"
#include "loaded.h"
#include "ring.h"
#include "worker.h"

/**
 * struct swc_window - windows of isolation, one after the other
 * @body: what happens in each; it may replay @sequences. Context: as the
 *	isolation level says, the vector registers saved.
 * @rehearse: part number @part of what happens in each: the longest thing that can't
 *	be left in its middle, with nothing kept of it, @done neither. Interrupts are
 *	on. Return: false if it trapped; then the window is done.
 * @parts: how many; 0: nothing can be rehearsed
 * @times: each part may happen so often in a window that can't be left
 * @rest: what else happens in it, ticks by the model: what a rehearsal leaves out
 * @bound: how long a window that can't be left lasts at most by the model, ticks
 * @window_ns: when a window takes its last sample, as asked for; 0: default
 * @after: what happens after each, in the same context; NULL: nothing
 * @done: set in a window: there is nothing more to do
 * @sampler: what takes samples in them, if @body is NULL
 * @sequences: that are replayed; the sampler's arms, in the same order
 * @nsequences: how many
 * @isolation: enum swc_isolation
 * @cpu: where
 * @ticks: when a window takes its last sample, TSC ticks after it opened; set by
 *	swc_window_run()
 * @until: when all of them take their last, as ktime_get_ns() has it; at least one
 *	is taken. 0: no limit
 * @ring: where samples go
 * @wanted: how many samples in all
 * @before: for the sampler's watch
 * @work: what the worker sees of it
 * @produced: samples so far
 * @opened: windows so far
 * @interrupts: that hit windows
 * @smis: likewise
 * @aperf: core clocks that windows were open
 * @tsc: ticks in the same time
 * @last: ticks of the last window
 * @elsewhere: not all of them need be its own: an SMI or a hypervisor may have some
 * @longest: ticks of the longest window
 * @rehearsed: ticks of the longest rehearsal
 */
struct swc_window {
	void (*body)(struct swc_window *window);
	void (*after)(struct swc_window *window);
	bool (*rehearse)(struct swc_window *window, u32 part);
	u32 parts;
	u32 times;
	u64 rest;
	u64 bound;
	u32 window_ns;
	bool done;
	struct swc_sampler sampler;
	struct swc_sequence *const *sequences;
	u32 nsequences;
	u32 isolation;
	u32 cpu;
	u64 ticks;
	u64 until;
	struct swc_sample_ring *ring;
	u32 wanted;
	struct swc_disturbances before;
	struct swc_work work;
	u32 produced;
	u32 opened;
	u32 interrupts;
	u32 smis;
	u64 aperf;
	u64 tsc;
	u64 last;
	bool elsewhere;
	u64 longest;
	u64 rehearsed;
};

/**
 * swc_window_lock() - have all windows to oneself
 *
 * Two runs would disturb each other, and the fault net serves one CPU. May
 * sleep. Return: 0 or -EINTR.
 */
int swc_window_lock(void);
void swc_window_unlock(void);

/* swc_window_ticks() - TSC ticks in @ns. */
u64 swc_window_ticks(u32 ns);

/*
 * swc_window_is_possible() - may a window that can't be left last @bound ticks? It
 * may, up to the longest window, whatever the level: the window may really last so
 * long if the rehearsal has promised too much.
 */
bool swc_window_is_possible(u64 bound);

/*
 * swc_window_left() - the ticks of a window that opens now: @ticks, or less,
 * since only one sample may exceed @until.
 */
u64 swc_window_left(const struct swc_window *window);

/* swc_window_has_interrupts() - are any served inside, at this level? */
static inline bool swc_window_has_interrupts(u32 isolation)
{
	return isolation < SWC_ISOLATION_IRQ_OFF;
}

/* swc_window_capabilities() - SWC_CAP_ISOLATION() of each level there is. */
u64 swc_window_capabilities(void);

/*
 * swc_window_is_done() - all samples taken, a sequence trapped, no room, or no
 * time left?
 */
bool swc_window_is_done(const struct swc_window *window);

/**
 * swc_window_run() - windows until all is done
 * @window: everything up to @before is set, but for @ticks
 *
 * If the level holds the timer off, all parts are rehearsed first. A window that
 * lasted longer than its level allows is the last one, unless the time was spent
 * elsewhere: an SMI came, or there is a hypervisor, and rehearsals fit as before.
 *
 * Each window lasts @ticks and one sample; in between, pending interrupts are
 * served, and whoever else wants the CPU. The machine stands still for a fifth of
 * the time at most. Sleeps, as swc_work_on() does. Return: 0, -E2BIG (by the
 * rehearsal it takes too long), -ETIME (a window did), -EINTR, -ENODEV (the CPU
 * isn't online), -EOPNOTSUPP (its timer is periodic, see swc_lapic_mask()),
 * -ENOMEM.
 */
int swc_window_run(struct swc_window *window);

#endif
