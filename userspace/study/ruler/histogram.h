/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RULER_HISTOGRAM_H
#define SWC_RULER_HISTOGRAM_H

#include <stdint.h>

/*
 * How often a call took how long, on a logarithmic scale. Bins are those of goprobe
 * spread: bin i holds times from 2^(i / 32) ns on, so that each is a share of 0.022 wide.
 * Histograms of several processes add up.
 */

#define HISTOGRAM_PER_OCTAVE 32

/* From 0.06 ns to 137 s. */
#define HISTOGRAM_LEAST (-4 * HISTOGRAM_PER_OCTAVE)
#define HISTOGRAM_BINS	(41 * HISTOGRAM_PER_OCTAVE)

struct histogram {
	uint64_t calls[HISTOGRAM_BINS];
	uint64_t all;
};

/* histogram_add() - @calls more in bin @index; beyond both ends: in the last bin. */
void histogram_add(struct histogram *h, int64_t index, uint64_t calls);

/* histogram_ns() - where the bin in place @place of the array begins. */
double histogram_ns(unsigned int place);

/*
 * histogram_quantile() - ns at @q, from 0 to 1; within a bin times are taken to be spread
 * evenly on the scale, so that the error is a bin's width at most. NAN: it is empty.
 */
double histogram_quantile(const struct histogram *h, double q);

#endif
