// SPDX-License-Identifier: GPL-2.0
#include "claims_options.h"

#include "series.h"

/*
 * Seconds, unless --budget says how many: a study that began before takes some more, and
 * all of it shall take five minutes, or thirty.
 */
#define BUDGET	      290.0
#define ALL_VERSIONS  1780.0
#define UNTIL_DECIDED 3600.0

static void take_id(const struct cli_option *o, void *place, char *text,
		    const struct argp_state *state)
{
	struct claims_arguments *a = (void *)((char *)place - o->at);

	if (a->nonly == CLAIMFILE_MAX)
		cli_usage(state, "too many claims");
	a->only[a->nonly++] = text;
}

static const struct cli_option options[] = {
	{"only", 0, "ID", "This claim only; again for another",
	 INTO(claims_arguments, only, take_id)},
	{"evidence", 0, "DIR",
	 "Where results of studies go; what is there isn't measured again "
	 "(default claims-evidence)",
	 INTO_TEXT(claims_arguments, evidence)},
	{"from", 0, "DIR",
	 "Measure nothing, judge by the results that are in DIR, or in a file that "
	 "claims --json printed",
	 INTO_TEXT(claims_arguments, from)},
	{"all-versions", 0, NULL,
	 "Judge each claim for each version of Go that scripts/claims-programs built, "
	 "unless it names one itself",
	 INTO_FLAG(claims_arguments, all_versions)},
	{"until-decided", 0, NULL,
	 "Measure on for claims that are undetermined, for an hour if need be",
	 INTO_FLAG(claims_arguments, until_decided)},
	{"budget", 0, "S",
	 "Begin no study after S seconds (default 290; 1780 for all versions, 3600 until decided)",
	 INTO_REAL(claims_arguments, budget, 0, 86400)},
	{"draws", 0, "N",
	 "Judge by the first N draws of each case at most (default 512)",
	 INTO_NUMBER(claims_arguments, draws, 1, SERIES_MAX)},
	{"expect", 0, "FILE",
	 "Exit with 1 unless the verdicts are those of FILE: an earlier result",
	 INTO_TEXT(claims_arguments, expect)},
	{"init", 0, NULL, "Print an example of a catalogue",
	 INTO_FLAG(claims_arguments, init)},
	OPTION_GOPROBE(claims_arguments, goprobe),
	{"programs", 0, "DIR",
	 "Those that scripts/claims-programs built with other versions of Go "
	 "(default: next to this one)",
	 INTO_TEXT(claims_arguments, programs)},
	OPTION_JSON(claims_arguments, json),
	{0}};

static void take_path(void *arguments, char *word, struct argp_state *state)
{
	struct claims_arguments *a = arguments;

	if (a->path)
		cli_usage(state, "one catalogue at a time");
	a->path = word;
}

const struct cli_syntax claims_syntax = {
	.words = "[FILE]",
	.doc = "Judge what is said about cgo: run the studies that the claims of "
	       "a catalogue name, and say which claims are supported, refuted, "
	       "conditional, undetermined, malformed or not measurable.\v"
	       "FILE is a catalogue (default: the one that is next to this "
	       "program). Verdicts speak of this machine.",
	.own = {options, take_path, NULL},
};

double claims_budget(const struct claims_arguments *a)
{
	if (a->budget > 0)
		return a->budget;
	if (a->until_decided)
		return UNTIL_DECIDED;
	return a->all_versions ? ALL_VERSIONS : BUDGET;
}
