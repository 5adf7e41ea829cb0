/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DOCTOR_KINDSTUDY_H
#define SWC_DOCTOR_KINDSTUDY_H

#include <stdbool.h>

#include "estimate.h"
#include "kinds.h"
#include "measure.h"

/*
 * The table of kinds: is each seen whole, from its first operation on, wherever it
 * stands? Each kind is measured in several numbers and places with a short pedestal
 * and with a long one. A cost that hides under the frame shows as a figure that
 * falls with the pedestal's length, or as one that isn't in proportion to the
 * number.
 */

#define KIND_COUNTS 6
extern const unsigned int kind_counts[KIND_COUNTS];

/* So many operations stand at one of these places beside additions of RAX. */
enum kind_place { KIND_AT_START, KIND_AT_MIDDLE, KIND_AT_END, KIND_PLACES };

#define KIND_PLACED 4u	/* operations */
#define KIND_BESIDE 30u /* additions, in all */

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
 * @back_to_back: core cycles of one in a loop of KIND_LONG; NAN: not measured
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

struct kind_study {
	struct kind_finding list[KINDS_MAX];
	unsigned int n;
	unsigned int failed; /* rows that aren't as they have to be */
	bool valid;
	char why[256]; /* if not */
};

/**
 * kind_study() - measure the table; takes some seconds
 * @options: backend, CPU, planted step of the TSC; at most so many samples
 * @s: filled
 * @err: set on failure
 *
 * Return: 0, also if a run isn't valid; or -1 with @err set.
 */
int kind_study(const struct measure_options *options, struct kind_study *s,
	       struct error *err);

/* kind_judge() - the line through a row's counts, and what follows from it. */
void kind_judge(struct kind_finding *f);

/* kind_passed() - is a row as it has to be? */
static inline bool kind_passed(const struct kind_finding *f)
{
	return f->independent && (f->in_proportion || !kind_is_serial(f->kind));
}

#endif
