// SPDX-License-Identifier: GPL-2.0
#include "compare_report.h"

#include <stdio.h>

#include "report.h"
#include "resulttext.h"

static const struct record fact_record = {
	.fields = FIELDS({MEMBER("what", compared_fact, what)},
			 {MEMBER("a", compared_fact, a)},
			 {MEMBER("b", compared_fact, b)}),
};

GETTER(bool, is_claim, *DATA(compared)->says[0]);

static const struct record row_record = {
	.fields = FIELDS(
		{MEMBER("name", compared, name)}, {MEMBER("a", compared, a)},
		{MEMBER("b", compared, b)},
		{MEMBER("difference", compared, difference)},
		{MEMBER("ratio", compared, ratio)},
		{MEMBER("differs", compared, differs)},
		{MEMBER("verdict_a", compared, says[0]), .when = IF(is_claim)},
		{MEMBER("verdict_b", compared, says[1]), .when = IF(is_claim)}),
};

GETTER(bool, is_said, **(const char (*)[256])at->data);

static const struct record caution_record = {
	.fields = FIELDS({.kind = FIELD_CHARS}),
	.has = IF(is_said),
};

const struct record compare_record = {
	.fields = FIELDS(
		{MEMBER("verb", comparison, kind)},
		{MEMBER("a", comparison, paths[0])},
		{MEMBER("b", comparison, paths[1])},
		{ROWS("differs_in", comparison, facts, nfacts, &fact_record)},
		{ROWS("figures", comparison, rows, n, &row_record)},
		{ROWS_ALL("cautions", comparison, cautions, &caution_record)}),
};

static const struct result_line lines[] = {
	{.text = "{verb}: {a} and {b}\n"},
	{.each = "differs_in", .text = "  {what}: {a} | {b}\n"},
	{.text = "\nb - a, and b / a, with intervals of 95 %\n"},
	{.each = "figures",
	 .text = "  {name:-*s}  {a.mean:10.4g} {b.mean:10.4g}  "
		 "{difference.mean:+10.4g} [{difference.ci_lo:+.4g}, "
		 "{difference.ci_hi:+.4g}]  {ratio.mean:.3f}  "
		 "{differs?differs|can't be told apart}\n"},
	{.each = "cautions", .text = "note: {.}\n"},
	{0}};

static const struct result_line verdict_lines[] = {
	{.each = "figures",
	 .text = "  {name:-*s}  {verdict_a:-14s} {verdict_b:-14s}\n"},
	{0}};

void compare_text(const void *data, const struct result *result)
{
	const struct comparison *c = data;

	result_print(result, "", lines, stdout);
	if (c->n && *c->rows[0].says[0])
		result_print(result, "", verdict_lines, stdout);
}
