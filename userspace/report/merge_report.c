// SPDX-License-Identifier: GPL-2.0
#include "merge_report.h"

#include <stdio.h>

#include "resulttext.h"

GETTER(const struct result *, verdicts,
       DATA(merged)->accepted
	       ? result_piece(DATA(merged)->found.claims, "verdicts")
	       : NULL);

static const struct record merged_record = {
	.fields = FIELDS({MEMBER("bundle", merged, path)},
			 {MEMBER("accepted", merged, accepted)},
			 {MEMBER("why", merged, why)},
			 {MEMBER("machine", merged, machine), KNOWN},
			 {MEMBER("go", merged, go), KNOWN},
			 {MEMBER("isolated", merged, found.isolated), FIGURE},
			 {MEMBER("back_to_back", merged, found.back_to_back),
			  FIGURE},
			 {RESULT_OF("verdicts", verdicts)},
			 {MEMBER("folder", merged, folder), KNOWN}),
	.valid = IS(merged, accepted),
};

const struct record merge_record = {
	.fields = FIELDS({MEMBER("refused", merging, refused)},
			 {ROWS("bundles", merging, list, n, &merged_record)}),
};

static const struct result_line bundle_lines[] = {
	{.when = "accepted",
	 .text = "{bundle}: accepted: {machine}, {go}: {back_to_back:.1e} cycles in a "
		 "loop, {isolated:.1e} alone; claims: "},
	{.when = "accepted", .each = "verdicts", .text = "{.} {@}, "},
	{.when = "accepted folder", .text = "put into {folder}\n"},
	{.when = "accepted !folder", .text = "put nowhere\n"},
	{.when = "!accepted", .text = "{why}\n"},
	{0}};

static const struct result_line lines[] = {
	{.each = "bundles", .rows = bundle_lines}, {0}};

void merge_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
