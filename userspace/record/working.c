// SPDX-License-Identifier: GPL-2.0
#include "working.h"

#include <stdio.h>
#include <stdlib.h>

#include "zeropages.h"

/*
 * A gap that was cut short by chance, by a signal for example, may be whole
 * next time.
 */
#define TRIES 4

/* A line, and the first byte of it that one instruction touched. */
struct touch {
	uint64_t address;
	uint32_t age;
	uint8_t flags; /* TRACE_TOUCHED_* */
};

struct touches {
	struct touch *list;
	size_t n;
	size_t capacity;
};

static uint64_t line_of(uint64_t address)
{
	return address / TRACE_LINE_BYTES;
}

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "record: out of memory for the working set");
}

/* The order is by line, data before code, the last touch first. */
static int by_line(const void *a, const void *b)
{
	const struct touch *x = a, *y = b;
	uint64_t left = line_of(x->address), right = line_of(y->address);
	int x_code = x->flags & TRACE_TOUCHED_CODE;
	int y_code = y->flags & TRACE_TOUCHED_CODE;

	if (left != right)
		return left < right ? -1 : 1;
	if (x_code != y_code)
		return x_code - y_code;
	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static bool same_line(const struct touch *x, const struct touch *y)
{
	return line_of(x->address) == line_of(y->address) &&
	       !((x->flags ^ y->flags) & TRACE_TOUCHED_CODE);
}

/* Make the touches of a line one. */
static void compact(struct touches *touches)
{
	size_t i, n = 0;

	if (!touches->n)
		return;
	qsort(touches->list, touches->n, sizeof(*touches->list), by_line);
	for (i = 0; i < touches->n; i++) {
		if (n && same_line(&touches->list[n - 1], &touches->list[i]))
			touches->list[n - 1].flags |= touches->list[i].flags;
		else
			touches->list[n++] = touches->list[i];
	}
	touches->n = n;
}

/* Make room: a long gap touches the same lines over and over. */
static int reserve(struct touches *touches, struct error *err)
{
	size_t capacity = touches->capacity ? touches->capacity : 65536;
	struct touch *list;

	if (touches->n < touches->capacity)
		return 0;
	compact(touches);
	if (touches->capacity && touches->n < touches->capacity / 2)
		return 0;
	if (touches->capacity)
		capacity *= 2;
	list = realloc(touches->list, capacity * sizeof(*list));
	if (!list)
		return no_memory(err);
	touches->list = list;
	touches->capacity = capacity;
	return 0;
}

static int touch(struct touches *touches, uint64_t address, uint64_t bytes,
		 uint32_t age, uint8_t flags, struct error *err)
{
	uint64_t last = line_of(address + bytes - 1), line;

	for (line = line_of(address); line <= last; line++) {
		uint64_t start = line * TRACE_LINE_BYTES;

		if (reserve(touches, err))
			return -1;
		touches->list[touches->n++] = (struct touch){
			.address = address > start ? address : start,
			.age = age,
			.flags = flags,
		};
	}
	return 0;
}

static uint8_t data_flags(const struct stream_access *access)
{
	return (access->flags & TRACE_ACCESS_READ ? TRACE_TOUCHED_READ : 0) |
	       (access->flags & TRACE_ACCESS_WRITE ? TRACE_TOUCHED_WRITE : 0);
}

static int gather(struct touches *touches, const struct stream *stream,
		  const struct code *code, struct error *err)
{
	const struct stream_access *access = stream->accesses;
	size_t i;
	uint16_t k;

	for (i = 0; i < stream->nsteps; i++) {
		const struct stream_step *step = &stream->steps[i];
		const struct insn *insn = &code->list[step->code]->insn;
		uint32_t age = (uint32_t)(stream->nsteps - 1 - i);

		if (touch(touches, insn->address, insn->zydis.length, age,
			  TRACE_TOUCHED_CODE, err))
			return -1;
		for (k = 0; k < step->naccesses; k++, access++)
			if (touch(touches, access->address, access->size, age,
				  data_flags(access), err))
				return -1;
	}
	compact(touches);
	return 0;
}

/* Which of the lines, by address, lie in pages of zeros. */
static int mark_zeros(const struct touches *touches, pid_t pid,
		      struct error *err)
{
	struct zeropages zeros;
	size_t i, next = 0;

	if (zeropages_read(&zeros, pid, err))
		return -1;
	for (i = 0; i < touches->n && next < zeros.n;) {
		struct touch *t = &touches->list[i];

		if (t->address >= zeros.list[next].end) {
			next++;
			continue;
		}
		if (t->address >= zeros.list[next].start &&
		    !(t->flags & TRACE_TOUCHED_CODE))
			t->flags |= TRACE_TOUCHED_ZERO;
		i++;
	}
	zeropages_free(&zeros);
	return 0;
}

/* The number of our copy of @region, which itself may go away. */
static int number_region(struct working *w, const struct region *region,
			 uint16_t *number, struct error *err)
{
	struct region *list;
	size_t i;

	for (i = 0; i < w->nregions; i++)
		if (w->regions[i].start == region->start &&
		    w->regions[i].end == region->end &&
		    w->regions[i].kind == region->kind)
			break;
	*number = (uint16_t)i;
	if (i < w->nregions)
		return 0;
	list = realloc(w->regions, (w->nregions + 1) * sizeof(*list));
	if (!list || w->nregions > UINT16_MAX)
		return no_memory(err);
	w->regions = list;
	list[w->nregions++] = *region;
	return 0;
}

static int name_lines(struct working *w, const struct touches *touches,
		      struct regions *regions, struct error *err)
{
	size_t i;

	w->lines = calloc(touches->n + 1, sizeof(*w->lines));
	if (!w->lines)
		return no_memory(err);
	for (i = 0; i < touches->n; i++) {
		const struct touch *t = &touches->list[i];
		struct trace_touched *line = &w->lines[w->nlines++];

		*line = (struct trace_touched){
			.address = line_of(t->address) * TRACE_LINE_BYTES,
			.age = t->age,
			.flags = t->flags,
		};
		if (number_region(w, regions_find(regions, t->address),
				  &line->region, err))
			return -1;
	}
	return 0;
}

bool working_wanted(const struct working *w)
{
	return w->tries < TRIES &&
	       (!w->tries || (w->end != STREAM_CALL && w->end != STREAM_LIMIT));
}

int working_keep(struct working *w, const struct stream *stream,
		 enum stream_end end, const struct code *code, pid_t pid,
		 struct regions *regions, struct error *err)
{
	struct touches touches = {0};
	struct working better = {
		.steps = stream->nsteps,
		.limit = w->limit,
		.end = end,
		.tries = w->tries + 1,
	};
	int result;

	if (w->tries && end != STREAM_CALL && better.steps <= w->steps) {
		w->tries++;
		return 0;
	}
	result = gather(&touches, stream, code, err) ||
				 mark_zeros(&touches, pid, err) ||
				 name_lines(&better, &touches, regions, err)
			 ? -1
			 : 0;
	free(touches.list);
	working_free(w);
	*w = better;
	return result;
}

static const char *part(const struct working *w)
{
	if (w->tries && w->end == STREAM_CALL)
		return "all";
	return w->steps ? "first" : "none";
}

static int write_meta(const struct working *w, struct trace_builder *builder,
		      struct error *err)
{
	char steps[24], limit[24];

	snprintf(steps, sizeof(steps), "%zu", w->steps);
	snprintf(limit, sizeof(limit), "%zu", w->limit);
	if (trace_builder_meta(builder, "working_limit", limit, err) ||
	    trace_builder_meta(builder, "working_part", part(w), err))
		return -1;
	if (!w->tries)
		return 0;
	if (trace_builder_meta(builder, "working_steps", steps, err) ||
	    trace_builder_meta(builder, "working_end", stream_end_name(w->end),
			       err))
		return -1;
	return 0;
}

int working_write(const struct working *w, struct trace_builder *builder,
		  struct error *err)
{
	size_t i;

	if (!w->limit)
		return 0;
	if (write_meta(w, builder, err))
		return -1;
	for (i = 0; i < w->nlines; i++) {
		const struct region *region = &w->regions[w->lines[i].region];
		struct trace_touched line = w->lines[i];

		if (trace_builder_region(builder, region->start, region->end,
					 region->kind, region->name,
					 &line.region, err) ||
		    trace_builder_touched(builder, &line, err))
			return -1;
	}
	return 0;
}

void working_free(struct working *w)
{
	free(w->lines);
	free(w->regions);
	*w = (struct working){0};
}
