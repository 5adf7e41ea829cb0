/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_SCORES_H
#define SWC_EVICT_SCORES_H

#include <stdint.h>

#include "stats.h"

/**
 * struct scores - sums over loads of what each says: the chance, 0 to 1, that it came
 *	from beyond the level (scale.h)
 * @sum: of the scores
 * @squares: of their squares
 * @n: loads
 */
struct scores {
	double sum;
	double squares;
	uint64_t n;
};

void scores_add(struct scores *s, double score);
void scores_merge(struct scores *to, const struct scores *from);

/* scores_mean() - 0 without loads. */
double scores_mean(const struct scores *s);

/* scores_variance() - of a single load's; 0 without loads. */
double scores_variance(const struct scores *s);

/**
 * struct score_references - what loads whose place is known score, on average
 * @near: from within the level
 * @far: from beyond it
 * @error: standard error of their difference
 */
struct score_references {
	double near;
	double far;
	double error;
};

/**
 * scores_excess() - in which share of trials does a treatment evict?
 * @treated: loads with it
 * @control: the same without it
 * @references: of the same run
 * @level: of confidence
 * @effect: design effects of both, treated and control: 1 for loads that are
 *	independent and score 0 or 1; more where they aren't independent, so many
 *	fewer they are worth; less where scores scatter less
 *
 * A treated load scores what one from beyond does, or what a control's would:
 * treated = share * far + (1 - share) * control (Rogan and Gladen, American
 * Journal of Epidemiology 107, 1978, whose false positives are here the control's).
 * It holds for means of scores as it does for counts. The interval is that of the
 * difference of two proportions (Newcombe, Statistics in Medicine 17, 1998, method
 * 10), scaled alike, with the references' own error.
 *
 * Return: 0 to 1. If the control scores about as high as the treatment could,
 * nothing is known: the interval is 0 to 1, the mean NAN.
 */
struct estimate scores_excess(const struct scores *treated,
			      const struct scores *control,
			      const struct score_references *references,
			      double level, const double effect[2]);

#endif
