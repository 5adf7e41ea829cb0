// SPDX-License-Identifier: GPL-2.0
#include "tlbsize.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "aliases.h"
#include "engine/draw.h"
#include "engine/prepare.h"
#include "engine/probe.h"
#include "engine/slots.h"
#include "pin.h"
#include "run.h"
#include "sighting.h"

/*
 * A trial takes pages that no trial has touched while twice the largest second
 * level of any CPU so far (4096 entries, Zen 5) was touched: so no translation
 * of them is left.
 */
#define PAGES 16384u

/* The coarse curve: so many places an octave, from FIRST to SIGHTING_MOST_PAGES. */
#define PER_OCTAVE 10
#define FIRST	   4u

/* The fine curve: so many places, reaching so far beyond what the coarse one shows. */
#define FINE_PLACES 48u
#define BEYOND	    0.3

/* The fine curve has so many places in each of the two levels that it lies between. */
#define END_PLACES 6u

/*
 * When the others evict the page, so many entries hold something else. If replacement is
 * LRU, that is what the loop itself touches, without counting it: the stack's pages, the
 * state of the generator. For example, on Zen 3, 61 others evict from 64 entries. If
 * replacement isn't LRU, these may lose their entries as well.
 */
#define OWN_PAGES 4u

/*
 * A neighbour on the same core uses the same TLBs, for milliseconds or seconds: of
 * so many rounds the calmest count, those with the lowest mean.
 */
#define TAKEN	      96u
#define BLOCKS	      SIGHTING_BLOCKS
#define COARSE_TRIALS 24u /* in a round, of each place */
#define FINE_TRIALS   60u

/* If a disturbed machine shows no steps, look again for so long, seconds. */
#define PATIENCE_S 10

/* Pages that are left out after a trial's, at most. */
#define GAP 64u

/* Turns of a loop before a load, so that walks begun in vain are over. */
#define DELAY 300u

/* The memory that trials are made on. */
struct ground {
	char *pages;
	size_t next; /* the first page not touched lately */
	unsigned int occupied;
	uint32_t tsc_step;
	double cached; /* pages whose page table entries L1d holds */
	__u64 random;
};

/* A curve being measured: places, and the mean of each in each round. */
struct sweep {
	struct ground *ground;
	double x[TLBSIZE_CURVE];
	double y[TAKEN * TLBSIZE_CURVE];
	size_t n;
	unsigned int trials; /* of each place in a round */
};

static uint64_t page(const struct ground *c, size_t index, unsigned int line)
{
	return (uint64_t)(uintptr_t)c->pages + index * SWC_PAGE_BYTES +
	       line * SWC_LINE_BYTES;
}

static void touch_pages(const struct ground *c, size_t from, uint32_t n)
{
	const struct swc_step step = {
		.kind = SWC_STEP_SWEEP,
		.count = n,
		.stride = SWC_PAGE_BYTES,
		.base = page(c, from, 1),
	};

	swc_step_do(&step);
}

/*
 * The tested page, those kept in use, and the others lie side by side, since
 * neighbours fill a TLB's sets evenly. A gap of any length follows, lest the
 * same pages meet again in the next turn through all of them. The first timed
 * load brings back the code of the second.
 */
static uint64_t trial(struct ground *c, uint32_t others)
{
	size_t all = 1 + c->occupied + others;
	uint32_t length = swc_draw_below(&c->random, SWC_PROBE_LENGTHS);
	struct swc_probe load;
	uint64_t tested;

	if (c->next + all > PAGES)
		c->next = swc_draw_below(&c->random, GAP);
	tested = page(c, c->next, 0);
	touch_pages(c, c->next, 1);
	touch_pages(c, c->next + 1, all - 1);
	c->next += all + swc_draw_below(&c->random, GAP);
	swc_probe((uint64_t)(uintptr_t)c, length);
	swc_delay(&c->random, DELAY);
	/* Takes the additions' time off, since it isn't the TLB's. */
	load = swc_probe(tested, length);
	return swc_probe_ticks(&load, c->tsc_step) + SWC_PROBE_LENGTHS - length;
}

