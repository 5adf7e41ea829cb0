// SPDX-License-Identifier: GPL-2.0
#include "ruler_report.h"

#include <math.h>
#include <stdio.h>

#include "report.h"
#include "resulttext.h"

/* Live calls. The walk is in a struct ruler_live. */

static double cycles_of(const struct ruler_turns *clocks, double ns)
{
	return ns * ruler_mean(clocks).mean;
}

#define LIVE_NS(q)     histogram_quantile(&DATA(ruler_live)->histogram, (q))
#define LIVE_CYCLES(q) cycles_of(&DATA(ruler_live)->clocks, LIVE_NS(q))

GETTER(int64_t, live_calls, (int64_t)DATA(ruler_live)->histogram.all);
GETTER(double, live_median, LIVE_NS(0.5));
GETTER(double, live_p90, LIVE_NS(0.9));
GETTER(double, live_p99, LIVE_NS(0.99));
GETTER(double, live_p999, LIVE_NS(0.999));
GETTER(double, live_median_cycles, LIVE_CYCLES(0.5));
GETTER(double, live_p99_cycles, LIVE_CYCLES(0.99));
GETTER(struct estimate, live_medians, ruler_mean(&DATA(ruler_live)->medians));
GETTER(struct estimate, live_loop, ruler_mean(&DATA(ruler_live)->loops));
GETTER(double, live_loop_cycles,
       cycles_of(&DATA(ruler_live)->clocks,
		 ruler_mean(&DATA(ruler_live)->loops).mean));
GETTER(double, live_clock, ruler_mean(&DATA(ruler_live)->clocks).mean);

static const struct record bin_record = {
	.fields = FIELDS({MEMBER("ns", ruler_bin, ns)},
			 {MEMBER("calls", ruler_bin, calls)}),
};

static const struct record live_record = {
	.fields =
		FIELDS({WHOLE_OF("calls", live_calls)},
		       {MEMBER("turns", ruler_live, medians.n)},
		       {MEMBER("by", ruler_live, by)},
		       {REAL_OF("median_ns", live_median), FIGURE},
		       {ESTIMATE_OF("median_ns_by_turn", live_medians), FIGURE},
		       {REAL_OF("p90_ns", live_p90), FIGURE},
		       {REAL_OF("p99_ns", live_p99), FIGURE},
		       {REAL_OF("p999_ns", live_p999), FIGURE},
		       {REAL_OF("median_cycles", live_median_cycles), FIGURE},
		       {REAL_OF("p99_cycles", live_p99_cycles), FIGURE},
		       {ESTIMATE_OF("loop_ns", live_loop), FIGURE},
		       {REAL_OF("loop_cycles", live_loop_cycles), FIGURE},
		       {REAL_OF("core_cycles_per_ns", live_clock), FIGURE},
		       {ROWS("bins", ruler_live, bins, nbins, &bin_record)}),
};

/* Its replay. */

static const char *quantile_name(const struct at *at, char *text)
{
	snprintf(text, RESULT_TEXT, "p%02.0f", stats_quantiles[at->i] * 100);
	return text;
}

GETTER(double, quantile_ns, ruler_mean(DATA(ruler_turns)).mean);

static const struct record quantile_record = {
	.fields = FIELDS({REAL_OF(NULL, quantile_ns), FIGURE}),
	.name = quantile_name,
};

#define MEDIAN 3 /* of stats_quantiles */
#define P99    6

#define REPLAY_NS(q)	 ruler_mean(&DATA(ruler_replay)->quantiles[q]).mean
#define REPLAY_CYCLES(q) cycles_of(&DATA(ruler_replay)->clocks, REPLAY_NS(q))

GETTER(double, replay_median, REPLAY_NS(MEDIAN));
GETTER(double, replay_p99, REPLAY_NS(P99));
GETTER(double, replay_median_cycles, REPLAY_CYCLES(MEDIAN));
GETTER(double, replay_p99_cycles, REPLAY_CYCLES(P99));
GETTER(struct estimate, replay_cycles, ruler_mean(&DATA(ruler_replay)->cycles));
GETTER(struct estimate, replay_loop, ruler_mean(&DATA(ruler_replay)->loops));
GETTER(bool, replay_valid, DATA(ruler_replay)->cycles.n);
GETTER(const char *, replay_state, UP(ruler_row)->situation->state ?: "warm");
GETTER(const char *, replay_why,
       UP(ruler_row)->situation->not_replayed ?: DATA(ruler_replay)->why);

