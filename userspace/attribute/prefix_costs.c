// SPDX-License-Identifier: GPL-2.0
#include "prefix_costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

/*
 * Core cycles of one block: differences of what its prefixes cost, @prefixes in
 * order of length.
 */
static void fill_block(struct costs *c, const struct sequence *s, size_t block,
		       const double *prefixes, bool found)
{
	double before = 0; /* the prefix of nothing is the control */
	size_t i, n = 0;

	for (i = 0; i < c->nops; i++) {
		double *cost = &c->op[i * c->nblocks + block];

		*cost = 0;
		if (costs_is_silent(s, i))
			continue;
		*cost = found ? prefixes[n] - before : NAN;
		before = prefixes[n++];
	}
}

int costs_fill(struct costs *c, const struct sequence *s,
	       const struct measurement *m, struct error *err)
{
	double *prefixes = calloc(m->nturns + 1, sizeof(*prefixes));
	double subjects[COSTS_SUBJECTS];
	bool found;
	size_t b;

	*c = (struct costs){
		.nops = s->nops,
		.nblocks = measurement_blocks(m),
	};
	c->op = calloc(c->nops * c->nblocks, sizeof(*c->op));
	c->whole = calloc(c->nblocks, sizeof(*c->whole));
	c->sums = calloc(c->nblocks, sizeof(*c->sums));
	c->members = calloc(c->nops, sizeof(*c->members));
	if (prefixes && c->op && c->whole && c->sums && c->members) {
		for (b = 0; b < c->nblocks; b++) {
			found = measurement_block(m, b, subjects, prefixes);
			c->whole[b] = found ? subjects[COSTS_WHOLE] : NAN;
			prefixes[m->nturns] = subjects[COSTS_LONGEST];
			fill_block(c, s, b, prefixes, found);
		}
	} else {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	}
	free(prefixes);
	return err->text[0] ? -1 : 0;
}

void costs_free(struct costs *c)
{
	free(c->op);
	free(c->whole);
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

static void sum_members(struct costs *c)
{
	size_t i, b;

	memset(c->sums, 0, c->nblocks * sizeof(*c->sums));
	for (i = 0; i < c->nops; i++) {
		for (b = 0; c->members[i] && b < c->nblocks; b++)
			c->sums[b] += c->op[i * c->nblocks + b];
	}
}

struct estimate costs_cycles(struct costs *c)
{
	struct estimate e = {0};

	if (!stretches(c))
		return e;
	sum_members(c);
	e = estimate_by_block(c->sums, c->nblocks, LEVEL);
	measure_widen(&e, sqrt(stretches(c)));
	return e;
}

struct estimate costs_share(struct costs *c, double whole)
{
	struct estimate e = {0};
	size_t b;

	if (!stretches(c))
		return e;
	sum_members(c);
	for (b = 0; b < c->nblocks; b++)
		c->sums[b] /= c->whole[b];
	e = estimate_by_block(c->sums, c->nblocks, LEVEL);
	measure_widen(&e, sqrt(stretches(c)) / whole);
	return e;
}