/* A round visits all places, in another order each: drift hits all alike. */
static int take(void *context, const struct run_round *round,
		unsigned int place, struct run_table *table, struct error *err)
{
	const struct sweep *s = context;
	uint64_t ticks[FINE_TRIALS];
	unsigned int i;

	(void)round;
	for (i = 0; i < s->trials; i++)
		ticks[i] = trial(s->ground, s->x[place]);
	for (i = 0; i < s->trials; i++) {
		if (run_table_add(table, place, i, ticks[i], 0, err))
			return -1;
	}
	return 0;
}

/* The mean: nothing else stays right if the TSC advances in steps. */
static void find_means(struct sweep *s, const struct run_table *table)
{
	unsigned int kept[TAKEN * TLBSIZE_CURVE] = {0};
	const struct run_sample *row;
	size_t i;

	memset(s->y, 0, sizeof(s->y));
	run_table_each(row, table) {
		i = row->round * s->n + row->arm;
		s->y[i] += (double)row->ticks - SWC_PROBE_LENGTHS;
		kept[i]++;
	}
	for (i = 0; i < TAKEN * s->n; i++)
		s->y[i] /= kept[i];
}

/* Move the calmest blocks to the front. */
static void choose_blocks(struct sweep *s)
{
	double mean[TAKEN], kept[BLOCKS * TLBSIZE_CURVE];
	size_t order[BLOCKS], block;

	for (block = 0; block < TAKEN; block++)
		mean[block] = gsl_stats_mean(&s->y[block * s->n], 1, s->n);
	gsl_sort_smallest_index(order, BLOCKS, mean, 1, TAKEN);
	for (block = 0; block < BLOCKS; block++)
		memcpy(&kept[block * s->n], &s->y[order[block] * s->n],
		       s->n * sizeof(*kept));
	memcpy(s->y, kept, BLOCKS * s->n * sizeof(*kept));
}

static int measure_sweep(struct ground *c, struct sweep *s, struct error *err)
{
	const struct run_source source = {.take = take, .context = s};
	const struct run_plan plan = {
		.arms = s->n,
		.groups = s->n,
		.rounds = TAKEN,
		.seed = swc_draw(&c->random) | 1,
	};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	s->ground = c;
	rc = run_rounds(&plan, &source, &table, &ended, err);
	if (!rc) {
		find_means(s, &table);
		choose_blocks(s);
	}
	run_table_free(&table);
	return rc;
}

static void coarse_places(struct sweep *s)
{
	double x;

	s->n = 0;
	for (x = FIRST; x <= SIGHTING_MOST_PAGES && s->n < TLBSIZE_CURVE;
	     x *= exp2(1.0 / PER_OCTAVE)) {
		if (!s->n || round(x) > s->x[s->n - 1])
			s->x[s->n++] = round(x);
	}
}

static void add_places(struct sweep *s, double from, double to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s->x[s->n++] = round(from + (to - from) * i / (n - 1));
}

/* Both levels, and densely what lies between them. */
static void fine_places(struct sweep *s, const struct sighting_limits *l,
			const struct estimate *around)
{
	double from = fmax(l->low_to + 1, floor(around->lo * (1 - BEYOND)));
	double to = fmin(l->high_from - 1, ceil(around->hi * (1 + BEYOND)));
	double ratio = pow(to / from, 1.0 / FINE_PLACES), x;

	s->n = 0;
	add_places(s, fmax(l->low_from, l->low_to / 2), l->low_to, END_PLACES);
	for (x = from; x <= to; x = fmax(x + 1, round(x * ratio)))
		s->x[s->n++] = x;
	add_places(s, l->high_from, l->high_to, END_PLACES);
}

static void keep_curve(struct tlbsize *t, const struct sweep *s)
{
	size_t i, block;

	t->n = s->n;
	for (i = 0; i < s->n; i++) {
		t->others[i] = s->x[i];
		t->ticks[i] = 0;
		for (block = 0; block < BLOCKS; block++)
			t->ticks[i] += s->y[block * s->n + i] / BLOCKS;
	}
}

