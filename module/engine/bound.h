/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_BOUND_H
#define SWC_ENGINE_BOUND_H

#include "slots.h"

struct swc_proof;

/*
 * A bound of a replay's time, from what the verifier knows: each operation and each
 * address.
 *
 * The core's work is in the table of operations, in core cycles. A core may be slower
 * than the TSC, so each of them is worth SWC_SLOW_CORE ticks.
 *
 * The memory's time doesn't depend on the core's clock, nor is it more ticks of the
 * TSC than cycles of the fastest core, of 4 GHz. By that clock each line that an
 * access needs is one of these:
 *
 *   near   it was touched before, and all that was touched since fits into the
 *          smallest second-level cache: at worst it lies in the shared cache.
 *   far    it comes from memory, from the other socket's at worst; for stores, and
 *          within a string operation, some at a time, as nothing waits for each.
 *
 * Each page costs besides: nothing, if it was touched before, and all pages touched
 * since fit into the smallest TLB; else a page walk through tables that lie in memory,
 * those of the guest and those of its hypervisor. So a footprint that exceeds the
 * caches is counted access by access.
 *
 * The bound doesn't hold if an instruction makes a hypervisor take over, if somebody
 * else runs in the middle (another guest, an NMI, an SMI), or if the core is throttled
 * further. Only the clock shows that; see swc_window_run().
 */

/* A core at 800 MHz, the lowest clock of many, beside a TSC of 3.2 GHz. */
#define SWC_SLOW_CORE 4u

/**
 * struct swc_cost - upper bound of a time
 * @core: what the core does, in its own cycles
 * @memory: what the memory does, in cycles at 4 GHz
 */
struct swc_cost {
	__u64 core;
	__u64 memory;
};

/* swc_cost_ticks() - the same in ticks of the TSC, however slow the core. */
static inline __u64 swc_cost_ticks(const struct swc_cost *cost)
{
	return SWC_SLOW_CORE * cost->core + cost->memory;
}

/**
 * struct swc_bound - upper bounds of a program's replays
 * @first: of one that finds nothing in the caches and the TLBs
 * @again: of one right after another
 */
struct swc_bound {
	struct swc_cost first;
	struct swc_cost again;
};

/* swc_bound_bytes() - workspace of swc_bound() for a program of @pages pages. */
__u32 swc_bound_bytes(__u32 pages);

/**
 * swc_bound() - how long a program's replays take at most, without their code
 * @proof: verified, but for its time
 * @workspace: swc_bound_bytes() bytes
 * @bound: filled
 *
 * Any context. Return: the operation that SWC_MAX_CYCLES is exceeded with, or the
 * number of operations.
 */
__u32 swc_bound(const struct swc_proof *proof, void *workspace,
		struct swc_bound *bound);

/**
 * swc_bound_code() - add what fetching the code takes
 * @bound: as swc_bound() has it
 * @lines: that a replay comes by, with the frame around the operations
 * @again: lines of loops that it fetches again, soon after it had them
 * @pages: that the code takes
 */
void swc_bound_code(struct swc_bound *bound, __u32 lines, __u32 again,
		    __u32 pages);

#endif
