// SPDX-License-Identifier: GPL-2.0
#include "returns_report.h"

#include <stdio.h>

#include "report.h"
#include "resulttext.h"

/* The fields of a knee are called by what its curve is over. */

GETTER(bool, knee_is_valid, at->up->valid &&DATA(returns_knee)->found);

static const struct record overflow_figures = {
	.fields =
		FIELDS({MEMBER("depth", returns_knee, depth), FIGURE},
		       {MEMBER("cycles_within", returns_knee, before), FIGURE},
		       {MEMBER("cycles_beyond", returns_knee, beyond), FIGURE}),
	.valid = IF(knee_is_valid),
};

static const struct record overflow_record = {
	.fields = FIELDS({MEMBER("found", returns_knee, found), FIGURE},
			 {INLINE(&overflow_figures)}),
};

static const struct record wrong_figures = {
	.fields =
		FIELDS({MEMBER("at_most", returns_knee, depth), FIGURE},
		       {MEMBER("cycles_each", returns_knee, before), FIGURE},
		       {MEMBER("cycles_beyond", returns_knee, beyond), FIGURE}),
	.valid = IF(knee_is_valid),
};

static const struct record wrong_record = {
	.fields = FIELDS({MEMBER("found", returns_knee, found), FIGURE},
			 {INLINE(&wrong_figures)}),
};

GETTER(int64_t, depth_of, at->i + 1);
GETTER(bool, is_even, depth_of(at) % 2 == 0);
GETTER(struct estimate, matched, UP(returns)->matched[depth_of(at) / 2 - 1]);
GETTER(struct estimate, extra, UP(returns)->extra[depth_of(at) / 2 - 1]);

static const struct record depth_record = {
	.fields =
		FIELDS({WHOLE_OF("depth", depth_of)},
		       {.key = "nested_cycles", VALUE(struct estimate), FIGURE},
		       {ESTIMATE_OF("matched_cycles", matched), FIGURE,
			.when = IF(is_even)},
		       {ESTIMATE_OF("extra_cycles", extra), FIGURE,
			.when = IF(is_even)}),
};

GETTER(int64_t, runs_refused,
       (int64_t)DATA(returns)->tries - DATA(returns)->m.valid);

static const struct record report_returns = {
	.fields = FIELDS(
		{WHOLE_OF("runs_refused", runs_refused)},
		{MEMBER("call_and_return_cycles", returns, pair), FIGURE},
		{MEMBER("switched_extra_cycles", returns, switched), FIGURE},
		{MEMBER("mismatched_extra_cycles", returns, mismatched),
		 FIGURE},
		{OBJECT_AT("overflow", returns, overflow, &overflow_record)},
		{OBJECT_AT("mispredicted", returns, wrong, &wrong_record)},
		{ROWS_ALL("depths", returns, nested, &depth_record)}),
	.valid = IS(returns, m.valid),
};

const struct record returns_record = {
	.fields = FIELDS(
		{OBJECT_TO("returns", returns_result, r, &report_returns)},
		{INLINE_AT(returns_result, facts, &report_facts)}),
};

#define FOUND(what, key) "  " what " {" key ":7.2e}\n"

static const struct result_line depth_lines[] = {
	{.when = "?extra_cycles.mean",
	 .text = "  {depth:5d} {nested_cycles:18.2f} {matched_cycles:18.2f} "
		 "{extra_cycles:18.2f}\n"},
	{0}};

static const struct result_line contrast_lines[] = {
	{.text = FOUND("a call that returns at once                       ",
		       "call_and_return_cycles")},
	{.text = FOUND("more, if another stack comes in between           ",
		       "switched_extra_cycles")},
	{.text = FOUND("more, if a return comes out of turn               ",
		       "mismatched_extra_cycles")},
	{.when = "overflow.found",
	 .text = FOUND("calls within one another until returns cost more  ",
		       "overflow.depth")
		 FOUND("  a call and its return, up to there              ",
		       "overflow.cycles_within")
			 FOUND("  beyond                                          ",
			       "overflow.cycles_beyond")},
	{.when = "!overflow.found",
	 .text = "  no depth from which on returns cost more\n"},
	{.when = "mispredicted.found",
	 .text = FOUND("returns out of turn that are predicted wrong, at most",
		       "mispredicted.at_most")
		 FOUND("  each of them costs more                         ",
		       "mispredicted.cycles_each")},
	{.when = "!mispredicted.found",
	 .text = "  no number of returns out of turn from which on the rest "
		 "is predicted\n"},
	{.text = "\n  cycles of all calls and returns\n"
		 "  calls   within one another      on two stacks  out of turn, "
		 "more\n"},
	{.each = "depths", .rows = depth_lines},
	{0}};

static const struct result_line lines[] = {
	{.text = "what returns cost, core cycles\n"},
	{.when = "!valid", .text = "  {why}\n"},
	{0}};

void returns_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
	if (result_holds(result, "valid"))
		result_print(result, "returns", contrast_lines, stdout);
}
