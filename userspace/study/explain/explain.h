/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EXPLAIN_EXPLAIN_H
#define SWC_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "estimate.h"
#include "machine.h"

/*
 * One call of one program: its live cost, beside what its recorded sequence costs in a
 * replay, and where the difference goes. The program runs several times: watched in each
 * turn, and stepped once to record the call. Replays take turns with it, so that what
 * changes on the machine within minutes hits both. All this is done by other verbs, which
 * are run as anybody would run them.
 */

/* Turns, of a watch and its replays each. Student's interval of fewer says nothing. */
#define EXPLAIN_TURNS	  5u
#define EXPLAIN_MAX_TURNS 64u

/*
 * One of so many turns is set aside at either end of their order by the rest: a neighbour
 * that slows the machine for seconds hits the program or the replay, and not both.
 */
#define EXPLAIN_ASIDE 5u

/* It closes if the parts make up the whole within this share. */
#define EXPLAIN_CLOSES 0.05

/**
 * struct explain_options
 * @switchcost: the path of this command
 * @argv: the program's command line; it ends by itself
 * @function: the C function to explain; NULL: the one with most time
 * @begin: the symbol where the recording begins; NULL: Go's side of @function
 * @trace: a recording that is there already; NULL: it is made
 * @turns: how often the program is watched at least, 1 to EXPLAIN_MAX_TURNS; if replays
 *	can't be believed, as often again
 * @target: it is watched again, EXPLAIN_MAX_TURNS times at most, until the rest's share is
 *	known within this, to each side; 0: as it comes
 * @time_limit: seconds that one run of the program may take
 */
struct explain_options {
	const char *switchcost;
	char *const *argv;
	const char *function;
	const char *begin;
	const char *trace;
	unsigned int turns;
	double target;
	double time_limit;
};

/* The parts of a live call's time, in the order in which they are shown. */
enum explain_part {
	EXPLAIN_REPLAYED, /* its sequence, warm, in a loop */
	EXPLAIN_MISSES, /* more of it with the caches as the program leaves them */
	EXPLAIN_INTERRUPTS, /* came while it was under way */
	EXPLAIN_MIGRATIONS, /* more of calls that end on another CPU */
	EXPLAIN_OFF_CPU,    /* blocked */
	EXPLAIN_WAKE_UP,    /* woken, or preempted, and without a CPU */
	EXPLAIN_P_RETAKEN,  /* back from C, and without a P */
	EXPLAIN_PARTS
};

const char *explain_part_name(unsigned int part);
const char *explain_part_means(unsigned int part);

/**
 * struct explain_turn - of one turn, in nanoseconds a call; NAN: not known
 * @whole: the live call
 * @on_cpu: of it, on CPUs
 * @parts: of it; one that isn't known counts nothing, and so is in the rest
 * @rest: the whole without all of them
 * @isolated: the replay between fences, warm
 * @cold: the same with all caches cold
 * @p50: of the calls that were timed
 * @p99: likewise
 * @longest: of all calls
 * @timed: how many
 * @calls: of the program in this turn
 * @tail: of the slowest timed ones: their mean
 * @tail_off: the share of it without a CPU or a P
 * @cpu: the replays' CPU: the one that the program was on for most of its time; -1: the
 *	last, since that isn't known
 * @aside: its rest is one of the lowest or the highest, and it doesn't count
 */
struct explain_turn {
	double whole;
	double on_cpu;
	double parts[EXPLAIN_PARTS];
	double rest;
	double isolated;
	double cold;
	double p50;
	double p99;
	double longest;
	uint64_t timed;
	uint64_t calls;
	double tail;
	double tail_off;
	int cpu;
	bool aside;
};

/* A figure over all turns, with the share of the whole. */
struct explain_row {
	struct estimate ns;
	double share;
};

/**
 * struct explain - what was found
 * @whole_from: "each call", or "samples and counts"
 * @state: the state whose misses these are: "recorded"; "": none could be prepared
 * @predicted_misses: of first-level caches and TLBs in that state, by the model; NAN: it
 *	isn't known what this machine has
 * @closes_within: the rest's share of the whole, without its sign
 * @closes_ci: likewise with its sign, over turns
 * @decided: all of that interval is on one side of what counts as closing
 * @dropped: turns whose replay couldn't be believed, which count for nothing
 * @valid: a turn is left
 * @why: not valid, or it doesn't close; "": neither
 */
struct explain {
	const struct explain_options *options;
	char program[128];
	char go[48];
	char function[96];
	char begin[128];
	const char *whole_from;
	const char *state;
	double predicted_misses;
	struct explain_turn turns[EXPLAIN_MAX_TURNS];
	unsigned int n;
	unsigned int dropped;
	struct estimate whole;
	struct estimate on_cpu;
	struct explain_row parts[EXPLAIN_PARTS];
	struct explain_row rest;
	struct estimate isolated;
	struct estimate cold;
	struct estimate p50;
	struct estimate p99;
	double longest;
	struct estimate tail;
	struct estimate tail_off;
	double closes_within;
	struct estimate closes_ci;
	bool closes;
	bool decided;
	bool valid;
	char why[256];
	struct machine machine;
};

/**
 * explain_run() - explain a program's call
 * @e: filled
 * @options: must outlive @e
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int explain_run(struct explain *e, const struct explain_options *options,
		struct error *err);

#endif
