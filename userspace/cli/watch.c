// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "watch_options.h"
#include "watch_report.h"
#include "watchview.h"

static int verb_watch(int argc, char **argv)
{
	struct watch_arguments a = {.watch = {.rate = WATCH_RATE}};
	struct watch_result result = {0};
	struct watchview view = {0};
	struct error err = {0};
	struct watch watch;
	int code;

	cli_parse(&watch_syntax, argc, argv, &a);
	if (!a.json)
		a.watch.view = watchview_begin(&view);
	machine_describe(&result.machine);
	result.watch = &watch;
	code = watch_run(&watch, &a.watch, &err);
	watchview_end(&view);
	code = code ? cli_fail(&err)
		    : cli_show(&watch_record, &result, watch_text, a.json,
			       EXIT_DONE);
	watch_free(&watch);
	return code;
}

VERB(watch, "watch a running program's calls to C", &watch_syntax,
     &watch_record);