static const struct record replay_record = {
	.fields = FIELDS(
		{BOOL_OF("valid", replay_valid)}, {WORD_OF("why", replay_why)},
		{WORD_OF("state", replay_state)},
		{MEMBER("samples", ruler_replay, samples)},
		{MEMBER("turns", ruler_replay, cycles.n)},
		{MEMBER("ops", ruler_replay, ops), KNOWN},
		{REAL_OF("median_ns", replay_median), FIGURE},
		{REAL_OF("p99_ns", replay_p99), FIGURE},
		{REAL_OF("median_cycles", replay_median_cycles), FIGURE},
		{REAL_OF("p99_cycles", replay_p99_cycles), FIGURE},
		{ESTIMATE_OF("mean_cycles", replay_cycles), FIGURE},
		{ESTIMATE_OF("loop_ns", replay_loop), FIGURE},
		{NAMED_ALL("quantiles_ns", ruler_replay, quantiles,
			   &quantile_record)}),
	.valid = IF(replay_valid),
};

/* A row. */

GETTER(const char *, row_name, DATA(ruler_row)->situation->name);
GETTER(const char *, row_title, DATA(ruler_row)->situation->title);
GETTER(const char *, row_scenario, DATA(ruler_row)->situation->scenario);

static const char *row_command(const struct at *at, const struct field *f,
			       char *text)
{
	(void)f;
	snprintf(text, RESULT_TEXT, "switchcost ruler --rows %s",
		 DATA(ruler_row)->situation->name);
	return text;
}

/* How near the replay is to the live call, alone and in a loop. */
static double over_live(const struct at *at)
{
	const struct ruler_row *row = DATA(ruler_row);

	return ruler_mean(&row->replay.quantiles[MEDIAN]).mean /
	       histogram_quantile(&row->live.histogram, 0.5);
}

GETTER(double, loop_over_live,
       ruler_mean(&DATA(ruler_row)->replay.loops).mean /
	       ruler_mean(&DATA(ruler_row)->live.loops).mean);

static const struct record row_record = {
	.fields = FIELDS(
		{WORD_OF("name", row_name)}, {WORD_OF("title", row_title)},
		{WORD_OF("scenario", row_scenario)},
		{TEXT_OF("command", row_command)},
		{MEMBER("valid", ruler_row, valid)},
		{MEMBER("why", ruler_row, why)},
		{OBJECT_AT("live", ruler_row, live, &live_record)},
		{OBJECT_AT("replay", ruler_row, replay, &replay_record)},
		{REAL_OF("replay_over_live", over_live), FIGURE},
		{REAL_OF("replay_over_live_in_a_loop", loop_over_live),
		 FIGURE}),
	.valid = IS(ruler_row, valid),
};

/* A price that people know. */

GETTER(struct estimate, price, ruler_mean(&DATA(ruler_row)->live.loops));
GETTER(double, price_cycles,
       cycles_of(&DATA(ruler_row)->live.clocks,
		 ruler_mean(&DATA(ruler_row)->live.loops).mean));

static const struct record reference_record = {
	.fields = FIELDS({WORD_OF("name", row_name)},
			 {WORD_OF("title", row_title)},
			 {WORD_OF("scenario", row_scenario)},
			 {MEMBER("valid", ruler_row, valid)},
			 {MEMBER("why", ruler_row, why)},
			 {ESTIMATE_OF("loop_ns", price), FIGURE},
			 {REAL_OF("loop_cycles", price_cycles), FIGURE},
			 {MEMBER("turns", ruler_row, live.loops.n)}),
	.valid = IS(ruler_row, valid),
};

GETTER(double, budget, DATA(ruler)->options->budget);

const struct record ruler_record = {
	.fields = FIELDS(
		{CONSTANT("study", "ruler")}, {MEMBER("go", ruler, go), KNOWN},
		{MEMBER("valid", ruler, valid)}, {MEMBER("why", ruler, why)},
		{MEMBER("complete", ruler, complete)},
		{MEMBER("interrupted", ruler, interrupted)},
		{REAL_OF("budget_s", budget)},
		{MEMBER("seconds", ruler, seconds)},
		{ROWS_ALL("rows", ruler, rows, &row_record)},
		{ROWS_ALL("references", ruler, references, &reference_record)},
		{OBJECT_AT("provenance", ruler, machine, &report_machine)}),
	.valid = IS(ruler, valid),
};

static const struct result_line row_lines[] = {
	{.text = "  {title:-42s}"},
	{.when = "valid",
	 .text = "{live.median_ns:13.1f} {live.p99_ns:13.1f} "
		 "{live.median_cycles:13.0f}"},
	{.when = "valid replay.valid", .text = " {replay.median_ns:12.1f}"},
	{.when = "!valid", .text = "  {why}"},
	{.text = "\n"},
	{0}};

static const struct result_line reference_lines[] = {
	{.when = "valid",
	 .text = "  {title:-42s}{loop_ns.mean:13.1f}               "
		 "{loop_cycles:13.0f}\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "ns of single calls                           "
		 "     median            99 %        cycles       replay\n"},
	{.each = "rows", .rows = row_lines},
	{.text = "\nin a loop, to compare\n"},
	{.each = "references", .rows = reference_lines},
	{.when = "!complete",
	 .text = "\n{seconds:.0f} s; not all turns were taken: allow more time "
		 "(--budget)\n"},
	{.when = "interrupted", .text = "ended by a signal\n"},
	{0}};

void ruler_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
