// SPDX-License-Identifier: GPL-2.0
#include "ablation_measure.h"
#include "cli.h"
#include "input.h"
#include "profile_options.h"
#include "profile_report.h"

int profile_ablation(const struct profile_arguments *a)
{
	struct measure_options options = a->measure;
	struct ablation ablation;
	const struct profile_result r = {
		.facts = {&ablation.m, &options},
		.ablation = {.a = &ablation},
	};
	struct error err = {0};
	struct input in;
	int code;

	if (!options.samples)
		options.samples = ABLATION_SAMPLES;
	if (input_open_sequence(&in, a->input.paths[0], a->input.variant, &err))
		return cli_fail(&err);
	if (ablation_measure(&in.sequence, &options, !a->ablate_warm, &ablation,
			     &err)) {
		code = cli_fail(&err);
	} else {
		code = ablation_is_valid(&ablation) ? EXIT_DONE
						    : EXIT_CHECK_FAILED;
		code = cli_show(&profile_record, &r, profile_text,
				a->input.json, code);
		ablation_measure_free(&ablation);
	}
	input_close(&in);
	return code;
}
