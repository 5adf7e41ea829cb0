// SPDX-License-Identifier: GPL-2.0
#include "clusters.h"

#include <math.h>
#include <stdlib.h>

#include "signflip.h"

/* Steps of a rate: the test is exact whatever they are. */
#define STEPS 64

double clusters_p_value(const struct proportion *treated,
			const struct proportion *control, size_t n)
{
	int *differences = calloc(n + 1, sizeof(*differences));
	size_t i, pairs = 0;
	double p = 1;

	for (i = 0; differences && i < n; i++) {
		if (!treated[i].n || !control[i].n)
			continue;
		differences[pairs++] =
			lround(STEPS * (proportion_rate(&treated[i]) -
					proportion_rate(&control[i])));
	}
	if (differences)
		p = signflip_p_value(differences, pairs);
	free(differences);
	return p;
}

void clusters_dispersion(struct dispersion *d, const struct proportion *list,
			 size_t n)
{
	struct proportion all = {0, 0};
	double rate, residual, squares = 0, clusters = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		all.k += list[i].k;
		all.n += list[i].n;
		clusters += list[i].n != 0;
	}
	rate = proportion_rate(&all);
	for (i = 0; i < n; i++) {
		residual = list[i].k - rate * list[i].n;
		squares += residual * residual;
	}
	if (clusters < 2)
		return;
	d->observed += clusters / (clusters - 1) * squares;
	d->expected += all.n * rate * (1 - rate);
}

double clusters_design_effect(const struct dispersion *d)
{
	return d->expected > 0 ? fmax(1, d->observed / d->expected) : 1;
}
