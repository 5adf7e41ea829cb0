/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_MODEL_REPORT_H
#define SWC_REPORT_MODEL_REPORT_H

#include <stdio.h>

#include "modelling.h"
#include "result.h"

/* A prediction, and the model that made it. */
struct predicted {
	const struct modelling *modelling;
	const struct prediction *prediction;
};

/*
 * The misses of one replay, by structure; nulls and a reason where the model, or the
 * sequence, doesn't know.
 */
extern const struct record report_predicted;

/* print_prediction() - the same in one line, without what leads to it. */
void print_prediction(FILE *f, const struct predicted *p);

#endif
