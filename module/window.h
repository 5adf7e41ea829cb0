/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WINDOW_H
#define SWC_WINDOW_H

#include "engine/sampler.h"
#include "loaded.h"

/**
 * struct swc_window - windows of isolation, one after the other
 * @sampler: what runs in them
 * @sequences: the sampler's arms, in the same order
 * @ticks: when a window takes its last sample, TSC ticks after it opened
 * @opened: windows so far
 */
struct swc_window {
	struct swc_sampler sampler;
	struct swc_sequence *const *sequences;
	u64 ticks;
	u32 opened;
};

/* swc_window_is_done() - all samples taken, or a sequence trapped? */
static inline bool swc_window_is_done(const struct swc_window *w)
{
	return w->sampler.produced == w->sampler.capacity || w->sampler.trapped;
}

/**
 * swc_window_turn() - some windows on this CPU
 * @window: struct swc_window; void for work_on_cpu()
 *
 * Each window has preemption and interrupts off and lasts @ticks
 * and one sample; in between, pending interrupts are served. Context: process, bound
 * to one CPU. Return: 0.
 */
long swc_window_turn(void *window);

#endif
