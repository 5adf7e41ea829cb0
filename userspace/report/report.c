// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "seqdigest.h"
#include "version.h"

const struct record report_machine = {
	.fields = FIELDS({MEMBER("cpu", machine, cpu)},
			 {MEMBER("cpu_signature", machine, signature)},
			 {MEMBER("microcode", machine, microcode)},
			 {MEMBER("kernel", machine, kernel)},
			 {MEMBER("hypervisor", machine, hypervisor)},
			 {MEMBER("date", machine, date)},
			 {CONSTANT("switchcost", SWC_VERSION)}),
};

const struct record report_counts = {
	.fields = FIELDS({MEMBER("instructions", trace_counts, instructions)},
			 {MEMBER("loads", trace_counts, loads)},
			 {MEMBER("stores", trace_counts, stores)},
			 {MEMBER("atomics", trace_counts, atomics)},
			 {MEMBER("calls", trace_counts, calls)},
			 {MEMBER("rets", trace_counts, rets)},
			 {MEMBER("branches", trace_counts, branches)},
			 {MEMBER("switches", trace_counts, switches)},
			 {MEMBER("data_lines", trace_counts, data_lines)},
			 {MEMBER("data_pages", trace_counts, data_pages)},
			 {MEMBER("code_lines", trace_counts, code_lines)},
			 {MEMBER("code_pages", trace_counts, code_pages)}),
};

static const struct record deviation_record = {
	.fields = FIELDS({VALUE(size_t)}),
	.has = IS_SET(size_t),
	.names = lower_deviation_name,
};

const struct record report_lowering = {
	.fields = FIELDS(
		{MEMBER("instructions", lowering, instructions)},
		{MEMBER("ops", lowering, ops)},
		{NAMED_ALL("deviations", lowering, count, &deviation_record)}),
};

const struct record report_not_replayed = {
	.fields = FIELDS({INDEX("what", notreplayed_what)},
			 {.key = "count", VALUE(size_t)}),
	.has = IS_SET(size_t),
};

struct elements report_missing(const struct notreplayed *n)
{
	return (struct elements){n->count, NOTREPLAYED_KINDS,
				 sizeof(n->count[0])};
}

void print_not_replayed(const struct notreplayed *n, const char *indent)
{
	char text[NOTREPLAYED_TEXT];

	if (notreplayed_any(n))
		printf("%snot replayed: %s\n", indent,
		       notreplayed_text(n, text, sizeof(text)));
}

void report_working(const struct workingset *set, FILE *out)
{
	static const char *const parts[] = {
		[WORKINGSET_ALL] = "all between two calls",
		[WORKINGSET_FIRST] = "the first of more",
		[WORKINGSET_LAST] = "the last of more",
	};

	if (set->part == WORKINGSET_NONE)
		return;
	fprintf(out,
		"before the call: %zu data lines on %zu pages, %zu code lines "
		"on %zu pages, by %" PRIu64 " instructions, %s (%s)\n",
		set->data.nlines, set->data.npages, set->code.nlines,
		set->code.npages, set->steps, parts[set->part], set->end);
}

const char *report_meta(const struct at *at, const struct field *f, char *text)
{
	return trace_meta(at->data, f->key, text, RESULT_TEXT) ? text : NULL;
}

static const struct record meta_record = {
	.fields = FIELDS({TEXT_OF("program", report_meta)},
			 {TEXT_OF("scenario", report_meta)},
			 {TEXT_OF("begin", report_meta)},
			 {TEXT_OF("go", report_meta)}),
};

const struct record report_trace = {
	.fields = FIELDS({INLINE_AT(input, trace, &meta_record)},
			 {OBJECT_AT("counts", input, counts, &report_counts)}),
};

/* How well a run was measured. */

GETTER(bool, is_timed, !machine_is_emulated(&DATA(measurement)->machine));
GETTER(double, core_per_tsc, 1 / DATA(measurement)->clock.ticks_per_cycle);
GETTER(const char *, how_calibrated,
       DATA(measurement)->clock.pooling == STATS_BY_BLOCK ? "in each round"
							  : "once");

static const struct record clock_record = {
	.fields = FIELDS({REAL_OF("core_per_tsc", core_per_tsc), FIGURE},
			 {CONSTANT("from", "slope of dependent additions")},
			 {WORD_OF("calibrated", how_calibrated)},
			 {MEMBER("drift", measurement, clock.drift), FIGURE},
			 {MEMBER("aperf_per_tsc", measurement, aperf_per_tsc),
			  FIGURE, KNOWN}),
};

GETTER(bool, test_has_passed, DATA(selftest)->passed && at->valid);

const struct record report_selftest = {
	.fields = FIELDS({MEMBER("name", selftest, name)},
			 {MEMBER("known_cycles", selftest, known)},
			 {MEMBER("tolerance_cycles", selftest, tolerance)},
			 {MEMBER("found_cycles", selftest, found), FIGURE},
			 {BOOL_OF("passed", test_has_passed)}),
};

