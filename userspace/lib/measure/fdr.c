// SPDX-License-Identifier: GPL-2.0
#include "fdr.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The largest p-value that is still rejected; -1: none is. */
static double find_limit(const double *sorted, size_t n, double rate)
{
	size_t i;

	for (i = n; i > 0; i--) {
		if (sorted[i - 1] <= rate * i / n)
			return sorted[i - 1];
	}
	return -1;
}

long fdr_select(const double *p, size_t n, double rate, bool *rejected)
{
	double *sorted = malloc((n + 1) * sizeof(*sorted)), limit;
	long found = 0;
	size_t i;

	memset(rejected, 0, n * sizeof(*rejected));
	if (!sorted)
		return -1;
	memcpy(sorted, p, n * sizeof(*p));
	qsort(sorted, n, sizeof(*sorted), ascending);
	limit = find_limit(sorted, n, rate);
	free(sorted);
	for (i = 0; i < n; i++) {
		rejected[i] = p[i] <= limit;
		found += rejected[i];
	}
	return found;
}
