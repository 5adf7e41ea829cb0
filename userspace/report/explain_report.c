// SPDX-License-Identifier: GPL-2.0
#include "explain_report.h"

#include <stdio.h>

#include "report.h"
#include "resulttext.h"

GETTER(const char *, row_name, explain_part_name((unsigned int)at->i));
GETTER(const char *, row_means, explain_part_means((unsigned int)at->i));

static const struct record part_record = {
	.fields = FIELDS({WORD_OF("name", row_name)},
			 {WORD_OF("means", row_means)},
			 {MEAN("ns", explain_row, ns), FIGURE},
			 {INTERVAL("ns_ci", explain_row, ns), FIGURE},
			 {MEMBER("share", explain_row, share), FIGURE}),
};

static const struct record rest_record = {
	.fields = FIELDS({MEAN("ns", explain_row, ns), FIGURE},
			 {INTERVAL("ns_ci", explain_row, ns), FIGURE},
			 {MEMBER("share", explain_row, share), FIGURE}),
};

static int64_t all_timed(const struct at *at)
{
	const struct explain *e = at->data;
	int64_t sum = 0;
	unsigned int i;

	for (i = 0; i < e->n; i++)
		sum += (int64_t)e->turns[i].timed;
	return sum;
}

static int64_t all_calls(const struct at *at)
{
	const struct explain *e = at->data;
	int64_t sum = 0;
	unsigned int i;

	for (i = 0; i < e->n; i++)
		sum += (int64_t)e->turns[i].calls;
	return sum;
}

/* The live call's distribution. */
static const struct record live_record = {
	.fields = FIELDS({MEAN("mean_ns", explain, whole)},
			 {INTERVAL("mean_ns_ci", explain, whole)},
			 {MEMBER("from", explain, whole_from)},
			 {MEAN("on_cpu_ns", explain, on_cpu)},
			 {INTERVAL("on_cpu_ns_ci", explain, on_cpu)},
			 {MEAN("p50_ns", explain, p50)},
			 {INTERVAL("p50_ns_ci", explain, p50)},
			 {MEAN("p99_ns", explain, p99)},
			 {INTERVAL("p99_ns_ci", explain, p99)},
			 {MEMBER("max_ns", explain, longest)},
			 {WHOLE_OF("timed", all_timed)},
			 {WHOLE_OF("calls", all_calls)}),
};

GETTER(bool, has_tail, DATA(explain)->tail.mean > 0);

/* The slowest calls that were timed. */
static const struct record tail_record = {
	.fields = FIELDS({MEAN("mean_ns", explain, tail)},
			 {INTERVAL("mean_ns_ci", explain, tail)},
			 {MEAN("off_cpu_share", explain, tail_off)},
			 {INTERVAL("off_cpu_share_ci", explain, tail_off)}),
};

GETTER(struct estimate, warm_ns, DATA(explain)->parts[EXPLAIN_REPLAYED].ns);

static const struct record replayed_record = {
	.fields =
		FIELDS({ESTIMATE_OF("warm_ns", warm_ns), FIGURE},
		       {MEMBER("warm_isolated_ns", explain, isolated), FIGURE},
		       {MEMBER("cold_ns", explain, cold), FIGURE},
		       {MEMBER("state", explain, state), KNOWN},
		       {MEMBER("predicted_misses", explain, predicted_misses)}),
};

static const struct record turn_record = {
	.fields = FIELDS(
		{MEMBER("live_ns", explain_turn, whole)},
		{MEMBER("replayed_ns", explain_turn, parts[EXPLAIN_REPLAYED]),
		 FIGURE},
		{MEMBER("rest_ns", explain_turn, rest), FIGURE},
		{MEMBER("calls", explain_turn, calls)},
		{MEMBER("cpu", explain_turn, cpu)},
		{MEMBER("aside", explain_turn, aside), FIGURE}),
};

static const struct field explain_fields[] = {
	{MEMBER("program", explain, program)},
	{MEMBER("go", explain, go), KNOWN},
	{MEMBER("function", explain, function)},
	{MEMBER("begin", explain, begin), KNOWN},
	{MEMBER("valid", explain, valid)},
	{MEMBER("closes", explain, closes), FIGURE},
	{MEMBER("decided", explain, decided), FIGURE},
	{MEMBER("why", explain, why)},
	{OBJECT("live", &live_record)},
	{OBJECT("replayed", &replayed_record)},
	{ROWS_ALL("parts", explain, parts, &part_record)},
	{OBJECT_AT("rest", explain, rest, &rest_record)},
	{MEMBER("closes_within", explain, closes_within), FIGURE},
	{INTERVAL("closes_ci", explain, closes_ci), FIGURE},
	{OBJECT("tail", &tail_record), .valid_if = IF(has_tail)},
	{MEMBER("dropped_turns", explain, dropped)},
	{ROWS("turns", explain, turns, n, &turn_record)},
	{OBJECT_AT("provenance", explain, machine, &report_machine)},
	{0}};

const struct record explain_record = {
	.fields = explain_fields,
	.valid = IS(explain, valid),
};

static const struct result_line part_lines[] = {
	{.when = "?ns", .text = "  {means:-50s} {ns:13.1f} ns {share:6.1%} %"},
	{.when = "?ns_ci.0", .text = "  [{ns_ci.0:.1f}, {ns_ci.1:.1f}]"},
	{.when = "?ns", .text = "\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "{program}, {go}: {function}, {live.calls} calls in "
		 "{turns:d} turns\n"},
	{.when = "live.p50_ns",
	 .text = "of {live.timed} that were timed: median {live.p50_ns:.0f} ns, "
		 "99 % within {live.p99_ns:.0f} ns\n"},
	{.text = "\n  a live call, by {live.from:-34s} "
		 "{live.mean_ns:13.1f} ns  100.0 %"},
	{.when = "?live.mean_ns_ci.0",
	 .text = "  [{live.mean_ns_ci.0:.1f}, {live.mean_ns_ci.1:.1f}]"},
	{.text = "\n"},
	{.each = "parts", .rows = part_lines},
	{.when = "?rest.ns",
	 .text = "  the rest                                          "
		 " {rest.ns:13.1f} ns {rest.share:6.1%} %"},
	{.when = "?rest.ns_ci.0",
	 .text = "  [{rest.ns_ci.0:.1f}, {rest.ns_ci.1:.1f}]"},
	{.when = "?rest.ns", .text = "\n"},
	{.when = "?closes_within",
	 .text = "\ncloses within {closes_within:.1%} %"},
	{.when = "?closes_ci.0",
	 .text = " [{closes_ci.0:+.1%}, {closes_ci.1:+.1%}]"},
	{.when = "closes !decided",
	 .text = ", which turns that differ so much leave open"},
	{.when = "?closes_within", .text = "\n"},
	{.when = "?replayed.cold_ns.mean",
	 .text = "replayed between fences: warm "
		 "{replayed.warm_isolated_ns.mean:.1f} ns, all caches cold "
		 "{replayed.cold_ns.mean:.1f} ns\n"},
	{.when = "tail",
	 .text = "the slowest hundredth: {tail.mean_ns:.0f} ns, "
		 "{tail.off_cpu_share:.1%} % of it without a CPU or a P\n"},
	{.when = "why", .text = "{why}\n"},
	{0}};

void explain_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
