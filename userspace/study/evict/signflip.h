/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_SIGNFLIP_H
#define SWC_EVICT_SIGNFLIP_H

#include <stddef.h>

/* Largest absolute difference, and most of them. */
#define SIGNFLIP_MAX_DIFFERENCE 1024
#define SIGNFLIP_MAX_PAIRS	4096

/**
 * signflip_p_value() - do the first of many pairs exceed the second?
 * @differences: of the pairs, in any unit, at most SIGNFLIP_MAX_DIFFERENCE each
 * @n: how many, at most SIGNFLIP_MAX_PAIRS
 *
 * Fisher's test for matched pairs, one-sided and exact (The Design of Experiments,
 * 1935, section 21). If the two of a pair differ by chance only, each difference
 * could as well have had the other sign, whatever else the pairs share. It can't
 * be less than 2^-n.
 *
 * Return: the share of all signs by which the sum would be as large, or larger; 1
 * where the sum isn't positive, or for want of memory.
 */
double signflip_p_value(const int *differences, size_t n);

#endif
