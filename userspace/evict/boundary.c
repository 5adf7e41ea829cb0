// SPDX-License-Identifier: GPL-2.0
#include "boundary.h"

#include <math.h>
#include <stdlib.h>

/* The ticks of one arm behind one length of pedestal, sorted. */
struct readings {
	__u32 *ticks;
	size_t n;
};

static int ascending(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

static void collect(struct readings *r, const struct swc_trial_sample *samples,
		    size_t n, unsigned int arm, unsigned int length)
{
	size_t i;

	r->n = 0;
	for (i = 0; i < n; i++) {
		if (samples[i].arm == arm && samples[i].length == length &&
		    !(samples[i].flags & SWC_SAMPLE_DROP))
			r->ticks[r->n++] = samples[i].ticks;
	}
	qsort(r->ticks, r->n, sizeof(*r->ticks), ascending);
}

/* How many are above @limit; @from: where to go on, as limits only grow. */
static size_t above(const struct readings *r, __u32 limit, size_t *from)
{
	while (*from < r->n && r->ticks[*from] <= limit)
		++*from;
	return r->n - *from;
}

/* Try each reading of either kind as the limit, and keep the best. */
static void find_limit(struct boundary *b, unsigned int length,
		       const struct readings *near, const struct readings *far)
{
	size_t i = 0, j = 0, wrong, right, best_wrong = 0, best_right = 0;
	double contrast, best = -1;
	__u32 limit;

	while (i < near->n || j < far->n) {
		if (j == far->n ||
		    (i < near->n && near->ticks[i] <= far->ticks[j]))
			limit = near->ticks[i];
		else
			limit = far->ticks[j];
		wrong = above(near, limit, &i);
		right = above(far, limit, &j);
		contrast = (double)right / far->n - (double)wrong / near->n;
		if (contrast > best) {
			best = contrast;
			best_wrong = wrong;
			best_right = right;
			b->at[length] = limit;
		}
	}
	b->near.k += best_wrong;
	b->far.k += best_right;
}

static double median(const struct readings *r)
{
	return r->n ? r->ticks[r->n / 2] : NAN;
}

int boundary_find(struct boundary *b, const struct swc_trial_sample *samples,
		  size_t n, unsigned int near, unsigned int far,
		  struct error *err)
{
	struct readings within = {malloc((n + 1) * sizeof(__u32)), 0};
	struct readings beyond = {malloc((n + 1) * sizeof(__u32)), 0};
	unsigned int length;
	int rc = 0;

	*b = (struct boundary){0};
	if (!within.ticks || !beyond.ticks)
		rc = error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (length = 0; length < SWC_PROBE_LENGTHS && !rc; length++) {
		collect(&within, samples, n, near, length);
		collect(&beyond, samples, n, far, length);
		if (!length) {
			b->near_ticks = median(&within);
			b->far_ticks = median(&beyond);
		}
		b->near.n += within.n;
		b->far.n += beyond.n;
		/* Left out, the limit stays 0, and nothing is told apart. */
		if (within.n >= BOUNDARY_LEAST_SAMPLES &&
		    beyond.n >= BOUNDARY_LEAST_SAMPLES)
			find_limit(b, length, &within, &beyond);
		else
			b->near.k += within.n;
	}
	free(within.ticks);
	free(beyond.ticks);
	return rc;
}

bool boundary_is_sharp(const struct boundary *b)
{
	return proportion_rate(&b->far) - proportion_rate(&b->near) >=
	       BOUNDARY_LEAST_CONTRAST;
}

bool boundary_is_beyond(const struct boundary *b,
			const struct swc_trial_sample *sample)
{
	return sample->ticks > b->at[sample->length];
}
