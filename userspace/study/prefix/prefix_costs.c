// SPDX-License-Identifier: GPL-2.0
#include "prefix_costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

/*
 * Fills in one block's core cycles: the differences of its prefixes' costs,
 * @prefixes in order of length.
 */
static void fill_block(struct costs *c, const struct sequence *s, size_t block,
		       const double *prefixes, bool found)
{
	double before = 0; /* the prefix of nothing is the control */
	size_t i, n = 0;

	for (i = 0; i < c->nops; i++) {
		double *cost = &c->op[COSTS_SIGNED][i * c->nblocks + block];

		*cost = 0;
		if (costs_is_silent(s, i))
			continue;
		*cost = found ? prefixes[n] - before : NAN;
		before = prefixes[n++];
	}
}

/* The mean cost of an operation over the blocks that have it. */
static double mean_cost(const struct costs *c, size_t op)
{
	const double *costs = &c->op[COSTS_SIGNED][op * c->nblocks];
	double sum = 0;
	size_t b, n = 0;

	for (b = 0; b < c->nblocks; b++) {
		if (isnan(costs[b]))
			continue;
		sum += costs[b];
		n++;
	}
	return n ? sum / n : 0;
}

/* @lowest[i]: where, from operation i on, the curve is lowest. */
static void find_lowest(const struct costs *c, size_t *lowest)
{
	double curve = 0, least = INFINITY;
	size_t i, at = 0;

	/*
	 * The loop goes from the end, where the curve is taken for 0, back to
	 * the beginning.
	 */
	for (i = c->nops; i--; curve -= mean_cost(c, i)) {
		if (curve < least) {
			least = curve;
			at = i;
		}
		lowest[i] = at;
	}
}

/*
 * The rise from one lowest point to the next belongs to the first operation
 * after it.
 */
static void fill_lasting(struct costs *c, const size_t *lowest)
{
	size_t i, from, step, b;
	double *to;

	for (i = 0; i < c->nops; i++) {
		to = &c->op[COSTS_LASTING][i * c->nblocks];
		from = i ? lowest[i - 1] + 1 : 0;
		for (step = from; step <= lowest[i]; step++) {
			for (b = 0; b < c->nblocks; b++)
				to[b] += c->op[COSTS_SIGNED]
					      [step * c->nblocks + b];
		}
	}
}

static int find_lasting(struct costs *c, struct error *err)
{
	size_t *lowest = calloc(c->nops + 1, sizeof(*lowest));

	if (!lowest)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	find_lowest(c, lowest);
	fill_lasting(c, lowest);
	free(lowest);
	return 0;
}

int costs_fill(struct costs *c, const struct sequence *s,
	       const struct measurement *m, struct error *err)
{
	double *prefixes = calloc(m->nrotating + 1, sizeof(*prefixes));
	double subjects[COSTS_SUBJECTS] = {0};
	bool found;
	size_t b;

	*c = (struct costs){
		.nops = s->nops,
		.nblocks = measurement_blocks(m),
	};
	c->op[COSTS_SIGNED] = calloc(c->nops * c->nblocks, sizeof(double));
	c->op[COSTS_LASTING] = calloc(c->nops * c->nblocks, sizeof(double));
	c->whole = calloc(c->nblocks, sizeof(*c->whole));
	if (m->nsubjects > COSTS_PACKED)
		c->layout = calloc(c->nblocks, sizeof(*c->layout));
	c->sums = calloc(c->nblocks, sizeof(*c->sums));
	c->members = calloc(c->nops, sizeof(*c->members));
	if (prefixes && c->op[COSTS_SIGNED] && c->op[COSTS_LASTING] &&
	    c->whole && c->sums && c->members &&
	    (c->layout || m->nsubjects <= COSTS_PACKED)) {
		for (b = 0; b < c->nblocks; b++) {
			found = measurement_block(m, b, subjects, prefixes);
			c->whole[b] = found ? subjects[COSTS_WHOLE] : NAN;
			if (c->layout)
				c->layout[b] =
					c->whole[b] - subjects[COSTS_PACKED];
			prefixes[m->nrotating] = subjects[COSTS_LONGEST];
			fill_block(c, s, b, prefixes, found);
		}
		find_lasting(c, err);
	} else {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	}
	free(prefixes);
	return err->text[0] ? -1 : 0;
}

void costs_free(struct costs *c)
{
	free(c->op[COSTS_SIGNED]);
	free(c->op[COSTS_LASTING]);
	free(c->whole);
	free(c->layout);
	free(c->sums);
	free(c->members);
}

/* How many stretches of neighbours the members make. */
static unsigned int stretches(const struct costs *c)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < c->nops; i++)
		n += c->members[i] && (!i || !c->members[i - 1]);
	return n;
}

static void sum_members(struct costs *c, enum costs_view view)
{
	size_t i, b;

	memset(c->sums, 0, c->nblocks * sizeof(*c->sums));
	for (i = 0; i < c->nops; i++) {
		for (b = 0; c->members[i] && b < c->nblocks; b++)
			c->sums[b] += c->op[view][i * c->nblocks + b];
	}
}

struct estimate costs_cycles(struct costs *c, enum costs_view view)
{
	struct estimate e = {0};

	if (!stretches(c))
		return e;
	sum_members(c, view);
	e = estimate_by_block(c->sums, c->nblocks, LEVEL);
	systematic_widen(&e, sqrt(stretches(c)));
	return e;
}

/* The sums as a part of the whole; @stretches: differences that they are made of. */
static struct estimate share_of_sums(struct costs *c, double whole,
				     unsigned int stretches)
{
	struct estimate e;
	size_t b;

	for (b = 0; b < c->nblocks; b++)
		c->sums[b] /= c->whole[b];
	e = estimate_by_block(c->sums, c->nblocks, LEVEL);
	systematic_widen(&e, sqrt(stretches) / whole);
	return e;
}

struct estimate costs_share(struct costs *c, enum costs_view view, double whole)
{
	if (!stretches(c))
		return (struct estimate){0};
	sum_members(c, view);
	return share_of_sums(c, whole, stretches(c));
}

struct estimate costs_layout(struct costs *c)
{
	struct estimate e = {0};

	if (!c->layout)
		return e;
	e = estimate_by_block(c->layout, c->nblocks, LEVEL);
	systematic_widen(&e, 1);
	return e;
}

struct estimate costs_accounted(struct costs *c, double whole)
{
	size_t b;

	sum_members(c, COSTS_SIGNED);
	for (b = 0; c->layout && b < c->nblocks; b++)
		c->sums[b] += c->layout[b];
	return share_of_sums(c, whole, stretches(c) + !!c->layout);
}