GETTER(bool, state_has_come, DATA(witness_result)->passed && at->valid);

static const struct record witness_record = {
	.fields = FIELDS(
		{ENUM("state", witness_result, kind, state_kind_name)},
		{MEMBER("made_by", witness_result, made_by)},
		{MEMBER("accesses", witness_result, accesses)},
		{MEMBER("warm_cycles", witness_result, warm), FIGURE},
		{MEMBER("extra_cycles_per_access", witness_result, extra),
		 FIGURE},
		{MEMBER("at_least", witness_result, least)},
		{BOOL_OF("passed", state_has_come)}),
};

/* A run's checks show what they found even if they fail. */
static const struct record checks_record = {
	.fields = FIELDS({ROWS("selftest", measurement, selftests.list,
			       selftests.n, &report_selftest)},
			 {ROWS("state_checks", measurement, witnesses,
			       nwitnesses, &witness_record)}),
	.valid = IF(is_timed),
};

const struct record report_word = {
	.fields = FIELDS({VALUE(const char *)}),
};

struct elements report_levels(bool processes)
{
	static const char *const names[] = {"sample", "round", "process"};

	return (struct elements){names, processes ? 3 : 2, sizeof(names[0])};
}

const struct record report_variances = {
	.fields = FIELDS({MEMBER("process", level_variances, process), FIGURE},
			 {MEMBER("round", level_variances, round), FIGURE},
			 {MEMBER("sample", level_variances, sample), FIGURE}),
};

GETTER(struct elements, levels,
       report_levels(DATA(measurement)->processes > 1));

GETTER(struct elements, drop_causes,
       (struct elements){at->data, DROP_CAUSES, 0});
GETTER(int64_t, dropped_for, stats_dropped(DATA(measurement)->stats, at->i));

static const struct record drop_record = {
	.fields = FIELDS({WHOLE_OF(NULL, dropped_for)}),
	.names = drop_cause_name,
};

GETTER(int64_t, rounds, stats_rounds(DATA(measurement)->stats));
GETTER(double, sampling_ms, DATA(measurement)->sampling_s * 1e3);
GETTER(double, systematic, SYSTEMATIC_CYCLES);

static const struct record run_record = {
	.fields = FIELDS(
		{ENUM("isolation", measurement, isolation, isolation_name)},
		{MEMBER("cpu", measurement, cpu)},
		{MEMBER("valid", measurement, valid)},
		{MEMBER("why", measurement, why)},
		{MEMBER("events_valid", measurement, counts.valid),
		 .when = IS(measurement, counts.events)},
		{MEMBER("events_why", measurement, counts.why),
		 .when = IS(measurement, counts.events)},
		{REAL_OF("core_per_tsc", core_per_tsc), FIGURE},
		{OBJECT("clock", &clock_record)},
		{MEMBER("tsc_hz", measurement, tsc_hz), FIGURE},
		{MEMBER("frame_ticks", measurement, frame_ticks), FIGURE},
		{MEMBER("frame_constant_cycles", measurement,
			selftests.constant),
		 FIGURE},
		{REAL_OF("systematic_cycles", systematic)},
		{INLINE(&checks_record)},
		{MEMBER("dropped", measurement, dropped)},
		{NAMED_OF("dropped_by", drop_causes, &drop_record)},
		{WHOLE_OF("rounds", rounds)},
		{MEMBER("processes", measurement, processes)},
		{MEMBER("seed", measurement, seed)},
		{ROWS_OF("levels", levels, &report_word)},
		{ENUM("stopped_by", measurement, stopped_by, measure_stop_name)},
		{REAL_OF("sampling_ms", sampling_ms)},
		{MEMBER("replays", measurement, replays)},
		{MEMBER("windows", measurement, windows)},
		{MEMBER("nmis", measurement, nmis)},
		{MEMBER("interrupts", measurement, interrupts)},
		{MEMBER("smis", measurement, smis)},
		{MEMBER("direct", measurement, direct)},
		{MEMBER("plain", measurement, plain)},
		{OBJECT_AT("provenance", measurement, machine,
			   &report_machine)}),
	.valid = IS(measurement, valid),
};

GETTER(const char *, backend_name, DATA(measure_options)->backend->name);

static const struct record options_record = {
	.fields = FIELDS({WORD_OF("backend", backend_name)},
			 {MEMBER("planted_tsc_step", measure_options, tsc_step),
			  .when = IS(measure_options, tsc_step)},
			 {MEMBER("warm_replays", measure_options, warm)}),
};

/* The sums that estimates are made of, block by block. */

static const char *cell_text(const struct at *at, const struct field *f,
			     char *text)
{
	const struct cell *cell = at->data;

	(void)f;
	snprintf(text, RESULT_TEXT, "%.15g/%.0f", cell->sum, cell->count);
	return text;
}

