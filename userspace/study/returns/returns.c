// SPDX-License-Identifier: GPL-2.0
#include "returns.h"

#include <math.h>
#include <stdlib.h>

#include "returns_fit.h"
#include "returns_sequences.h"

#define LEVEL 0.95

/* All sequences, in order. */
enum {
	PAIRS,
	SWITCHED,
	NOT_SWITCHED,
	NESTED,
	MATCHED = NESTED + RETURNS_DEPTH,
	MISMATCHED = MATCHED + RETURNS_PAIRS,
	SEQUENCES = MISMATCHED + RETURNS_PAIRS,
};

static int make(struct sequence *list, struct error *err)
{
	unsigned int i;

	if (returns_pairs(&list[PAIRS], RETURNS_REPEATED, err) ||
	    returns_across(&list[SWITCHED], RETURNS_REPEATED, true, err) ||
	    returns_across(&list[NOT_SWITCHED], RETURNS_REPEATED, false, err))
		return -1;
	for (i = 0; i < RETURNS_DEPTH; i++) {
		if (returns_nested(&list[NESTED + i], i + 1, err))
			return -1;
	}
	for (i = 0; i < RETURNS_PAIRS; i++) {
		if (returns_alternating(&list[MATCHED + i], 2 * (i + 1), true,
					err) ||
		    returns_alternating(&list[MISMATCHED + i], 2 * (i + 1),
					false, err))
			return -1;
	}
	return 0;
}

/**
 * struct blocks - what each sequence cost, block by block
 * @n: blocks
 * @cycles: of each block, SEQUENCES of them; NAN: without samples
 * @scratch: a figure of each block
 */
struct blocks {
	size_t n;
	double *cycles;
	double *scratch;
};

static int blocks_fill(struct blocks *b, const struct measurement *m,
		       struct error *err)
{
	size_t block, i;
	double first, *row;

	b->n = measurement_blocks(m);
	b->cycles = calloc(b->n * SEQUENCES, sizeof(*b->cycles));
	b->scratch = calloc(b->n, sizeof(*b->scratch));
	if (!b->cycles || !b->scratch)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (block = 0; block < b->n; block++) {
		row = b->cycles + block * SEQUENCES;
		if (measurement_block(m, block, &first, row))
			continue;
		for (i = 0; i < SEQUENCES; i++)
			row[i] = NAN;
	}
	return 0;
}

static void blocks_free(struct blocks *b)
{
	free(b->cycles);
	free(b->scratch);
}

/* Sequence @one, less @other if that is one, for each of @parts. */
static struct estimate difference(struct blocks *b, unsigned int one, int other,
				  double parts)
{
	const double *row = b->cycles;
	struct estimate e;
	size_t i;

	for (i = 0; i < b->n; i++, row += SEQUENCES)
		b->scratch[i] =
			(row[one] - (other < 0 ? 0 : row[other])) / parts;
	e = estimate_by_block(b->scratch, b->n, LEVEL);
	systematic_widen(&e, 1 / parts);
	return e;
}

/* A curve over the depth: a sequence for each step, less another if there is. */
struct curve {
	unsigned int one;
	int other;
	unsigned int n;
	double step;
	int (*fit)(const double *x, const double *y, size_t n,
		   struct returns_lines *lines);
};

enum figure { DEPTH, BEFORE, BEYOND };

/* A figure of one block's curve; NAN: there is none. */
static double figure_of(const struct curve *c, const double *row,
			enum figure figure)
{
	double x[RETURNS_DEPTH], y[RETURNS_DEPTH];
	struct returns_lines lines;
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		x[i] = (i + 1) * c->step;
		y[i] = row[c->one + i] - (c->other < 0 ? 0 : row[c->other + i]);
	}
	if (c->fit(x, y, c->n, &lines))
		return NAN;
	if (figure == DEPTH)
		return lines.bend;
	return figure == BEFORE ? lines.before : lines.beyond;
}

static struct estimate estimate(const struct curve *c, struct blocks *b,
				enum figure figure)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		b->scratch[i] = figure_of(c, b->cycles + i * SEQUENCES, figure);
	return estimate_by_block(b->scratch, b->n, LEVEL);
}

static struct returns_knee find_knee(const struct curve *c, struct blocks *b)
{
	struct returns_knee k = {
		.depth = estimate(c, b, DEPTH),
		.before = estimate(c, b, BEFORE),
		.beyond = estimate(c, b, BEYOND),
	};

	k.found = k.depth.hi - k.depth.lo <= RETURNS_MOST_DOUBT;
	return k;
}

static void estimate_knees(struct returns *r, struct blocks *b)
{
	const struct curve nested = {
		.one = NESTED,
		.other = -1,
		.n = RETURNS_DEPTH,
		.step = 1,
		.fit = returns_fit_jump,
	};
	const struct curve extra = {
		.one = MISMATCHED,
		.other = MATCHED,
		.n = RETURNS_PAIRS,
		.step = 2,
		.fit = returns_fit_bend,
	};
	struct returns_knee *k = &r->overflow;

	*k = find_knee(&nested, b);
	k->found = k->found && k->beyond.lo > k->before.hi;
	k = &r->wrong;
	*k = find_knee(&extra, b);
	k->found = k->found &&
		   k->before.lo - k->beyond.hi >= RETURNS_LEAST_STEP;
}

static void estimate_all(struct returns *r, struct blocks *b)
{
	unsigned int i;

	r->pair = difference(b, PAIRS, -1, RETURNS_REPEATED);
	r->switched = difference(b, SWITCHED, NOT_SWITCHED, RETURNS_REPEATED);
	for (i = 0; i < RETURNS_DEPTH; i++)
		r->nested[i] = difference(b, NESTED + i, -1, 1);
	for (i = 0; i < RETURNS_PAIRS; i++) {
		r->matched[i] = difference(b, MATCHED + i, -1, 1);
		r->extra[i] = difference(b, MISMATCHED + i, MATCHED + i, 1);
	}
	r->mismatched = difference(b, MISMATCHED, MATCHED, 2);
	estimate_knees(r, b);
}

static int run(struct returns *r, const struct sequence *list,
	       const struct measure_options *options, struct error *err)
{
	struct measure_subject turns[SEQUENCES] = {0};
	struct measure_options o = *options;
	unsigned int i;
	int tries;

	for (i = 0; i < SEQUENCES; i++)
		turns[i].sequence = &list[i];
	o.rotation = (struct measure_rotation){turns, SEQUENCES};
	/* One sequence has to be there in each round. */
	tries = measure_again(turns, 1, &o, &r->m, err);
	if (tries < 0)
		return -1;
	r->tries = tries;
	return 0;
}

int returns_measure(const struct measure_options *options, struct returns *r,
		    struct error *err)
{
	static struct sequence list[SEQUENCES];
	struct blocks blocks = {0};
	unsigned int i;
	int rc;

	*r = (struct returns){.tries = 0};
	rc = make(list, err) || run(r, list, options, err);
	if (!rc && blocks_fill(&blocks, &r->m, err)) {
		measurement_free(&r->m);
		rc = -1;
	}
	if (!rc)
		estimate_all(r, &blocks);
	blocks_free(&blocks);
	for (i = 0; i < SEQUENCES; i++)
		sequence_free(&list[i]);
	return rc ? -1 : 0;
}