static int find_level(struct ground *c, struct tlbsize_level *level,
		      const struct sighting *at, struct error *err)
{
	struct sweep s = {.trials = FINE_TRIALS};
	struct rise_curve curve;
	struct rise found;

	fine_places(&s, &at->limits, &at->rise.at);
	if (measure_sweep(c, &s, err))
		return -1;
	curve = (struct rise_curve){.x = s.x,
				    .n = s.n,
				    .y = s.y,
				    .blocks = BLOCKS,
				    .low = END_PLACES,
				    .high = END_PLACES};
	rise_level_off(&curve, s.y, &at->slope);
	if (rise_find(&curve, &found, err))
		return -1;
	level->entries = found.at;
	level->entries.hi += OWN_PAGES;
	level->extra = found.height;
	level->found = sighting_is_end(&found);
	return 0;
}

static int find_levels(struct ground *c, struct tlbsize *t, struct error *err)
{
	struct sweep s = {.trials = COARSE_TRIALS};
	struct sighting_curve coarse;
	struct sighting at;
	size_t i;

	coarse_places(&s);
	if (measure_sweep(c, &s, err))
		return -1;
	keep_curve(t, &s);
	coarse = (struct sighting_curve){.x = s.x,
					 .n = s.n,
					 .y = s.y,
					 .occupied = c->occupied,
					 .cached = c->cached};
	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		if (t->levels[i].found)
			continue;
		if (sighting_find(&at, &coarse, i, err))
			return -1;
		if (at.seen && find_level(c, &t->levels[i], &at, err))
			return -1;
	}
	return 0;
}

static bool all_found(const struct tlbsize *t)
{
	size_t i;

	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		if (!t->levels[i].found)
			return false;
	}
	return true;
}

/* A neighbour's disturbances come and go; what was found stays. */
static int find_patiently(struct ground *c, struct tlbsize *t,
			  struct error *err)
{
	time_t until = time(NULL) + PATIENCE_S;

	memset(t->levels, 0, sizeof(t->levels));
	do {
		if (find_levels(c, t, err))
			return -1;
	} while (!all_found(t) && time(NULL) < until);
	return 0;
}

static void compare(struct tlbsize *t, const struct geometry *geometry)
{
	struct tlbsize_level *level;
	size_t i;

	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		level = &t->levels[i];
		level->reported = geometry_tlb_entries(
			geometry, i + 1, GEOMETRY_TLB_LOAD, GEOMETRY_4K);
		level->agrees = level->found &&
				level->reported >= level->entries.lo &&
				level->reported <= level->entries.hi;
		if (!level->found)
			snprintf(level->why, sizeof(level->why),
				 "loads don't take %g ticks more, or not all "
				 "of them, after up to %.0f pages: measure "
				 "again on a quieter machine",
				 SIGHTING_TICKS,
				 sighting_fewest(
					 i, sighting_pages_cached(geometry)));
	}
}

int tlbsize_measure(struct tlbsize *t, unsigned int cpu, unsigned int occupied,
		    uint32_t tsc_step, const struct geometry *geometry,
		    struct error *err)
{
	struct ground c = {
		.occupied = occupied,
		.tsc_step = tsc_step,
		.cached = sighting_pages_cached(geometry),
		.random = run_seed(),
	};
	struct pin pin;
	int rc;

	*t = (struct tlbsize){.occupied = occupied};
	c.pages = aliases_map(PAGES, 0, 0, PROT_READ);
	if (!c.pages)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory to map a page %u times: %s", PAGES,
				 strerror(errno));
	rc = pin_begin(&pin, cpu, err);
	if (!rc) {
		rc = find_patiently(&c, t, err);
		pin_end(&pin);
	}
	aliases_unmap(c.pages, PAGES);
	compare(t, geometry);
	return rc;
}
