// SPDX-License-Identifier: GPL-2.0
#include "stackmap.h"

#include <stdlib.h>

/* A stack map that is being made, and the stack that the last step was on. */
struct finder {
	struct stackmap *map;
	size_t capacity;
	size_t at;
};

int stackmap_is_kind(uint16_t kind)
{
	return kind == TRACE_REGION_GSTACK || kind == TRACE_REGION_G0STACK ||
	       kind == TRACE_REGION_SIGSTACK || kind == TRACE_REGION_STACK;
}

static void extend(struct stackmap_stack *s, uint64_t rsp)
{
	s->low = rsp < s->low ? rsp : s->low;
	s->high = rsp > s->high ? rsp : s->high;
}

/* RSP has gone to @rsp from anywhere: finds the stretch there, or makes a new one. */
static int arrive(struct finder *f, uint64_t rsp)
{
	struct stackmap *map = f->map;
	struct stackmap_stack *stacks;
	size_t i;

	for (i = 0; i < map->n; i++) {
		if (rsp >= map->stacks[i].low && rsp <= map->stacks[i].high) {
			f->at = i;
			return 0;
		}
	}
	if (map->n == f->capacity) {
		f->capacity = f->capacity ? 2 * f->capacity : 16;
		stacks =
			reallocarray(map->stacks, f->capacity, sizeof(*stacks));
		if (!stacks)
			return -1;
		map->stacks = stacks;
	}
	f->at = map->n;
	map->stacks[map->n++] =
		(struct stackmap_stack){.low = rsp, .high = rsp};
	return 0;
}

static int follow(struct finder *f, const struct trace *trace,
		  const struct trace_variant *variant, const uint8_t *moves)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;

	if (arrive(f, step->rsp))
		return -1;
	/* The return address of the first function is popped at the end. */
	extend(&f->map->stacks[f->at], step->rsp + 8);
	for (; step + 1 < end; step++) {
		if (step[1].rsp == step->rsp)
			continue;
		if (moves[step->insn] == STACK_STEP)
			extend(&f->map->stacks[f->at], step[1].rsp);
		else if (arrive(f, step[1].rsp))
			return -1;
	}
	return 0;
}

static const struct trace_region *region_of(const struct trace *trace,
					    const struct stackmap_stack *s)
{
	size_t i;

	for (i = 0; i < trace->nregions; i++) {
		if (stackmap_is_kind(trace->regions[i].kind) &&
		    s->low >= trace->regions[i].start &&
		    s->low < trace->regions[i].end)
			return &trace->regions[i];
	}
	return NULL;
}

static int by_address(const void *left, const void *right)
{
	const struct stackmap_stack *a = left, *b = right;

	return (a->low > b->low) - (a->low < b->low);
}

/*
 * Unites stretches that meet, or that lie within one known stack: they are one
 * stack.
 */
static void unite(struct stackmap *map, const struct trace *trace)
{
	struct stackmap_stack *last, *s;
	size_t i, n = 0;

	qsort(map->stacks, map->n, sizeof(*map->stacks), by_address);
	for (i = 0; i < map->n; i++) {
		s = &map->stacks[i];
		last = n ? &map->stacks[n - 1] : NULL;
		s->region = region_of(trace, s);
		if (last && (s->low <= last->high ||
			     (s->region && s->region == last->region)))
			extend(last, s->high);
		else
			map->stacks[n++] = *s;
	}
	map->n = n;
}

int stackmap_build(struct stackmap *map, const struct trace *trace,
		   const struct trace_variant *variant, const uint8_t *moves,
		   struct error *err)
{
	struct finder f = {.map = map};

	*map = (struct stackmap){0};
	if (follow(&f, trace, variant, moves)) {
		stackmap_free(map);
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 trace->path);
	}
	unite(map, trace);
	return 0;
}

void stackmap_free(struct stackmap *map)
{
	free(map->stacks);
	*map = (struct stackmap){0};
}

int stackmap_find(const struct stackmap *map, uint64_t rsp)
{
	size_t low = 0, high = map->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (map->stacks[middle].high < rsp)
			low = middle + 1;
		else
			high = middle;
	}
	return low < map->n && map->stacks[low].low <= rsp ? (int)low : -1;
}
