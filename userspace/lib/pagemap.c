// SPDX-License-Identifier: GPL-2.0
#include "pagemap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "engine/slots.h"

#define PAGE_MASK (~(uint64_t)(SWC_PAGE_BYTES - 1))

/* A stack that is touched over more pages than this is no single stack. */
#define MAX_STACK_SPAN 1024

struct collector {
	struct pagemap *map;
	size_t capacity;
	uint64_t last; /* added last; most accesses hit the same page again */
};

static bool is_stack(uint16_t kind)
{
	return kind == TRACE_REGION_GSTACK || kind == TRACE_REGION_G0STACK ||
	       kind == TRACE_REGION_SIGSTACK || kind == TRACE_REGION_STACK;
}

static int add_page(struct collector *c, uint64_t address,
		    const struct trace_region *region)
{
	struct pagemap *map = c->map;
	struct pagemap_page *pages;

	address &= PAGE_MASK;
	if (map->n && address == c->last)
		return 0;
	if (map->n == c->capacity) {
		c->capacity = c->capacity ? 2 * c->capacity : 64;
		pages = reallocarray(map->pages, c->capacity, sizeof(*pages));
		if (!pages)
			return -1;
		map->pages = pages;
	}
	map->pages[map->n++] = (struct pagemap_page){
		.address = address,
		.name = region->name,
		.kind = region->kind,
	};
	c->last = address;
	return 0;
}

static int collect_accesses(struct collector *c, const struct trace *trace,
			    const struct trace_variant *variant)
{
	const struct trace_access *a = trace->accesses + variant->first_access;
	const struct trace_access *end = a + variant->naccesses;
	uint64_t page;

	for (; a < end; a++) {
		for (page = a->address & PAGE_MASK; page < a->address + a->size;
		     page += SWC_PAGE_BYTES) {
			if (add_page(c, page, &trace->regions[a->region]))
				return -1;
		}
	}
	return 0;
}

static const struct trace_region *stack_at(const struct trace *trace,
					   uint64_t address)
{
	size_t i;

	for (i = 0; i < trace->nregions; i++) {
		if (is_stack(trace->regions[i].kind) &&
		    address >= trace->regions[i].start &&
		    address < trace->regions[i].end)
			return &trace->regions[i];
	}
	return NULL;
}

/*
 * RSP may rest on a page of which nothing is accessed, for a moment, on its way
 * to the next one below. Regions that hold only what was accessed would have no
 * place for it.
 */
static int collect_stack_pages(struct collector *c, const struct trace *trace,
			       const struct trace_variant *variant)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;
	const struct trace_region *region;
	uint64_t last = 0, page;

	for (; step < end; step++) {
		page = (step->rsp - 1) & PAGE_MASK;
		if (page == last)
			continue;
		last = page;
		region = stack_at(trace, step->rsp - 1);
		if (region && add_page(c, page, region))
			return -1;
	}
	return 0;
}

static int by_address(const void *left, const void *right)
{
	const struct pagemap_page *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static int by_place(const void *left, const void *right)
{
	const struct pagemap_page *a = left, *b = right;

	if (a->name != b->name)
		return (a->name > b->name) - (a->name < b->name);
	return by_address(a, b);
}

/*
 * One entry per page. Two kinds of memory may share a page: g and m are heap
 * objects. The page then goes to the kind that stands first in the trace's list
 * of kinds, which names stacks and runtime structures before the heap.
 */
static void unite(struct pagemap *map)
{
	size_t i, n = 0;

	qsort(map->pages, map->n, sizeof(*map->pages), by_address);
	for (i = 0; i < map->n; i++) {
		if (!n || map->pages[n - 1].address != map->pages[i].address)
			map->pages[n++] = map->pages[i];
		else if (map->pages[i].kind < map->pages[n - 1].kind)
			map->pages[n - 1] = map->pages[i];
	}
	map->n = n;
}

/* Place the pages of each name one after the other, stacks with their gaps. */
static int place(struct pagemap *map, const struct trace *trace,
		 struct sequence *s, struct error *err)
{
	size_t first = 0, i;
	uint64_t offset = 0;
	uint32_t limit;
	int region;

	qsort(map->pages, map->n, sizeof(*map->pages), by_place);
	for (i = 0; i < map->n; i++) {
		struct pagemap_page *p = &map->pages[i];

		if (i == first)
			offset = 0;
		else if (is_stack(p->kind))
			offset += p->address - map->pages[i - 1].address;
		else
			offset += SWC_PAGE_BYTES;
		limit = is_stack(p->kind) ? MAX_STACK_SPAN : SWC_MAX_PAGES;
		if (offset / SWC_PAGE_BYTES >= limit)
			return error_set(err, EXIT_USAGE,
					 "%s: region %s spans more pages than "
					 "a sequence can hold (%u)",
					 trace->path,
					 trace_string(trace, p->name), limit);
		p->offset = offset;
		p->region = s->region_names.n;
		if (i + 1 < map->n && map->pages[i + 1].name == p->name)
			continue;
		region = sequence_region(s, trace_string(trace, p->name),
					 offset / SWC_PAGE_BYTES + 1, err);
		if (region < 0)
			return -1;
		first = i + 1;
	}
	return 0;
}

int pagemap_build(struct pagemap *map, const struct trace *trace,
		  const struct trace_variant *variant, struct sequence *s,
		  struct error *err)
{
	struct collector c = {.map = map};

	*map = (struct pagemap){0};
	if (collect_accesses(&c, trace, variant) ||
	    collect_stack_pages(&c, trace, variant)) {
		pagemap_free(map);
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 trace->path);
	}
	unite(map);
	if (place(map, trace, s, err)) {
		pagemap_free(map);
		return -1;
	}
	qsort(map->pages, map->n, sizeof(*map->pages), by_address);
	return 0;
}

void pagemap_free(struct pagemap *map)
{
	free(map->pages);
	*map = (struct pagemap){0};
}

int pagemap_find(const struct pagemap *map, uint64_t address, uint32_t *region,
		 uint32_t *offset)
{
	struct pagemap_page key = {.address = address & PAGE_MASK};
	const struct pagemap_page *p;

	p = bsearch(&key, map->pages, map->n, sizeof(key), by_address);
	if (!p)
		return -1;
	*region = p->region;
	*offset = p->offset + (address & ~PAGE_MASK);
	return 0;
}

int pagemap_find_sp(const struct pagemap *map, uint64_t sp, uint32_t *region,
		    uint32_t *offset)
{
	if (!pagemap_find(map, sp, region, offset))
		return 0;
	if (pagemap_find(map, sp - 1, region, offset))
		return -1;
	++*offset;
	return 0;
}
