/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_SUMMARY_H
#define SWC_BENCH_SUMMARY_H

#include <stddef.h>

#include "stats.h"

/**
 * summary_median() - median and its 95 % interval, as benchstat gives them
 * @values: of @n repetitions; sorted in place
 *
 * The interval lies between two order statistics. The number of values below
 * the median is binomial with p = 1/2, whatever their distribution. So the
 * interval is the innermost pair whose probability is at least 95 % (David and
 * Nagaraja, Order Statistics, 3rd ed., 7.1; "AssumeNothing" in
 * golang.org/x/perf/benchmath). Below 6 values no pair suffices, and the
 * interval is infinite.
 */
struct estimate summary_median(double *values, size_t n);

/**
 * summary_pool() - mean of @n independent estimates of the same quantity
 *
 * Its half-width is the root of the sum of their squares, divided by @n.
 */
struct estimate summary_pool(const struct estimate *estimates, size_t n);

/* summary_rms() - root of the mean square of @n values. */
double summary_rms(const double *values, size_t n);

/**
 * summary_coverage() - 95 % interval of a probability
 *
 * @hits of @n trials; exact (Clopper and Pearson, Biometrika 26, 1934).
 */
struct estimate summary_coverage(unsigned int hits, unsigned int n);

#endif
