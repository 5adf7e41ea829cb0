/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GOPROBE_PROBE_H
#define GOPROBE_PROBE_H

#include <stddef.h>
#include <stdint.h>

/* The C sides of several scenarios share this. */

#define PROBE_TOUCH_MAX (1 << 20)

/**
 * probe_touch() - store to each line of a static buffer
 * @bytes: at most PROBE_TOUCH_MAX
 */
void probe_touch(size_t bytes);

/**
 * probe_consume() - what the batching scenarios call: add up items
 */
long probe_consume(const int32_t *items, size_t count);

/* probe_now() - nanoseconds of CLOCK_MONOTONIC. */
int64_t probe_now(void);

/**
 * probe_hold() - block in the kernel
 * @ns: how long
 * @held: set to how long it was; NULL: the clock isn't read, so that a
 *	recording holds nothing but the call
 */
void probe_hold(int64_t ns, int64_t *held);

/*
 * A gate holds a C call until Go code opens it: where that code can run only on
 * the P of the goroutine that called, the P has been taken away by then.
 */
extern uint32_t probe_gate;

#define PROBE_GATE_OPEN	  0
#define PROBE_GATE_CLOSED 1

/* probe_gate_wait() - close the gate and wait; @held: as in probe_hold() */
void probe_gate_wait(int64_t *held);

#endif
