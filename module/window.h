/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WINDOW_H
#define SWC_WINDOW_H

/**
 * swc_window_turn() - some windows, one after the other, on this CPU
 * @state: struct swc_run_state; void for work_on_cpu()
 *
 * Each window has preemption and interrupts off and lasts at most about
 * window_ticks; in between, pending interrupts are served. Context: process,
 * bound to one CPU. Return: 0.
 */
long swc_window_turn(void *state);

#endif
