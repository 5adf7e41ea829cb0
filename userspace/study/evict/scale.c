// SPDX-License-Identifier: GPL-2.0
#include "scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Gates are tried at so many quantiles of the hits. */
#define GATES 12u

/* Scores that scatter less say no more than ones with this variance. */
#define LEAST_VARIANCE 0.02

enum kind { CONTROL, NEAR, FAR, KINDS };

/* Loads of one kind, length and half. */
struct scale_cell {
	const struct reading **list;
	size_t n;
};

typedef struct scale_cell cells[KINDS][SWC_PROBE_LENGTHS][SCALE_HALVES];

/**
 * struct fit - the loads from which a part of the scale is found
 * @cells: loads of the half that it isn't for
 * @share: of near, far and control, by ticks: how many of those within the gate
 * @n: how many these are
 * @part: the best one so far
 * @told: the information of all of its loads
 */
struct fit {
	const struct scale_cell *cells[KINDS];
	double share[KINDS][SCALE_TICKS];
	size_t n[KINDS];
	struct scale_part *part;
	double told;
};

static int kind_of(const struct reading *r, const struct scale_arms *arms)
{
	if (r->arm == arms->control)
		return CONTROL;
	if (r->arm == arms->near)
		return NEAR;
	return r->arm == arms->far ? FAR : KINDS;
}

static void count_cells(cells *c, const struct reading *readings, size_t n,
			const struct scale_arms *arms)
{
	size_t i;
	int kind;

	for (i = 0; i < n; i++) {
		kind = kind_of(&readings[i], arms);
		if (kind < KINDS)
			(*c)[kind][readings[i].length][readings[i].half].n++;
	}
}

bool scale_is_possible(const struct reading *readings, size_t n,
		       const struct scale_arms *arms, uint32_t least)
{
	unsigned int length, half;
	cells c = {0};

	count_cells(&c, readings, n, arms);
	for (length = 0; length < SWC_PROBE_LENGTHS; length++) {
		for (half = 0; half < SCALE_HALVES; half++) {
			if (c[NEAR][length][half].n < least ||
			    c[FAR][length][half].n < least ||
			    c[CONTROL][length][half].n < GATES)
				return false;
		}
	}
	return true;
}

/* Gives each cell its part of one list. */
static void fill_cells(cells *c, const struct reading **list,
		       const struct reading *readings, size_t n,
		       const struct scale_arms *arms)
{
	struct scale_cell *cell = &(*c)[0][0][0];
	size_t i;
	int kind;

	count_cells(c, readings, n, arms);
	for (i = 0; i < sizeof(*c) / sizeof(*cell); i++) {
		cell[i].list = list;
		list += cell[i].n;
		cell[i].n = 0;
	}
	for (i = 0; i < n; i++) {
		kind = kind_of(&readings[i], arms);
		if (kind == KINDS)
			continue;
		cell = &(*c)[kind][readings[i].length][readings[i].half];
		cell->list[cell->n++] = &readings[i];
	}
}

static void take_within(struct fit *f, uint32_t gate)
{
	const struct reading *r;
	unsigned int kind;
	size_t i;

	memset(f->share, 0, sizeof(f->share));
	memset(f->n, 0, sizeof(f->n));
	for (kind = 0; kind < KINDS; kind++) {
		for (i = 0; i < f->cells[kind]->n; i++) {
			r = f->cells[kind]->list[i];
			f->share[kind][r->ticks] += r->hit <= gate;
			f->n[kind] += r->hit <= gate;
		}
		for (i = 0; i < SCALE_TICKS && f->n[kind]; i++)
			f->share[kind][i] /= f->n[kind];
	}
}

/* Ticks that have one chance. */
struct block {
	double near;
	double far;
	unsigned int first;
	unsigned int last;
};

static double chance(const struct block *b)
{
	return b->far / (b->near + b->far);
}

/* Between the last ticks of one block and the first of the next: a straight line. */
static void spread(float *chances, const struct block *blocks, size_t n)
{
	const struct block *b = blocks;
	unsigned int at;
	double part;

	for (at = 0; at < SCALE_TICKS; at++) {
		while (b + 1 < blocks + n && at >= b[1].first)
			b++;
		chances[at] = chance(b);
		if (at <= b->last || b + 1 == blocks + n)
			continue;
		part = (double)(at - b->last) / (b[1].first - b->last);
		chances[at] += part * (chance(&b[1]) - chance(b));
	}
}

