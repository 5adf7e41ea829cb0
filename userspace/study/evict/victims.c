// SPDX-License-Identifier: GPL-2.0
#include "victims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slots.h"
#include "shuffle.h"

/* Every core so far has 64 entries for data at least (Fog, Microarchitecture). */
#define DTLB_PAGES 64u

/*
 * A trial itself touches so many pages between the priming and the probe: code and data
 * of the replay's frame and of the loop, its lists and samples, the victim's partners.
 * If replacement is LRU (Zen 3, 64 entries), as many victims as entries would all be
 * gone.
 */
#define OWN_PAGES 16u

/* Half of what a second level holds at least: 2048 since Ice Lake and Zen 2. */
#define STLB_PAGES 1024u

/*
 * Loads in a trial. A line or translation that one brings in may evict the next
 * victim: never if these are of other sets, rarely if victims are many. And L1d
 * and the first level of a TLB are small enough for the core's other thread to
 * evict from them while one load after the other is timed.
 */
static const uint32_t probes[EVICTION_LEVELS] = {
	[EVICTION_L1D] = 8,
	[EVICTION_L2] = 32,
	[EVICTION_DTLB] = 4,
	[EVICTION_STLB] = 32,
};

/* Victims looked at for one of another set and page than a trial's others. */
#define SEPARATION_TRIES 64u

/*
 * A page's partners are the pages whose number differs in one bit. So they lie
 * in another set of every TLB whose sets follow from the low bits of a page's
 * number, or from a XOR of them with higher ones (Gras et al., "Translation
 * Leak-aside Buffer", USENIX Security 2018).
 */
#define PARTNER_PAGES SWC_TRIAL_PARTNER_PAGES
_Static_assert(VICTIMS_ALIGNMENT == 2 * PARTNER_PAGES * SWC_PAGE_BYTES,
	       "a partner lies in the same aligned group of pages");

/* The line of their common frame that pages are tested by: any will do. */
#define PAGE_LINE 40u

static const char *const names[EVICTION_LEVELS] = {
	[EVICTION_L1D] = "l1d",
	[EVICTION_L2] = "l2",
	[EVICTION_DTLB] = "dtlb",
	[EVICTION_STLB] = "stlb",
};

const char *eviction_level_name(enum eviction_level level)
{
	return names[level];
}

bool eviction_level_is_tlb(enum eviction_level level)
{
	return level == EVICTION_DTLB || level == EVICTION_STLB;
}

static int out_of_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for victims: %s: ask for fewer (--victims, "
			 "--l2-share)",
			 strerror(errno));
}

static int allocate(struct victims *v, enum eviction_level level, size_t n,
		    struct error *err)
{
	*v = (struct victims){
		.level = level,
		.n = n,
		.list = calloc(n + 1, sizeof(*v->list)),
		.order = calloc(n + 1, sizeof(*v->order)),
		.address = calloc(n + 1, sizeof(*v->address)),
		.partner = calloc(n + 1, sizeof(*v->partner)),
		.primed = calloc(n + 1, sizeof(*v->primed)),
	};
	if (v->list && v->order && v->address && v->partner && v->primed)
		return 0;
	victims_close(v);
	return out_of_memory(err);
}

void victims_close(struct victims *v)
{
	free(v->list);
	free(v->order);
	free(v->address);
	free(v->partner);
	free(v->primed);
	*v = (struct victims){0};
}

/* Does the address within a page decide the set? */
static uint32_t known_set(const struct geometry_cache *cache, uint32_t line)
{
	if (!cache->sets || SWC_LINES_PER_PAGE % cache->sets ||
	    cache->hashed == GEOMETRY_YES)
		return VICTIM_SET_UNKNOWN;
	return line % cache->sets;
}

static int check_cache(const struct geometry_cache *cache, const char *name,
		       struct error *err)
{
	if (cache->line_bytes == SWC_LINE_BYTES && cache->ways && cache->sets)
		return 0;
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"evict: the geometry of %s isn't reported by this CPU or "
		"its hypervisor: choose other victims (--victims)",
		name);
}

static int fill_lines(struct victims *v, enum eviction_level level,
		      const struct geometry_cache *cache, size_t n,
		      struct error *err)
{
	struct victim *victim;
	size_t i;

	if (check_cache(cache, names[level], err) || allocate(v, level, n, err))
		return -1;
	v->pages = (n + SWC_LINES_PER_PAGE - 1) / SWC_LINES_PER_PAGE;
	v->columns = SWC_LINES_PER_PAGE;
	v->layer = SWC_LINES_PER_PAGE;
	v->chased = level == EVICTION_L1D;
	if (known_set(cache, 0) != VICTIM_SET_UNKNOWN)
		v->layer = cache->sets;
	for (i = 0; i < n; i++) {
		victim = &v->list[i];
		victim->line = i % SWC_LINES_PER_PAGE;
		victim->set = known_set(cache, victim->line);
		victim->way = i / v->layer;
	}
	return 0;
}

