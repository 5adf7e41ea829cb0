/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_REPORT_H
#define SWC_CLI_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "codelayout.h"
#include "input.h"
#include "measure.h"
#include "modelling.h"
#include "tracecount.h"
#include "workingset.h"

/* JSON objects of the contract's keys; all return NULL when memory is short. */

/* {mean, ci_lo, ci_hi}; nulls where @valid is false: no number is shown. */
json_t *report_estimate(const struct estimate *e, bool valid);

/*
 * A name of a symbol or a file, which may hold any bytes: where it isn't UTF-8, which
 * JSON has to be, all bytes beyond ASCII become "?".
 */
json_t *report_name(const char *text);

/* CPU, microcode, kernel, hypervisor, date, and this program's version. */
json_t *report_provenance(const struct machine *machine);

/* The counts of one variant of a trace. */
json_t *report_counts(const struct trace_counts *counts);

/* Instructions, ops, and each deviation of a lowering by name. */
json_t *report_lowering(const struct lowering *lowering);

/* report_not_replayed() - [{what, count}, ..]; [] where nothing is missing. */
json_t *report_not_replayed(const struct notreplayed *n);

/* print_not_replayed() - "not replayed: 2 system calls", if there is any. */
void print_not_replayed(const struct notreplayed *n, const char *indent);

/*
 * report_input() - add to @o what is replayed: its name and its state; with the
 * @counts of a sequence also these, of a trace what was recorded.
 */
void report_input(json_t *o, const struct input *in,
		  const struct states *states,
		  const struct swc_op_counts *counts);

/* What was measured, as the command line had it; inputs as the subjects. */
struct report_run {
	const struct measure_options *options;
	const struct states *states;
	const struct input *inputs;
	const struct modelling *modelling;
	const struct prediction *predictions; /* as many as inputs */
	const struct code_layout *layouts;    /* of each */
	size_t ninputs;
	bool difference; /* of the first two is wanted */
};

/*
 * report_run_facts() - add to @o where, how and how well a run was measured:
 * the same keys for every verb.
 */
void report_run_facts(json_t *o, const struct measurement *m,
		      const struct measure_options *options);

/*
 * A measurement, with what was recorded where the input was a trace. The first
 * sequence's figures are at the top, all of them in "sequences" if there are
 * more.
 */
json_t *report_measurement(const struct measurement *m,
			   const struct report_run *run);

/* A line of text: what was touched before the calls, if that is known. */
void report_working(const struct workingset *set, FILE *out);

/* report_trace() - what was recorded: program, scenario, Go version, counts. */
json_t *report_trace(const struct input *in);

/* trace_meta() as JSON: a string, or null. */
json_t *report_meta(const struct trace *trace, const char *key);

#endif
