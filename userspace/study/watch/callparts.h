/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_CALLPARTS_H
#define SWC_WATCH_CALLPARTS_H

#include <stdint.h>

#include "bpfshared.h"

/*
 * The parts of timed calls' time: means, in nanoseconds, without what the probes add.
 * These add up: @mean is @on_cpu, @blocked, @queued and @no_p.
 */
struct callparts {
	uint64_t calls;
	double mean;
	double on_cpu;
	double blocked; /* the thread waited for something */
	double queued;	/* it could run, and waited for a CPU */
	double no_p;	/* the goroutine waited for a P */
	uint64_t moved; /* calls that ended on another CPU than they began on */
	double moved_more; /* their time on CPUs above that of the others; NAN: too few */
};

/* callparts_add() - the sums of more calls. */
void callparts_add(struct bpf_parts *to, const struct bpf_parts *from);

/* callparts_of() - of all calls. */
struct callparts callparts_of(const struct bpf_times *times, double added_ns);

/*
 * callparts_tail() - of the slowest: a hundredth of the calls, and those others that took
 * less than twice as long as the fastest of these at most.
 */
struct callparts callparts_tail(const struct bpf_times *times, double added_ns);

#endif
