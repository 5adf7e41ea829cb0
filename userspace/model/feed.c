// SPDX-License-Identifier: GPL-2.0
#include "feed.h"

#include <stdlib.h>

#include "engine/access.h"
#include "engine/footprint.h"
#include "engine/optable.h"
#include "engine/slots.h"
#include "engine/state.h"
#include "states.h"

void feed_free(struct feed *feed)
{
	free(feed->list);
	*feed = (struct feed){0};
}

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for the accesses of a sequence: shorten "
			 "it");
}

int feed_add(struct feed *feed, uint64_t address, uint32_t bytes,
	     uint32_t flags, struct error *err)
{
	size_t capacity = feed->capacity ? 2 * feed->capacity : 256;
	struct model_access *list;

	if (feed->n == feed->capacity) {
		list = reallocarray(feed->list, capacity, sizeof(*list));
		if (!list)
			return no_memory(err);
		feed->list = list;
		feed->capacity = capacity;
	}
	feed->list[feed->n++] = (struct model_access){address, bytes, flags};
	return 0;
}

/* Fetch a line, unless the one before was the same. */
static int fetch(struct feed *feed, uint64_t line, uint64_t *last,
		 struct error *err)
{
	if (line == *last)
		return 0;
	*last = line;
	return feed_add(feed, line * SWC_LINE_BYTES, SWC_LINE_BYTES,
			MODEL_FETCH, err);
}

/* The number of the line that SWC_CODE() has packed. */
static uint64_t code_line(uint64_t code, uint32_t packed)
{
	return code / SWC_LINE_BYTES + SWC_CODE_LINE(packed) -
	       SWC_LINES_PER_PAGE;
}

static uint32_t flags_of(const struct swc_op *op,
			 const struct swc_access *access)
{
	uint32_t flags = 0;

	if (swc_op_traits(op->kind)->traits & SWC_FLUSHES)
		return MODEL_FLUSH;
	if (op->flags & SWC_OPF_NT)
		return MODEL_STREAM;
	/* A prefetch is a load that nobody waits for. */
	if (access->flags & (SWC_ACCESS_READ | SWC_ACCESS_HINT))
		flags |= MODEL_READ;
	if (access->flags & SWC_ACCESS_WRITE)
		flags |= MODEL_WRITE;
	return flags;
}

static int add_op(struct feed *feed, const struct swc_proof *proof,
		  uint32_t index, const uint64_t *region, struct error *err)
{
	const struct swc_op *op = &proof->program->ops[index];
	struct swc_access accesses[SWC_OP_ACCESSES];
	uint32_t i, n = swc_op_accesses(proof, index, accesses);

	if (swc_op_traits(op->kind)->traits & SWC_FORGETS)
		return feed_add(feed, region[op->region] + op->offset, 1,
				MODEL_INVLPG, err);
	for (i = 0; i < n; i++) {
		if (feed_add(feed,
			     region[accesses[i].region] + accesses[i].offset,
			     accesses[i].bytes, flags_of(op, &accesses[i]),
			     err))
			return -1;
	}
	return 0;
}

int feed_plan(struct feed *feed, const struct swc_proof *proof,
	      const uint64_t *region, uint64_t code, struct error *err)
{
	uint64_t last = UINT64_MAX;
	uint32_t i, packed;

	for (i = 0; i < proof->program->nops; i++) {
		packed = proof->program->ops[i].code;
		feed->ops++;
		feed->ops_of_code += !!packed;
		if ((packed &&
		     fetch(feed, code_line(code, packed), &last, err)) ||
		    add_op(feed, proof, i, region, err)) {
			feed_free(feed);
			return -1;
		}
	}
	return 0;
}

/* The place to which a state sends lines of code, or of a region's data; 0: they stay. */
static uint32_t placing(const struct swc_state *state, bool code,
			uint32_t region, bool *untranslated)
{
	static const uint32_t to[] = {
		[STATE_IN_L2] = MODEL_TO_L2,
		[STATE_IN_L3] = MODEL_TO_L3,
		[STATE_IN_MEMORY] = MODEL_TO_MEM,
	};
	enum state_kind kind;
	uint32_t flags = 0;

	*untranslated = false;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (state_is_of_code(kind) != code ||
		    !state_asks(state, kind, region))
			continue;
		if (state_is_by_page(kind))
			*untranslated = true;
		else if (state_rows[kind].place != STATE_AS_RECORDED)
			flags = to[state_rows[kind].place];
	}
	return flags;
}

/* Lines that the sequence touches in one page, a bit each. */
static int add_page(struct feed *feed, uint64_t address, uint64_t lines,
		    uint32_t flags, bool untranslated, struct error *err)
{
	if (lines && untranslated &&
	    feed_add(feed, address, 1, MODEL_INVLPG, err))
		return -1;
	for (; lines && flags; lines &= lines - 1) {
		if (feed_add(feed,
			     address + __builtin_ctzll(lines) * SWC_LINE_BYTES,
			     SWC_LINE_BYTES, flags, err))
			return -1;
	}
	return 0;
}

