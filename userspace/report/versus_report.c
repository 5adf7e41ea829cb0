// SPDX-License-Identifier: GPL-2.0
#include "versus_report.h"

#include <stdio.h>

#include "pairing_report.h"
#include "report.h"
#include "resulttext.h"
#include "withhold.h"

static const struct record process_record = {
	.fields =
		FIELDS({MEMBER("of_cycles", pairing_process, one), FIGURE},
		       {MEMBER("over_cycles", pairing_process, other), FIGURE},
		       {MEMBER("ratio", pairing_process, ratio), FIGURE},
		       {MEMBER("odd", pairing_process, odd)},
		       {MEMBER("rounds", pairing_process, rounds)},
		       {MEMBER("environment_bytes", pairing_process, padding)}),
};

static const struct record variances_record = {
	.fields = FIELDS(
		{OBJECT_AT("of", versus, call[VERSUS_OF].variance,
			   &report_variances)},
		{OBJECT_AT("over", versus, call[VERSUS_OVER].variance,
			   &report_variances)},
		{OBJECT_AT("ratio", versus, variance, &report_variances)}),
};

static const struct field fields[] = {
	{MEAN("of_cycles", versus, call[VERSUS_OF].cycles), FIGURE},
	{MEAN("over_cycles", versus, call[VERSUS_OVER].cycles), FIGURE},
	{MEAN("of_ns", versus, call[VERSUS_OF].ns), FIGURE},
	{MEAN("over_ns", versus, call[VERSUS_OVER].ns), FIGURE},
	{MEAN("ratio", versus, ratio), FIGURE},
	{INTERVAL("ratio_ci", versus, ratio), FIGURE},
	{MEMBER("valid", versus, valid)},
	{MEMBER("why", versus, why)},
	{INTERVAL("of_ci", versus, call[VERSUS_OF].cycles), FIGURE},
	{INTERVAL("over_ci", versus, call[VERSUS_OVER].cycles), FIGURE},
	{MEMBER("of_calls_per_block", versus, call[VERSUS_OF].calls)},
	{MEMBER("over_calls_per_block", versus, call[VERSUS_OVER].calls)},
	{ROWS("by_process", versus, run.processes, run.nprocesses,
	      &process_record)},
	{OBJECT("variance", &variances_record)},
	{INLINE_AT(versus, run, &report_pairing)},
	{MEMBER("tsc_hz", versus, tsc_hz), FIGURE},
	{0}};

static const struct record run_record = {
	fields,
	.valid = IS(versus, valid),
};

GETTER(bool, is_valid, DATA(versus_result)->v->valid);

const struct record versus_record = {
	.fields = FIELDS({INLINE_TO(versus_result, v, &run_record)},
			 {MEMBER("of", versus_result, of)},
			 {MEMBER("over", versus_result, over)},
			 {MEMBER("cpu", versus_result, cpu)}),
	.valid = IF(is_valid),
};

#define LINE(what, cycles, interval, ns)                                 \
	"  " what " {" cycles ":9.2f} [{" interval ".0:.2f}, {" interval \
	".1:.2f}]  ({" ns ":.2f} ns)\n"

static const struct result_line odd_lines[] = {
	{.when = "odd",
	 .text = "  an odd process: {of_cycles:.2f} over {over_cycles:.2f}, "
		 "ratio {ratio:.4f}\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "{of} over {over}, by turns, cpu {cpu}\n"},
	{.when = "!valid", .text = WITHHELD "\n"},
	{.when = "valid",
	 .text = "core cycles a call, back to back\n" LINE(
		 "the first           ", "of_cycles", "of_ci", "of_ns")
		 LINE("the second          ", "over_cycles", "over_ci",
		      "over_ns") "  first / second       {ratio:9.4f} [{ratio_ci.0:.4f}, "
				 "{ratio_ci.1:.4f}]\n"},
	{.when = "valid", .each = "by_process", .rows = odd_lines},
	{.text = "{blocks} blocks of each; {rounds} rounds, {processes} "
		 "processes, seed {seed}\n"},
	{0}};

void versus_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
