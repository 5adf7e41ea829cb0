// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli.h"
#include "explain_options.h"
#include "explain_report.h"

/* Seconds for one run of the program. */
#define TIME_LIMIT 60.0

static int verb_explain(int argc, char **argv)
{
	struct explain_arguments a = {
		.explain = {.turns = EXPLAIN_TURNS, .time_limit = TIME_LIMIT},
	};
	struct error err = {0};
	struct explain explain;
	int failed;

	cli_parse(&explain_syntax, argc, argv, &a);
	a.explain.target = a.percent / 100;
	a.explain.switchcost = strdupa(cli_beside("switchcost"));
	failed = explain_run(&explain, &a.explain, &err);
	if (failed)
		return cli_fail(&err);
	return cli_show(&explain_record, &explain, explain_text, a.json,
			explain.valid && explain.closes ? EXIT_DONE
							: EXIT_CHECK_FAILED);
}

VERB(explain, "explain what a running program's call to C costs",
     &explain_syntax, &explain_record);
