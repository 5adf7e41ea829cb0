// SPDX-License-Identifier: GPL-2.0
#include "replay_report.h"

#include <math.h>
#include <stdio.h>

#include "environment_report.h"
#include "resulttext.h"

GETTER(const struct measurement *, run_of, DATA(replayed)->facts->m);
GETTER(bool, is_valid, run_of(at)->valid);
GETTER(bool, counts_events, run_of(at)->counts.events);
GETTER(bool, counts_are_valid, run_of(at->up)->counts.valid);

/* The walk is in a struct measured, in a replayed sequence. */
GETTER(bool, is_looped, run_of(at->up)->loops.n);

static const char *quantile_name(const struct at *at, char *text)
{
	snprintf(text, RESULT_TEXT, "p%02.0f", stats_quantiles[at->i] * 100);
	return text;
}

static const struct record quantile_record = {
	.fields = FIELDS({VALUE(double), FIGURE}),
	.name = quantile_name,
};

static const struct record by_process_record = {
	.fields =
		FIELDS({MEMBER("cycles", measured_process, cycles), FIGURE},
		       {MEMBER("back_to_back", measured_process, back_to_back),
			FIGURE}),
};

GETTER(struct elements, by_process,
       (struct elements){DATA(measured)->by_process,
			 run_of(at->up)->levels ? run_of(at->up)->processes : 0,
			 sizeof(DATA(measured)->by_process[0])});

static const struct record measured_record = {
	.fields =
		FIELDS({MEMBER("ticks", measured, ticks), FIGURE},
		       {MEMBER("cycles", measured, cycles), FIGURE},
		       {MEMBER("isolated", measured, cycles), FIGURE},
		       {MEMBER("back_to_back", measured, back_to_back), FIGURE,
			.valid_if = IF(is_looped)},
		       {MEMBER("loop_cycles", measured, loop), FIGURE,
			.valid_if = IF(is_looped)},
		       {MEMBER("state_cycles", measured, state), FIGURE},
		       {MEMBER("frame_rest_cycles", measured, rest), FIGURE},
		       {NAMED_ALL("ticks_quantiles", measured, quantiles,
				  &quantile_record)},
		       {MEMBER("samples", measured, samples)},
		       {OBJECT_AT("isolated_variance", measured, variance,
				  &report_variances)},
		       {OBJECT_AT("back_to_back_variance", measured,
				  loop_variance, &report_variances),
			.valid_if = IF(is_looped)},
		       {ROWS_OF("by_process", by_process, &by_process_record)}),
};

static const char *hexadecimal(const struct at *at, const struct field *f,
			       char *text)
{
	const char *p = (const char *)at->data + f->offset;

	snprintf(text, RESULT_TEXT, "%#llx", *(const __u64 *)p);
	return text;
}

#define HEXADECIMAL(k, type, member) \
	TEXT_OF(k, hexadecimal), .offset = offsetof(type, member)

/*
 * An event's encoding, as for perf_event_open(): as text, since not every
 * reader keeps all of the 64 bits.
 */
static const struct record encoding_record = {
	.fields = FIELDS({MEMBER("type", swc_event, type)},
			 {HEXADECIMAL("config", struct swc_event, config)},
			 {HEXADECIMAL("config1", struct swc_event, config1)},
			 {HEXADECIMAL("config2", struct swc_event, config2)}),
};

GETTER(const struct event *, event_at,
       &run_of(at->up)->counts.events->list[at->i]);
GETTER(const char *, event_name, event_at(at)->name);
GETTER(const void *, event_encoding, &event_at(at)->encoding);
GETTER(struct estimate, event_count,
       measurement_count(run_of(at->up), at->up->i, at->i));
GETTER(int64_t, event_samples,
       stats_kept(DATA(counted)->stats, run_of(at->up)->arm_of[at->up->i]));
GETTER(int64_t, event_rounds, stats_rounds(DATA(counted)->stats));

