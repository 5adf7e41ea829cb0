// SPDX-License-Identifier: GPL-2.0
#include "clusters.h"

#include <math.h>
#include <stdlib.h>

#include "signflip.h"

/* Steps of the largest difference: the test is exact whatever they are. */
#define STEPS 64

/* Rounds differences to steps, since the test counts sums. */
static void to_steps(const double *differences, int *steps, size_t n)
{
	double most = 0;
	size_t i;

	for (i = 0; i < n; i++)
		most = fmax(most, fabs(differences[i]));
	for (i = 0; i < n; i++)
		steps[i] = most > 0 ? lround(STEPS / most * differences[i]) : 0;
}

double clusters_p_value(const struct scores *treated,
			const struct scores *control, size_t n)
{
	double *differences = calloc(n + 1, sizeof(*differences));
	int *steps = calloc(n + 1, sizeof(*steps));
	size_t i, pairs = 0;
	double p = 1;

	for (i = 0; differences && i < n; i++) {
		if (treated[i].n && control[i].n)
			differences[pairs++] = scores_mean(&treated[i]) -
					       scores_mean(&control[i]);
	}
	if (differences && steps) {
		to_steps(differences, steps, pairs);
		p = signflip_p_value(steps, pairs);
	}
	free(differences);
	free(steps);
	return p;
}

void clusters_dispersion(struct dispersion *d, const struct scores *list,
			 size_t n)
{
	struct scores all = {0};
	double mean, residual, squares = 0, clusters = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		scores_merge(&all, &list[i]);
		clusters += list[i].n != 0;
	}
	mean = scores_mean(&all);
	for (i = 0; i < n; i++) {
		residual = list[i].sum - mean * list[i].n;
		squares += residual * residual;
	}
	if (clusters < 2)
		return;
	d->observed += clusters / (clusters - 1) * squares;
	d->independent += all.n * scores_variance(&all);
	d->counted += all.n * mean * (1 - mean);
}

double clusters_design_effect(const struct dispersion *d)
{
	double effect = fmax(d->observed, d->independent) / d->counted;

	/* Never 0: that would mean certainty without loads. */
	return d->counted > 0 && effect > 0 ? effect : 1;
}
