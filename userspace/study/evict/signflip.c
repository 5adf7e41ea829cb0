// SPDX-License-Identifier: GPL-2.0
#include "signflip.h"

#include <stdlib.h>

/*
 * Add one more difference to the distribution of sums: half of them are larger by
 * it, half smaller. @at holds -@reach to @reach, and no sum lies beyond @so_far.
 */
static void convolve(double *to, const double *at, long reach, long so_far,
		     long difference)
{
	long s, limit = so_far + difference;

	for (s = -limit; s <= limit; s++) {
		double below = s - difference < -so_far ||
					       s - difference > so_far
				       ? 0
				       : at[reach + s - difference];
		double above = s + difference < -so_far ||
					       s + difference > so_far
				       ? 0
				       : at[reach + s + difference];

		to[reach + s] = (below + above) / 2;
	}
}

static double tail(const double *at, long reach, long from)
{
	double sum = 0;
	long s;

	for (s = from; s <= reach; s++)
		sum += at[reach + s];
	return sum;
}

double signflip_p_value(const int *differences, size_t n)
{
	long reach = 0, sum = 0, so_far = 0;
	double *at, *to, *other, p = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		reach += labs(differences[i]);
		sum += differences[i];
	}
	if (sum <= 0)
		return 1;
	at = calloc(2 * reach + 1, sizeof(*at));
	to = calloc(2 * reach + 1, sizeof(*to));
	if (at && to) {
		at[reach] = 1;
		for (i = 0; i < n; i++) {
			if (!differences[i])
				continue;
			convolve(to, at, reach, so_far, labs(differences[i]));
			so_far += labs(differences[i]);
			other = at;
			at = to;
			to = other;
		}
		p = tail(at, reach, sum);
	}
	free(at);
	free(to);
	return p;
}
