// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "input_options.h"
#include "show_report.h"

static const struct cli_syntax syntax = {
	.words = "T",
	.doc = "Print a trace, instruction by instruction with its accesses, or a "
	       "sequence in its text form.",
	.groups = {{&input_options, 0}},
};

static int print_json(const struct input *in)
{
	struct swc_program program = sequence_program(&in->sequence);
	struct shown shown = {
		.s = &in->sequence,
		.recorded = in->is_trace ? &in->counts : NULL,
	};

	swc_op_count(&program, &shown.ops);
	return cli_print(result_make(&shown_record, &shown), EXIT_DONE);
}

static int verb_show(int argc, char **argv)
{
	struct cli_input a = {0};
	struct error err = {0};
	int code = EXIT_DONE;
	struct input in;

	cli_parse(&syntax, argc, argv, &a);
	/* JSON shows a sequence in any case, so a trace is lowered. */
	if ((a.json ? input_open_sequence : input_open)(&in, a.paths[0],
							a.variant, &err))
		return cli_fail(&err);
	if (a.json)
		code = print_json(&in);
	else if (show_text(&in, &err))
		code = cli_fail(&err);
	input_close(&in);
	return code;
}

VERB(show, "print a trace or a sequence", &syntax, &shown_record);
