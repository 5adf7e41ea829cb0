// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "options.h"
#include "outfile.h"
#include "table_report.h"

struct arguments {
	struct table_files files;
	const char *output;
	bool json;
};

static const struct cli_option options[] = {
	{"live", 'l', "BENCH", "Live cost: output of goprobe bench",
	 INTO_TEXT(arguments, files.live)},
	{"fidelity", 'f', "RESULT",
	 "Live cost, and its ratio to the replay: output of fidelity --json",
	 INTO_TEXT(arguments, files.fidelity)},
	{"output", 'o', "FILE", "Write everything as JSON, too",
	 INTO_TEXT(arguments, output)},
	OPTION_JSON(arguments, json),
	{0}};

static void take_result(void *arguments, char *word, struct argp_state *state)
{
	struct table_files *f = &((struct arguments *)arguments)->files;

	if (f->n == TABLE_MAX)
		cli_usage(state, "more than %d results", TABLE_MAX);
	f->results[f->n++] = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->files.n)
		cli_usage(state, "which results?");
}

static const struct cli_syntax syntax = {
	.words = "RESULT.json...",
	.doc = "Print results of replay --json side by side. All must be replays of "
	       "the same sequence: the same number of ops.\vA live call is one of "
	       "many in a loop, so it stands beside replays in a loop; an isolated "
	       "replay, between fences, stands by itself.",
	.own = {options, take_result, check},
};

static int put(const void *table, FILE *to)
{
	struct result *all = result_make(&table_record, table);
	int rc = all ? result_write(all, to) : -1;

	result_free(all);
	return rc;
}

static int verb_table(int argc, char **argv)
{
	struct arguments a = {.json = false};
	struct error err = {0};
	struct table t;
	int code;

	cli_parse(&syntax, argc, argv, &a);
	if (table_collect(&t, &a.files, &err) ||
	    (a.output && outfile_write(a.output, put, &t, &err)))
		code = cli_fail(&err);
	else
		code = cli_show(&table_record, &t, table_text, a.json,
				EXIT_DONE);
	table_free(&t);
	return code;
}

VERB(table, "put results side by side", &syntax, &table_record);
