/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_INPUT_H
#define SWC_LIB_INPUT_H

#include <stdbool.h>

#include "lower.h"
#include "sequence.h"
#include "trace.h"
#include "tracecount.h"

/*
 * A sequence as the command line names it: a trace, a .seq text file, or "-"
 * for either on standard input.
 */
struct input {
	struct sequence sequence;
	struct trace trace;	    /* open if is_trace */
	struct trace_counts counts; /* of the variant, if is_trace */
	struct lowering lowering;   /* if is_trace */
	const struct trace_variant *variant;
	bool is_trace;
};

/*
 * input_open() - read @path; @variant: which of a trace's, 0 is the most
 * frequent. A trace isn't lowered: it can be looked at even where it can't be.
 * Return: 0, or -1 with @err set and nothing to close.
 */
int input_open(struct input *in, const char *path, unsigned int variant,
	       struct error *err);

/*
 * input_open_trace() - likewise, but a sequence is refused, as @since says, for example
 * "a sequence needs no lowering".
 */
int input_open_trace(struct input *in, const char *path, unsigned int variant,
		     const char *since, struct error *err);

/* input_lower() - of a trace that is open: its sequence is there. */
int input_lower(struct input *in, const struct lower_options *how,
		struct error *err);

/* input_open_sequence() - input_open(), and lower a trace: a sequence is there. */
int input_open_sequence(struct input *in, const char *path,
			unsigned int variant, struct error *err);
void input_close(struct input *in);

#endif
