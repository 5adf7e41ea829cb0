/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ARMS_H
#define SWC_LIB_ARMS_H

#include "backend.h"
#include "error.h"
#include "sequence.h"

/*
 * What is replayed in one run, in random order: the sequences to be measured, a
 * control for each, and what the run proves itself with.
 */

/* Arms of every run, by their index. */
enum {
	ARM_CONTROL,	 /* nothing, on the host's stack */
	ARM_NULL,	 /* the same again: must cost nothing */
	ARM_CHAIN_SHORT, /* the two whose difference is the clock */
	ARM_CHAIN_LONG,
	ARM_CHAIN_CHECK, /* its length must come out by that clock */
	ARMS_FIXED,
};

/* Dependent additions in the chains. */
#define CHAIN_SHORT 20u
#define CHAIN_CHECK 100u
#define CHAIN_LONG  220u

/*
 * Additions of the pedestal. 40 outlast the fences' shadow, but left chains 0.13
 * cycles short, and 80 half of that; more only add noise.
 */
#define ARMS_PEDESTAL 80u

struct arm {
	const struct sequence *sequence;
	struct sequence own;	/* what @sequence points to, if made here */
	struct swc_state state; /* prepared before each sample */
	unsigned int control;	/* index of the arm that is taken off */
};

struct arms {
	struct arm list[SWC_MAX_ARMS];
	unsigned int n;
};

/* arms_init() - the fixed ones. Return: 0, or -1 with @err set. */
int arms_init(struct arms *arms, struct error *err);
void arms_free(struct arms *arms);

/**
 * arms_add() - add a sequence, and a control if none of those there fits
 * @arms: added to
 * @s: the sequence; not copied
 * @state: prepared before each of its samples
 * @err: set on failure: too many, or no memory
 *
 * Return: the index of its arm, or -1 with @err set.
 */
int arms_add(struct arms *arms, const struct sequence *s,
	     const struct swc_state *state, struct error *err);

/* arms_load() - load them all, in order. Return: 0, or -1 with @err set. */
int arms_load(const struct arms *arms, const struct backend_ops *ops,
	      struct backend *b, struct error *err);

#endif
