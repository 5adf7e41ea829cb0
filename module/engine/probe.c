// SPDX-License-Identifier: GPL-2.0
#include "probe.h"

/*
 * ADD r, r, as additions of immediates may be resolved at rename (Golden Cove);
 * see docs/measuring.md. The additions between the two readings are constants
 * of this code, so a length that isn't constant has to be many copies of it.
 */
static __always_inline struct swc_probe timed_load(__u64 address,
						   const __u32 additions)
{
	struct swc_probe p;

	asm volatile("mfence\n\t"
		     "lfence\n\t"
		     "rdtscp\n\t"
		     "lfence\n\t"
		     "movl %%eax, %[start]\n\t"
		     "movzbl (%[address]), %%eax\n\t"
		     "lfence\n\t"
		     "xorl %%eax, %%eax\n\t"
		     ".rept %c[additions]\n\t"
		     "addq %%rax, %%rax\n\t"
		     ".endr\n\t"
		     "rdtscp\n\t"
		     "lfence"
		     : [start] "=&r"(p.start), "=&a"(p.end)
		     : [address] "r"(address), [additions] "i"(additions)
		     : "rcx", "rdx", "memory", "cc");
	return p;
}

struct swc_probe swc_probe(__u64 address, __u32 length)
{
	switch (length) {
	case 0:
		return timed_load(address, SWC_PROBE_MIN);
	case 1:
		return timed_load(address, SWC_PROBE_MIN + 1);
	case 2:
		return timed_load(address, SWC_PROBE_MIN + 2);
	case 3:
		return timed_load(address, SWC_PROBE_MIN + 3);
	case 4:
		return timed_load(address, SWC_PROBE_MIN + 4);
	case 5:
		return timed_load(address, SWC_PROBE_MIN + 5);
	case 6:
		return timed_load(address, SWC_PROBE_MIN + 6);
	default:
		return timed_load(address, SWC_PROBE_MIN + 7);
	}
}

__u32 swc_probe_ticks(const struct swc_probe *p, __u32 tsc_step)
{
	__u32 start = p->start, end = p->end;

	if (!tsc_step)
		return end - start;
	/* Counted from the step that the first stamp lies in. */
	end = start % tsc_step + (end - start);
	return end - end % tsc_step;
}
