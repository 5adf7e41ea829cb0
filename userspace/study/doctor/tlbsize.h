/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_TLBSIZE_H
#define SWC_DOCTOR_TLBSIZE_H

#include <stdbool.h>

#include "geometry.h"
#include "rise.h"

/*
 * Finds by timing alone how many 4 KiB pages each level of the data TLB holds: a
 * page is loaded once, then 96 others for example, then it is loaded again,
 * timed. If that takes longer from some number of others on, so many evict its
 * translation. All pages are mappings of one page of memory, so caches take no
 * part.
 */

#define TLBSIZE_LEVELS 2
#define TLBSIZE_CURVE  RISE_PLACES

/*
 * So many pages may be kept in use, to plant a smaller capacity: a part of the
 * smallest first level (64 entries, Intel's up to Skylake) must be left.
 */
#define TLBSIZE_MAX_OCCUPIED 48u

/**
 * struct tlbsize_level - one level of the TLB
 * @found: a step was found; if not, @why
 * @entries: others from which on most pages are evicted, three of four; the interval
 *	reaches from where more than half are to where nearly all are
 * @extra: ticks that a load which it doesn't serve takes more
 * @reported: entries by CPUID; 0: not reported
 * @agrees: the interval of @entries holds @reported
 */
struct tlbsize_level {
	bool found;
	char why[160];
	struct estimate entries;
	struct estimate extra;
	unsigned int reported;
	bool agrees;
};

/**
 * struct tlbsize - what was found on one CPU
 * @levels: the first and the second
 * @others: numbers of other pages
 * @ticks: mean of loads after them, with their frame
 * @n: how many
 * @occupied: pages kept in use besides
 */
struct tlbsize {
	struct tlbsize_level levels[TLBSIZE_LEVELS];
	double others[TLBSIZE_CURVE];
	double ticks[TLBSIZE_CURVE];
	size_t n;
	unsigned int occupied;
};

/**
 * tlbsize_measure() - find the capacities of a CPU's data TLBs; takes seconds
 * @t: filled
 * @cpu: where
 * @occupied: so many further pages are loaded each time, as a program's own would
 *	be: the capacity that is found is smaller by as many. At most
 *	TLBSIZE_MAX_OCCUPIED.
 * @tsc_step: as in struct swc_sampler; 0 outside of tests
 * @geometry: what CPUID reports
 * @err: set on failure: the CPU isn't usable, no memory
 *
 * Return: 0, also if no step was found; or -1 with @err set.
 */
int tlbsize_measure(struct tlbsize *t, unsigned int cpu, unsigned int occupied,
		    uint32_t tsc_step, const struct geometry *geometry,
		    struct error *err);

#endif
