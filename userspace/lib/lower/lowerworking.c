// SPDX-License-Identifier: GPL-2.0
#include "lowerworking.h"

#include <stdlib.h>
#include <string.h>

#include "engine/slots.h"

/* Pages that one page table translates, which is an entry of a page directory. */
#define TABLE_PAGES 512u

/* A page of the program. */
struct page {
	uint64_t number;
	uint32_t place;
};

struct pages {
	struct page *list;
	size_t n;
};

/**
 * struct called - the call's own memory
 * @map: its data
 * @lines: its code, by line number, ascending
 * @nlines: how many
 * @pages: their pages' numbers
 */
struct called {
	const struct pagemap *map;
	uint64_t *lines;
	size_t nlines;
	struct codepages *pages;
};

static int by_value(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static int find_called(struct called *called, const struct trace *trace,
		       const struct trace_variant *variant)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;

	called->lines = calloc(variant->nsteps + 1ul, sizeof(uint64_t));
	if (!called->lines)
		return -1;
	for (; step < end; step++) {
		uint64_t address = trace->insns[step->insn].address;

		called->lines[called->nlines++] = address / SWC_LINE_BYTES;
		/* In the order in which operations will ask for them. */
		codepages_number(called->pages, address / SWC_PAGE_BYTES);
	}
	qsort(called->lines, called->nlines, sizeof(uint64_t), by_value);
	return 0;
}

static bool is_code(const struct trace_touched *line)
{
	return line->flags & TRACE_TOUCHED_CODE;
}

/* Does the call touch it, data by the page, code by the line, and where? */
static bool is_called(const struct called *called,
		      const struct trace_touched *line, uint32_t *region,
		      uint32_t *page)
{
	uint64_t number = line->address / SWC_LINE_BYTES;
	uint32_t offset;

	if (!is_code(line)) {
		if (!pagemap_find(called->map, line->address, 1, region,
				  &offset))
			return false;
		*page = offset / SWC_PAGE_BYTES;
		return true;
	}
	if (!bsearch(&number, called->lines, called->nlines, sizeof(number),
		     by_value))
		return false;
	*region = SWC_TOUCH_OWN_CODE;
	*page = codepages_number(called->pages, line->address / SWC_PAGE_BYTES);
	return true;
}

static int by_number(const void *left, const void *right)
{
	const struct page *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/*
 * Side by side as they were, but for gaps: those lose whole page tables but one, so that
 * each page keeps its place in the lines of its table, and tables that weren't neighbours
 * are none.
 */
static void place(struct pages *pages)
{
	uint64_t gone = 0, gap;
	size_t i, n = 0;

	qsort(pages->list, pages->n, sizeof(*pages->list), by_number);
	for (i = 0; i < pages->n; i++) {
		struct page *page = &pages->list[i];

		if (n && pages->list[n - 1].number == page->number)
			continue;
		if (!n)
			gone = page->number / TABLE_PAGES;
		gap = n ? page->number / TABLE_PAGES -
				      pages->list[n - 1].number / TABLE_PAGES
			: 0;
		if (gap > 2)
			gone += gap - 2;
		pages->list[n++] = (struct page){
			.number = page->number,
			.place = page->number - gone * TABLE_PAGES,
		};
	}
	pages->n = n;
}

static int find_pages(struct pages *pages, const struct trace *trace,
		      const struct called *called)
{
	uint32_t region, page;
	size_t i;

	pages->list = calloc(trace->nworking + called->map->n + 1,
			     sizeof(*pages->list));
	if (!pages->list)
		return -1;
	for (i = 0; i < called->map->n; i++)
		pages->list[pages->n++].number =
			called->map->parts[i].low / SWC_PAGE_BYTES;
	for (i = 0; i < trace->nworking; i++) {
		const struct trace_touched *line = &trace->working[i];

		if (!is_called(called, line, &region, &page))
			pages->list[pages->n++].number =
				line->address / SWC_PAGE_BYTES;
	}
	place(pages);
	return 0;
}

/* The oldest first; of one instruction, the lower address first. */
static int by_age(const void *left, const void *right)
{
	const struct trace_touched *a = left, *b = right;

	if (a->age != b->age)
		return a->age > b->age ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

static uint32_t place_of(const struct pages *pages, uint64_t address)
{
	struct page key = {.number = address / SWC_PAGE_BYTES};
	const struct page *page =
		bsearch(&key, pages->list, pages->n, sizeof(key), by_number);

	return page->place;
}

static struct swc_touch touch_of(const struct pages *pages,
				 const struct called *called,
				 const struct trace_touched *line)
{
	struct swc_touch touch = {
		.region = SWC_TOUCH_NO_REGION,
		.line = line->address / SWC_LINE_BYTES % SWC_LINES_PER_PAGE,
		.flags = is_code(line) ? SWC_TOUCH_CODE : 0,
	};
	uint32_t region, number;

	if (is_called(called, line, &region, &number)) {
		touch.region = region;
		touch.page = number;
		return touch;
	}
	if (line->flags & TRACE_TOUCHED_ZERO)
		touch.flags |= SWC_TOUCH_ZERO;
	touch.page = place_of(pages, line->address);
	return touch;
}

static bool is_whole(const struct trace *trace)
{
	char part[16];

	return trace_meta(trace, "working_part", part, sizeof(part)) &&
	       !strcmp(part, "all");
}

static int fill(struct sequence *s, const struct trace *trace,
		const struct pages *pages, const struct called *called)
{
	struct trace_touched *lines = calloc(trace->nworking, sizeof(*lines));
	const struct pagemap_part *part = called->map->parts;
	const struct pagemap_part *parts_end = part + called->map->n;
	size_t i;

	s->touches = calloc(trace->nworking, sizeof(*s->touches));
	s->places = calloc(s->region_names.n + 1, sizeof(*s->places));
	if (!lines || !s->touches || !s->places) {
		free(lines);
		return -1;
	}
	for (; part < parts_end; part++) {
		if (!part->offset)
			s->places[part->region] = place_of(pages, part->low);
	}
	memcpy(lines, trace->working, trace->nworking * sizeof(*lines));
	qsort(lines, trace->nworking, sizeof(*lines), by_age);
	for (i = 0; i < trace->nworking; i++)
		s->touches[s->ntouches++] = touch_of(pages, called, &lines[i]);
	free(lines);
	return 0;
}

int lower_working(struct sequence *s, const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct pagemap *map, struct codepages *codepages,
		  struct error *err)
{
	struct called called = {.map = map, .pages = codepages};
	struct pages pages = {0};
	int rc;

	if (!trace->nworking || !is_whole(trace))
		return 0;
	rc = find_called(&called, trace, variant) ||
	     find_pages(&pages, trace, &called) ||
	     fill(s, trace, &pages, &called);
	free(pages.list);
	free(called.lines);
	return rc ? error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
			      trace->path)
		  : 0;
}