static int fill_pages(struct victims *v, enum eviction_level level, size_t n,
		      struct error *err)
{
	size_t i;

	if (allocate(v, level, n, err))
		return -1;
	v->pages = n;
	v->columns = 1;
	v->layer = 1;
	for (i = 0; i < n; i++)
		v->list[i] = (struct victim){
			.set = VICTIM_SET_UNKNOWN,
			.way = i,
			.line = PAGE_LINE,
		};
	return 0;
}

static void set_probes(struct victims *v)
{
	v->probes = v->n < probes[v->level] ? v->n : probes[v->level];
}

static uint32_t entries_or(const struct geometry *g, unsigned int level,
			   uint32_t otherwise)
{
	uint32_t entries =
		geometry_tlb_entries(g, level, GEOMETRY_TLB_LOAD, GEOMETRY_4K);

	return entries ? entries : otherwise;
}

/* Entries of a first level that are free for victims. */
static uint32_t room_in(uint32_t entries)
{
	return entries > 2 * OWN_PAGES ? entries - OWN_PAGES : entries / 2;
}

int victims_synthetic(struct victims *v, enum eviction_level level,
		      const struct geometry *geometry, double l2_share,
		      struct error *err)
{
	const struct geometry_cache *l1d = &geometry->cache[GEOMETRY_L1D];
	const struct geometry_cache *l2 = &geometry->cache[GEOMETRY_L2];
	int rc;

	switch (level) {
	case EVICTION_L1D:
		rc = fill_lines(v, level, l1d, (size_t)l1d->sets * l1d->ways,
				err);
		break;
	case EVICTION_L2:
		rc = fill_lines(v, level, l2,
				l2_share * l2->sets * l2->ways + 0.5, err);
		break;
	case EVICTION_DTLB:
		rc = fill_pages(v, level,
				room_in(entries_or(geometry, 1, DTLB_PAGES)),
				err);
		break;
	default:
		rc = fill_pages(v, level,
				entries_or(geometry, 2, 2 * STLB_PAGES) / 2,
				err);
		break;
	}
	if (rc)
		return -1;
	set_probes(v);
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Number the pages that have victims. @primed, which is not needed before the
 * victims have places, serves as memory.
 */
static void number_pages(struct victims *v)
{
	uint64_t page, *pages = (uint64_t *)v->primed, *found;
	size_t i;

	for (i = 0; i < v->n; i++)
		pages[i] = v->list[i].address / SWC_PAGE_BYTES;
	qsort(pages, v->n, sizeof(*pages), ascending);
	for (i = 0; i < v->n; i++) {
		if (!i || pages[i] != pages[v->pages - 1])
			pages[v->pages++] = pages[i];
	}
	for (i = 0; i < v->n; i++) {
		page = v->list[i].address / SWC_PAGE_BYTES;
		found = bsearch(&page, pages, v->pages, sizeof(*pages),
				ascending);
		v->list[i].home = found - pages;
	}
}

/* The oldest first; the working set has them the other way round. */
static int fill_recorded_lines(struct victims *v, enum eviction_level level,
			       const struct geometry_cache *cache,
			       const struct workingset_units *units,
			       struct error *err)
{
	uint32_t older[SWC_LINES_PER_PAGE] = {0}, *way;
	const struct workingset_line *line;
	struct victim *victim;
	size_t i;

	if (check_cache(cache, names[level], err) ||
	    allocate(v, level, units->nlines, err))
		return -1;
	for (i = units->nlines, v->n = 0; i--;) {
		line = &units->lines[i];
		if (line->shared) {
			v->shared++;
			continue;
		}
		victim = &v->list[v->n++];
		victim->line = line->line;
		victim->set = known_set(cache, line->line);
		way = &older[victim->set == VICTIM_SET_UNKNOWN ? line->line
							       : victim->set];
		victim->way = (*way)++;
		v->crowded |= victim->set != VICTIM_SET_UNKNOWN &&
			      victim->way >= cache->ways;
		victim->address = line->address;
		victim->region = line->region;
	}
	v->crowded |= v->n > (size_t)cache->sets * cache->ways;
	v->chased = true;
	return 0;
}

static int fill_recorded_pages(struct victims *v, enum eviction_level level,
			       const struct workingset_units *units,
			       struct error *err)
{
	const struct workingset_page *page;
	size_t i;

