/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_MODEL_REPORT_H
#define SWC_CLI_MODEL_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "modelling.h"

/*
 * report_prediction() - what one replay misses, by structure; nulls and a reason
 * where the model, or the sequence, doesn't know. NULL: no memory.
 */
json_t *report_prediction(const struct modelling *m,
			  const struct prediction *p);

/* print_prediction() - the same in one line, without what leads to it. */
void print_prediction(FILE *f, const struct modelling *m,
		      const struct prediction *p);

#endif
