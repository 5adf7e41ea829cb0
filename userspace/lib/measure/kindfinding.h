/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_KINDFINDING_H
#define SWC_LIB_KINDFINDING_H

#include <stdbool.h>

#include "estimate.h"
#include "kinds.h"

/* A kind of work, by what it was found to cost in several numbers, and whether that is right. */

#define KIND_COUNTS 6
extern const unsigned int kind_counts[KIND_COUNTS];

/* A figure may change by so much with each addition of the pedestal, core cycles. */
#define KIND_PEDESTAL_SLOPE 0.02

/**
 * struct kind_finding - one row of the table
 * @kind: which
 * @cycles: core cycles of kind_counts[] operations, isolated
 * @slope: core cycles of one more, by the line through all counts
 * @off: core cycles by which the count that fits worst differs from so many times
 *	the slope
 * @allowed: how much that may be
 * @in_proportion: it isn't more; only of kinds that are serial
 * @pedestal: the change of the figure with the pedestal's length, cycles a cycle:
 *	the largest of all counts and places; its interval is that of self-tests
 * @independent: no change is beyond KIND_PEDESTAL_SLOPE
 * @back_to_back: core cycles of one in a loop; NAN: not measured
 */
struct kind_finding {
	const struct kind *kind;
	struct estimate cycles[KIND_COUNTS];
	double slope;
	double off;
	double allowed;
	bool in_proportion;
	struct estimate pedestal;
	bool independent;
	struct estimate back_to_back;
};

/* kind_judge() - the line through a row's counts, and what follows from it. */
void kind_judge(struct kind_finding *f);

/* kind_passed() - is a row as it has to be? */
static inline bool kind_passed(const struct kind_finding *f)
{
	return f->independent && (f->in_proportion || !kind_is_serial(f->kind));
}

#endif
