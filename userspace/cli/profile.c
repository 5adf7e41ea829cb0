// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "prefix.h"
#include "profile_options.h"
#include "profile_report.h"
#include "returns_report.h"

static int verb_profile(int argc, char **argv)
{
	struct profile_arguments a = {
		.input.optional = true,
		.measure = {.backend = &backend_user,
			    .cpu = -1,
			    .isolation = -1,
			    .warm = PREFIX_WARM},
		.views = {{.name = "icicle"},
			  {.name = "folded"},
			  {.name = "speedscope"}},
	};

	cli_parse(&profile_syntax, argc, argv, &a);
	if (a.returns)
		return profile_returns(&a);
	return a.ablate_only ? profile_ablation(&a) : profile_prefixes(&a);
}

VERB(profile, "show where a sequence's cycles go", &profile_syntax,
     &profile_record, &returns_record);