	if (allocate(v, level, units->npages, err))
		return -1;
	for (i = units->npages, v->n = 0; i--;) {
		page = &units->pages[i];
		if (page->called) {
			v->shared++;
			continue;
		}
		v->list[v->n] = (struct victim){
			.set = VICTIM_SET_UNKNOWN,
			.way = v->n,
			.line = PAGE_LINE,
			.address = page->page * SWC_PAGE_BYTES,
			.region = page->region,
		};
		v->n++;
	}
	return 0;
}

int victims_recorded(struct victims *v, enum eviction_level level,
		     const struct geometry *geometry,
		     const struct workingset_units *units, struct error *err)
{
	enum geometry_level cache = level == EVICTION_L1D ? GEOMETRY_L1D
							  : GEOMETRY_L2;

	if (eviction_level_is_tlb(level)
		    ? fill_recorded_pages(v, level, units, err)
		    : fill_recorded_lines(v, level, &geometry->cache[cache],
					  units, err))
		return -1;
	v->recorded = true;
	v->layer = v->n;
	number_pages(v);
	set_probes(v);
	return 0;
}

uint64_t victims_lines(const struct victims *v)
{
	uint64_t lines = 0;
	size_t i;

	for (i = 0; i < v->n; i++)
		lines |= 1ull << v->list[i].line;
	return lines;
}

/* May a load of the one evict the other, or bring it in, too? */
static bool disturb(const struct victims *v, uint32_t a, uint32_t b)
{
	const struct victim *x = &v->list[a], *y = &v->list[b];

	return x->page == y->page ||
	       (x->set == y->set && x->set != VICTIM_SET_UNKNOWN);
}

static bool fits(const struct victims *v, uint32_t victim,
		 const uint32_t *group, size_t n)
{
	while (n) {
		if (disturb(v, victim, group[--n]))
			return false;
	}
	return true;
}

/* Replaces victims that don't go with the rest of their trial by others. */
static void separate(struct victims *v, uint32_t *list, size_t n)
{
	size_t i, j, in_group;
	uint32_t t;

	for (i = 0; i < n; i++) {
		in_group = i % v->probes;
		for (j = i; j < n && j - i < SEPARATION_TRIES; j++) {
			if (!fits(v, list[j], list + i - in_group, in_group))
				continue;
			t = list[i];
			list[i] = list[j];
			list[j] = t;
			break;
		}
	}
}

/* Draws an order in layers, the oldest first; within a layer it is random. */
static void draw_order(struct victims *v, uint64_t *random)
{
	size_t i, n;

	for (i = 0; i < v->n; i++)
		v->order[i] = i;
	for (i = 0; i < v->n; i += n) {
		n = v->n - i < v->layer ? v->n - i : v->layer;
		shuffle(v->order + i, n, random);
		separate(v, v->order + i, n);
	}
}

/*
 * A page for each victim: the same pages for all columns, in another order each.
 * @order serves as memory, before its own content is drawn.
 */
static void draw_pages(struct victims *v, uint64_t *random)
{
	uint32_t column, row, rows;

	for (column = 0; column < v->columns && column < v->n; column++) {
		rows = (v->n - column + v->columns - 1) / v->columns;
		shuffle_new(v->order, rows, random);
		for (row = 0; row < rows; row++)
			v->list[column + row * v->columns].page = v->order[row];
	}
}

/* Recorded pages in any order; @order is memory here, too. */
static void draw_homes(struct victims *v, uint64_t *random)
{
	size_t i;

	shuffle_new(v->order, v->pages, random);
	for (i = 0; i < v->n; i++)
		v->list[i].page = v->order[v->list[i].home];
}

static __u64 address_of(const struct victims *v, __u64 base, size_t i)
{
	const struct victim *victim = &v->list[i];

	return base + (__u64)victim->page * SWC_PAGE_BYTES +
	       victim->line * SWC_LINE_BYTES;
}

/* The first of a victim's partners, from the base on. */
static __u64 partner_of(const struct victims *v, __u64 offset)
{
	__u64 group = PARTNER_PAGES * SWC_PAGE_BYTES;

	if (!eviction_level_is_tlb(v->level))
		return offset - offset % SWC_PAGE_BYTES;
	return ((offset / group) ^ 1) * group + offset % SWC_PAGE_BYTES;
}

uint32_t victims_partners(const struct victims *v)
{
	return eviction_level_is_tlb(v->level) ? PARTNER_PAGES
					       : SWC_LINES_PER_PAGE;
}

uint32_t victims_partner_stride(const struct victims *v)
{
	return eviction_level_is_tlb(v->level) ? SWC_PAGE_BYTES
					       : SWC_LINE_BYTES;
}

static void set_addresses(struct victims *v, __u64 base)
{
	size_t i;

	for (i = 0; i < v->n; i++) {
		v->address[i] = address_of(v, base, v->order[i]);
		v->partner[i] = base + partner_of(v, v->address[i] - base);
		v->primed[i] =
			address_of(v, base, v->recorded ? i : v->order[i]);
	}
}

void victims_arrange(struct victims *v, __u64 base, uint64_t *random)
{
	if (v->recorded)
		draw_homes(v, random);
	else
		draw_pages(v, random);
	draw_order(v, random);
	set_addresses(v, base);
}

uint32_t victims_span(const struct victims *v)
{
	uint32_t both = 2 * PARTNER_PAGES;

	if (!eviction_level_is_tlb(v->level))
		return v->pages;
	return (v->pages + both - 1) / both * both;
}
