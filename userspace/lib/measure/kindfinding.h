/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_KINDFINDING_H
#define SWC_LIB_KINDFINDING_H

#include <stdbool.h>

#include "blockseries.h"
#include "estimate.h"
#include "kinds.h"

/* A kind of work, by what it was found to cost in several numbers, and whether that is right. */

#define KIND_COUNTS 6
extern const unsigned int kind_counts[KIND_COUNTS];

/* So many operations stand at one of these places beside additions of RAX. */
enum kind_place { KIND_AT_START, KIND_AT_MIDDLE, KIND_AT_END, KIND_PLACES };

#define KIND_PLACED 4u	/* operations */
#define KIND_BESIDE 30u /* additions, in all */

/* A kind's sequences: its counts, then its places. */
#define KIND_VARIANTS (KIND_COUNTS + KIND_PLACES)

/*
 * The long pedestal is so many additions longer: more than was ever seen to hide
 * (90 cycles).
 */
#define KIND_PEDESTAL_MORE 120u

/* A figure may change by so much with each addition of the pedestal, core cycles. */
#define KIND_PEDESTAL_SLOPE 0.02

/* The loop is of kind_counts[] operations at this index. */
#define KIND_LOOPED 3u

/*
 * A kind is measured block by block, core cycles: its counts, how much more each
 * variant takes with the long pedestal, and the loop, which has no blocks where it wasn't
 * measured.
 */
#define KIND_LOOP   (KIND_COUNTS + KIND_VARIANTS)
#define KIND_SERIES (KIND_LOOP + 1)

/**
 * struct kind_finding - one row of the table
 * @kind: which
 * @cycles: core cycles of kind_counts[] operations, isolated
 * @slope: core cycles of one more, by the line through all counts up to its kind's @most
 * @off: core cycles by which the count that fits worst differs from so many times
 *	the slope
 * @allowed: how much that may be
 * @in_proportion: it isn't more; only of kinds that are serial
 * @pedestal: the change of the figure with the pedestal's length, cycles a cycle:
 *	the largest of all counts and places; its interval is that of self-tests
 * @pedestals: the change of each
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
	double pedestals[KIND_VARIANTS];
	bool independent;
	struct estimate back_to_back;
};

/* kind_find() - a row, by what was measured of it. */
void kind_find(struct kind_finding *f, const struct kind *kind,
	       const struct block_series series[KIND_SERIES]);

/* kind_passed() - is a row as it has to be? */
static inline bool kind_passed(const struct kind_finding *f)
{
	return f->independent && (f->in_proportion || !kind_is_serial(f->kind));
}

#endif
