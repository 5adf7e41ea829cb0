// SPDX-License-Identifier: GPL-2.0
#include "pagemap.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/slots.h"

#define PAGE_MASK (~(uint64_t)(SWC_PAGE_BYTES - 1))

struct collector {
	struct pagemap *map;
	const struct trace *trace;
	const struct stackmap *stacks;
	size_t capacity;
	uint64_t last; /* added last; most accesses hit the same page again */
	int last_stack;
	struct error *err;
};

static int add(struct collector *c, struct pagemap_part part)
{
	struct pagemap *map = c->map;
	struct pagemap_part *parts;

	if (map->n == c->capacity) {
		c->capacity = c->capacity ? 2 * c->capacity : 64;
		parts = reallocarray(map->parts, c->capacity, sizeof(*parts));
		if (!parts)
			return error_set(c->err, EXIT_IMPOSSIBLE,
					 "%s: out of memory", c->trace->path);
		map->parts = parts;
	}
	map->parts[map->n++] = part;
	return 0;
}

static int add_page(struct collector *c, uint64_t address,
		    const struct trace_region *region, int stack)
{
	address &= PAGE_MASK;
	if (c->map->n && address == c->last && stack == c->last_stack)
		return 0;
	c->last = address;
	c->last_stack = stack;
	return add(c, (struct pagemap_part){
			      .low = address,
			      .high = address + SWC_PAGE_BYTES,
			      .name = region ? region->name : 0,
			      .kind = region ? region->kind : 0,
			      .stack = stack,
		      });
}

static int too_many(struct collector *c)
{
	return error_set(c->err, EXIT_USAGE,
			 "%s: the call touches more than %u pages, all that a "
			 "sequence can hold: record one that touches fewer",
			 c->trace->path, SWC_MAX_PAGES);
}

static int collect_accesses(struct collector *c,
			    const struct trace_variant *variant)
{
	const struct trace *trace = c->trace;
	const struct trace_access *a = trace->accesses + variant->first_access;
	const struct trace_access *end = a + variant->naccesses;
	uint64_t page;

	for (; a < end; a++) {
		if (a->size > SWC_MAX_PAGES * SWC_PAGE_BYTES)
			return too_many(c);
		for (page = a->address & PAGE_MASK; page < a->address + a->size;
		     page += SWC_PAGE_BYTES) {
			if (add_page(c, page, &trace->regions[a->region], -1))
				return -1;
		}
	}
	return 0;
}

/* The recorded memory that an address belongs to, as far as it is known. */
static const struct trace_region *region_at(const struct trace *trace,
					    uint64_t address)
{
	const struct trace_region *found = NULL, *r = trace->regions;
	size_t i;

	for (i = 0; i < trace->nregions; i++, r++) {
		if (address < r->start || address >= r->end)
			continue;
		/* The smallest one says most. */
		if (!found || r->end - r->start < found->end - found->start)
			found = r;
	}
	return found;
}

/*
 * The page below RSP, which the next push goes to. But if RSP never goes lower
 * on this stack, the page above, which it came from.
 */
static uint64_t resting_page(const struct collector *c, int stack, uint64_t rsp)
{
	const struct stackmap_stack *s = &c->stacks->stacks[stack];

	if (stack >= 0 && rsp == s->low && rsp != s->high)
		return rsp & PAGE_MASK;
	return (rsp - 1) & PAGE_MASK;
}

/*
 * RSP may rest on a page of which nothing is accessed, for a moment, on its way
 * to the next one below. Regions that hold only what was accessed would have no
 * place for it.
 */
static int collect_stack_pages(struct collector *c,
			       const struct trace_variant *variant)
{
	const struct trace_step *step = c->trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;
	uint64_t last = 0, page, rsp = step->rsp + SWC_SLOT_BYTES;
	const struct trace_region *region;
	int stack = -1, last_stack = -1;

	for (; step <= end; step++) {
		stack = stackmap_find(c->stacks, rsp);
		page = resting_page(c, stack, rsp);
		if (page != last || stack != last_stack) {
			region = stack < 0 ? NULL
					   : c->stacks->stacks[stack].region;
			if (!region)
				region = region_at(c->trace, page);
			if (add_page(c, page, region, stack))
				return -1;
		}
		last = page;
		last_stack = stack;
		rsp = step < end ? step->rsp : rsp;
	}
	return 0;
}

