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
#include "engine/tsc.h"
#include "pin.h"

/*
 * A trial takes pages that none has touched since twice the largest second level
 * of any CPU so far (4096 entries, Zen 5) was touched: nothing of them is left.
 */
#define PAGES	   16384u
#define MOST_PAGES 6144u

/* The coarse curve: so many places an octave, from FIRST to MOST_PAGES. */
#define PER_OCTAVE 10
#define FIRST	   8u
#define REACH	   5 /* places that are compared: half an octave */

/*
 * No first level has had more than 256 entries (Core 2), no second behind such a
 * one less than 512 (Nehalem), of which some may be kept in use.
 */
#define BETWEEN 384u

/*
 * What a level must cost at least to count as one, ticks. Missing a first level
 * costs 7 or 8 core cycles on all CPUs since Nehalem (Intel's and AMD's
 * optimisation manuals), and the TSC ticks at no less than half the core's clock.
 */
#define LEAST_TICKS 2.0

/* The fine curve reaches so far to each side of what the coarse one shows. */
#define AROUND	    0.3
#define FINE_PLACES 48u

/* A rise that is longer, in parts of its place, is no TLB's end. */
#define LONGEST_RISE 0.25

/*
 * A neighbour on the same core uses the same TLBs, for milliseconds or seconds: of
 * so many blocks the calmest count, those with the lowest mean.
 */
#define TAKEN	      96u
#define BLOCKS	      24u
#define COARSE_TRIALS 24u /* in a block, of each place */
#define FINE_TRIALS   60u

/* Where a disturbed machine shows no steps: look again for so long, seconds. */
#define PATIENCE_S 5

/* Pages that are left out behind a trial's, at most. */
#define GAP 64u

/* Turns of a loop before a load, so that walks begun in vain are over. */
#define DELAY 300u

struct course {
	char *pages;
	size_t next; /* the first page not touched lately */
	unsigned int occupied;
	__u64 random;
};

/* A curve being measured. */
struct sweep {
	double x[TLBSIZE_CURVE];
	double y[TAKEN * TLBSIZE_CURVE];
	size_t n;
	unsigned int trials; /* of each place in a block */
};

static uint64_t page(const struct course *c, size_t index, unsigned int line)
{
	return (uint64_t)(uintptr_t)c->pages + index * SWC_PAGE_BYTES +
	       line * SWC_LINE_BYTES;
}

static void touch_pages(const struct course *c, size_t from, uint32_t n)
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
 * The page that is tested, those kept in use, the others: side by side, since
 * neighbours fill a TLB's sets evenly. A gap of any length behind them, lest the
 * same pages meet again in the next turn through all of them. The first timed
 * load brings back the code of the second.
 */
static double trial(struct course *c, uint32_t others)
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
	/* The same additions for all: what they take is no matter of a TLB's. */
	load = swc_probe(tested, length);
	return swc_probe_ticks(&load, 0) - (double)length;
}

/*
 * The mean of the faster half: an interrupt or a neighbour makes loads slower,
 * never faster. And the second level's end is where nothing is left: Golden Cove's
 * loses half of its entries to 1024 others already, the rest to 2048.
 */
static double place(struct course *c, const struct sweep *s, size_t i)
{
	double ticks[FINE_TRIALS];
	size_t k;

	for (k = 0; k < s->trials; k++)
		ticks[k] = trial(c, s->x[i]);
	gsl_sort(ticks, 1, s->trials);
	return gsl_stats_mean(ticks, 1, s->trials / 2);
}

