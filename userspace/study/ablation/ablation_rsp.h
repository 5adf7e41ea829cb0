/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_RSP_H
#define SWC_ABLATION_ABLATION_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/verify.h"

/*
 * The way of RSP through a sequence from which operations that move it have been
 * taken out. The operations that are left must find RSP, and each return its
 * address, without an operation in place of each that is gone. So RSP may differ
 * from where it was recorded, by what is gone, until the next operation moves it
 * anyway. For example, a function's frame makes up for the PUSH or CALL before
 * it.
 */

/* A place on a stack; SWC_NO_REGION: on the host's. */
struct rsp_place {
	uint32_t region;
	int64_t offset;
};

/**
 * struct rsp_way - RSP, as recorded and as it is now
 * @proof: of the recorded sequence
 * @levels: for each region, and for the host's stack, the offsets that the
 *	recorded RSP went down by, and where RSP is for each; the last is where
 *	the recorded RSP is in that region, or was when it left
 * @visits: stacks that RSP would be on if its switches weren't taken out; the
 *	frames there lie one below the other on the stack that it stays on
 * @actual: where RSP is
 * @exact: each stack access stays where it was recorded
 * @frames: memory in frames is accessed, so that a frame keeps its room
 * @failed: out of memory
 */
struct rsp_way {
	const struct swc_proof *proof;
	struct rsp_levels {
		struct rsp_level {
			int64_t recorded;
			struct rsp_place actual;
		} *list;
		size_t n, capacity;
	} levels[SWC_MAX_REGIONS + 1];
	struct rsp_visit {
		uint32_t region;
		int64_t landing;	/* where RSP came to */
		int64_t limit;		/* what lies below is of this visit */
		struct rsp_place place; /* of @limit */
	} *visits;
	size_t nvisits, capacity;
	struct rsp_place actual;
	bool exact;
	bool frames;
	bool failed;
};

/* rsp_way_init() - at the start of @proof's program. */
void rsp_way_init(struct rsp_way *way, const struct swc_proof *proof,
		  bool exact, bool frames);
void rsp_way_free(struct rsp_way *way);

/*
 * rsp_way_place() - the place now of the stack that was recorded at @offset of
 * @region.
 */
struct rsp_place rsp_way_place(const struct rsp_way *way, uint32_t region,
			       int64_t offset);

/* The result for an operation that moves RSP. */
struct rsp_step {
	bool adjusted; /* RSP goes to @wanted first, by an operation more */
	bool emitted;  /* then the operation follows; if not, RSP is there */
	bool loads;    /* a POP became a load from @target */
	int64_t delta; /* what an SP adds now */
	struct rsp_place from;	 /* where RSP was before */
	struct rsp_place wanted; /* where it has to be */
	struct rsp_place target; /* of a SWITCH */
};

/*
 * rsp_way_step() - pass operation @index, which moves RSP; @kept: it isn't
 * taken out. Sets @way->failed if there is no memory.
 */
struct rsp_step rsp_way_step(struct rsp_way *way, uint32_t index, bool kept);

/* rsp_way_end() - pass the end. The step says whether RSP has to be moved. */
struct rsp_step rsp_way_end(struct rsp_way *way);

/* rsp_place_is() - are both the same? */
static inline bool rsp_place_is(const struct rsp_place *a,
				const struct rsp_place *b)
{
	return a->region == b->region && a->offset == b->offset;
}

#endif
