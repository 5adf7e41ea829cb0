// SPDX-License-Identifier: GPL-2.0
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims_options.h"
#include "claims_report.h"
#include "cli.h"
#include "elapsed.h"
#include "expect.h"
#include "progress.h"

/* Seconds for one look at all claims of the catalogue. */
#define BUDGET 300.0

static int judge(const struct claims_options *a, struct error *err)
{
	struct claims_result r = {.path = basename(strdupa(a->path))};
	struct claimfile file;
	struct judging judging;
	int code = EXIT_DONE;

	if (claimfile_read(&file, a->path, err))
		return err->code;
	if (judging_run(&a->judging, &file, &judging, err)) {
		claimfile_free(&file);
		return err->code;
	}
	progress_end();
	r.judging = &judging;
	r.file = &file;
	if (a->expect && expect_check(a->expect, &judging, err))
		code = err->code;
	code = cli_show(&claims_record, &r, claims_text, a->json, code);
	judging_free(&judging);
	claimfile_free(&file);
	return code;
}

int verb_claims(int argc, char **argv)
{
	struct claims_options a = {
		.judging.run = true,
		.judging.gather.evidence.directory = "claims-evidence",
		.judging.gather.tell = isatty(STDERR_FILENO) ? progress_draw
							     : NULL,
		.budget = BUDGET,
	};
	char *beside[] = {strdup(cli_beside("switchcost")),
			  strdup(cli_beside("programs")),
			  strdup(cli_beside("claims/cgo.claims"))};
	struct error err = {0};
	int code;

	cli_parse(&claims_argp, argc, argv, &a);
	if (a.init) {
		claimfile_example(stdout);
		return EXIT_DONE;
	}
	a.judging.gather.switchcost = beside[0];
	a.judging.gather.programs = a.judging.gather.programs ?: beside[1];
	a.judging.gather.goprobe = a.judging.gather.goprobe ?: cli_goprobe();
	a.path = a.path ?: beside[2];
	a.judging.gather.until = elapsed() + a.budget;
	code = judge(&a, &err);
	return err.text[0] ? cli_fail(&err) : code;
}