static const struct record event_record = {
	.fields = FIELDS(
		{WORD_OF("name", event_name)},
		{OBJECT_OF("encoding", event_encoding, &encoding_record)},
		{ESTIMATE_OF("count", event_count),
		 .valid_if = IF(counts_are_valid)},
		{MEMBER("null_count", counted, null)},
		{MEMBER("passed", counted, passed)},
		{WHOLE_OF("samples", event_samples)},
		{WHOLE_OF("rounds", event_rounds)}),
};

static struct elements events(const struct at *at)
{
	const struct counts *c = &run_of(at)->counts;

	return (struct elements){c->list, c->events->n, sizeof(*c->list)};
}

GETTER(struct elements, not_replayed,
       report_missing(&DATA(replayed)->subject.input->sequence.not_replayed));
GETTER(const char *, layout_name,
       DATA(code_layout)->recorded ? "recorded" : "packed");

static const struct record layout_record = {
	.fields = FIELDS({WORD_OF("layout", layout_name)},
			 {MEMBER("emitted_lines", code_layout, emitted_lines)},
			 {MEMBER("emitted_pages", code_layout, emitted_pages)},
			 {MEMBER("recorded_lines", code_layout, recorded_lines),
			  KNOWN},
			 {MEMBER("recorded_pages", code_layout, recorded_pages),
			  .valid_if = IS(code_layout, recorded_lines)},
			 {MEMBER("shared", code_layout, shared)},
			 {MEMBER("executed_again", code_layout, twice),
			  .valid_if = IS(code_layout, recorded_lines)},
			 {MEMBER("excess", code_layout, excess),
			  .valid_if = IS(code_layout, recorded_lines)},
			 {MEMBER("long_call", code_layout, long_call)}),
};

static const struct record replayed_record = {
	.fields = FIELDS(
		{INLINE_AT(replayed, subject, &report_input)},
		{INLINE_TO(replayed, measured, &measured_record)},
		{ROWS_OF("not_replayed", not_replayed, &report_not_replayed)},
		{ROWS_OF("events", events, &event_record),
		 .when = IF(counts_events)},
		{OBJECT_AT("model", replayed, predicted, &report_predicted)},
		{OBJECT_TO("code", replayed, layout, &layout_record)}),
	.valid = IF(is_valid),
};

GETTER(const struct measurement *, run, DATA(replay_result)->facts.m);
GETTER(bool, run_is_valid, run(at)->valid);
GETTER(bool, run_is_looped, run(at)->loops.n);

static struct estimate less_cycles(const struct at *at)
{
	struct estimate ticks, cycles;

	measurement_difference(run(at), 0, 1, &ticks, &cycles);
	return cycles;
}

static struct estimate less_ticks(const struct at *at)
{
	struct estimate ticks, cycles;

	measurement_difference(run(at), 0, 1, &ticks, &cycles);
	return ticks;
}

GETTER(struct estimate, less_looped,
       measurement_loop_difference(run(at), 0, 1));

static const struct record difference_record = {
	.fields = FIELDS({ESTIMATE_OF("cycles", less_cycles), FIGURE},
			 {ESTIMATE_OF("ticks", less_ticks), FIGURE},
			 {ESTIMATE_OF("back_to_back", less_looped), FIGURE,
			  .valid_if = IF(run_is_looped)}),
	.valid = IF(run_is_valid),
};

GETTER(bool, has_more, DATA(replay_result)->n > 1);

const struct record replay_record = {
	.fields = FIELDS(
		{INLINE_TO(replay_result, list, &replayed_record)},
		{INLINE_AT(replay_result, facts, &report_facts)},
		{OBJECT("difference", &difference_record),
		 .when = IS(replay_result, difference)},
		{ROWS("sequences", replay_result, list, n, &replayed_record),
		 .when = IF(has_more)},
		{ROWS_OF("quiet_system", report_quiet, &report_quiet_change),
		 .when = IS(replay_result, quiet)}),
};

