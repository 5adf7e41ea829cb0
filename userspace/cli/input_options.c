// SPDX-License-Identifier: GPL-2.0
#include "input_options.h"

static const struct cli_option list[] = {
	{"variant", 'V', "N",
	 "Which variant of a trace, 0 is the most frequent",
	 INTO_NUMBER(cli_input, variant, 0, 1000000)},
	OPTION_JSON(cli_input, json),
	{0}};

static void take_path(void *arguments, char *word, struct argp_state *state)
{
	struct cli_input *in = arguments;

	if (in->n == (in->max ? in->max : 1))
		cli_usage(state, in->max ? "too many sequences at a time"
					 : "one trace or sequence at a time");
	in->paths[in->n++] = word;
}

static void check(void *arguments, const struct argp_state *state)
{
	const struct cli_input *in = arguments;

	if (!in->n && !in->optional)
		cli_usage(state, "which trace or sequence?");
}

const struct cli_options input_options = {list, take_path, check};
