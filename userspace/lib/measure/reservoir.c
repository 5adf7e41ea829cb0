// SPDX-License-Identifier: GPL-2.0
#include "reservoir.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values that quantiles are taken from, at most. */
#define PLACES 65536u

int reservoir_init(struct reservoir *r)
{
	*r = (struct reservoir){.values = calloc(PLACES, sizeof(*r->values))};
	return r->values ? 0 : -1;
}

void reservoir_free(struct reservoir *r)
{
	free(r->values);
	*r = (struct reservoir){0};
}

void reservoir_draw(struct reservoir *r, gsl_rng *rng, double value)
{
	size_t place = r->drawn++;

	if (place >= PLACES)
		place = gsl_rng_uniform_int(rng, place + 1);
	if (place < PLACES)
		r->values[place] = value;
}

double reservoir_quantile(const struct reservoir *r, double q)
{
	size_t n = r->drawn < PLACES ? r->drawn : PLACES;
	double *sorted = calloc(n + 1, sizeof(*sorted)), value = NAN;

	if (n && sorted) {
		memcpy(sorted, r->values, n * sizeof(*sorted));
		gsl_sort(sorted, 1, n);
		value = gsl_stats_quantile_from_sorted_data(sorted, 1, n, q);
	}
	free(sorted);
	return value;
}
