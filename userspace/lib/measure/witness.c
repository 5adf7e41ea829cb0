// SPDX-License-Identifier: GPL-2.0
#include "witness.h"

#include <stdio.h>

#include "engine/slots.h"

/*
 * Loads that wait for one another, four to a page, never two in adjacent lines,
 * which are fetched in pairs, nor at a constant distance, which is foreseen.
 */
#define LOADS	       16u
#define LOADS_PER_PAGE 4u
#define LINES_PER_PAGE (SWC_PAGE_BYTES / SWC_LINE_BYTES)

/* 24 KiB of code, which fits every L1i. */
#define NOP_BYTES  9u
#define CODE_BYTES (24u << 10)

/*
 * What an access costs more at least, core cycles. L1d answers in 4 to 5, L2 in
 * 12 to 18, what is behind it in 30 or more, memory in 100 and more. A page walk
 * whose tables are cached takes 10 and more (Intel Optimization Reference
 * Manual; Fog, Microarchitecture). Code is fetched ahead, so that a line of it
 * costs a part of that.
 */
static const struct {
	double least;
	const char *user;
	const char *kernel;
} kinds[STATE_KINDS] = {
	[STATE_COLD_L1D] = {3, "reading twice L1d's size", NULL},
	[STATE_COLD_L2] = {12, "reading twice L2's size",
			   "reading twice its ways of each set of L2"},
	[STATE_COLD_ALL] = {60, "CLFLUSH", NULL},
	[STATE_COLD_DTLB] = {4, "reading through 8192 mappings of one page",
			     "INVLPG"},
	[STATE_COLD_ITLB] = {2, "calls through 8192 mappings of one page",
			     "INVLPG"},
	[STATE_COLD_CODE] = {4, "CLFLUSH", NULL},
};

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
 * An instruction a page. Between more of them walks hide, since code is fetched and
 * translated ahead: of six pages full of code each cost 0.2 to 0.7 cycles more on a Zen
 * 3, and of these 5.6.
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

static int make_sequence(struct witness *w, struct error *err)
{
	switch (w->kind) {
	case STATE_COLD_ITLB:
		w->accesses = LOADS;
		return make_pages(&w->sequence, err);
	case STATE_COLD_CODE:
		w->accesses = CODE_BYTES / SWC_LINE_BYTES;
		return make_code(&w->sequence, err);
	case STATE_COLD_DTLB:
		w->accesses = LOADS;
		return make_loads(&w->sequence, LOADS, err);
	default:
		w->accesses = LOADS;
		return make_loads(&w->sequence, LOADS / LOADS_PER_PAGE, err);
	}
}

int witness_make(struct witness *w, enum state_kind kind,
		 const struct geometry *geometry, struct error *err)
{
	struct states alone = {0};
	char path[32];

	*w = (struct witness){.kind = kind};
	alone.given[kind] = true;
	snprintf(path, sizeof(path), "witness of %s", state_kind_name(kind));
	if (sequence_init(&w->sequence, path, err) || make_sequence(w, err) ||
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

void witness_judge(const struct witness *w, bool ring0,
		   const struct estimate *warm,
		   const struct estimate *difference,
		   struct witness_result *result)
{
	*result = (struct witness_result){
		.kind = w->kind,
		.made_by = ring0 && kinds[w->kind].kernel
				   ? kinds[w->kind].kernel
				   : kinds[w->kind].user,
		.accesses = w->accesses,
		.warm = *warm,
		.extra = {difference->mean / w->accesses,
			  difference->lo / w->accesses,
			  difference->hi / w->accesses},
		.least = kinds[w->kind].least,
	};
	result->passed = result->extra.lo >= result->least;
}
