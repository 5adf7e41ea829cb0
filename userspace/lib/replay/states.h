/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_STATES_H
#define SWC_LIB_STATES_H

#include <stdbool.h>

#include "engine/state.h"
#include "error.h"
#include "geometry.h"
#include "sequence.h"

/*
 * States as people name them: KIND or KIND:REGION,REGION... where KIND is one of
 * those below; no regions: all. "warm" stands alone.
 */
enum state_kind {
	STATE_COLD_L1D,	 /* data not in L1d, but in L2 */
	STATE_COLD_L2,	 /* data neither in L1d nor in L2 */
	STATE_COLD_ALL,	 /* data in no cache */
	STATE_COLD_DTLB, /* pages of data without a cached translation */
	STATE_COLD_ITLB, /* pages of code likewise */
	STATE_COLD_CODE, /* code in no cache */
	STATE_KINDS,
};

const char *state_kind_name(enum state_kind kind);

#define STATES_TEXT 256

/* What a command line has asked for. */
struct states {
	bool given[STATE_KINDS];
	char regions[STATE_KINDS][STATES_TEXT]; /* empty: all */
	bool warm;				/* said so */
};

/* states_add() - one --state. Return: 0, or -1 with @err set. */
int states_add(struct states *states, const char *text, struct error *err);

/* states_are_warm() - is there nothing to prepare? */
bool states_are_warm(const struct states *states);

/* states_print() - as text, for a result: "cold-l1d:cstack + cold-code". */
void states_print(const struct states *states, char *text, size_t bytes);

/**
 * states_resolve() - what to prepare for a sequence
 * @states: asked for
 * @s: whose regions are named
 * @geometry: how much to read to empty a cache
 * @out: filled
 * @err: set on failure: no such region, a region cold in two ways, or the size
 *	of a cache isn't known
 */
int states_resolve(const struct states *states, const struct sequence *s,
		   const struct geometry *geometry, struct swc_state *out,
		   struct error *err);

#endif
