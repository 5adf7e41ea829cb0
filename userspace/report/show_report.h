/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_SHOW_REPORT_H
#define SWC_REPORT_SHOW_REPORT_H

#include "engine/optable.h"
#include "input.h"
#include "result.h"

/* A sequence, as show prints it as JSON. */
struct shown {
	const struct sequence *s;
	struct swc_op_counts ops;
	const struct trace_counts *recorded; /* NULL: it isn't of a trace */
};

extern const struct record shown_record;

/*
 * show_text() - for people, on stdout: a sequence in its text form; a trace with its head
 * and its accesses, instruction by instruction. Return: 0, or -1 with @err set.
 */
int show_text(const struct input *in, struct error *err);

#endif
