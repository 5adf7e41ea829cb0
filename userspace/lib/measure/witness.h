/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_WITNESS_H
#define SWC_LIB_WITNESS_H

#include "blockseries.h"
#include "geometry.h"
#include "sequence.h"
#include "states.h"
#include "stats.h"

/*
 * Has a state really come about? A witness is a sequence whose accesses all
 * suffer from it. It is replayed warm and in the state, in the same run as what
 * is measured, and must cost more by at least what that state costs.
 */
struct witness {
	enum state_kind kind;
	struct sequence sequence;
	struct swc_state state;
	unsigned int accesses; /* that suffer */
};

/* The cost of an access, and how the state was made in the run's ring. */
struct witness_result {
	enum state_kind kind;
	const char *made_by;
	unsigned int accesses;
	struct estimate warm;  /* core cycles of the whole witness */
	struct estimate extra; /* in the state, core cycles an access */
	double least;	       /* that it must be */
	bool passed;
};

/* witness_make() - for one kind of state. Return: 0, or -1 with @err set. */
int witness_make(struct witness *w, enum state_kind kind,
		 const struct geometry *geometry, struct error *err);
void witness_free(struct witness *w);

/* witness_judge() - from the two estimates, in core cycles of the whole. */
void witness_judge(const struct witness *w, bool ring0,
		   const struct estimate *warm,
		   const struct estimate *difference,
		   struct witness_result *result);

/* witness_accesses() - those of a kind's witness that suffer. */
unsigned int witness_accesses(enum state_kind kind);

/*
 * witness_judge_blocks() - likewise by what the whole takes more than warm, block by block;
 * of @result, the kind is known.
 */
void witness_judge_blocks(struct witness_result *result,
			  const struct block_series *more);

#endif