/* Neighbours are one block as long as the chance would fall from one to the next. */
static void regress(const struct fit *f, float *chances)
{
	struct block blocks[SCALE_TICKS];
	unsigned int at;
	size_t n = 0;

	for (at = 0; at < SCALE_TICKS; at++) {
		if (f->share[NEAR][at] + f->share[FAR][at] <= 0)
			continue;
		blocks[n++] = (struct block){f->share[NEAR][at],
					     f->share[FAR][at], at, at};
		for (;
		     n > 1 && chance(&blocks[n - 2]) >= chance(&blocks[n - 1]);
		     n--) {
			blocks[n - 2].near += blocks[n - 1].near;
			blocks[n - 2].far += blocks[n - 1].far;
			blocks[n - 2].last = blocks[n - 1].last;
		}
	}
	spread(chances, blocks, n);
}

/* Mean and variance of one kind's scores. */
static double moments(const struct fit *f, const float *chances, enum kind kind,
		      double *variance)
{
	double mean = 0, square = 0;
	unsigned int at;

	for (at = 0; at < SCALE_TICKS; at++) {
		mean += f->share[kind][at] * chances[at];
		square += f->share[kind][at] * chances[at] * chances[at];
	}
	*variance = fmax(square - mean * mean, 0);
	return mean;
}

/*
 * The information of all loads within a gate: each says as much as the square of
 * the levels' difference in its standard deviations.
 */
static double information(const struct fit *f, const float *chances)
{
	double variance[KINDS], contrast;

	contrast = moments(f, chances, FAR, &variance[FAR]) -
		   moments(f, chances, CONTROL, &variance[CONTROL]);
	contrast = fmax(contrast, 0);
	return f->n[CONTROL] * contrast * contrast /
	       fmax((variance[FAR] + variance[CONTROL]) / 2, LEAST_VARIANCE);
}

static int by_hit(const void *a, const void *b)
{
	const struct reading *x, *y;

	x = *(const struct reading *const *)a;
	y = *(const struct reading *const *)b;
	return (x->hit > y->hit) - (x->hit < y->hit);
}

static void try_gate(struct fit *f, uint32_t gate)
{
	struct scale_part part = {.gate = gate};
	double told;

	take_within(f, gate);
	if (f->n[NEAR] < SCALE_LEAST_SAMPLES || f->n[FAR] < SCALE_LEAST_SAMPLES)
		return;
	regress(f, part.chance);
	told = information(f, part.chance);
	if (told <= f->told)
		return;
	f->told = told;
	*f->part = part;
}

static void fit(struct fit *f)
{
	const struct scale_cell *control = f->cells[CONTROL];
	uint32_t gate, before = 0;
	unsigned int i;

	*f->part = (struct scale_part){.gate = 0};
	qsort(control->list, control->n, sizeof(*control->list), by_hit);
	for (i = 1; control->n >= GATES && i <= GATES; i++) {
		gate = control->list[i * control->n / GATES - 1]->hit;
		if (gate != before)
			try_gate(f, gate);
		before = gate;
	}
}

int scale_make(struct scale *s, const struct reading *readings, size_t n,
	       const struct scale_arms *arms, struct error *err)
{
	const struct reading **list = calloc(n + 1, sizeof(*list));
	struct fit *f = calloc(1, sizeof(*f));
	unsigned int length, half, kind;
	cells c = {0};
	int rc = 0;

	if (list && f)
		fill_cells(&c, list, readings, n, arms);
	else
		rc = error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (length = 0; length < SWC_PROBE_LENGTHS && !rc; length++) {
		for (half = 0; half < SCALE_HALVES; half++) {
			for (kind = 0; kind < KINDS; kind++)
				f->cells[kind] = &c[kind][length][!half];
			f->part = &s->parts[half][length];
			f->told = 0;
			fit(f);
		}
	}
	free(f);
	free(list);
	return rc;
}

static const struct scale_part *part_for(const struct scale *s,
					 const struct reading *r)
{
	return &s->parts[r->half][r->length];
}

bool scale_is_usable(const struct scale *s, const struct reading *r)
{
	const struct scale_part *part = part_for(s, r);

	return part->gate && r->hit <= part->gate;
}

double scale_score(const struct scale *s, const struct reading *r)
{
	return part_for(s, r)->chance[r->ticks];
}
