// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

struct arguments {
	const char *output;
	char **results;
	size_t n;
	bool json;
};

static const struct cli_option options[] = {
	{"output", 'o', "DIR",
	 "The folder to write report.html into, and each picture and its data",
	 INTO_TEXT(arguments, output)},
	OPTION_JSON(arguments, json),
	{0}};

static void take_result(void *arguments, char *word, struct argp_state *state)
{
	struct arguments *a = arguments;

	if (!a->results)
		a->results = calloc(state->argc, sizeof(*a->results));
	if (!a->results)
		cli_usage(state, "no memory");
	a->results[a->n++] = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->output)
		cli_usage(state,
			  "-o DIR is needed: where shall the report go?");
	if (!a->n)
		cli_usage(state, "which results?");
}

static const struct cli_syntax syntax = {
	.words = "RESULT.json...",
	.doc = "Put results together on one page, which needs no network and no "
	       "scripts: the ruler of calls, costs by function, evictions, verdicts, "
	       "versions of Go and machines side by side, and where all that comes "
	       "from.\vRESULT.json is what ruler, profile, evict, claims, watch, "
	       "explain, replay and table printed with --json, or what scripts/go-matrix "
	       "wrote; several of a kind, as of several machines, may be given.",
	.own = {options, take_result, check},
};

/* The page is a view, so switchcost-view makes it. */
static int verb_report(int argc, char **argv)
{
	const char *program = cli_beside("switchcost-view");
	struct arguments a = {.n = 0};
	struct error err = {0};
	char **command;
	size_t n = 0, i;

	cli_parse(&syntax, argc, argv, &a);
	command = calloc(a.n + 6, sizeof(*command));
	if (!command) {
		error_set(&err, EXIT_IMPOSSIBLE,
			  "no memory for a command line");
		return cli_fail(&err);
	}
	command[n++] = strdupa(program);
	command[n++] = (char *)"report";
	command[n++] = (char *)"-o";
	command[n++] = (char *)a.output;
	if (a.json)
		command[n++] = (char *)"--json";
	for (i = 0; i < a.n; i++)
		command[n++] = a.results[i];
	execv(command[0], command);
	error_set(&err, EXIT_IMPOSSIBLE, "%s: cannot run: %s: run make",
		  command[0], strerror(errno));
	free(command);
	free(a.results);
	return cli_fail(&err);
}

VERB(report, "put results together on one page", &syntax);
