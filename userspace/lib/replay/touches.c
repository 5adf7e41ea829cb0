// SPDX-License-Identifier: GPL-2.0
#include "touches.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/slots.h"

#define RET 0xc3

/* One entry of a page directory covers so much: pages keep their place in it. */
#define DIRECTORY_BYTES ((size_t)2 << 20)

/* So many at one distance need no list, which itself would take room in the caches. */
#define LEAST_SWEEP 8u

static const struct swc_touch *list_of(const struct swc_state *state)
{
	return (const struct swc_touch *)(uintptr_t)state->touches;
}

static char *page_of(const struct touches *t, const struct swc_touch *touch)
{
	return (char *)t->memory + (size_t)touch->page * SWC_PAGE_BYTES;
}

static char *line_of(const struct touches *t, const struct swc_touch *touch)
{
	return page_of(t, touch) + touch->line * SWC_LINE_BYTES;
}

static bool is_elsewhere(const struct swc_touch *touch)
{
	return touch->region == SWC_TOUCH_NO_REGION;
}

/* A frame for each page that was ever written, and code in those that were fetched. */
static int fill(const struct touches *t, const struct swc_state *state)
{
	const struct swc_touch *touch = list_of(state);
	const struct swc_touch *end = touch + state->ntouches, *at;

	for (at = touch; at < end; at++) {
		if (is_elsewhere(at) && !(at->flags & SWC_TOUCH_ZERO))
			*line_of(t, at) = RET;
	}
	for (at = touch; at < end; at++) {
		if (is_elsewhere(at) && at->flags & SWC_TOUCH_CODE &&
		    mprotect(page_of(t, at), SWC_PAGE_BYTES,
			     PROT_READ | PROT_EXEC))
			return -1;
	}
	return 0;
}

static size_t span(const struct swc_state *state)
{
	const struct swc_touch *touch = list_of(state);
	const struct swc_touch *end = touch + state->ntouches;
	size_t pages = 0;

	for (; touch < end; touch++) {
		if (is_elsewhere(touch) && touch->page >= pages)
			pages = touch->page + 1ul;
	}
	return pages * SWC_PAGE_BYTES;
}

/* Address space that begins where a page directory's entry does. */
static int map(struct touches *t, size_t bytes)
{
	const size_t more = bytes + DIRECTORY_BYTES;
	char *p = mmap(NULL, more, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return -1;
	before = -(uintptr_t)p % DIRECTORY_BYTES;
	munmap(p + before + bytes, more - before - bytes);
	if (before)
		munmap(p, before);
	t->memory = p + before;
	t->bytes = bytes;
	madvise(t->memory, bytes, MADV_NOHUGEPAGE);
	return 0;
}

static void touches_free_one(struct touches *t)
{
	if (t->memory)
		munmap(t->memory, t->bytes);
	free(t);
}

const struct touches *touches_provide(struct touches **all,
				      const struct swc_state *state,
				      struct error *err)
{
	size_t bytes = span(state);
	struct touches *t;

	for (t = *all; t; t = t->next) {
		if (t->list == list_of(state))
			return t;
	}
	t = calloc(1, sizeof(*t));
	if (!t || (bytes && (map(t, bytes) || fill(t, state)))) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "no memory to touch again what the program touched "
			  "before its call: %s",
			  strerror(errno));
		if (t)
			touches_free_one(t);
		return NULL;
	}
	t->list = list_of(state);
	t->next = *all;
	*all = t;
	return t;
}

/**
 * struct steps - steps under way
 * @list: of them
 * @n: how many
 * @places: where addresses go that are listed
 */
struct steps {
	const struct touches *t;
	const struct touches_places *places;
	struct swc_step *list;
	__u32 n;
	__u64 *free;
};

/*
 * The emitted page that stands for a recorded one: that with most of its lines, as code
 * lies at the lines that it was recorded in.
 */
static __u32 page_for(const struct touches_places *p, __u64 recorded)
{
	__u32 pages = (p->code.at % SWC_PAGE_BYTES + p->code.bytes +
		       SWC_PAGE_BYTES - 1) /
		      SWC_PAGE_BYTES;
	__u32 best = 0, i;

	for (i = 1; i < pages; i++) {
		if (__builtin_popcountll(p->code.lines[i] & recorded) >
		    __builtin_popcountll(p->code.lines[best] & recorded))
			best = i;
	}
	return best;
}