#define ISOLATED                                                           \
	"  isolated     {cycles.mean:.2f} cycles [{cycles.ci_lo:.2f}, "    \
	"{cycles.ci_hi:.2f}], {ticks.mean:.2f} ticks [{ticks.ci_lo:.2f}, " \
	"{ticks.ci_hi:.2f}]"
#define BACK_TO_BACK                                     \
	"  back to back {back_to_back.mean:.2f} cycles " \
	"[{back_to_back.ci_lo:.2f}, {back_to_back.ci_hi:.2f}]\n"

static const struct result_line contrast_lines[] = {
	{.text = "{sequence}: {ops} ops, {loads} loads, {stores} stores, "
		 "{atomics} atomics\n"},
	{.when = "events_valid",
	 .each = "events",
	 .text = "  {name:-40s} {count:.3e}\n"},
	{.when = "valid", .text = ISOLATED "; {samples} samples\n"},
	{.when = "valid back_to_back.mean", .text = BACK_TO_BACK},
	{0}};

/* "code, packed: 48 lines on 1 pages (recorded: 40 on 10)" */
static const struct result_line code_lines[] = {
	{.text = "  code, {code.layout}: {code.emitted_lines} lines on "
		 "{code.emitted_pages} pages"},
	{.when = "code.recorded_lines",
	 .text = " (recorded: {code.recorded_lines} on {code.recorded_pages})"},
	{.text = "\n"},
	{.when = "code.long_call",
	 .text = "  warning: code takes more lines than recorded, a share of "
		 "{code.excess:.2f}, as\n  {code.executed_again} operations "
		 "were executed before: such a call may cost more than live\n"},
	{0}};

static const struct result_line state_lines[] = {
	{.text = "state {state}, made by {made_by}"},
	{.when = "valid",
	 .text = ": {extra_cycles_per_access.mean:.1f} cycles "
		 "[{extra_cycles_per_access.ci_lo:.1f}, "
		 "{extra_cycles_per_access.ci_hi:.1f}] more for each of "
		 "{accesses} accesses"},
	{.text = "\n"},
	{0}};

static const struct result_line difference_lines[] = {
	{.text = "difference\n" ISOLATED "\n"},
	{.when = "back_to_back.mean", .text = BACK_TO_BACK},
	{0}};

static const struct result_line run_lines[] = {
	{.text = "{backend} backend, cpu {cpu}, isolation {isolation}: "
		 "{replays} replays, {dropped} samples dropped"},
	{.when = "valid",
	 .text = "; {core_per_tsc:.4f} core cycles per tick; stopped by "
		 "{stopped_by}\n"},
	{.when = "!valid", .text = "\n{why}\n"},
	{.when = "events_why", .text = "events: {events_why}\n"},
	{0}};

static const struct result_line states_lines[] = {
	{.each = "state_checks", .rows = state_lines}, {0}};

void replay_text(const void *data, const struct result *result)
{
	const struct replay_result *r = data;
	const struct replayed *one = r->list;
	char path[32];

	for (; one < r->list + r->n; one++) {
		snprintf(path, sizeof(path), "sequences.%td", one - r->list);
		if (r->n < 2)
			*path = '\0';
		result_print(result, path, contrast_lines, stdout);
		print_not_replayed(&one->subject.input->sequence.not_replayed,
				   "  ");
		print_prediction(stdout, &one->predicted);
		result_print(result, path, code_lines, stdout);
	}
	result_print(result, "", states_lines, stdout);
	if (result_holds(result, "valid difference"))
		result_print(result, "difference", difference_lines, stdout);
	result_print(result, "", run_lines, stdout);
}

void replay_describe(struct replayed *list, const struct report_facts *facts,
		     const struct replay_plan *p, const struct states *states)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		list[i] = (struct replayed){
			.subject = {&p->inputs[i], states,
				    &facts->m->subjects[i].counts},
			.facts = facts,
			.measured = &facts->m->subjects[i],
			.layout = &p->layouts[i],
			.predicted = {&p->modelling, &p->predictions[i]},
		};
}
