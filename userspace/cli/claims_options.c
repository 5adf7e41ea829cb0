// SPDX-License-Identifier: GPL-2.0
#include "claims_options.h"

#include "cli.h"

enum {
	OPT_ONLY = 0x100,
	OPT_INIT,
	OPT_EXPECT,
	OPT_DECIDED,
	OPT_BUDGET,
	OPT_EVIDENCE,
	OPT_FROM,
	OPT_GOPROBE,
	OPT_PROGRAMS
};

static const struct argp_option options[] = {
	{"only", OPT_ONLY, "ID", 0, "This claim only; again for another", 0},
	{"evidence", OPT_EVIDENCE, "DIR", 0,
	 "Where results of studies go; what is there isn't measured again "
	 "(default claims-evidence)",
	 0},
	{"from", OPT_FROM, "DIR", 0,
	 "Measure nothing, judge by the results that are in DIR", 0},
	{"until-decided", OPT_DECIDED, NULL, 0,
	 "Measure on for claims that are undetermined, until the budget is spent",
	 0},
	{"budget", OPT_BUDGET, "S", 0,
	 "Begin no study after S seconds (default 300)", 0},
	{"expect", OPT_EXPECT, "FILE", 0,
	 "Exit with 1 unless the verdicts are those of FILE: an earlier result",
	 0},
	{"init", OPT_INIT, NULL, 0, "Print an example of a catalogue", 0},
	{"goprobe", OPT_GOPROBE, "PATH", 0,
	 "The program under test (default: next to this one)", 0},
	{"programs", OPT_PROGRAMS, "DIR", 0,
	 "Those that scripts/claims-programs built with other versions of Go "
	 "(default: next to this one)",
	 0},
	CLI_OPTION_JSON,
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct claims_options *a = state->input;
	struct gather_options *g = &a->judging.gather;

	switch (key) {
	case OPT_ONLY:
		if (a->nonly == CLAIMFILE_MAX)
			cli_usage(state, "too many claims");
		a->only[a->nonly++] = arg;
		a->judging.only = a->only;
		return 0;
	case OPT_FROM:
		a->judging.run = false;
		g->evidence.directory = arg;
		return 0;
	case OPT_EVIDENCE:
		g->evidence.directory = arg;
		return 0;
	case OPT_DECIDED:
		a->judging.until_decided = true;
		return 0;
	case OPT_BUDGET:
		a->budget = cli_real(state, arg, 1, 86400);
		return 0;
	case OPT_EXPECT:
		a->expect = arg;
		return 0;
	case OPT_INIT:
		a->init = true;
		return 0;
	case OPT_GOPROBE:
		g->goprobe = arg;
		return 0;
	case OPT_PROGRAMS:
		g->programs = arg;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->path)
			cli_usage(state, "one catalogue at a time");
		a->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp claims_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE]",
	.doc = "Judge what is said about cgo: run the studies that the claims of "
	       "a catalogue name, and say which claims are supported, refuted, "
	       "conditional, undetermined, malformed or not measurable.\v"
	       "FILE is a catalogue (default: the one that is next to this "
	       "program). Verdicts speak of this machine.",
};
