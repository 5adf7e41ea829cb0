// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "record_options.h"
#include "record_report.h"
#include "tracefile.h"

static int verb_record(int argc, char **argv)
{
	struct record_arguments a = {
		.record = {.cpu = -1, .before = RECORD_BEFORE},
	};
	struct error err = {0};
	struct record_result result;
	struct trace trace;
	int code;

	cli_parse(&record_syntax, argc, argv, &a);
	a.record.verbose = cli_verbose();
	if (!a.record.goprobe)
		a.record.goprobe = cli_goprobe();
	if (record_run(&a.record, &err) ||
	    trace_open(&trace, a.record.output, &err))
		return cli_fail(&err);
	record_note_early_end(&trace);
	code = record_collect(&result, &trace, &err)
		       ? cli_fail(&err)
		       : cli_show(&record_record, &result, record_text, a.json,
				  EXIT_DONE);
	record_free(&result);
	trace_close(&trace);
	return code;
}

VERB(record, "record a call of a running program into a trace", &record_syntax,
     &record_record);
