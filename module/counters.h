/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_COUNTERS_H
#define SWC_COUNTERS_H

#include "engine/sampler.h"

/**
 * struct swc_counters - counters of this CPU, at one time
 * @tsc: time stamp
 * @aperf: core clocks while not halted; 0 where it can't be read
 * @smis: system management interrupts; 0 where it can't be read
 * @interrupts: all others but NMIs
 */
struct swc_counters {
	u64 tsc;
	u64 aperf;
	u32 smis;
	u32 interrupts;
};

/* swc_counters_init() - find out which there are. */
void swc_counters_init(void);

/* swc_counters_capabilities() - SWC_CAP_APERF, SWC_CAP_SMI_COUNT. */
u64 swc_counters_capabilities(void);

/* swc_counters_read() - read all. Context: on one CPU. */
void swc_counters_read(struct swc_counters *counters);

/**
 * struct swc_disturbances - what a sample is watched for
 * @nmis: so many before it
 * @interrupts: so many before it
 */
struct swc_disturbances {
	u32 nmis;
	u32 interrupts;
};

/*
 * swc_counters_watch() - for the sampler: reports which samples an NMI has hit,
 * and with @interrupts, which an interrupt has. @before must outlive it.
 */
struct swc_watch swc_counters_watch(struct swc_disturbances *before,
				    bool interrupts);

#endif
