// SPDX-License-Identifier: GPL-2.0
#include "workingset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SHIFT 6
#define PAGE_SHIFT 12
#define PAGE_LINES (1u << (PAGE_SHIFT - LINE_SHIFT))

static const char *const part_names[] = {
	[WORKINGSET_NONE] = "none",
	[WORKINGSET_ALL] = "all",
	[WORKINGSET_FIRST] = "first",
	[WORKINGSET_LAST] = "last",
};

const char *workingset_part_name(enum workingset_part part)
{
	return part_names[part];
}

static int no_memory(const struct trace *trace, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: out of memory for its working set", trace->path);
}

/* Ranges of line numbers that a call touches, sorted and joined. */
struct ranges {
	struct range {
		uint64_t first;
		uint64_t last;
	} *list;
	size_t n;
};

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void add_range(struct ranges *ranges, uint64_t address, uint64_t bytes)
{
	ranges->list[ranges->n++] = (struct range){
		.first = address >> LINE_SHIFT,
		.last = (address + bytes - 1) >> LINE_SHIFT,
	};
}

static void join(struct ranges *ranges)
{
	size_t i, n = 0;

	qsort(ranges->list, ranges->n, sizeof(*ranges->list), by_first);
	for (i = 0; i < ranges->n; i++) {
		struct range *next = &ranges->list[i];

		if (n && next->first <= ranges->list[n - 1].last) {
			if (next->last > ranges->list[n - 1].last)
				ranges->list[n - 1].last = next->last;
			continue;
		}
		ranges->list[n++] = *next;
	}
	ranges->n = n;
}

/* Does the call touch one of the lines from @first to @last? */
static bool overlaps(const struct ranges *ranges, uint64_t first, uint64_t last)
{
	size_t low = 0, high = ranges->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->list[middle].last < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->n && ranges->list[low].first <= last;
}

/*
 * Fills the ranges that the call touches: @data by its accesses, @code by its
 * instructions.
 */
static int call_ranges(const struct trace *trace,
		       const struct trace_variant *variant, struct ranges *data,
		       struct ranges *code, struct error *err)
{
	const struct trace_access *access =
		&trace->accesses[variant->first_access];
	const struct trace_step *step = &trace->steps[variant->first_step];
	uint32_t i;

	data->list = calloc(variant->naccesses + 1ul, sizeof(*data->list));
	code->list = calloc(variant->nsteps + 1ul, sizeof(*code->list));
	if (!data->list || !code->list)
		return no_memory(trace, err);
	for (i = 0; i < variant->naccesses; i++)
		add_range(data, access[i].address, access[i].size);
	for (i = 0; i < variant->nsteps; i++) {
		const struct trace_insn *insn = &trace->insns[step[i].insn];

		add_range(code, insn->address, insn->length);
	}
	join(data);
	join(code);
	return 0;
}

/* Lines of one age were touched by one instruction: the lower comes first. */
static int line_by_age(const void *a, const void *b)
{
	const struct workingset_line *x = a, *y = b;

	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static int page_by_age(const void *a, const void *b)
{
	const struct workingset_page *x = a, *y = b;

	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return (x->page > y->page) - (x->page < y->page);
}

static void add_line(struct workingset_units *units, const struct trace *trace,
		     const struct trace_touched *touched,
		     const struct ranges *call)
{
	uint64_t number = touched->address >> LINE_SHIFT;

	units->lines[units->nlines++] = (struct workingset_line){
		.address = touched->address,
		.page = touched->address >> PAGE_SHIFT,
		.line = (uint8_t)(number % PAGE_LINES),
		.read = touched->flags & TRACE_TOUCHED_READ,
		.written = touched->flags & TRACE_TOUCHED_WRITE,
		.shared = overlaps(call, number, number),
		.age = touched->age,
		.region = trace_string(trace,
				       trace->regions[touched->region].name),
	};
}

/* The lines come by address, so that those of a page follow one another. */
static void add_to_page(struct workingset_units *units,
			const struct workingset_line *line,
			const struct ranges *call)
{
	struct workingset_page *page = &units->pages[units->npages];
	uint64_t first = line->page << (PAGE_SHIFT - LINE_SHIFT);

	if (units->npages && page[-1].page == line->page) {
		page--;
	} else {
		units->npages++;
		*page = (struct workingset_page){
			.page = line->page,
			.called = overlaps(call, first, first + PAGE_LINES - 1),
			.age = UINT32_MAX,
		};
	}
	page->lines |= 1ull << line->line;
	page->shared |= (uint64_t)line->shared << line->line;
	if (line->age < page->age) {
		page->age = line->age;
		page->region = line->region;
	}
}

static int fill(struct workingset_units *units, const struct trace *trace,
		bool code, const struct ranges *call, struct error *err)
{
	size_t i;

	units->lines = calloc(trace->nworking + 1, sizeof(*units->lines));
	units->pages = calloc(trace->nworking + 1, sizeof(*units->pages));
	if (!units->lines || !units->pages)
		return no_memory(trace, err);
	for (i = 0; i < trace->nworking; i++)
		if (!(trace->working[i].flags & TRACE_TOUCHED_CODE) == !code)
			add_line(units, trace, &trace->working[i], call);
	for (i = 0; i < units->nlines; i++)
		add_to_page(units, &units->lines[i], call);
	qsort(units->lines, units->nlines, sizeof(*units->lines), line_by_age);
	qsort(units->pages, units->npages, sizeof(*units->pages), page_by_age);
	for (i = 0; i < units->nlines; i++)
		units->lines[i].rank = (uint32_t)i;
	for (i = 0; i < units->npages; i++)
		units->pages[i].rank = (uint32_t)i;
	return 0;
}

static void describe(struct workingset *set, const struct trace *trace)
{
	char part[16];
	size_t i;

	if (!trace_meta(trace, "working_part", part, sizeof(part)))
		return;
	for (i = 0; i < sizeof(part_names) / sizeof(*part_names); i++)
		if (!strcmp(part, part_names[i]))
			set->part = (enum workingset_part)i;
	trace_meta_number(trace, "working_steps", &set->steps);
	trace_meta(trace, "working_end", set->end, sizeof(set->end));
}

int workingset_build(struct workingset *set, const struct trace *trace,
		     const struct trace_variant *variant, struct error *err)
{
	struct ranges data = {0}, code = {0};
	int result = -1;

	*set = (struct workingset){0};
	describe(set, trace);
	if (!call_ranges(trace, variant, &data, &code, err) &&
	    !fill(&set->data, trace, false, &data, err) &&
	    !fill(&set->code, trace, true, &code, err))
		result = 0;
	free(data.list);
	free(code.list);
	if (result)
		workingset_free(set);
	return result;
}

void workingset_free(struct workingset *set)
{
	free(set->data.lines);
	free(set->data.pages);
	free(set->code.lines);
	free(set->code.pages);
	*set = (struct workingset){0};
}

size_t workingset_shared_lines(const struct workingset *set)
{
	size_t i, n = 0;

	for (i = 0; i < set->data.nlines; i++)
		n += set->data.lines[i].shared;
	return n;
}
