/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_LOOPSKIP_H
#define SWC_RECORD_LOOPSKIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/user.h>

#include "code.h"
#include "stream.h"

/*
 * Loops that needn't be stepped: a body without any other branch, whose accesses move
 * by the same distance from turn to turn. A sweep of 64 MiB has a million turns, a
 * minute's stepping. Such a loop runs until it falls through its branch; its registers
 * then say how many turns that was, and so where each access went.
 */

/* Turns that have to be alike before the rest is believed to be. */
#define LOOPSKIP_TURNS 3u

/**
 * struct loopskip - the loop that may be under way
 * @branch: address of the branch back that was taken last, 0: none
 * @ends: registers behind the last turns, the newest last
 * @steps: how many had been stepped then
 * @accesses: how many there had been
 * @turns: of these
 * @uneven: registers, by number, that may move otherwise than by a constant
 */
struct loopskip {
	uint64_t branch;
	struct user_regs_struct ends[LOOPSKIP_TURNS];
	size_t steps[LOOPSKIP_TURNS];
	size_t accesses[LOOPSKIP_TURNS];
	unsigned int turns;
	uint32_t uneven;
};

/*
 * loopskip_ready() - look at the step that was stepped last. Return: where to run to, as
 * all turns of the loop that has just been turned are alike; 0: step on.
 */
uint64_t loopskip_ready(struct loopskip *l, const struct stream *stream,
			const struct code *code);

/**
 * loopskip_turns() - how many turns were run
 * @exit: registers where the loop has fallen through its branch
 *
 * Return: how many, the last included; 0: the registers contradict each other.
 */
size_t loopskip_turns(const struct loopskip *l,
		      const struct user_regs_struct *exit);

/*
 * loopskip_fill() - add the steps and accesses of @turns turns to @stream, which has room.
 */
void loopskip_fill(const struct loopskip *l, struct stream *stream,
		   size_t turns);

/* loopskip_length(), loopskip_touched() - steps, and accesses, of a turn. */
size_t loopskip_length(const struct loopskip *l);
size_t loopskip_touched(const struct loopskip *l);

#endif
