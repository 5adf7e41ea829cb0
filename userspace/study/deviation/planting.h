/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DEVIATION_PLANTING_H
#define SWC_DEVIATION_PLANTING_H

#include "lower.h"

/*
 * A sequence with one of its deviations once more, at each place that has it, or without
 * it: what it costs more or less is what the deviation does to it, on the core that
 * measures. What can't be planted has a reason instead, and no effect is claimed.
 */

/**
 * struct planting - a sequence in which a deviation is planted
 * @sequence: that, if @planted isn't 0
 * @planted: how often
 * @why: if it is 0: why not
 */
struct planting {
	struct sequence sequence;
	unsigned int planted;
	const char *why;
};

/* planting_text() - in words what is planted; NULL: nothing ever is. */
const char *planting_text(enum lower_deviation deviation);

/**
 * planting_make() - plant a deviation once more
 * @s: what a trace was lowered to
 * @details: of that lowering
 * @deviation: which
 * @caps: of the CPU that shall replay it
 * @out: filled; planting_free() it after success
 * @err: set on failure: no memory
 *
 * The result is accepted by the verifier. Return: 0, also if it can't be planted; or -1
 * with @err set.
 */
int planting_make(const struct sequence *s, const struct lower_details *details,
		  enum lower_deviation deviation, const struct swc_caps *caps,
		  struct planting *out, struct error *err);
void planting_free(struct planting *p);

/*
 * planting_settle() - see that the verifier accepts it, too; what addresses wait for and
 * it can't prove is given up. If it doesn't, nothing is planted. Return: 0 or -1.
 */
int planting_settle(struct planting *out, const struct swc_caps *caps,
		    struct error *err);

#endif
