// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "profile_options.h"
#include "returns.h"
#include "returns_report.h"

int profile_returns(const struct profile_arguments *a)
{
	struct measure_options options = a->measure;
	static struct returns r;
	const struct returns_result result = {&r, {&r.m, &options}};
	struct error err = {0};
	int code;

	if (!options.samples)
		options.samples = RETURNS_SAMPLES;
	if (returns_measure(&options, &r, &err))
		return cli_fail(&err);
	code = r.m.valid ? EXIT_DONE : EXIT_CHECK_FAILED;
	code = cli_show(&returns_record, &result, returns_text, a->input.json,
			code);
	measurement_free(&r.m);
	return code;
}
