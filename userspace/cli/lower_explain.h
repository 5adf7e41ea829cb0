/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_LOWER_EXPLAIN_H
#define SWC_CLI_LOWER_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "lower.h"
#include "trace.h"

/* A lowering, to be explained instruction by instruction. */
struct explained {
	const struct trace *trace;
	const struct trace_variant *variant;
	const struct sequence *sequence;
	const struct lowering *lowering;
	const struct lower_details *details;
};

/* lower_explain() - print each deviation, its effect, and what it is of. */
void lower_explain(const struct explained *e, FILE *f);

/* lower_explain_json() - the same; their counts add up to the lowering's. */
json_t *lower_explain_json(const struct explained *e);

#endif
