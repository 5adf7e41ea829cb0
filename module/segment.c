// SPDX-License-Identifier: GPL-2.0
#include "segment.h"

#include <asm/cpufeature.h>
#include <asm/fsgsbase.h>

#include "engine/emit.h"

/*
 * Without these instructions the kernel takes it for granted that nobody has changed the
 * base, and they are undefined.
 */
bool swc_segment_is_usable(void)
{
	return boot_cpu_has(X86_FEATURE_FSGSBASE);
}

u64 swc_segment_set(void)
{
	u64 base;

	if (!swc_segment_is_usable())
		return 0;
	base = rdfsbase();
	wrfsbase(SWC_SEGMENT_BASE);
	return base;
}

void swc_segment_restore(u64 base)
{
	if (swc_segment_is_usable())
		wrfsbase(base);
}