/*
 * Two kinds of memory may share a page: g and m are heap objects. The page then
 * goes to the kind that stands first in the trace's list of kinds, which names
 * stacks and runtime structures before the heap, and the unknown last.
 */
static unsigned int rank(uint16_t kind)
{
	return kind == TRACE_REGION_OTHER ? TRACE_REGION_KINDS : kind;
}

static int by_page(const void *left, const void *right)
{
	const struct pagemap_part *a = left, *b = right;

	if (a->low != b->low)
		return (a->low > b->low) - (a->low < b->low);
	if (a->stack != b->stack) /* stacks first, from the lowest */
		return (a->stack < 0) - (b->stack < 0) ?: a->stack - b->stack;
	return (int)rank(a->kind) - (int)rank(b->kind);
}

static int by_place(const void *left, const void *right)
{
	const struct pagemap_part *a = left, *b = right;

	if (a->stack != b->stack)
		return a->stack - b->stack;
	if (a->stack < 0 && a->name != b->name)
		return (a->name > b->name) - (a->name < b->name);
	return (a->low > b->low) - (a->low < b->low);
}

static int by_address(const void *left, const void *right)
{
	const struct pagemap_part *a = left, *b = right;

	return (a->low > b->low) - (a->low < b->low);
}

/* The address in [@low, @high] with most zeros at its end. */
static uint64_t most_aligned(uint64_t low, uint64_t high)
{
	uint64_t unit = SWC_PAGE_BYTES, at;

	for (; unit > 1; unit /= 2) {
		at = (low + unit - 1) & ~(unit - 1);
		if (at <= high)
			return at;
	}
	return low;
}

/* A page on which RSP never rests may still belong to a stack. */
static int stack_around(const struct collector *c,
			const struct pagemap_part *part)
{
	const struct stackmap_stack *s = c->stacks->stacks;
	size_t i;

	for (i = 0; i < c->stacks->n; i++, s++) {
		if (part->low >= s->low && part->low < s->high)
			return i;
		if (s->region && s->region->name == part->name)
			return i;
	}
	return -1;
}

/*
 * Make one part of all that was collected for a page, or, if @n stacks share
 * it, one for each. Stacks of one size lie at multiples of it, so the most
 * aligned address between two of them divides them.
 */
static size_t unite_page(struct collector *c, struct pagemap_part *out,
			 const struct pagemap_part *in, size_t n)
{
	const struct stackmap_stack *s = c->stacks->stacks;
	uint64_t end = in->high;
	size_t i, made = 1;

	out[0] = in[0];
	if (in->stack < 0) {
		out[0].stack = stack_around(c, in);
		return 1;
	}
	for (i = 1; i < n && in[i].stack >= 0; i++) {
		if (in[i].stack == out[made - 1].stack)
			continue;
		out[made] = in[i];
		out[made].low = most_aligned(s[out[made - 1].stack].high,
					     s[in[i].stack].low);
		out[made].high = end;
		out[made - 1].high = out[made].low;
		made++;
	}
	c->map->shared += made - 1;
	return made;
}

static void unite(struct collector *c)
{
	struct pagemap *map = c->map;
	size_t i, first = 0, n = 0;
	struct pagemap_part *p = map->parts;

	qsort(p, map->n, sizeof(*p), by_page);
	for (i = 1; i <= map->n; i++) {
		if (i < map->n && p[i].low == p[first].low)
			continue;
		/* There are never more afterwards than before. */
		n += unite_page(c, &p[n], &p[first], i - first);
		first = i;
	}
	map->n = n;
}

/* A region's name that isn't taken yet: "gstack", "heap-stack", "heap-stack2" */
static int new_region(struct collector *c, struct sequence *s,
		      const struct pagemap_part *p, uint32_t pages)
{
	const char *base = trace_string(c->trace, p->name);
	const char *suffix = "";
	unsigned int number = 1;
	char name[256];

	if (p->stack >= 0 && !stackmap_is_kind(p->kind))
		suffix = "-stack";
	snprintf(name, sizeof(name), "%.200s%s", *base ? base : "other",
		 suffix);
	while (names_find(&s->region_names, name) >= 0)
		snprintf(name, sizeof(name), "%.200s%s%u",
			 *base ? base : "other", suffix, ++number);
	return sequence_region(s, name, pages, c->err);
}

