/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_WATCH_H
#define SWC_LIB_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "engine/sampler.h"

/*
 * Notices what disturbs samples in ring 3. Restartable sequences show a context
 * switch, a signal or another CPU, sample by sample; the kernel's counters show
 * page faults and time stolen by the hypervisor, burst by burst.
 */
struct watch {
	bool per_sample; /* restartable sequences work here */
	uint32_t cpu;
	struct rusage usage;
	uint64_t steal; /* 1/100 s */
};

/* watch_open() - begin to watch this thread on @cpu. */
void watch_open(struct watch *w, uint32_t cpu);
void watch_close(struct watch *w);

/* watch_samples() - for the sampler; @w must outlive it. */
struct swc_watch watch_samples(struct watch *w);

/*
 * watch_burst() - what has happened since the last call, or watch_open().
 * Return: SWC_SAMPLE_NEAR_* for all samples of the burst.
 */
uint16_t watch_burst(struct watch *w);

#endif
