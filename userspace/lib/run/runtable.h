/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RUNTABLE_H
#define SWC_LIB_RUNTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * A run takes a table of samples, whatever its source is. A victim's load, a
 * replay, a block of live calls and an answer of the TLB oracle are a row each.
 */

/**
 * struct run_sample - one row
 * @round: of its process, from 0
 * @unit: which of those that the arm has several of, a victim for example; or 0
 * @ticks: of the TSC, 0xffffffff: that many or more; or an answer, where nothing is
 *	timed
 * @process: from 0
 * @arm: which
 * @flags: SWC_SAMPLE_*
 * @dropped: enum drop_cause, by drop_rows(); DROP_CAUSES: it is kept
 */
struct run_sample {
	uint32_t round;
	uint32_t unit;
	uint32_t ticks;
	uint16_t process;
	uint16_t arm;
	uint16_t flags;
	uint16_t dropped;
};

/**
 * struct run_table - rows in the order in which they were taken
 * @rows: of all rounds, or of the one under way: see struct run_plan
 * @n: how many
 * @room: for so many
 * @process: that the next row is of
 * @round: likewise
 */
struct run_table {
	struct run_sample *rows;
	size_t n;
	size_t room;
	unsigned int process;
	unsigned int round;
};

/* run_table_add() - one more row. Return: 0, or -1 with @err set. */
int run_table_add(struct run_table *t, unsigned int arm, uint32_t unit,
		  uint64_t ticks, unsigned int flags, struct error *err);
void run_table_free(struct run_table *t);

/* run_table_kept() - the first row from @from on that wasn't dropped; NULL: none. */
const struct run_sample *run_table_kept(const struct run_table *t,
					const struct run_sample *from);

/* run_table_each() - loop over the rows of @t that weren't dropped. */
#define run_table_each(row, t)                              \
	for ((row) = run_table_kept((t), (t)->rows); (row); \
	     (row) = run_table_kept((t), (row) + 1))

#endif
