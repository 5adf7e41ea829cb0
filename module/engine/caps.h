/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_CAPS_H
#define SWC_ENGINE_CAPS_H

#include "freestanding.h"

#define SWC_XSTATE_COMPONENTS 8

/* XCR0 components that a sequence may save: x87, SSE, AVX, AVX-512. */
#define SWC_XSTATE_ALLOWED 0xe7u

#define SWC_XSAVE_LEGACY_BYTES 512u /* Intel SDM vol. 1, 13.4.1 */
#define SWC_XSAVE_HEADER_BYTES 64u  /* 13.4.2 */

/**
 * struct swc_caps - what this CPU and this ring can execute
 * @xstate_mask: components of SWC_XSTATE_ALLOWED that XCR0 enables
 * @xstate_end: offset of each component's end in the standard format, bytes
 * @privileged: ring 0
 * @avx: 32-byte vector operations
 * @avx512: 64-byte vector operations
 * @andn: ANDN (BMI1)
 * @trap: planted faults are wanted
 * @shared_code: ring 0, whose code isn't mapped page by page, or by page tables
 *	that others change: no page of it can be made cold in the TLB alone
 * @direct: ring 0 of a kernel that avoids indirect branches: none is emitted
 * @plain: no segment's base can be set: addresses that count from it are plain ones
 * @rdtscp: the CPU has RDTSCP; without it there is no replay
 */
struct swc_caps {
	__u64 xstate_mask;
	__u32 xstate_end[SWC_XSTATE_COMPONENTS];
	bool privileged;
	bool avx;
	bool avx512;
	bool andn;
	bool trap;
	bool shared_code;
	bool direct;
	bool plain;
	bool rdtscp;
};

/* CPUID leaf and subleaf; in a guest it may trap, never call it while timing. */
struct swc_cpuid {
	__u32 eax, ebx, ecx, edx;
};

struct swc_cpuid swc_cpuid(__u32 leaf, __u32 subleaf);

/**
 * swc_caps_probe() - ask CPUID and XCR0 what this CPU offers
 * @caps: filled; @privileged, @trap, @shared_code, @direct and @plain are left
 *	false
 *
 * Source: Intel SDM vol. 1, chapter 13; AMD APM vol. 2, 11.5. Any context.
 */
void swc_caps_probe(struct swc_caps *caps);

/**
 * swc_xsave_bytes() - size of an XSAVE area in the standard format
 * @caps: from swc_caps_probe()
 * @mask: components asked for
 */
__u32 swc_xsave_bytes(const struct swc_caps *caps, __u64 mask);

#endif