/* Each block visits all places, in another order: drift hits all alike. */
static void measure_block(struct course *c, struct sweep *s, size_t block)
{
	size_t order[TLBSIZE_CURVE] = {0}, i, j;

	for (i = 0; i < s->n; i++) {
		j = swc_draw_below(&c->random, i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < s->n; i++)
		s->y[block * s->n + order[i]] = place(c, s, order[i]);
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

static struct changepoint_curve measure_sweep(struct course *c, struct sweep *s)
{
	size_t block;

	for (block = 0; block < TAKEN; block++)
		measure_block(c, s, block);
	choose_blocks(s);
	return (struct changepoint_curve){
		.x = s->x, .n = s->n, .y = s->y, .blocks = BLOCKS};
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

static void fine_places(struct sweep *s, double around)
{
	double from = fmax(1, floor(around * (1 - AROUND)));
	double to = fmin(MOST_PAGES, around * (1 + AROUND));
	double step = fmax(1, floor((to - from) / FINE_PLACES));

	for (s->n = 0; s->n < TLBSIZE_CURVE && from <= to; from += step)
		s->x[s->n++] = from;
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

/*
 * The page is evicted by some number of others above @c->from and up to @c->to.
 * Return: is this a step as a TLB's end makes it?
 */
static bool judge(struct tlbsize_level *level, const struct changepoint *c)
{
	level->entries = (struct estimate){
		.mean = c->place.mean + 0.5,
		.lo = c->place.lo + 1,
		.hi = c->place.hi,
	};
	level->extra = c->height;
	return c->height.lo >= LEAST_TICKS / 2 &&
	       c->height.mean >= LEAST_TICKS &&
	       c->place.hi - c->place.lo <= LONGEST_RISE * c->place.mean;
}

static int find_level(struct course *c, struct tlbsize_level *level,
		      double around, struct error *err)
{
	struct sweep s = {.trials = FINE_TRIALS};
	struct changepoint_curve curve;
	struct changepoint found;

	fine_places(&s, around);
	curve = measure_sweep(c, &s);
	if (changepoint_find(&curve, &found, err))
		return -1;
	level->found = judge(level, &found);
	return 0;
}

/* The highest rise from place @from on and before @to; NULL: there is none. */
static const struct changepoint_rise *
highest(const struct changepoint_rise *rises, size_t n, const struct sweep *s,
	double from, double to)
{
	const struct changepoint_rise *best = NULL, *rise;

	for (rise = rises; rise < rises + n; rise++) {
		if (s->x[rise->at] >= from && s->x[rise->at] < to &&
		    (!best || rise->height > best->height))
			best = rise;
	}
	return best;
}

static int find_levels(struct course *c, struct tlbsize *t, struct error *err)
{
	static const double limits[] = {0, BETWEEN, MOST_PAGES};
	struct changepoint_rise rises[TLBSIZE_CURVE];
	struct sweep s = {.trials = COARSE_TRIALS};
	const struct changepoint_rise *rise;
	struct changepoint_curve curve;
	size_t n, i;

	coarse_places(&s);
	curve = measure_sweep(c, &s);
	keep_curve(t, &s);
	n = changepoint_scan(&curve, REACH, LEAST_TICKS, rises, TLBSIZE_CURVE);
	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		rise = highest(rises, n, &s, limits[i], limits[i + 1]);
		if (!rise)
			continue;
		/* Between the last place below and the first above. */
		if (find_level(c, &t->levels[i],
			       sqrt(s.x[rise->at - 1] * s.x[rise->at]), err))
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

/* A neighbour's disturbances come and go. */
static int find_patiently(struct course *c, struct tlbsize *t,
			  struct error *err)
{
	time_t until = time(NULL) + PATIENCE_S;

	do {
		memset(t->levels, 0, sizeof(t->levels));
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
			snprintf(
				level->why, sizeof(level->why),
				"no step of %g ticks or more stands out between "
				"%g and %u pages: measure again on a quieter "
				"machine",
				LEAST_TICKS,
				i && t->levels[0].found
					? t->levels[0].entries.mean
					: FIRST,
				MOST_PAGES);
	}
}

int tlbsize_measure(struct tlbsize *t, unsigned int cpu, unsigned int occupied,
		    const struct geometry *geometry, struct error *err)
{
	struct course c = {.occupied = occupied, .random = swc_tsc() | 1};
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
