// SPDX-License-Identifier: GPL-2.0
#include "witness.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/slots.h"
#include "systematic.h"

/*
 * Loads that wait for one another, four to a page: never two in adjacent lines,
 * which are fetched in pairs, nor at a constant distance, which a prefetcher
 * foresees.
 */
#define LOADS	       16u
#define LOADS_PER_PAGE 4u
#define LINES_PER_PAGE (SWC_PAGE_BYTES / SWC_LINE_BYTES)

/* 24 KiB of code, which fits every L1i. */
#define NOP_BYTES  9u
#define CODE_BYTES (24u << 10)

#define LEVEL 0.95

/*
 * 5 i^2 + 2 i: no constant distance, and no line of a page twice; doubled: no
 * neighbours.
 */
static uint32_t line_of(uint32_t i)
{
	return 2 * (5 * i * i + 2 * i) % LINES_PER_PAGE;
}

static int make_loads(struct sequence *s, uint32_t pages, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_LOAD);
	uint32_t i, page, line;

	if (sequence_region(s, "witness", pages, err) < 0)
		return -1;
	for (i = 0; i < LOADS; i++) {
		page = i * pages / LOADS;
		line = line_of(i);
		op.dst = SWC_REG_RAX;
		op.base = SWC_REG_RAX;
		op.size = 8;
		op.offset = page * SWC_PAGE_BYTES + line * SWC_LINE_BYTES;
		if (sequence_append(s, &op, (struct sequence_note){0}, err))
			return -1;
	}
	return 0;
}

static int make_code(struct sequence *s, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_NOP);
	uint32_t i;

	op.imm = NOP_BYTES;
	for (i = 0; i < CODE_BYTES / NOP_BYTES; i++) {
		if (sequence_append(s, &op, (struct sequence_note){0}, err))
			return -1;
	}
	return 0;
}

/*
 * Each page has one instruction. With more of them, walks would hide, since code is
 * fetched and translated ahead: on a Zen 3, each of six pages full of code cost 0.2 to
 * 0.7 cycles more, and each of these 5.6.
 */
static int make_pages(struct sequence *s, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_NOP);
	uint32_t i;

	op.imm = 1;
	for (i = 0; i < LOADS; i++) {
		op.code = SWC_CODE(i, line_of(i));
		if (sequence_append(s, &op, (struct sequence_note){0}, err))
			return -1;
	}
	return 0;
}

/*
 * Of a program that had read twice L1d's size before: then the witness's lines aren't
 * there any more. What was recorded may be less, and evict nothing.
 */
static int make_touches(struct sequence *s, const struct geometry *geometry,
			struct error *err)
{
	uint32_t n = 2 * geometry->cache[GEOMETRY_L1D].bytes / SWC_LINE_BYTES,
		 i;

	if (!n || n > SWC_MAX_SWEEP_BYTES / SWC_LINE_BYTES)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "state: the size of L1d isn't known, which a "
				 "witness of recorded has to empty: choose "
				 "cold-all");
	s->touches = calloc(n, sizeof(*s->touches));
	if (!s->touches)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < n; i++)
		s->touches[i] = (struct swc_touch){
			.page = i / LINES_PER_PAGE,
			.line = i % LINES_PER_PAGE,
			.region = SWC_TOUCH_NO_REGION,
		};
	s->ntouches = n;
	return 0;
}

unsigned int witness_accesses(enum state_kind kind)
{
	if (kind == STATE_RECORDED || !state_is_of_code(kind) ||
	    state_is_by_page(kind))
		return LOADS;
	return CODE_BYTES / SWC_LINE_BYTES;
}

static int make_sequence(struct witness *w, const struct geometry *geometry,
			 struct error *err)
{
	bool by_page = state_is_by_page(w->kind);

	w->accesses = witness_accesses(w->kind);
	if (w->kind == STATE_RECORDED)
		return make_loads(&w->sequence, LOADS / LOADS_PER_PAGE, err) ||
				       make_touches(&w->sequence, geometry, err)
			       ? -1
			       : 0;
	if (!state_is_of_code(w->kind))
		return make_loads(&w->sequence,
				  by_page ? LOADS : LOADS / LOADS_PER_PAGE,
				  err);
	if (by_page)
		return make_pages(&w->sequence, err);
	return make_code(&w->sequence, err);
}

int witness_make(struct witness *w, enum state_kind kind,
		 const struct geometry *geometry, struct error *err)
{
	struct states alone = {0};
	char path[32];

	*w = (struct witness){.kind = kind};
	alone.given[kind] = true;
	snprintf(path, sizeof(path), "witness of %s", state_kind_name(kind));
	if (sequence_init(&w->sequence, path, err) ||
	    make_sequence(w, geometry, err) ||
	    states_resolve(&alone, &w->sequence, geometry, &w->state, err)) {
		witness_free(w);
		return -1;
	}
	return 0;
}

void witness_free(struct witness *w)
{
	sequence_free(&w->sequence);
}

static void judge_extra(struct witness_result *r,
			const struct estimate *difference)
{
	r->extra = (struct estimate){difference->mean / r->accesses,
				     difference->lo / r->accesses,
				     difference->hi / r->accesses};
	r->passed = r->extra.lo >= r->least;
}

void witness_judge(const struct witness *w, bool ring0,
		   const struct estimate *warm,
		   const struct estimate *difference,
		   struct witness_result *result)
{
	const struct state_row *row = &state_rows[w->kind];

	*result = (struct witness_result){
		.kind = w->kind,
		.made_by = ring0 && row->by_kernel ? row->by_kernel
						   : row->by_user,
		.accesses = w->accesses,
		.warm = *warm,
		.least = row->least,
	};
	judge_extra(result, difference);
}

void witness_judge_blocks(struct witness_result *result,
			  const struct block_series *more)
{
	struct estimate difference = block_series_estimate(more, LEVEL);

	systematic_widen(&difference, 1);
	result->accesses = witness_accesses(result->kind);
	result->least = state_rows[result->kind].least;
	judge_extra(result, &difference);
}
