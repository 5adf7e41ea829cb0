// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "doctor.h"
#include "doctor_report.h"
#include "geometry_options.h"
#include "quietly.h"
#include "selfcheck.h"

struct arguments {
	struct doctor_options study;
	bool sums;
	bool quiet;
	bool json;
};

static const struct cli_option options[] = {
	OPTION_CPU(arguments, study.cpu,
		   "CPU to examine (default the last allowed)"),
	OPTION_BACKEND(
		arguments, study.backend,
		"user, or kernel: measure the kinds of work in ring 0 even where the CPU is emulated, and refuse where there is no ring 0 (default both, where they are)"),
	{"tlb", 0, NULL, "Find how many pages the data TLBs hold, by timing",
	 INTO_FLAG(arguments, study.tlb)},
	{"tlb-occupy", 0, "K",
	 "Likewise while K pages are kept in use, up to 48: plants a TLB that is smaller by as many",
	 INTO_NUMBER(arguments, study.occupied, 0, TLBSIZE_MAX_OCCUPIED)},
	OPTION_SUMS(arguments, sums),
	OPTION_TSC_STEP(arguments, study.tsc_step),
	OPTION_QUIET(arguments, quiet),
	OPTION_JSON(arguments, json),
	{0}};

static const struct cli_syntax syntax = {
	.doc = "Show what can be measured on this machine and how well, and what "
	       "disturbs it.\vChains of known length go through the whole "
	       "instrument; where they don't come out right, or the CPU is "
	       "emulated, no timing is printed and the exit code is 1. Nothing on "
	       "the system is changed, except for a while with --quiet-system. "
	       "What --tlb finds is kept in the user's cache folder, where model, "
	       "states and evict look for it.",
	.own = {options},
};

static int verb_doctor(int argc, char **argv)
{
	static struct diagnosis d;
	static struct tlb_finding tlb;
	struct geometry geometry;
	struct arguments a = {.study = {.cpu = -1, .occupied = -1}};
	struct error err = {0};
	struct model model;
	struct doctor_result result = {.d = &d, .model = &model};
	int code, rc;

	cli_parse(&syntax, argc, argv, &a);
	if (quietly_begin(a.quiet, a.study.cpu, &err))
		return cli_fail(&err);
	result.tlb = doctor_asks_tlb(&a.study) ? &tlb : NULL;
	result.quiet = a.quiet;
	result.sums = a.sums;
	rc = doctor_examine(&d, &tlb, &a.study, &err);
	quietly_end(a.quiet);
	if (rc || geometry_wanted(&geometry, NULL, d.cpu, &err) ||
	    model_init(&model, &geometry, NULL, &err)) {
		diagnosis_free(&d);
		return cli_fail(&err);
	}
	d.model.available =
		model_selfcheck(&model, d.model.why, sizeof(d.model.why));
	code = cli_show(&doctor_record, &result, doctor_text, a.json,
			d.passed ? EXIT_DONE : EXIT_CHECK_FAILED);
	model_free(&model);
	diagnosis_free(&d);
	return code;
}

VERB(doctor, "show what can be measured here, and how well", &syntax,
     &doctor_record);
