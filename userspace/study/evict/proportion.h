/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_PROPORTION_H
#define SWC_EVICT_PROPORTION_H

#include <stdint.h>

#include "stats.h"

/* So many hits in so many trials. */
struct proportion {
	uint64_t k;
	uint64_t n;
};

/* proportion_rate() - hits a trial; 0 without trials. */
double proportion_rate(const struct proportion *p);

/*
 * proportion_interval() - Wilson's score interval (J. American Statistical
 * Association 22, 1927) at a level of confidence such as 0.95.
 */
struct estimate proportion_interval(const struct proportion *p, double level);

/* proportion_score_interval() - likewise of a rate in @n trials, of any number. */
struct estimate proportion_score_interval(double rate, double n, double level);

/*
 * proportion_p_value() - the chance of so many hits among the treated, or more,
 * if treatment made no difference: Fisher's exact test, one-sided.
 */
double proportion_p_value(const struct proportion *treated,
			  const struct proportion *control);

#endif
