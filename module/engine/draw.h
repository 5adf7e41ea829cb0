/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_DRAW_H
#define SWC_ENGINE_DRAW_H

#include "freestanding.h"

/* A loop draws these at random, so that nothing is the same by chance. */

/*
 * swc_draw() - 32 random bits; @state: any value but 0.
 * xorshift64: Marsaglia, Journal of Statistical Software 8 (14), 2003.
 */
static inline __u32 swc_draw(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

/* A random number below @n, without a division, whose time would spoil small phases. */
static inline __u32 swc_draw_below(__u64 *state, __u32 n)
{
	return ((__u64)swc_draw(state) * n) >> 32;
}

/* An iteration of swc_delay() is a decrement and a taken branch: so much at most. */
#define SWC_DELAY_CYCLES 2u

/*
 * swc_delay() - wait for up to @iterations_max iterations of an empty loop: what follows
 * begins at no fixed phase of the TSC, nor of anything else that recurs.
 */
static inline void swc_delay(__u64 *state, __u32 iterations_max)
{
	__u32 iterations = swc_draw_below(state, iterations_max + 1);

	while (iterations--)
		asm volatile("" ::: "memory");
}

#endif
