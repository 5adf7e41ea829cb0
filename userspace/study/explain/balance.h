/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EXPLAIN_BALANCE_H
#define SWC_EXPLAIN_BALANCE_H

#include "explain.h"
#include "result.h"

/*
 * A turn's whole and its parts are put together here, of what other verbs have printed,
 * and the figures over all turns.
 */

/**
 * balance_function() - the function to explain, of those that were watched
 * @watched: the result of watch
 * @name: it has this name; NULL: the one with most time that isn't the runtime's own
 *
 * Return: its row, which is a piece of @watched; NULL: there is none.
 */
const struct result *balance_function(const struct result *watched,
				      const char *name);

/**
 * balance_watched() - the live call
 * @turn: its live figures are filled
 * @watched: the result of watch --parts
 * @row: the function's, as balance_function() has it
 * @why: set on failure
 *
 * Each call of the function was timed, or its time is made of samples and counts. Those
 * have no calls by function: they need the times of some, or one function alone.
 *
 * Return: "each call" or "samples and counts"; NULL: it isn't known.
 */
const char *balance_watched(struct explain_turn *turn,
			    const struct result *watched,
			    const struct result *row, char why[256]);

/* balance_cpu() - the CPU that the program was on for most of its time; -1: not known. */
int balance_cpu(const struct result *watched);

/* balance_ns() - a replay's cycles at @path as nanoseconds; NAN: withheld. */
double balance_ns(const struct result *replayed, const char *path);

/**
 * balance_misses() - what misses add to a replay, by one in the recorded state
 * @state: its result; NULL: that state can't be made
 * @predicted: out: misses of first levels that the model predicts; NAN: it can't
 *
 * The difference to a warm replay in the same run, nanoseconds; NAN: not known. Where
 * nothing can be missed it is 0: a difference there is what preparing a state costs, some
 * cycles, and calls back to back have no preparation.
 */
double balance_misses(const struct result *state, double *predicted);

/* balance_rest() - the turn's rest, when all else is known. */
void balance_rest(struct explain_turn *turn);

/*
 * balance_rests() - the rest as a share of the whole, over turns, of which there is one at
 * least. Sets turns aside by it.
 */
struct estimate balance_rests(struct explain *e);

/* balance_turns() - the figures over turns, of which there is one at least. */
void balance_turns(struct explain *e);

#endif
