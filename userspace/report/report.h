/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_REPORT_H
#define SWC_REPORT_REPORT_H

#include <stdio.h>

#include "input.h"
#include "measure.h"
#include "result.h"
#include "states.h"
#include "tracecount.h"
#include "workingset.h"

/* Results of several verbs have these in common; the contract names their keys. */

/*
 * The record of struct machine: CPU, microcode, kernel, hypervisor, date, and
 * this program.
 */
extern const struct record report_machine;

/* The record of struct trace_counts. */
extern const struct record report_counts;

/* The record of struct lowering: instructions, ops, and each deviation by name. */
extern const struct record report_lowering;

/* The rows of struct notreplayed's counts: {what, count} for each that is missing. */
extern const struct record report_not_replayed;

/* report_missing() - its rows. */
struct elements report_missing(const struct notreplayed *n);

/* The record of struct states: what --state has asked for. */
extern const struct record report_states;

/*
 * The record of struct input, of what was recorded: program, scenario, Go
 * version, counts.
 */
extern const struct record report_trace;

/* report_meta() - TEXT_OF() a struct trace, what its head says under the same key. */
const char *report_meta(const struct at *at, const struct field *f, char *text);

/* The place, the course and the quality of a run: the same keys for every verb. */
struct report_facts {
	const struct measurement *m;
	const struct measure_options *options;
};

extern const struct record report_facts;

/*
 * The record of struct measurement's sums: of each arm, block by block, "SUM/COUNT" of its
 * rounds' ticks. All estimates are made of these (measure_from_sums()).
 */
extern const struct record report_sums;

/* report_series - of a struct block_series, as a text. */
extern const struct record report_series;

/* report_selftest - one of a run's, a struct selftest. */
extern const struct record report_selftest;

/**
 * struct report_subject - a sequence that a verb is about
 * @input: which
 * @states: it is replayed in
 * @counts: of its operations; NULL: it is a trace that wasn't lowered
 */
struct report_subject {
	const struct input *input;
	const struct states *states;
	const struct swc_op_counts *counts;
};

/* Its name, its state, its counts; of a trace what was recorded. */
extern const struct record report_input;

/* Of a text: in a list of words. */
extern const struct record report_word;

/* report_levels() - rows of report_word: what an interval contains, lowest first. */
struct elements report_levels(bool processes);

/* Of struct level_variances. */
extern const struct record report_variances;

/* print_not_replayed() - "not replayed: 2 system calls", if there is any. */
void print_not_replayed(const struct notreplayed *n, const char *indent);

/* A line of text: what was touched before the calls, if that is known. */
void report_working(const struct workingset *set, FILE *out);

#endif
