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

/*
 * A trial takes pages that no trial has touched while twice the largest second
 * level of any CPU so far (4096 entries, Zen 5) was touched: so no translation
 * of them is left.
 */
#define PAGES	   16384u
#define MOST_PAGES 6144u

/* The coarse curve: so many places an octave, from FIRST to MOST_PAGES. */
#define PER_OCTAVE 10
#define FIRST	   4u

/*
 * So many pages surely fit the first level; so many surely don't, but fit the second.
 * No first level has had fewer than 64 entries for 4 KiB since Nehalem, nor more than
 * 256 (Core 2); no second level beside such a one fewer than 512 (Nehalem).
 */
#define FIRST_HOLDS   56u
#define SECOND_BEGINS 300u
#define SECOND_HOLDS  480u

/*
 * The most pages are those whose page table entries, 8 bytes each, lie in L1d.
 * Beyond that, walks take longer for another reason. L1d has had 32 KiB at least
 * since Nehalem; the numbers are shares of it.
 */
#define ENTRY_BYTES  8
#define L1D_LEAST    32768u
#define NONE_HOLDS   0.7
#define TABLE_CACHED 0.95

/*
 * The least that missing a level must cost for it to count as one, ticks. Missing
 * a first level costs 7 or 8 core cycles on all CPUs since Nehalem (Intel's and
 * AMD's optimisation manuals), and the TSC ticks at no less than half the core's
 * clock.
 */
#define LEAST_TICKS 2.0

/* The fine curve: so many places, reaching so far beyond what the coarse one shows. */
#define FINE_PLACES 48u
#define BEYOND	    0.3

/* Places of the coarse curve in each of the two levels near a rise. */
#define LEAST_PLACES 3u

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
#define BLOCKS	      32u
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
	for (x = FIRST; x <= MOST_PAGES && s->n < TLBSIZE_CURVE;
	     x *= exp2(1.0 / PER_OCTAVE)) {
		if (!s->n || round(x) > s->x[s->n - 1])
			s->x[s->n++] = round(x);
	}
}

/* So many other pages surely fit a level, and so many surely don't. */
struct limits {
	double low_from;
	double low_to;
	double high_from;
	double high_to;
};

static struct limits limits_of(const struct ground *c, size_t level)
{
	double occupied = c->occupied;

	if (level)
		return (struct limits){SECOND_BEGINS - occupied,
				       SECOND_HOLDS - occupied,
				       NONE_HOLDS * c->cached,
				       TABLE_CACHED * c->cached};
	return (struct limits){1, FIRST_HOLDS - occupied,
			       SECOND_BEGINS - occupied,
			       SECOND_HOLDS - occupied};
}

/* Limits near a rise, where the ends of the curve are too far away to compare with. */
static struct limits limits_near(const struct limits *l, double rise)
{
	return (struct limits){
		.low_from = fmax(l->low_from, rise / 2),
		.low_to = rise / 1.2,
		.high_from = rise * 1.15,
		.high_to = fmin(l->high_to, rise * 2),
	};
}

/* The places of a level out of a curve of all. @y: filled, as large as the curve's. */
static struct rise_curve part_of(const struct sweep *s, const struct limits *l,
				 double *y)
{
	struct rise_curve part = {.y = y, .blocks = BLOCKS};
	size_t i, block, from = 0;

	while (s->x[from] < l->low_from)
		from++;
	part.x = &s->x[from];
	for (i = from; i < s->n && s->x[i] <= l->high_to; i++) {
		part.low += s->x[i] <= l->low_to;
		part.high += s->x[i] >= l->high_from;
		part.n++;
	}
	for (block = 0; block < BLOCKS; block++)
		memcpy(&y[block * part.n], &s->y[block * s->n + from],
		       part.n * sizeof(*y));
	return part;
}

static void add_places(struct sweep *s, double from, double to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s->x[s->n++] = round(from + (to - from) * i / (n - 1));
}

/* Both levels, and densely what lies between them. */
static void fine_places(struct sweep *s, const struct limits *l,
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

/* Is it a rise as a TLB's end makes it, and seen whole? */
static bool judge(const struct rise *r)
{
	return r->height.lo >= LEAST_TICKS / 2 &&
	       r->height.mean >= LEAST_TICKS && r->ended;
}

/*
 * struct sighting - a level's rise in the coarse curve
 * @limits: that it was seen between
 * @slope: that was taken off
 * @rise: where
 * @seen: at all
 */
struct sighting {
	struct limits limits;
	struct rise_slope slope;
	struct rise rise;
	bool seen;
};

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
	level->found = judge(&found);
	return 0;
}

static int look(const struct sweep *s, struct sighting *at, struct error *err)
{
	double y[BLOCKS * TLBSIZE_CURVE];
	struct rise_curve curve = part_of(s, &at->limits, y);

	at->seen = false;
	if (curve.low < LEAST_PLACES || curve.high < LEAST_PLACES)
		return 0;
	rise_level_off(&curve, y, &at->slope);
	if (rise_find(&curve, &at->rise, err))
		return -1;
	at->seen = judge(&at->rise);
	return 0;
}

/*
 * Near the steepest place first. A rise that is wider than that, as where sets are
 * hashed and replacement isn't LRU, is seen between the ends of the curve.
 */
static int look_for_level(const struct ground *c, const struct sweep *s,
			  size_t level, struct sighting *at, struct error *err)
{
	double y[BLOCKS * TLBSIZE_CURVE];
	struct limits all = limits_of(c, level);
	struct rise_curve curve = part_of(s, &all, y);

	at->slope = rise_slope(&curve);
	at->limits = limits_near(&all, at->slope.from);
	if (look(s, at, err))
		return -1;
	if (at->seen)
		return 0;
	at->slope = (struct rise_slope){0};
	at->limits = all;
	return look(s, at, err);
}

static int find_levels(struct ground *c, struct tlbsize *t, struct error *err)
{
	struct sweep s = {.trials = COARSE_TRIALS};
	struct sighting at;
	size_t i;

	coarse_places(&s);
	if (measure_sweep(c, &s, err))
		return -1;
	keep_curve(t, &s);
	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		if (t->levels[i].found)
			continue;
		if (look_for_level(c, &s, i, &at, err))
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

static double pages_cached(const struct geometry *geometry)
{
	uint64_t bytes = geometry->cache[GEOMETRY_L1D].bytes;

	return fmin((bytes ? bytes : L1D_LEAST) / ENTRY_BYTES, MOST_PAGES);
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
				 LEAST_TICKS,
				 i ? NONE_HOLDS * pages_cached(geometry)
				   : SECOND_BEGINS);
	}
}

int tlbsize_measure(struct tlbsize *t, unsigned int cpu, unsigned int occupied,
		    uint32_t tsc_step, const struct geometry *geometry,
		    struct error *err)
{
	struct ground c = {
		.occupied = occupied,
		.tsc_step = tsc_step,
		.cached = pages_cached(geometry),
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
