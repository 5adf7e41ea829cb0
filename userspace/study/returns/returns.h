/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RETURNS_RETURNS_H
#define SWC_RETURNS_RETURNS_H

#include "measure.h"

/*
 * The costs of returns, by how they are predicted, without a counter: a return
 * that is predicted wrong takes so much longer than the same one in another
 * order.
 */

#define RETURNS_SAMPLES 5000u /* of each sequence, unless asked otherwise */

/* Most calls that are open at a time. */
#define RETURNS_DEPTH 64u

/* Calls on two stacks in turns are an even number. */
#define RETURNS_PAIRS (RETURNS_DEPTH / 2)

/*
 * So many returns of one kind follow one another, so that the work around them
 * is a small part.
 */
#define RETURNS_REPEATED 16u

/*
 * A return that is predicted wrong must cost so many core cycles more. No
 * misprediction is cheaper: the shortest pipelines refill in more than ten.
 */
#define RETURNS_LEAST_STEP 5.0

/* The end of the prediction's stack may be uncertain by so many depths. */
#define RETURNS_MOST_DOUBT 4.0

/**
 * struct returns_knee - where a curve over the depth changes its slope
 * @depth: where
 * @before: rise for each call more, up to there, core cycles
 * @beyond: likewise after it
 * @found: it does for certain
 */
struct returns_knee {
	struct estimate depth;
	struct estimate before;
	struct estimate beyond;
	bool found;
};

/**
 * struct returns - what returns cost
 * @m: the run
 * @tries: runs that it took
 * @pair: core cycles for a call that returns at once
 * @switched: what such a call takes more if RSP goes to another stack and back
 *	in between, where another call returns
 * @mismatched: what a return takes more if it is the first of two that come in
 *	the wrong order
 * @nested: by depth - 1: core cycles of so many calls within one another
 * @matched: by depth / 2 - 1: of calls on two stacks in turns, whose returns come
 *	in the order that is predicted
 * @extra: likewise: what all returns together take more in another order
 * @overflow: of @nested: how many calls the prediction's stack holds. Beyond, the
 *	curve jumps or rises faster, or both.
 * @wrong: of @extra: how many returns are predicted wrong, at most, and what
 *	each of them takes more; beyond, nothing is added
 */
struct returns {
	struct measurement m;
	unsigned int tries;
	struct estimate pair;
	struct estimate switched;
	struct estimate mismatched;
	struct estimate nested[RETURNS_DEPTH];
	struct estimate matched[RETURNS_PAIRS];
	struct estimate extra[RETURNS_PAIRS];
	struct returns_knee overflow;
	struct returns_knee wrong;
};

/**
 * returns_measure() - measure calls and returns, all in one run
 * @options: of the run
 * @r: filled; measurement_free(&r->m) after success
 * @err: set on failure
 *
 * Return: 0, also if the run isn't valid (r->m.valid); or -1 with @err set.
 */
int returns_measure(const struct measure_options *options, struct returns *r,
		    struct error *err);

#endif
