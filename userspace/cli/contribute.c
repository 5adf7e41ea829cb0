// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "contribute.h"
#include "merge_report.h"
#include "merging.h"
#include "outfile.h"

#define BUDGET 120.0

struct arguments {
	struct contribute_options study;
	const char *output;
	bool json;
};

static const struct cli_option options[] = {
	{"output", 'o', "FILE", "The bundle to write",
	 INTO_TEXT(arguments, output)},
	{"budget", 0, "S",
	 "Begin no study of claims after S seconds (default 120)",
	 INTO_REAL(arguments, study.budget, 1, 3600)},
	OPTION_CATALOGUE(arguments, study.catalogue),
	{"cpu", 'c', "N", "CPU that measures (default the last allowed)",
	 INTO_TEXT(arguments, study.cpu)},
	OPTION_JSON(arguments, json),
	{0}};

static void check(void *arguments, const struct argp_state *state)
{
	const struct arguments *a = arguments;

	if (!a->output)
		cli_usage(state, "-o FILE is needed: where shall it go?");
	if (a->study.cpu &&
	    strspn(a->study.cpu, "0123456789") != strlen(a->study.cpu))
		cli_usage(state, "\"%s\": a CPU's number is needed",
			  a->study.cpu);
}

static const struct cli_syntax syntax = {
	.doc = "Measure this machine, and write one file to send: what doctor, record, "
	       "replay and claims find.\vIt names the CPU, its microcode, the kernel and "
	       "the hypervisor, and neither host nor users nor paths. It takes three to "
	       "four minutes, has 200 kB at most, and is what merge reads. The exit code "
	       "is 1 if merge would refuse it, as where the machine was disturbed: then "
	       "measure it again.",
	.own = {options, NULL, check},
};

/* Its answer is what merge would say. */
static int show(const struct arguments *a, struct error *err)
{
	static struct merging merging;
	int code;

	merging.check = (struct crosscheck_options){a->study.switchcost,
						    a->study.catalogue};
	if (merging_add(&merging, a->output, err))
		return cli_fail(err);
	code = cli_show(&merge_record, &merging, merge_text, a->json,
			merging.refused ? EXIT_CHECK_FAILED : EXIT_DONE);
	if (!merging.refused && !a->json)
		printf("%s: look into it, and send it\n", a->output);
	merging_free(&merging);
	return code;
}

static int verb_contribute(int argc, char **argv)
{
	struct arguments a = {.study.budget = BUDGET};
	struct error err = {0};
	struct bundle bundle;
	int code;

	cli_parse(&syntax, argc, argv, &a);
	a.study.switchcost = strdupa(cli_beside("switchcost"));
	if (outfile_probe(a.output, &err))
		return cli_fail(&err);
	if (contribute(&bundle, &a.study, &err) ||
	    bundle_write(&bundle, a.output, &err))
		code = cli_fail(&err);
	else
		code = show(&a, &err);
	bundle_free(&bundle);
	return code;
}

VERB(contribute, "measure this machine into one file to send", &syntax,
     &merge_record);
