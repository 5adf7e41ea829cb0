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

/**
 * proportion_excess() - in which share of trials does a treatment have an effect?
 * @treated: trials with it
 * @control: the same without it
 * @sensitivity: how often an effect is recognized where there is one
 * @level: of confidence
 * @effect: design effects of both, treated and control: 1, or more where trials aren't
 *	independent; so many fewer they are worth
 *
 * A treated trial shows a hit because of the effect, or as a control would:
 * treated = share * sensitivity + (1 - share) * control (Rogan and Gladen,
 * American Journal of Epidemiology 107, 1978, whose false positives are here
 * the control's). The interval is that of the difference of two proportions
 * (Newcombe, Statistics in Medicine 17, 1998, method 10), scaled alike.
 *
 * Return: 0 to 1. Where the control shows hits about as often as the treatment
 * could, nothing can be told: the interval is 0 to 1, the mean NAN.
 */
struct estimate proportion_excess(const struct proportion *treated,
				  const struct proportion *control,
				  double sensitivity, double level,
				  const double effect[2]);

/*
 * proportion_p_value() - the chance of so many hits among the treated, or more,
 * if treatment made no difference: Fisher's exact test, one-sided.
 */
double proportion_p_value(const struct proportion *treated,
			  const struct proportion *control);

#endif
