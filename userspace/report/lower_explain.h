/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_LOWER_EXPLAIN_H
#define SWC_REPORT_LOWER_EXPLAIN_H

#include <stdio.h>

#include "deviation.h"
#include "input.h"
#include "lower.h"
#include "report.h"
#include "result.h"
#include "trace.h"

/* The deviation of one instruction at one place, over all its executions. */
struct place {
	uint32_t insn;
	uint32_t step; /* the first; 0: of the sequence as a whole */
	int32_t count;
	uint32_t times; /* that it was executed, and deviates */
};

/* All places of one deviation, in the order of first execution. */
struct places {
	struct place *list;
	size_t n;
};

struct deviation {
	size_t count;
	struct places places;
};

/**
 * struct explained - a lowering, to be explained instruction by instruction
 * @trace: the trace
 * @variant: of it
 * @sequence: what was made of it
 * @lowering: how
 * @details: step by step
 * @deviations: by enum lower_deviation; NULL: nobody asked
 * @n: how many; their counts add up to the lowering's
 * @effects: what they do, measured; NULL: nobody asked
 * @facts: of the run that has measured them
 */
struct explained {
	const struct trace *trace;
	const struct trace_variant *variant;
	const struct sequence *sequence;
	const struct lowering *lowering;
	struct lower_details details;
	struct deviation *deviations;
	size_t n;
	const struct deviation_effects *effects;
	struct report_facts facts;
};

/**
 * explained_make() - lower a trace
 * @e: filled; explained_free() it after success
 * @in: a trace that is open; its sequence is filled
 * @touch_only: see struct lower_options
 * @explain: find out what of each instruction isn't carried over one to one
 * @err: set on failure
 */
int explained_make(struct explained *e, struct input *in, bool touch_only,
		   bool explain, struct error *err);
void explained_free(struct explained *e);

/* The record of struct explained. */
extern const struct record lower_record;

/* lower_explain() - print each deviation, its effect, and what it is of. */
void lower_explain(const struct explained *e, FILE *f);

#endif
