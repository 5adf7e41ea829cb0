// SPDX-License-Identifier: GPL-2.0
#include "kinds_report.h"

#include <math.h>
#include <stdio.h>

#include "report.h"
#include "resulttext.h"

static const char *shape_name(unsigned int shape)
{
	static const char *const names[] = {
		[KIND_SERIAL] = "serial",
		[KIND_STORES] = "serial, ends in a store",
		[KIND_FENCES] = "serial, but for one beside a fence",
		[KIND_OVERLAPS] = "overlaps",
	};

	return names[shape];
}

static const struct record kind_record = {
	.fields = FIELDS({MEMBER("name", kind, name)},
			 {ENUM("shape", kind, shape, shape_name)}),
};

GETTER(struct elements, counts,
       (struct elements){kind_counts, KIND_COUNTS, sizeof(kind_counts[0])});

static const struct record count_record = {
	.fields = FIELDS({VALUE(unsigned int)}),
};

static const struct record mean_record = {
	.fields = FIELDS({.kind = FIELD_MEAN, FIGURE}),
};

GETTER(double, low, DATA(estimate)->lo);
GETTER(double, high, DATA(estimate)->hi);

static const struct record low_record = {
	.fields = FIELDS({REAL_OF(NULL, low), FIGURE}),
};

static const struct record high_record = {
	.fields = FIELDS({REAL_OF(NULL, high), FIGURE}),
};

static const struct record slope_record = {
	.fields = FIELDS({VALUE(double), FIGURE}),
};

GETTER(bool, is_serial, kind_is_serial(DATA(kind_finding)->kind));

static const struct record finding_record = {
	.fields = FIELDS(
		{INLINE_TO(kind_finding, kind, &kind_record)},
		{ROWS_OF("counts", counts, &count_record)},
		{ROWS_ALL("cycles", kind_finding, cycles, &mean_record)},
		{ROWS_ALL("cycles_lo", kind_finding, cycles, &low_record)},
		{ROWS_ALL("cycles_hi", kind_finding, cycles, &high_record)},
		{MEMBER("slope", kind_finding, slope), FIGURE},
		{MEMBER("off_by", kind_finding, off), FIGURE},
		{MEMBER("allowed", kind_finding, allowed), FIGURE},
		{MEMBER("in_proportion", kind_finding, in_proportion), FIGURE,
		 .valid_if = IF(is_serial)},
		{MEMBER("pedestal_slope", kind_finding, pedestal), FIGURE},
		{ROWS_ALL("pedestal_slopes", kind_finding, pedestals,
			  &slope_record)},
		{MEMBER("independent", kind_finding, independent), FIGURE},
		{MEMBER("back_to_back", kind_finding, back_to_back), FIGURE}),
};

/* The rows of a study. */
const struct record report_kinds = {
	.fields = FIELDS({ROWS(NULL, kind_study, list, n, &finding_record)}),
	.valid = IS(kind_study, valid),
};

/* The rows are made of these. */

GETTER(struct elements, series,
       (struct elements){UP(kind_study)->series + at->i * KIND_SERIES,
			 KIND_SERIES, sizeof(struct block_series)});

static const struct record row_series_record = {
	.fields = FIELDS({ROWS_OF(NULL, series, &report_series)}),
};

const struct record report_kind_blocks = {
	.fields = FIELDS({ROWS(NULL, kind_study, list, n, &row_series_record)}),
};

static const struct result_line kind_lines[] = {
	{.text = "  {name:-22s}"},
	{.each = "cycles", .text = " {.:7.1f}"},
	{.when = "?in_proportion", .text = "  {off_by:+7.1f}"},
	{.when = "!?in_proportion", .text = "        -"},
	{.text = " {pedestal_slope:+9.4f}"},
	{.when = "?back_to_back.mean", .text = " {back_to_back:9.2f}"},
	{.when = "!?back_to_back.mean", .text = "         -"},
	{.when = "!independent", .text = "  CHANGES WITH THE PEDESTAL"},
	{.when = "?in_proportion !in_proportion",
	 .text = "  NOT IN PROPORTION: off by more than {allowed:.1f}"},
	{.text = "\n"},
	{0}};

static const struct result_line table_lines[] = {
	{.text = "                        "},
	{.each = "0.counts", .text = " {.:7d}"},
	{.text = "   off by  pedestal in a loop\n"},
	{.each = ".", .rows = kind_lines},
	{.text = "  Off by: from so many times one, where operations are "
		 "serial. Pedestal: the largest\n  change with each cycle of "
		 "it, at any place. In a loop: one operation back to back,\n"
		 "  where a core may overlap them.\n\n"},
	{0}};

void kinds_text(const struct result *result, const char *key, const char *ring)
{
	char path[32];

	printf("Kinds of work in %s, core cycles of so many operations, "
	       "isolated\n",
	       ring);
	snprintf(path, sizeof(path), "%s.0.slope", key);
	if (!isnan(result_real(result, path))) {
		result_print(result, key, table_lines, stdout);
		return;
	}
	snprintf(path, sizeof(path), "%s_why", key);
	printf("  %s\n\n", result_word(result, path));
}
