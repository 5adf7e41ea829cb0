// SPDX-License-Identifier: GPL-2.0
#include "slices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer say too little about how they differ. */
#define FEWEST	     6
#define FEWEST_PAIRS 16

/* Calls in a block, for their time to say something. */
#define FEWEST_CALLS 10

struct slice *slices_now(struct slices *s)
{
	return &s->list[s->n];
}

static void merge(struct slices *s)
{
	struct slice sum;
	size_t i, k;

	for (i = 0; i < SLICES / 2; i++) {
		sum = s->list[2 * i];
		for (k = 0; k < SLICES_KINDS; k++)
			sum.samples[k] += s->list[2 * i + 1].samples[k];
		s->list[i] = sum;
	}
	for (i = SLICES / 2; i < SLICES; i++)
		s->list[i] = (struct slice){0};
	s->n = SLICES / 2;
	s->each *= 2;
}

void slices_begin_again(struct slices *s)
{
	*s = (struct slices){.each = s->each};
}

void slices_tick(struct slices *s)
{
	if (++s->ticks < s->each)
		return;
	s->ticks = 0;
	if (++s->n == SLICES)
		merge(s);
}

/* The figure of all, with the interval that the slices' own figures have. */
static struct estimate around(double mean, const double *values, size_t n)
{
	struct estimate e = {mean, NAN, NAN};
	double half;

	if (n < FEWEST)
		return e;
	e = stats_mean(values, n);
	half = estimate_half_width(&e);
	return (struct estimate){mean, mean - half, mean + half};
}

struct estimate slices_share(const struct slices *s, size_t part,
			     const unsigned char *of)
{
	double values[SLICES], parts = 0, alls = 0;
	size_t n = 0, i, k;

	/* The unfinished slice at the end counts in the share, but not in its interval. */
	for (i = 0; i < SLICES && i <= s->n; i++) {
		double all = 0;

		for (k = 0; k < SLICES_KINDS; k++)
			all += of[k] ? s->list[i].samples[k] : 0;
		parts += s->list[i].samples[part];
		alls += all;
		if (all > 0 && i < s->n)
			values[n++] = s->list[i].samples[part] / all;
	}
	if (alls == 0)
		return (struct estimate){NAN, NAN, NAN};
	return around(parts / alls, values, n);
}

void slices_pair(struct slices *s, const struct progress *on,
		 const struct progress *off)
{
	size_t i = s->pairs % SLICES_PAIRS;

	if (on->calls < FEWEST_CALLS || off->calls < FEWEST_CALLS ||
	    on->cpu_ns <= 0 || off->cpu_ns <= 0)
		return;
	s->cpu[i] = on->cpu_ns / on->calls / (off->cpu_ns / off->calls);
	s->wall[i] = on->wall_ns / on->calls / (off->wall_ns / off->calls);
	s->pairs++;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct estimate slices_slowdown(const struct slices *s, bool wall)
{
	size_t n = s->pairs < SLICES_PAIRS ? s->pairs : SLICES_PAIRS, reach;
	double sorted[SLICES_PAIRS];

	if (n < FEWEST_PAIRS)
		return (struct estimate){NAN, NAN, NAN};
	memcpy(sorted, wall ? s->wall : s->cpu, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), ascending);
	/* How far from the middle, by the normal form of the binomial. */
	reach = (size_t)ceil(1.96 * sqrt((double)n) / 2);
	return (struct estimate){
		.mean = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2 - 1,
		.lo = sorted[(n - 1) / 2 - reach] - 1,
		.hi = sorted[n / 2 + reach] - 1,
	};
}