static int add_data(struct feed *feed, const struct swc_proof *proof,
		    const uint64_t *region, const struct swc_state *state,
		    const uint64_t *lines, struct error *err)
{
	const struct swc_program *p = proof->program;
	uint32_t i, page, flags;
	bool untranslated;

	for (i = 0; i < p->nregions; i++) {
		flags = placing(state, false, i, &untranslated);
		for (page = 0; page < p->regions[i].pages; page++) {
			if (add_page(feed, region[i] + page * SWC_PAGE_BYTES,
				     *lines++, flags, untranslated, err))
				return -1;
		}
	}
	return 0;
}

static int add_code(struct feed *feed, const struct swc_proof *proof,
		    uint64_t code, const struct swc_state *state,
		    struct error *err)
{
	bool untranslated;
	uint32_t i, packed, flags = placing(state, true, 0, &untranslated);
	uint64_t address;

	for (i = 0; i < proof->program->nops; i++) {
		packed = proof->program->ops[i].code;
		if (!packed)
			continue;
		address = code_line(code, packed) * SWC_LINE_BYTES;
		if (flags &&
		    feed_add(feed, address, SWC_LINE_BYTES, flags, err))
			return -1;
		if (untranslated &&
		    feed_add(feed, address, 1, MODEL_INVLPG, err))
			return -1;
	}
	return 0;
}

/*
 * The program touched these before, line by line. A page of zeros has the cache lines of
 * all others: only its translation is asked for.
 */
static int add_touches(struct feed *feed, const struct swc_program *p,
		       const uint64_t *region, uint64_t code,
		       const struct swc_state *state, struct error *err)
{
	const struct swc_touch *touch =
		(const struct swc_touch *)(uintptr_t)state->touches;
	const struct swc_touch *end = touch + state->ntouches;
	uint64_t base;
	uint32_t flags;

	for (; touch < end; touch++) {
		base = FEED_TOUCHED_BASE;
		if (touch->region < p->nregions)
			base = region[touch->region];
		if (touch->region == SWC_TOUCH_OWN_CODE)
			base = code;
		flags = touch->flags & SWC_TOUCH_CODE ? MODEL_FETCH
						      : MODEL_READ;
		if (touch->flags & SWC_TOUCH_ZERO)
			flags = MODEL_FLUSH;
		if (feed_add(feed,
			     base + (uint64_t)touch->page * SWC_PAGE_BYTES +
				     touch->line * SWC_LINE_BYTES,
			     SWC_LINE_BYTES, flags, err))
			return -1;
	}
	return 0;
}

int feed_state(struct feed *feed, const struct swc_proof *proof,
	       const uint64_t *region, uint64_t code,
	       const struct swc_state *state, struct error *err)
{
	__u64 *lines;
	int rc;

	if (swc_state_is_warm(state))
		return 0;
	/* One byte more: a sequence may have no region. */
	lines = malloc(swc_footprint_bytes(proof->program) + sizeof(*lines));
	if (!lines)
		return no_memory(err);
	swc_footprint(proof, lines);
	rc = add_data(feed, proof, region, state, (const uint64_t *)lines, err);
	if (!rc)
		rc = add_code(feed, proof, code, state, err);
	if (!rc)
		rc = add_touches(feed, proof->program, region, code, state,
				 err);
	free(lines);
	if (rc)
		feed_free(feed);
	return rc;
}

static int add_step(struct feed *feed, const struct trace_insn *insn,
		    const struct trace_access *access, uint32_t n,
		    uint64_t *last, struct error *err)
{
	uint64_t line = insn->address / SWC_LINE_BYTES;
	uint64_t end = insn->address + insn->length - 1;
	uint32_t flags;

	for (; line <= end / SWC_LINE_BYTES; line++) {
		if (fetch(feed, line, last, err))
			return -1;
	}
	for (; n; n--, access++) {
		flags = access->flags & TRACE_ACCESS_READ ? MODEL_READ : 0;
		if (access->flags & TRACE_ACCESS_WRITE)
			flags |= MODEL_WRITE;
		if (access->size && flags &&
		    feed_add(feed, access->address, access->size, flags, err))
			return -1;
	}
	return 0;
}

int feed_trace(struct feed *feed, const struct trace *trace,
	       const struct trace_variant *variant, struct error *err)
{
	const struct trace_access *access =
		trace->accesses + variant->first_access;
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;
	uint64_t last = UINT64_MAX;

	feed->ops = feed->ops_of_code = variant->nsteps;
	for (; step < end; access += step->naccesses, step++) {
		if (add_step(feed, &trace->insns[step->insn], access,
			     step->naccesses, &last, err)) {
			feed_free(feed);
			return -1;
		}
	}
	return 0;
}