static const struct record cell_record = {
	.fields = FIELDS({TEXT_OF(NULL, cell_text)}),
};

/* The walk is in a struct measurement, in a block, whose data are nothing. */
GETTER(struct elements, cells,
       (struct elements){stats_block_sums(UP(measurement)->stats, at->i),
			 stats_arms(UP(measurement)->stats),
			 sizeof(struct cell)});

static const struct record block_record = {
	.fields = FIELDS({ROWS_OF(NULL, cells, &cell_record)}),
};

GETTER(struct elements, blocks,
       (struct elements){at->data, stats_blocks(DATA(measurement)->stats), 0});

GETTER(int64_t, arm_kept, stats_kept(UP(measurement)->stats, at->i));

static const struct record kept_record = {
	.fields = FIELDS({WHOLE_OF(NULL, arm_kept)}),
};

static size_t kept_of_all(const struct measurement *m)
{
	size_t sum = 0;
	unsigned int i;

	for (i = 0; i < stats_arms(m->stats); i++)
		sum += stats_kept(m->stats, i);
	return sum;
}

GETTER(struct elements, all_kept,
       (struct elements){at->data, stats_arms(DATA(measurement)->stats), 0});

/* All samples that were taken, of all arms, so that none can be left out afterwards. */
GETTER(int64_t, taken, DATA(measurement)->dropped + kept_of_all(at->data));

GETTER(bool, blocks_are_processes, DATA(measurement)->processes > 1);

static const struct record iterations_record = {
	.fields = FIELDS({VALUE(uint32_t)}),
};

static const char *series_text(const struct at *at, const struct field *f,
			       char *text)
{
	(void)f;
	return block_series_text(at->data, text);
}

const struct record report_series = {
	.fields = FIELDS({TEXT_OF(NULL, series_text)}),
};

const struct record report_sums = {
	.fields = FIELDS({BOOL_OF("by_process", blocks_are_processes)},
			 {WHOLE_OF("samples", taken)},
			 {MEMBER("dropped", measurement, dropped)},
			 {ROWS_OF("kept", all_kept, &kept_record)},
			 {ROWS("iterations", measurement, loops.iterations,
			       loops.n, &iterations_record)},
			 {ROWS_OF("blocks", blocks, &block_record)}),
};

GETTER(bool, wants_sums, DATA(report_facts)->options->sums);

const struct record report_facts = {
	.fields = FIELDS({INLINE_TO(report_facts, options, &options_record)},
			 {INLINE_TO(report_facts, m, &run_record)},
			 {OBJECT_TO("sums", report_facts, m, &report_sums),
			  .when = IF(wants_sums)}),
};

/* The sequence that was replayed. */

static const char *states_text(const struct at *at, const struct field *f,
			       char *text)
{
	(void)f;
	states_print(at->data, text, RESULT_TEXT);
	return text;
}

const struct record report_states = {
	.fields = FIELDS({TEXT_OF("state", states_text)}),
};

static const struct record op_counts_record = {
	.fields = FIELDS({MEMBER("ops", swc_op_counts, ops)},
			 {MEMBER("loads", swc_op_counts, loads)},
			 {MEMBER("stores", swc_op_counts, stores)},
			 {MEMBER("atomics", swc_op_counts, atomics)},
			 {MEMBER("calls", swc_op_counts, calls)},
			 {MEMBER("rets", swc_op_counts, rets)},
			 {MEMBER("branches", swc_op_counts, branches)},
			 {MEMBER("switches", swc_op_counts, switches)}),
};

GETTER(const char *, input_path,
       DATA(report_subject)->counts ? DATA(report_subject)->input->sequence.path
				    : DATA(report_subject)->input->trace.path);
GETTER(bool, of_trace, DATA(report_subject)->input->is_trace);
GETTER(bool, of_lowered_trace,
       DATA(report_subject)->input->is_trace &&DATA(report_subject)->counts);
GETTER(const void *, its_lowering, &DATA(report_subject)->input->lowering);

static const char *digest_text(const struct at *at, const struct field *f,
			       char *text)
{
	(void)f;
	snprintf(text, RESULT_TEXT, "%016" PRIx64,
		 seqdigest(&DATA(report_subject)->input->sequence));
	return text;
}

const struct record report_input = {
	.fields = FIELDS(
		{WORD_OF("sequence", input_path)},
		{TEXT_OF("sequence_digest", digest_text),
		 .when = IS(report_subject, counts)},
		{INLINE_TO(report_subject, states, &report_states)},
		{INLINE_TO(report_subject, counts, &op_counts_record)},
		{OBJECT_TO("trace", report_subject, input, &report_trace),
		 .when = IF(of_trace)},
		{OBJECT_OF("lowering", its_lowering, &report_lowering),
		 .when = IF(of_lowered_trace)}),
};
