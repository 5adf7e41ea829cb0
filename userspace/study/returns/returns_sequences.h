/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RETURNS_RETURNS_SEQUENCES_H
#define SWC_RETURNS_RETURNS_SEQUENCES_H

#include "sequence.h"

/*
 * Calls and returns on two stacks. A processor predicts where a return goes from
 * a stack of its own, which every call pushes to and every return pops from,
 * whatever RSP is. Two stacks let returns come in another order than that.
 */

/* returns_pairs() - @n calls, each of which returns at once. */
int returns_pairs(struct sequence *s, unsigned int n, struct error *err);

/* returns_nested() - @depth calls within one another, then their returns. */
int returns_nested(struct sequence *s, unsigned int depth, struct error *err);

/**
 * returns_alternating() - calls on two stacks in turns, then their returns
 * @s: made
 * @depth: calls open at last; even, to 400 or so: the stacks are a page each
 * @matched: the latest call returns first. If not, the calls of the first stack
 *	return before those of the second: each finds the prediction for another.
 * @err: set on failure: no memory
 *
 * RSP is put where it has to be before each call and each return, so that both
 * orders consist of the same operations. Return: 0, or -1 with @err set.
 */
int returns_alternating(struct sequence *s, unsigned int depth, bool matched,
			struct error *err);

/*
 * returns_across() - @n calls, each with a call and return inside; @switched: that
 * one is on another stack. If not, RSP goes there and back before the calls, so
 * that the operations are the same.
 */
int returns_across(struct sequence *s, unsigned int n, bool switched,
		   struct error *err);

#endif
