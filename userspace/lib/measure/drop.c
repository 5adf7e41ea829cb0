// SPDX-License-Identifier: GPL-2.0
#include "drop.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdint.h>

#include "engine/freestanding.h"

/*
 * A sample is an outlier this many interquartile ranges above the upper
 * quartile: an interrupt or a page fault, far outside any cache effect. Where
 * the quartiles coincide, the TSC's step stands in for their distance.
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

double drop_limit(double *ticks, size_t n)
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

enum drop_cause drop_judge(const struct swc_sample *s, double limit)
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
