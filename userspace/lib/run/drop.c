// SPDX-License-Identifier: GPL-2.0
#include "drop.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

#include "engine/freestanding.h"

/*
 * A sample is an outlier this many interquartile ranges above the upper
 * quartile: an interrupt or a page fault, far outside any cache effect. If the
 * quartiles coincide, the TSC's step stands in for their distance.
 */
#define OUTLIER_RANGES	10.0
#define OUTLIER_MINIMUM 40.0 /* ticks */

const char *drop_cause_name(enum drop_cause cause)
{
	static const char *const names[DROP_CAUSES] = {
		[DROP_NMI] = "nmi",
		[DROP_MIGRATED] = "migrated",
		[DROP_CONTEXT_SWITCH] = "context_switch",
		[DROP_INTERRUPT] = "interrupt",
		[DROP_SMI] = "smi",
		[DROP_PAGE_FAULT] = "page_fault",
		[DROP_STEAL] = "steal",
		[DROP_OUTLIER] = "outlier",
	};

	return names[cause];
}

/* Return: the most ticks of one arm in one round that are no outlier. Sorts @ticks. */
static double limit_of(double *ticks, size_t n)
{
	double q1, q3, range;

	if (!n)
		return INFINITY;
	gsl_sort(ticks, 1, n);
	q1 = gsl_stats_quantile_from_sorted_data(ticks, 1, n, 0.25);
	q3 = gsl_stats_quantile_from_sorted_data(ticks, 1, n, 0.75);
	range = OUTLIER_RANGES * (q3 - q1);
	return q3 + fmax(range, OUTLIER_MINIMUM);
}

static enum drop_cause judge(const struct run_sample *s, double limit)
{
	static const struct {
		uint16_t flag;
		enum drop_cause cause;
	} hit[] =
		{
			{SWC_SAMPLE_NMI, DROP_NMI},
			{SWC_SAMPLE_MIGRATED, DROP_MIGRATED},
			{SWC_SAMPLE_SWITCHED, DROP_CONTEXT_SWITCH},
			{SWC_SAMPLE_INTERRUPT, DROP_INTERRUPT},
		},
	  near[] = {
		  {SWC_SAMPLE_NEAR_SMI, DROP_SMI},
		  {SWC_SAMPLE_NEAR_FAULT, DROP_PAGE_FAULT},
		  {SWC_SAMPLE_NEAR_SWITCH, DROP_CONTEXT_SWITCH},
		  {SWC_SAMPLE_NEAR_STEAL, DROP_STEAL},
	  };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hit); i++) {
		if (s->flags & hit[i].flag)
			return hit[i].cause;
	}
	if (s->ticks <= limit)
		return DROP_CAUSES;
	for (i = 0; i < ARRAY_SIZE(near); i++) {
		if (s->flags & near[i].flag)
			return near[i].cause;
	}
	return DROP_OUTLIER;
}

/**
 * struct limits - what is needed to find each arm's
 * @ticks: of all arms, those of each side by side
 * @ends: [arm + 1]: where an arm's end, and the next one's begin
 * @of: [arm], the limits
 */
struct limits {
	double *ticks;
	size_t *ends;
	double *of;
};

static void limits_free(struct limits *l)
{
	free(l->ticks);
	free(l->ends);
	free(l->of);
}

static int limits_init(struct limits *l, size_t n, unsigned int arms,
		       struct error *err)
{
	*l = (struct limits){
		.ticks = calloc(n + 1, sizeof(*l->ticks)),
		.ends = calloc(arms + 1, sizeof(*l->ends)),
		.of = calloc(arms + 1, sizeof(*l->of)),
	};
	if (l->ticks && l->ends && l->of)
		return 0;
	limits_free(l);
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for the statistics: ask for fewer samples "
			 "(--samples)");
}

/* Rows that were hit don't count for the limits. */
static void find_limits(struct limits *l, const struct run_sample *rows,
			size_t n, unsigned int arms)
{
	size_t *end = l->ends, i, begin = 0;
	unsigned int arm;

	for (i = 0; i < n; i++)
		end[rows[i].arm + 1] += !(rows[i].flags & SWC_SAMPLE_DROP);
	for (arm = 0; arm < arms; arm++)
		end[arm + 1] += end[arm];
	/* Each arm's place moves on from its begin to its end. */
	for (i = 0; i < n; i++) {
		if (!(rows[i].flags & SWC_SAMPLE_DROP))
			l->ticks[end[rows[i].arm]++] = rows[i].ticks;
	}
	for (arm = 0; arm < arms; begin = end[arm++])
		l->of[arm] = limit_of(l->ticks + begin, end[arm] - begin);
}

int drop_rows(struct run_sample *rows, size_t n, unsigned int arms,
	      bool far_off, struct error *err)
{
	struct limits limits = {.of = NULL};
	size_t i;

	if (far_off) {
		if (limits_init(&limits, n, arms, err))
			return -1;
		find_limits(&limits, rows, n, arms);
	}
	for (i = 0; i < n; i++)
		rows[i].dropped = judge(
			&rows[i], far_off ? limits.of[rows[i].arm] : INFINITY);
	limits_free(&limits);
	return 0;
}
