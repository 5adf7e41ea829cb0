/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_FEED_H
#define SWC_MODEL_FEED_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/verify.h"
#include "error.h"
#include "model.h"
#include "trace.h"

/* A list of accesses, made of a sequence's operations or a trace's steps. */
struct feed {
	struct model_access *list;
	size_t n;
	size_t capacity;
	size_t ops;	    /* that were followed */
	size_t ops_of_code; /* of these, so many name the line that they are in */
};

/* feed_plan() places a sequence here, if the caller has no wish. */
#define FEED_DATA_BASE 0x10000000000ull
#define FEED_CODE_BASE 0x20000000000ull
/* Here is what a program touched besides, before its call. */
#define FEED_TOUCHED_BASE 0x30000000000ull

void feed_free(struct feed *feed);

/* feed_add() - one more access. Return: 0, or -1 with @err set. */
int feed_add(struct feed *feed, uint64_t address, uint32_t bytes,
	     uint32_t flags, struct error *err);

/**
 * feed_plan() - the accesses of a verified sequence
 * @feed: all zero; filled
 * @proof: from sequence_verify()
 * @region: address of each region, as swc_layout() gives them; page-aligned
 * @code: address of code page 0; page-aligned
 * @err: set on failure (no memory)
 *
 * Code is the lines that the operations say they came from (swc_op.code): each
 * that differs from the one before is a fetch. Those that say nothing fetch
 * nothing. Return: 0, or -1 with @err set.
 */
int feed_plan(struct feed *feed, const struct swc_proof *proof,
	      const uint64_t *region, uint64_t code, struct error *err);

/**
 * feed_state() - what brings a sequence's memory into a state before a replay
 * @feed: all zero; filled
 * @proof, @region, @code: as above
 * @state: from states_resolve(); an empty one leaves @feed empty
 * @err: set on failure
 */
int feed_state(struct feed *feed, const struct swc_proof *proof,
	       const uint64_t *region, uint64_t code,
	       const struct swc_state *state, struct error *err);

/* feed_trace() - the recorded accesses and code lines of one variant. */
int feed_trace(struct feed *feed, const struct trace *trace,
	       const struct trace_variant *variant, struct error *err);

#endif
