// SPDX-License-Identifier: GPL-2.0
#include "fpu.h"

#include <linux/mm.h>
#include <asm/fpu/types.h>

#include "cpu.h"

/*
 * XRSTOR reads only MXCSR from here: components whose bit in the header is 0 get
 * their initial state (Intel SDM vol. 1, 13.8). FXRSTOR, for a CPU whose XSAVE isn't
 * enabled, reads all of it.
 */
static const struct {
	struct fxregs_state legacy;
	struct xstate_header header;
} __aligned(64) initial = {
	.legacy.cwd = 0x37f,
	.legacy.mxcsr = MXCSR_DEFAULT,
};

void swc_fpu_clear(void)
{
	u64 mask = swc_cpu_caps()->xstate_mask;

	/* AMD's restore leaves the addresses of the last x87 instruction as they were. */
	asm volatile("fninit");
	if (mask)
		asm volatile("xrstor64 %0" ::"m"(initial), "a"((u32)mask),
			     "d"((u32)(mask >> 32)));
	else
		asm volatile("fxrstor64 %0" ::"m"(initial));
}
