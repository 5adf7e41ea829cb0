// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli.h"
#include "merge_report.h"
#include "merging.h"

struct arguments {
	const char *paths[MERGE_MOST];
	unsigned int n;
	const char *output;
	const char *catalogue;
	bool json;
};

static const struct cli_option options[] = {
	{"output", 'o', "DIR",
	 "Put the claims of each that is accepted, judged again, and the bundle into a folder of its machine there",
	 INTO_TEXT(arguments, output)},
	OPTION_CATALOGUE(arguments, catalogue),
	OPTION_JSON(arguments, json),
	{0}};

static void take_path(void *arguments, char *word, struct argp_state *state)
{
	struct arguments *a = arguments;

	if (a->n == MERGE_MOST)
		cli_usage(state, "more than %u bundles", MERGE_MOST);
	a->paths[a->n++] = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->n)
		cli_usage(state, "which bundles?");
}

static const struct cli_syntax syntax = {
	.words = "BUNDLE...",
	.doc = "Check bundles that contribute wrote, and take their results over.\v"
	       "Each interval and each verdict is computed again from the sums and draws "
	       "in the bundle, to 1e-9 of it. A bundle is refused, and the exit code is 1, "
	       "if it was changed, if its own self-tests fail, or if its parts contradict "
	       "each other. One that was made up consistently can't be found so.",
	.own = {options, take_path, check},
};

static int verb_merge(int argc, char **argv)
{
	static struct merging merging;
	struct arguments a = {.n = 0};
	struct error err = {0};
	unsigned int i;
	int code;

	cli_parse(&syntax, argc, argv, &a);
	merging.check = (struct crosscheck_options){
		.switchcost = strdupa(cli_beside("switchcost")),
		.catalogue = a.catalogue,
	};
	merging.output = a.output;
	for (i = 0; i < a.n; i++) {
		if (merging_add(&merging, a.paths[i], &err))
			return cli_fail(&err);
	}
	code = cli_show(&merge_record, &merging, merge_text, a.json,
			merging.refused ? EXIT_CHECK_FAILED : EXIT_DONE);
	merging_free(&merging);
	return code;
}

VERB(merge, "check bundles of other machines", &syntax, &merge_record);
