/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TSCSTEP_H
#define SWC_LIB_TSCSTEP_H

#include <stdint.h>

/*
 * RDTSC advances by so many ticks at a time: by 1 on many CPUs, by more if the TSC
 * counts a slower clock and multiplies (26 on a 2.6 GHz EPYC). A hypervisor that scales
 * the TSC scales the step, too, which then is no whole number. For example, it is 24.46
 * on a Zen 3 guest, whose readings are 24 or 25 ticks apart, and no divisor shows that.
 */

#define TSCSTEP_MAX 1000.0

/* tscstep_here() - of this machine, ticks; takes some milliseconds. */
double tscstep_here(void);

/**
 * tscstep_of() - the step that readings of a counter have in common
 * @readings: in the order taken, unequally apart, by up to TSCSTEP_SPAN
 * @n: how many, hundreds
 *
 * Readings of a counter that advances in steps of s differ by multiples of s, give or take
 * what rounding does and the tick that Zen 5 adds to a reading in the same step as the
 * one before. So their differences d repeat with the period s: the mean of cos(2 pi d / s)
 * is nearly 1, and of no larger period. The Fourier transform of their histogram has it
 * for all periods at once. Periods of more than half of the differences' own spread
 * aren't looked for.
 *
 * Return: ticks, 1 to TSCSTEP_MAX; a whole number if it differs from one by no more than
 * rounding does.
 */
double tscstep_of(const uint64_t *readings, unsigned int n);

/* Ticks: farther neighbours were interrupted. */
#define TSCSTEP_SPAN 8192u

#endif
