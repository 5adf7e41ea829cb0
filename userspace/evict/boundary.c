// SPDX-License-Identifier: GPL-2.0
#include "boundary.h"

#include <math.h>
#include <stdlib.h>

/* One arm's loads behind one length of pedestal, by their ticks. */
struct readings {
	const struct swc_trial_sample **list;
	size_t n;
};

/* A limit, and how many it tells as from beyond, of how many. */
struct limit {
	__u32 at;
	__u32 gate;
	struct proportion near;
	struct proportion far;
};

static int by_ticks(const void *a, const void *b)
{
	const struct swc_trial_sample *x, *y;

	x = *(const struct swc_trial_sample *const *)a;
	y = *(const struct swc_trial_sample *const *)b;
	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

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
			r->list[r->n++] = &samples[i];
	}
	qsort(r->list, r->n, sizeof(*r->list), by_ticks);
}

static size_t count_within_gate(const struct readings *r, __u32 gate)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->list[i]->hit <= gate;
	return n;
}

/* Take those up to @limit off @left; @from: where to go on, as limits grow. */
static void pass(const struct readings *r, const struct limit *limit,
		 size_t *from, uint64_t *left)
{
	for (; *from < r->n && r->list[*from]->ticks <= limit->at; ++*from)
		*left -= r->list[*from]->hit <= limit->gate;
}

static double contrast(const struct limit *l)
{
	return proportion_rate(&l->far) - proportion_rate(&l->near);
}

/* Try each reading of either kind as the limit. Return: the best. */
static struct limit best_limit(const struct readings *near,
			       const struct readings *far, __u32 gate)
{
	struct limit l = {.gate = gate}, best;
	size_t i = 0, j = 0;

	l.near.n = l.near.k = count_within_gate(near, gate);
	l.far.n = l.far.k = count_within_gate(far, gate);
	best = l;
	while (i < near->n || j < far->n) {
		if (j == far->n || (i < near->n && near->list[i]->ticks <=
							   far->list[j]->ticks))
			l.at = near->list[i]->ticks;
		else
			l.at = far->list[j]->ticks;
		pass(near, &l, &i, &l.near.k);
		pass(far, &l, &j, &l.far.k);
		if (contrast(&l) > contrast(&best))
			best = l;
	}
	return best;
}

/*
 * What all loads within a gate tell together: so many loads, each of which tells
 * as much as the square of its contrast (the variance of a proportion that is
 * scaled by it).
 */
static double information(const struct limit *l, const struct readings *control)
{
	struct proportion c = {0, 0};
	double contrast;
	size_t i;

	if (l->near.n < BOUNDARY_LEAST_SAMPLES ||
	    l->far.n < BOUNDARY_LEAST_SAMPLES)
		return 0;
	for (i = 0; i < control->n; i++) {
		if (control->list[i]->hit > l->gate)
			continue;
		c.n++;
		c.k += control->list[i]->ticks > l->at;
	}
	contrast = fmax(proportion_rate(&l->far) - proportion_rate(&c), 0);
	return c.n * contrast * contrast;
}

/* Gates are tried at so many quantiles of the hits. */
#define GATES 12u

/* What is known of the loads behind one length of pedestal. */
struct references {
	struct readings control;
	struct readings near;
	struct readings far;
	__u32 *hits;
};

static void find_limit(struct boundary *b, unsigned int length,
		       const struct references *r)
{
	struct limit l, best = {0};
	double told, most = 0;
	size_t i, n = r->control.n;

	for (i = 0; i < n; i++)
		r->hits[i] = r->control.list[i]->hit;
	qsort(r->hits, n, sizeof(*r->hits), ascending);
	for (i = 1; n >= GATES && i <= GATES; i++) {
		l = best_limit(&r->near, &r->far, r->hits[i * n / GATES - 1]);
		told = information(&l, &r->control);
		if (told > most) {
			most = told;
			best = l;
		}
	}
	b->at[length] = best.at;
	b->gate[length] = best.gate;
	b->near.n += best.near.n;
	b->near.k += best.near.k;
	b->far.n += best.far.n;
	b->far.k += best.far.k;
}

static double median(const struct readings *r)
{
	return r->n ? r->list[r->n / 2]->ticks : NAN;
}

int boundary_find(struct boundary *b, const struct swc_trial_sample *samples,
		  size_t n, const struct boundary_arms *arms, struct error *err)
{
	struct references r = {
		.control.list = calloc(n + 1, sizeof(*r.control.list)),
		.near.list = calloc(n + 1, sizeof(*r.near.list)),
		.far.list = calloc(n + 1, sizeof(*r.far.list)),
		.hits = calloc(n + 1, sizeof(*r.hits)),
	};
	unsigned int length;
	int rc = 0;

	*b = (struct boundary){0};
	if (!r.control.list || !r.near.list || !r.far.list || !r.hits)
		rc = error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (length = 0; length < SWC_PROBE_LENGTHS && !rc; length++) {
		collect(&r.control, samples, n, arms->control, length);
		collect(&r.near, samples, n, arms->near, length);
		collect(&r.far, samples, n, arms->far, length);
		find_limit(b, length, &r);
		if (!length) {
			b->near_ticks = median(&r.near);
			b->far_ticks = median(&r.far);
		}
	}
	free(r.control.list);
	free(r.near.list);
	free(r.far.list);
	free(r.hits);
	return rc;
}

bool boundary_is_sharp(const struct boundary *b)
{
	return proportion_rate(&b->far) - proportion_rate(&b->near) >=
	       BOUNDARY_LEAST_CONTRAST;
}

bool boundary_is_usable(const struct boundary *b,
			const struct swc_trial_sample *sample)
{
	return !(sample->flags & SWC_SAMPLE_DROP) && b->at[sample->length] &&
	       sample->hit <= b->gate[sample->length];
}

bool boundary_is_beyond(const struct boundary *b,
			const struct swc_trial_sample *sample)
{
	return sample->ticks > b->at[sample->length];
}
