// SPDX-License-Identifier: GPL-2.0
#include "prepare.h"

/*
 * Upper bounds in core cycles: a page walk and a line from DRAM; sweeps and
 * lists of loads overlap at least twofold, so that this holds for their sum.
 */
#define CYCLES_TOUCH  300u
#define CYCLES_FLUSH  600u
#define CYCLES_INVLPG 1000u
/* A chase overlaps nothing: each read waits for the one before. */
#define CYCLES_CHASE 600u

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
/*
 * Not in ring 0, which invalidates translations directly, and where calls would
 * need retpolines.
 */
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

static void chase(__u64 address, __u32 count)
{
	while (count--)
		asm volatile("movq (%0), %0" : "+r"(address)::"memory");
}

static void do_places(const struct swc_step *step)
{
	__u32 i;

	for (i = 0; i < step->count; i++)
		do_place(step->kind, step->list
					     ? step->list[i]
					     : step->base + i * step->stride);
}

static void do_one(const struct swc_step *step)
{
	if (step->kind == SWC_STEP_CHASE)
		chase(step->base, step->count);
	else
		do_places(step);
}

void swc_step_do(const struct swc_step *step)
{
	__u32 i;

	if (step->kind != SWC_STEP_STEPS)
		do_one(step);
	else
		for (i = 0; i < step->count; i++)
			do_one(&step->steps[i]);
	/* The next step finds the caches as this one has left them. */
	asm volatile("mfence; lfence" ::: "memory");
}

void swc_prepare(const struct swc_preparation *preparation)
{
	__u32 i;

	for (i = 0; i < preparation->nsteps; i++)
		swc_step_do(&preparation->steps[i]);
}

static __u64 cycles_of_one(const struct swc_step *step)
{
	switch (step->kind) {
	case SWC_STEP_FLUSH:
		return (__u64)step->count * CYCLES_FLUSH;
	case SWC_STEP_INVLPG:
		return (__u64)step->count * CYCLES_INVLPG;
	case SWC_STEP_CHASE:
		return (__u64)step->count * CYCLES_CHASE;
	default:
		return (__u64)step->count * CYCLES_TOUCH;
	}
}

__u64 swc_step_cycles(const struct swc_step *step)
{
	__u64 cycles = 0;
	__u32 i;

	if (step->kind != SWC_STEP_STEPS)
		return cycles_of_one(step);
	for (i = 0; i < step->count; i++)
		cycles += cycles_of_one(&step->steps[i]);
	return cycles;
}

__u64 swc_prepare_cycles(const struct swc_preparation *preparation)
{
	__u64 cycles = 0;
	__u32 i;

	for (i = 0; i < preparation->nsteps; i++)
		cycles += swc_step_cycles(&preparation->steps[i]);
	return cycles;
}
