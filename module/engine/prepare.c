// SPDX-License-Identifier: GPL-2.0
#include "prepare.h"

/*
 * Upper bounds in core cycles: a page walk and a line from DRAM; sweeps and
 * lists of loads overlap at least twofold, so that this holds for their sum.
 */
#define CYCLES_TOUCH  300u
#define CYCLES_FLUSH  600u
#define CYCLES_INVLPG 1000u

static void touch(__u64 address)
{
	__u8 value;

	asm volatile("movb (%1), %0" : "=q"(value) : "r"(address) : "memory");
}

static void flush(__u64 address)
{
	asm volatile("clflush (%0)" ::"r"(address) : "memory");
}

static void invalidate(__u64 address)
{
	asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#ifdef __KERNEL__
/* Ring 0 invalidates translations directly, and calls would need retpolines. */
static void call(__u64 address)
{
}
#else
static void call(__u64 address)
{
	((void (*)(void))(unsigned long)address)();
}
#endif

static void do_place(__u32 kind, __u64 address)
{
	switch (kind) {
	case SWC_STEP_SWEEP:
	case SWC_STEP_TOUCH:
		touch(address);
		break;
	case SWC_STEP_CALL:
		call(address);
		break;
	case SWC_STEP_FLUSH:
		flush(address);
		break;
	case SWC_STEP_INVLPG:
		invalidate(address);
		break;
	}
}

static void do_step(const struct swc_step *step)
{
	__u32 i;

	for (i = 0; i < step->count; i++)
		do_place(step->kind, step->list
					     ? step->list[i]
					     : step->base + i * step->stride);
}

void swc_prepare(const struct swc_preparation *preparation)
{
	__u32 i;

	for (i = 0; i < preparation->nsteps; i++) {
		do_step(&preparation->steps[i]);
		/* A step finds the caches as the one before has left them. */
		asm volatile("mfence; lfence" ::: "memory");
	}
}

__u64 swc_prepare_cycles(const struct swc_preparation *preparation)
{
	const struct swc_step *step;
	__u64 cycles = 0;
	__u32 i;

	for (i = 0; i < preparation->nsteps; i++) {
		step = &preparation->steps[i];
		cycles += step->count * (__u64)(step->kind == SWC_STEP_FLUSH
							? CYCLES_FLUSH
						: step->kind == SWC_STEP_INVLPG
							? CYCLES_INVLPG
							: CYCLES_TOUCH);
	}
	return cycles;
}
