/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RUN_H
#define SWC_LIB_RUN_H

#include <stdbool.h>

#include "drop.h"
#include "operator.h"
#include "runtable.h"

/*
 * The one loop of all that is measured: a plan says how much and until when, a source
 * takes samples, and a table receives them, round by round. For example, 200 rounds
 * of replays in fresh memory, or 24 rounds of trials with new victims.
 *
 * All samples of a round share its memory and code, which move a result as a
 * neighbour does. So rounds are independent where samples aren't, and a new process
 * changes what rounds of one process have in common.
 */

/* A table of results of as many processes stays short. */
#define RUN_MAX_PROCESSES 64u

struct run_apart;

/* Rounds, or blocks of them, until an aim is looked for the first time. */
#define RUN_FIRST_LOOK 24u

/* Why a run ended. */
enum run_stop {
	STOPPED_BY_SAMPLES, /* as many as were asked for, or rounds */
	STOPPED_BY_TARGET,  /* its aim is reached */
	STOPPED_BY_TIME,
	STOPPED_BY_OPERATOR, /* a signal: it has less than was asked for */
};

/**
 * struct run_round - what a run asks of a source
 * @process: from 0
 * @number: of the round in its process, from 0
 * @seed: odd, another each time the source is asked
 * @each: samples of each arm that are wanted
 * @first: of those that take turns, whose turn it is
 * @rotating: so many from there on, and on from 0 after the last
 * @seconds: that the round may take so that RUN_FIRST_LOOK of them fit into the time
 *	limit; INFINITY: there is none
 */
struct run_round {
	unsigned int process;
	unsigned int number;
	uint64_t seed;
	uint32_t each;
	size_t first;
	size_t rotating;
	double seconds;
};

/**
 * struct run_source - where samples come from
 * @start: a process begins, before its first round; after a failure nothing is left
 * @ready: a round begins: its memory, its code
 * @take: add samples of one of the plan's groups to @table
 * @clear: a round has ended, or failed
 * @end: a process has ended
 * @context: passed to all of them
 *
 * Only @take must be there. All that return something: 0, or another number with @err
 * set, which ends the run and is what it returns.
 */
struct run_source {
	int (*start)(void *context, struct error *err);
	int (*ready)(void *context, const struct run_round *round,
		     struct error *err);
	int (*take)(void *context, const struct run_round *round,
		    unsigned int group, struct run_table *table,
		    struct error *err);
	void (*clear)(void *context);
	void (*end)(void *context);
	void *context;
};

/**
 * struct run_plan - how much is measured, in which order, and until when
 * @apart: where there are several processes, each is another execution of the command;
 *	see apart.h. NULL: this one starts the source anew.
 * @arms: of the table's rows
 * @groups: so many times a round asks the source, in an order drawn anew, so that
 *	drift hits all alike. The source itself draws among the arms of a group,
 *	sample by sample. 0 is 1.
 * @visits: to each group in a round, each time in another order. 0 is 1.
 * @rotating: further arms, which don't fit into one round; rounds until each had its
 *	turn make a block, and a run ends after a whole block only
 * @rotating_room: so many of them fit into one
 * @processes: the source is started anew for each, and each has the same share of
 *	samples, rounds and time. 0 is 1.
 * @seed: the same gives the same orders, seeds of rounds and environments of processes;
 *	0: drawn
 * @each: samples of each arm in a round
 * @each_most: where making ready takes long, @each grows up to so many, so that it
 *	is done less often
 * @ready_limit: seconds for a round that are long
 * @samples: stop when so many of each arm were asked for; 0: don't
 * @rounds_least: at least so many rounds, or blocks, in each process
 * @rounds: stop after so many; 0: don't
 * @time_limit: stop after so many seconds when the samples suffice; 0: don't
 * @pause: seconds between rounds
 * @keep_far_off: see drop_rows()
 * @add: takes a round's rows, which the table then forgets, as a run may be long;
 *	NULL: the table keeps all
 * @suffices: is there enough of each arm to speak about it? NULL: always
 * @reached: is the aim reached? Asked after RUN_FIRST_LOOK, and then now and then:
 *	looking again and again until an interval happens to be short makes it cover
 *	too rarely. NULL: there is none.
 * @context: passed to these three
 *
 * The operator (operator.h) is told between rounds how far the run has come. A signal ends
 * it with the round, or block, under way.
 */
struct run_plan {
	const struct run_apart *apart;
	unsigned int arms;
	unsigned int groups;
	unsigned int visits;
	size_t rotating;
	size_t rotating_room;
	unsigned int processes;
	uint64_t seed;
	uint32_t each;
	uint32_t each_most;
	double ready_limit;
	uint32_t samples;
	unsigned int rounds_least;
	unsigned int rounds;
	double time_limit;
	double pause;
	bool keep_far_off;
	int (*add)(void *context, const struct run_table *table,
		   struct error *err);
	bool (*suffices)(void *context);
	bool (*reached)(void *context);
	void *context;
};

/**
 * struct run_end - how a run ended
 * @seed: by which a plan of the same makes it again
 * @stopped_by: why
 * @processes: that it had
 * @rounds: of all of them
 */
struct run_end {
	uint64_t seed;
	enum run_stop stopped_by;
	unsigned int processes;
	size_t rounds;
};

/* run_seed() - one that no run before had; JSON's numbers hold its 53 bits. */
uint64_t run_seed(void);

/* run_rounds_in_block() - until each that takes turns had its turn; else 1. */
size_t run_rounds_in_block(const struct run_plan *plan);

/**
 * run_rounds() - take samples by a plan
 * @plan: how many
 * @source: from where
 * @table: to where; empty, and run_table_free() it in any case
 * @end: filled, as far as it came
 * @err: set on failure
 *
 * Return: 0, or what a source or the plan's @add returned; -1 with @err set also if SIGINT
 * ended it before there was enough of each arm, or before the second of several
 * processes, or any time if a number of rounds was asked for.
 */
int run_rounds(const struct run_plan *plan, const struct run_source *source,
	       struct run_table *table, struct run_end *end, struct error *err);

#endif
