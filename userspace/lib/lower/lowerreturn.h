/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERRETURN_H
#define SWC_LIB_LOWERRETURN_H

#include "lowerop.h"

/*
 * Return addresses. Most are pushed by a call and found by its return. Others
 * are stored by a program that makes one, as a retpoline does, or that moves
 * one, as from one stack to another. A return to these goes where the program
 * went, and finds the CPU's return predictor as the program left it: so it is
 * predicted right, or wrong, as in the program.
 *
 * Only when a return finds a stored value do we know that it is a return
 * address. So the store is noted, and the lowering done again with an AIM in
 * its place.
 */

/* 8 bytes of memory hold nothing of the kind, or the number of an open call, or: */
#define LOWER_SLOT_PLAIN 0u
#define LOWER_SLOT_AIMED 0xffffffffu

/**
 * struct lower_aim - the return address that a step stores, if it is one
 * @target: where the return that finds it has gone
 * @wanted: it is one
 */
struct lower_aim {
	uint64_t target;
	bool wanted;
};

/**
 * struct lower_returns - return addresses on the way through a variant
 * @slot: of each 8 bytes of the regions
 * @writer: of each 8 bytes: the step that stored all of them, from 1; or 0
 * @first: index of each region's first slot
 * @nslots: of all regions
 * @back: by number of call: the address after it
 * @returned: by number of call
 * @ncalls: so far
 * @due: numbers of the calls whose returns the CPU expects, the next one last
 * @ndue: of them
 * @aims: by step, from 1; they outlast a restart
 * @found: more of them were found since the last restart
 */
struct lower_returns {
	uint32_t *slot;
	uint32_t *writer;
	uint32_t first[SWC_MAX_REGIONS + 1];
	size_t nslots;
	uint64_t *back;
	bool *returned;
	uint32_t ncalls;
	uint32_t *due;
	uint32_t ndue;
	struct lower_aim *aims;
	bool found;
};

/* lower_returns_init() - of @nsteps steps. Return: 0, or -1: no memory. */
int lower_returns_init(struct lower_returns *r, const struct lower_state *l,
		       uint32_t nsteps);
void lower_returns_free(struct lower_returns *r);

/* lower_returns_restart() - forget the way, but not what was found out on it. */
void lower_returns_restart(struct lower_returns *r);

/* lower_returns_forget() - these bytes hold no return address any more. */
void lower_returns_forget(struct lower_returns *r, uint32_t region,
			  uint32_t offset, uint64_t bytes);

/* lower_returns_written() - likewise, as step @line stores there. */
void lower_returns_written(struct lower_returns *r, uint32_t region,
			   uint32_t offset, uint64_t bytes, uint32_t line);

/* lower_returns_call() - a call has pushed @back to where RSP is now. */
void lower_returns_call(struct lower_state *l, struct lower_returns *r,
			uint64_t back);

/*
 * lower_returns_aim() - let an AIM stand for what the current step has just
 * stored, if that is a return address. Return: 0 or -1.
 */
int lower_returns_aim(struct lower_state *l, struct lower_returns *r);

/**
 * lower_returns_ret() - a return
 * @l: whose RSP is where it finds its address
 * @r: likewise
 * @target: where it has gone; 0: out of the recording
 * @refused: the verifier doesn't find what is expected here
 *
 * Return: 0 or -1.
 */
int lower_returns_ret(struct lower_state *l, struct lower_returns *r,
		      uint64_t target, bool refused);

#endif