/* An own line of code, or the next behind it that there is; 0: there is none. */
static __u64 code_address(const struct touches_places *p,
			  const struct swc_touch *touch)
{
	__u64 recorded = 0, left;
	__u32 i, page;

	if (!p->code.lines)
		return 0;
	for (i = 0; i < p->nops; i++) {
		if (SWC_CODE_PAGE(p->ops[i].code) == touch->page + 1)
			recorded |= 1ull << SWC_CODE_LINE(p->ops[i].code) %
						    SWC_LINES_PER_PAGE;
	}
	if (!(recorded >> touch->line & 1))
		return 0;
	page = page_for(p, recorded);
	left = p->code.lines[page] >> touch->line;
	if (!left)
		return 0;
	return (p->code.at & ~(SWC_PAGE_BYTES - 1ull)) +
	       (__u64)page * SWC_PAGE_BYTES +
	       (touch->line + __builtin_ctzll(left)) * SWC_LINE_BYTES;
}

/* The place where it is made again; 0: there is none. */
static __u64 address_of(const struct steps *s, const struct swc_touch *touch)
{
	const struct touches_places *p = s->places;

	if (is_elsewhere(touch))
		return (uintptr_t)line_of(s->t, touch);
	if (touch->region == SWC_TOUCH_OWN_CODE)
		return code_address(p, touch);
	if (touch->region >= p->nregions ||
	    touch->page >= p->regions[touch->region].pages)
		return 0;
	return p->region[touch->region] + (__u64)touch->page * SWC_PAGE_BYTES +
	       touch->line * SWC_LINE_BYTES;
}

static bool same_kind(const struct swc_touch *a, const struct swc_touch *b)
{
	return !((a->flags ^ b->flags) & SWC_TOUCH_CODE);
}

/* How many from @touch on lie at one distance. */
static __u32 regular(const struct steps *s, const struct swc_touch *touch,
		     __u32 left)
{
	__u64 first, distance;
	__u32 n = 1;

	while (n < left && is_elsewhere(&touch[n]) &&
	       is_elsewhere(&touch[n - 1]) && same_kind(&touch[n], touch)) {
		first = address_of(s, &touch[n - 1]);
		if (n > 1 && address_of(s, &touch[n]) - first != distance)
			break;
		distance = address_of(s, &touch[n]) - first;
		n++;
	}
	return n;
}

static void add_sweep(struct steps *s, const struct swc_touch *touch, __u32 n)
{
	__u64 base = address_of(s, touch);

	s->list[s->n++] = (struct swc_step){
		.kind = touch->flags & SWC_TOUCH_CODE ? SWC_STEP_CALL
						      : SWC_STEP_SWEEP,
		.count = n,
		.base = base,
		.stride = address_of(s, touch + 1) - base,
	};
}

/* Can the line hold the address of the next one? */
static bool can_hold(const struct swc_touch *touch)
{
	return is_elsewhere(touch) && !touch->flags;
}

/* From one to the next, without a list: each line holds the address of the next. */
static void add_link(struct steps *s, __u64 address, __u64 *last)
{
	struct swc_step *step = &s->list[s->n - 1];

	if (*last) {
		*(__u64 *)(uintptr_t)*last = address;
		step->count++;
	} else {
		s->list[s->n++] = (struct swc_step){
			.kind = SWC_STEP_CHASE,
			.count = 1,
			.base = address,
		};
	}
	*last = address;
}

static void add_place(struct steps *s, const struct swc_touch *touch,
		      __u64 address)
{
	/* Code of the sequence would do what it does. */
	bool called = touch->flags & SWC_TOUCH_CODE && is_elsewhere(touch);
	__u32 kind = called ? SWC_STEP_CALL : SWC_STEP_TOUCH;
	struct swc_step *step = s->list + s->n - 1;

	if (!s->n || step->kind != kind || step->list + step->count != s->free)
		s->list[s->n++] = (struct swc_step){
			.kind = kind,
			.list = s->free,
		};
	s->list[s->n - 1].count++;
	*s->free++ = address;
}

struct swc_step *touches_steps(const struct touches *t,
			       const struct swc_state *state,
			       const struct touches_places *places, __u32 *n)
{
	const struct swc_touch *touch = list_of(state);
	const struct swc_touch *end = touch + state->ntouches;
	size_t each = sizeof(struct swc_step) + sizeof(__u64);
	struct steps s = {
		.t = t,
		.places = places,
		.list = calloc(state->ntouches + 1ul, each),
	};
	__u64 address, last = 0;
	__u32 run;

	if (!s.list)
		return NULL;
	s.free = (__u64 *)(s.list + state->ntouches + 1);
	for (; touch < end; touch += run) {
		run = regular(&s, touch, end - touch);
		address = address_of(&s, touch);
		if (run >= LEAST_SWEEP) {
			add_sweep(&s, touch, run);
			last = 0;
			continue;
		}
		run = 1;
		if (can_hold(touch)) {
			add_link(&s, address, &last);
		} else if (address) {
			add_place(&s, touch, address);
			last = 0;
		}
	}
	*n = s.n;
	return s.list;
}

void touches_free(struct touches **all)
{
	struct touches *next;

	for (; *all; *all = next) {
		next = (*all)->next;
		touches_free_one(*all);
	}
}
