// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli.h"
#include "ruler_options.h"
#include "ruler_report.h"
#include "view.h"

static bool is_whole(const struct ruler *r)
{
	size_t i;

	for (i = 0; i < SITUATIONS; i++) {
		if (r->rows[i].asked && !r->rows[i].valid)
			return false;
	}
	return r->valid && !r->interrupted;
}

static int verb_ruler(int argc, char **argv)
{
	struct ruler_arguments a = {
		.ruler = {.rows = (UINT32_C(1) << SITUATIONS) - 1,
			  .budget = RULER_BUDGET,
			  .turns = RULER_TURNS},
	};
	static struct ruler r;
	struct error err = {0};
	struct view views[1];
	int failed, code;

	cli_parse(&ruler_syntax, argc, argv, &a);
	views[0] = (struct view){"ruler", a.svg};
	if (views_expect(views, 1, &err))
		return cli_fail(&err);
	a.ruler.switchcost = strdupa(cli_beside("switchcost"));
	if (!a.ruler.goprobe)
		a.ruler.goprobe = strdupa(cli_goprobe());
	failed = ruler_run(&r, &a.ruler, &err);
	if (failed)
		return cli_fail(&err);
	code = views_make(views, 1, &ruler_record, &r);
	if (code)
		return code;
	return cli_show(&ruler_record, &r, ruler_text, a.json,
			is_whole(&r) ? EXIT_DONE : EXIT_CHECK_FAILED);
}

VERB(ruler, "measure a call in all situations", &ruler_syntax, &ruler_record);
