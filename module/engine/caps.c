// SPDX-License-Identifier: GPL-2.0
#include "caps.h"

#define CPUID_1_ECX_OSXSAVE (1u << 27)
#define CPUID_1_ECX_AVX	    (1u << 28)
#define CPUID_7_EBX_BMI1    (1u << 3)
#define CPUID_7_EBX_AVX2    (1u << 5)
#define CPUID_7_EBX_AVX512F (1u << 16)
#define CPUID_X1_EDX_RDTSCP (1u << 27)

#define XCR0_AVX    0x06u /* SSE and AVX */
#define XCR0_AVX512 0xe6u /* and the three AVX-512 components */

struct swc_cpuid swc_cpuid(__u32 leaf, __u32 subleaf)
{
	struct swc_cpuid r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

static __u64 read_xcr0(void)
{
	__u32 lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return lo | (__u64)hi << 32;
}

static void probe_xstate(struct swc_caps *caps, __u32 max_leaf)
{
	struct swc_cpuid leaf;
	unsigned int i;

	caps->xstate_end[0] = SWC_XSAVE_LEGACY_BYTES;
	caps->xstate_end[1] = SWC_XSAVE_LEGACY_BYTES;
	caps->xstate_mask = read_xcr0() & SWC_XSTATE_ALLOWED;
	for (i = 2; i < SWC_XSTATE_COMPONENTS && max_leaf >= 0xd; i++) {
		if (!(caps->xstate_mask & (1ull << i)))
			continue;
		leaf = swc_cpuid(0xd, i);
		caps->xstate_end[i] = leaf.ebx + leaf.eax;
	}
}

void swc_caps_probe(struct swc_caps *caps)
{
	__u32 max_leaf = swc_cpuid(0, 0).eax;
	struct swc_cpuid leaf = swc_cpuid(1, 0);
	__u32 extended;

	memset(caps, 0, sizeof(*caps));
	if (leaf.ecx & CPUID_1_ECX_OSXSAVE)
		probe_xstate(caps, max_leaf);
	extended = max_leaf >= 7 ? swc_cpuid(7, 0).ebx : 0;
	/* VPXOR of 32 bytes came with AVX2 only. */
	caps->avx = (leaf.ecx & CPUID_1_ECX_AVX) &&
		    (extended & CPUID_7_EBX_AVX2) &&
		    (caps->xstate_mask & XCR0_AVX) == XCR0_AVX;
	caps->avx512 = caps->avx && (extended & CPUID_7_EBX_AVX512F) &&
		       (caps->xstate_mask & XCR0_AVX512) == XCR0_AVX512;
	/* It has a VEX prefix and general registers: XCR0 doesn't matter. */
	caps->andn = extended & CPUID_7_EBX_BMI1;
	caps->rdtscp = swc_cpuid(0x80000000, 0).eax >= 0x80000001 &&
		       (swc_cpuid(0x80000001, 0).edx & CPUID_X1_EDX_RDTSCP);
}

__u32 swc_xsave_bytes(const struct swc_caps *caps, __u64 mask)
{
	__u32 bytes = SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES;
	unsigned int i;

	for (i = 2; i < SWC_XSTATE_COMPONENTS; i++) {
		if ((mask & (1ull << i)) && caps->xstate_end[i] > bytes)
			bytes = caps->xstate_end[i];
	}
	return bytes;
}
