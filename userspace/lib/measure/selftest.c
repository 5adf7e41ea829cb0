// SPDX-License-Identifier: GPL-2.0
#include "selftest.h"

#include <math.h>

#include "contrast.h"

/* An interval of one standard uncertainty to each side. */
#define NOISE_LEVEL 0.683

static struct estimate estimate(stats_figure figure, struct contrast_arms *arms,
				const struct stats *stats,
				const struct clock *clock)
{
	return stats_estimate(stats, figure, arms, clock->pooling,
			      SELFTEST_LEVEL);
}

static void add(struct selftests *tests, const char *name, double known,
		double tolerance, struct estimate found)
{
	struct selftest *t = &tests->list[tests->n++];

	*t = (struct selftest){
		.name = name,
		.known = known,
		.tolerance = tolerance,
		.found = found,
		.passed = selftest_passes(known, tolerance, &found),
	};
}

static struct contrast_arm works(unsigned int arm)
{
	return (struct contrast_arm){
		.arm = arm,
		.control = {ARM_CONTROL, ARM_NULL},
		.works = true,
	};
}

static double constant_cycles(const double *means, void *context)
{
	(void)context;
	return clock_frame_ticks(means) / clock_ticks_per_cycle(means);
}

static double slot_cycles(const double *means, void *context)
{
	const unsigned int *slot = context;

	return (clock_slot_ticks(means, *slot) - clock_frame_ticks(means)) /
	       clock_ticks_per_cycle(means);
}

/*
 * How far the frame's constant is from that of any slot: the largest mean, less what
 * noise adds to its square.
 */
static double largest_slot(const struct stats *stats, const struct clock *clock)
{
	double largest = 0, noise;
	struct estimate e;
	unsigned int slot;

	for (slot = 0; slot < CHAIN_SLOTS; slot++) {
		e = stats_estimate(stats, slot_cycles, &slot, clock->pooling,
				   NOISE_LEVEL);
		noise = estimate_half_width(&e);
		largest = fmax(largest, e.mean * e.mean - noise * noise);
	}
	return sqrt(largest);
}

/* Ticks of one more operation of the kind whose arms these are. */
static double slope(const double *means, const struct contrast_arms *arms)
{
	return (means[arms->other.arm] - means[arms->one.arm]) /
	       (KIND_LONG - KIND_SHORT);
}

static double slope_cycles(const double *means, void *context)
{
	return slope(means, context) / clock_ticks_per_cycle(means);
}

/* The excess of KIND_SHORT operations over so many times the slope, core cycles. */
static double kind_constant(const double *means, void *context)
{
	struct contrast_arms *arms = context;

	return (contrast_ticks(means, arms) - KIND_SHORT * slope(means, arms)) /
	       clock_ticks_per_cycle(means);
}

static void prove_kind(struct selftests *tests, const struct arms_kind *proved,
		       const struct stats *stats, const struct clock *clock)
{
	unsigned int n;
	const struct kind *k = &kinds(&n)[proved->kind];
	struct contrast_arms arms = {works(proved->arm),
				     works(proved->arm + 1)};
	double each = estimate(slope_cycles, &arms, stats, clock).mean;
	double tolerance =
		fmax(SELFTEST_CONSTANT, SELFTEST_SLOPE * KIND_LONG * each);
	struct estimate found = estimate(kind_constant, &arms, stats, clock);

	if (kind_but_for_one(k))
		tolerance += each;
	tests->of_kind[proved->kind] = found.mean;
	add(tests, k->name, 0, tolerance, found);
}

static void prove_unread(struct selftests *tests, const struct stats *stats,
			 const struct clock *clock)
{
	struct contrast_arms arms = {works(ARM_UNREAD_LONG),
				     works(ARM_UNREAD_SHORT)};

	add(tests, "unread", UNREAD_LONG - UNREAD_SHORT, SELFTEST_UNREAD,
	    estimate(contrast_difference_cycles, &arms, stats, clock));
	tests->unread = estimate(contrast_cycles, &arms, stats, clock).mean -
			UNREAD_LONG;
}

bool selftest_run(struct selftests *tests, const struct arms *arms,
		  const struct stats *stats, const struct clock *clock)
{
	struct contrast_arms null = {
		.one = {.arm = ARM_NULL, .control = {ARM_CONTROL, ARM_CONTROL}},
	};
	struct contrast_arms chain = {.one = works(ARM_CHAIN_CHECK)};
	unsigned int i;

	*tests = (struct selftests){0};
	tests->constant = estimate(constant_cycles, NULL, stats, clock);
	tests->slot = largest_slot(stats, clock);
	add(tests, "null", 0, SELFTEST_TOLERANCE,
	    estimate(contrast_cycles, &null, stats, clock));
	add(tests, "chain", CHAIN_CHECK, SELFTEST_TOLERANCE + tests->slot,
	    estimate(contrast_cycles, &chain, stats, clock));
	prove_unread(tests, stats, clock);
	for (i = 0; i < arms->nkinds; i++)
		prove_kind(tests, &arms->kinds[i], stats, clock);
	return !selftest_failed(tests);
}

/* Does it have additions alone? The constant was found by these. */
static bool only_chains(const struct sequence *s)
{
	size_t i;

	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].kind != SWC_OP_CHAIN &&
		    s->ops[i].kind != SWC_OP_MARK)
			return false;
	}
	return true;
}

double selftest_rest(const struct selftests *tests, const struct arm *arm)
{
	double rest = fmax(tests->slot, fabs(tests->unread));
	unsigned int k;

	if (!arm->works)
		return 0;
	if (only_chains(arm->sequence))
		return tests->slot;
	for (k = 0; k < KINDS_MAX; k++) {
		if (arm->kinds & 1ull << k)
			rest = fmax(rest, fabs(tests->of_kind[k]));
	}
	return rest;
}

const struct selftest *selftest_failed(const struct selftests *tests)
{
	unsigned int i;

	for (i = 0; i < tests->n; i++) {
		if (!tests->list[i].passed)
			return &tests->list[i];
	}
	return NULL;
}
