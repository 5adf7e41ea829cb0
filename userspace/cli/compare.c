// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "compare.h"
#include "compare_report.h"

struct arguments {
	const char *paths[2];
	unsigned int n;
	bool json;
};

static const struct cli_option options[] = {OPTION_JSON(arguments, json), {0}};

static void take_path(void *arguments, char *word, struct argp_state *state)
{
	struct arguments *a = arguments;

	if (a->n == 2)
		cli_usage(state, "two results at a time");
	a->paths[a->n++] = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (a->n < 2)
		cli_usage(state, "which two results?");
}

static const struct cli_syntax syntax = {
	.words = "A.json B.json",
	.doc = "Compare two results of replay, fidelity, profile, explain or claims: of "
	       "two machines, two versions of Go, two commits.\vEach figure that both "
	       "have is shown with the difference, the ratio, and their intervals, which "
	       "are made of those in the files. Results of different verbs, sequences, "
	       "states or backends are refused with exit code 2, and withheld figures "
	       "with 3. Nothing is measured.",
	.own = {options, take_path, check},
};

static int verb_compare(int argc, char **argv)
{
	struct comparison comparison;
	struct arguments a = {.n = 0};
	struct error err = {0};
	int code;

	cli_parse(&syntax, argc, argv, &a);
	if (compare_results(&comparison, a.paths[0], a.paths[1], &err))
		code = cli_fail(&err);
	else
		code = cli_show(&compare_record, &comparison, compare_text,
				a.json, EXIT_DONE);
	comparison_free(&comparison);
	return code;
}

VERB(compare, "compare two results, with intervals", &syntax, &compare_record);
