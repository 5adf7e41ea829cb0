// SPDX-License-Identifier: GPL-2.0
#include "histogram.h"

#include <math.h>

void histogram_add(struct histogram *h, int64_t index, uint64_t calls)
{
	int64_t place = index - HISTOGRAM_LEAST;

	if (place < 0)
		place = 0;
	if (place >= HISTOGRAM_BINS)
		place = HISTOGRAM_BINS - 1;
	h->calls[place] += calls;
	h->all += calls;
}

static double ns_at(double place)
{
	return exp2((place + HISTOGRAM_LEAST) / HISTOGRAM_PER_OCTAVE);
}

double histogram_ns(unsigned int place)
{
	return ns_at(place);
}

double histogram_quantile(const struct histogram *h, double q)
{
	double rank = q * (double)h->all, below = 0;
	unsigned int i;

	if (!h->all)
		return NAN;
	for (i = 0; i < HISTOGRAM_BINS - 1; i++) {
		if (h->calls[i] && below + (double)h->calls[i] >= rank)
			break;
		below += (double)h->calls[i];
	}
	return ns_at(i + (rank - below) / (double)h->calls[i]);
}