static bool same_region(const struct pagemap_part *a,
			const struct pagemap_part *b)
{
	return a->stack == b->stack && (a->stack >= 0 || a->name == b->name);
}

/* How much further than @before's page @p's lies. */
static uint32_t distance(const struct pagemap_part *before,
			 const struct pagemap_part *p)
{
	uint64_t pages = ((p->low & PAGE_MASK) - (before->low & PAGE_MASK)) /
			 SWC_PAGE_BYTES;

	if (p->stack < 0)
		pages = 1;
	else if (pages > PAGEMAP_MAX_GAP)
		pages = PAGEMAP_MAX_GAP;
	return pages * SWC_PAGE_BYTES;
}

/* Place the pages of each name one after the other, stacks with their gaps. */
static int place(struct collector *c, struct sequence *s)
{
	struct pagemap *map = c->map;
	struct pagemap_part *p = map->parts;
	uint64_t offset = 0, pages = 0;
	size_t first = 0, i;

	qsort(p, map->n, sizeof(*p), by_place);
	for (i = 0; i < map->n; i++) {
		offset = i == first ? 0 : offset + distance(&p[i - 1], &p[i]);
		if (pages + offset / SWC_PAGE_BYTES >= SWC_MAX_PAGES)
			return too_many(c);
		p[i].offset = offset;
		p[i].region = s->region_names.n;
		if (i + 1 < map->n && same_region(&p[i], &p[i + 1]))
			continue;
		if (new_region(c, s, &p[first], offset / SWC_PAGE_BYTES + 1) <
		    0)
			return -1;
		pages += offset / SWC_PAGE_BYTES + 1;
		first = i + 1;
	}
	qsort(p, map->n, sizeof(*p), by_address);
	return 0;
}

int pagemap_build(struct pagemap *map, const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct stackmap *stacks, struct sequence *s,
		  struct error *err)
{
	struct collector c = {
		.map = map,
		.trace = trace,
		.stacks = stacks,
		.err = err,
	};

	*map = (struct pagemap){0};
	if (collect_accesses(&c, variant) || collect_stack_pages(&c, variant))
		goto failed;
	unite(&c);
	if (!place(&c, s))
		return 0;
failed:
	pagemap_free(map);
	return -1;
}

void pagemap_free(struct pagemap *map)
{
	free(map->parts);
	*map = (struct pagemap){0};
}

/* The part that holds @address, or NULL. */
static const struct pagemap_part *part_at(const struct pagemap *map,
					  uint64_t address)
{
	size_t low = 0, high = map->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (map->parts[middle].high <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == map->n || map->parts[low].low > address)
		return NULL;
	return &map->parts[low];
}

static uint32_t offset_in(const struct pagemap_part *p, uint64_t address)
{
	return p->offset + (uint32_t)(address & ~PAGE_MASK);
}

uint64_t pagemap_find(const struct pagemap *map, uint64_t address,
		      uint64_t bytes, uint32_t *region, uint32_t *offset)
{
	const struct pagemap_part *p = part_at(map, address), *next;
	const struct pagemap_part *end = map->parts + map->n;

	if (!p)
		return 0;
	*region = p->region;
	*offset = offset_in(p, address);
	for (; p->high - address < bytes; p = next) {
		next = p + 1;
		if (next == end || next->low != p->high ||
		    next->region != *region ||
		    next->offset != p->offset + SWC_PAGE_BYTES)
			return p->high - address;
	}
	return bytes;
}

int pagemap_find_sp(const struct pagemap *map, const struct stackmap *stacks,
		    uint64_t sp, uint32_t *region, uint32_t *offset)
{
	int stack = stackmap_find(stacks, sp);
	const struct pagemap_part *p = part_at(map, sp);
	uint32_t behind = 0;

	if (!p || p->stack != stack) {
		p = part_at(map, sp - 1);
		behind = 1;
	}
	if (!p || p->stack != stack)
		return -1;
	*region = p->region;
	*offset = offset_in(p, sp - behind) + behind;
	return 0;
}
