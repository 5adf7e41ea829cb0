// SPDX-License-Identifier: GPL-2.0
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "claims_options.h"
#include "claims_report.h"
#include "cli.h"
#include "elapsed.h"
#include "expect.h"
#include "series.h"
#include "versions.h"

static int show(const struct claims_arguments *a, const struct claimfile *file,
		const struct judging *judging)
{
	struct claims_result r = {
		.judging = judging,
		.file = file,
		.path = basename(strdupa(a->path)),
	};
	struct error err = {0};
	int code = EXIT_DONE;

	if (a->expect && expect_check(a->expect, judging, &err))
		code = cli_fail(&err);
	return cli_show(&claims_record, &r, claims_text, a->json, code);
}

static int judge(const struct claims_arguments *a,
		 struct judging_options *options, struct error *err)
{
	struct storedrun stored = {NULL};
	struct claimfile file;
	struct judging judging;
	int code;

	if (a->from && storedrun_open(&stored, a->from, err))
		return cli_fail(err);
	options->stored = stored.json ? &stored : NULL;
	if (versions_read(&file, a->path,
			  a->all_versions ? options->gather.run.programs : NULL,
			  err)) {
		storedrun_close(&stored);
		return cli_fail(err);
	}
	code = judging_run(options, &file, &judging, err);
	storedrun_close(&stored);
	if (code) {
		claimfile_free(&file);
		return cli_fail(err);
	}
	code = show(a, &file, &judging);
	judging_free(&judging);
	claimfile_free(&file);
	return code;
}

static int verb_claims(int argc, char **argv)
{
	struct claims_arguments a = {
		.evidence = "claims-evidence",
		.draws = SERIES_MAX,
	};
	struct error err = {0};

	cli_parse(&claims_syntax, argc, argv, &a);
	if (a.init) {
		claimfile_example(stdout);
		return EXIT_DONE;
	}
	a.path = a.path ?: strdupa(cli_beside("claims/cgo.claims"));
	return judge(
		&a,
		&(struct judging_options){
			.gather =
				{.run = {.switchcost = strdupa(
						 cli_beside("switchcost")),
					 .goprobe =
						 a.goprobe
							 ?: strdupa(cli_goprobe()),
					 .programs =
						 a.programs
							 ?: strdupa(cli_beside(
								    "programs")),
					 .evidence = {a.from ?: a.evidence}},
				 .since = elapsed(),
				 .until = elapsed() + claims_budget(&a)},
			.only = a.nonly ? a.only : NULL,
			.draws = a.draws,
			.run = !a.from,
		},
		&err);
}

VERB(claims, "judge what is said about cgo", &claims_syntax, &claims_record);
