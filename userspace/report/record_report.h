/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_RECORD_REPORT_H
#define SWC_REPORT_RECORD_REPORT_H

#include "functions.h"
#include "notreplayed.h"
#include "result.h"
#include "trace.h"
#include "tracecount.h"
#include "workingset.h"

/* A system call of the most frequent variant, and how often there is such a one. */
struct recorded_call {
	const struct trace_syscall *call;
	size_t count;
};

/**
 * struct record_result - what was recorded
 * @trace: that
 * @counts: of the most frequent variant
 * @working: what was touched before it
 * @functions: of that variant
 * @nfunctions: how many
 * @calls: of that variant, equal ones once, in the order of the first of each
 * @ncalls: how many
 * @missing: of each variant, what a replay won't have; nothing if it is damaged
 * @shared: lines of @working that the call touches, too
 */
struct record_result {
	const struct trace *trace;
	struct trace_counts counts;
	struct workingset working;
	struct function_counts *functions;
	size_t nfunctions;
	struct recorded_call *calls;
	size_t ncalls;
	struct notreplayed *missing;
	size_t shared;
};

/* record_collect() - Return: 0, or -1 with @err set; record_free() in any case. */
int record_collect(struct record_result *r, const struct trace *trace,
		   struct error *err);
void record_free(struct record_result *r);

extern const struct record record_record;

/* record_text() - the same for people, on stdout. */
void record_text(const void *data, const struct result *result);

/*
 * record_note_early_end() - say on stderr that there are fewer calls than were asked for:
 * what is on stdout looks the same, however many calls it is of.
 */
void record_note_early_end(const struct trace *trace);

#endif
