// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "check_report.h"
#include "cli.h"
#include "input.h"
#include "input_options.h"

static const struct cli_syntax syntax = {
	.words = "S",
	.doc = "Verify a sequence (a trace, a .seq file, or -) without running it.\v"
	       "INVLPG is judged as in ring 0: the kernel backend accepts it, the "
	       "user backend refuses it.",
	.groups = {{&input_options, 0}},
};

static bool verify(const struct sequence *s, struct swc_error *refused,
		   struct error *err)
{
	struct swc_program program;
	struct swc_proof proof;
	struct swc_caps caps;
	void *workspace;

	swc_caps_probe(&caps);
	caps.privileged = true;
	if (sequence_verify(s, &caps, &proof, &program, &workspace, refused,
			    err))
		return false;
	free(workspace);
	return true;
}

static int refuse(const struct cli_input *a, const struct error *err,
		  struct verdict *v)
{
	if (!a->json)
		return cli_fail(err);
	v->error = err->text;
	return cli_print(result_make(&verdict_record, v), err->code);
}

static int verb_check(int argc, char **argv)
{
	struct swc_error refused = {0};
	struct cli_input a = {0};
	struct error err = {0};
	struct verdict v = {0};
	struct input in;
	int code = EXIT_DONE;

	cli_parse(&syntax, argc, argv, &a);
	if (input_open_sequence(&in, a.paths[0], a.variant, &err))
		return refuse(&a, &err, &v);
	v.accepted = verify(&in.sequence, &refused, &err);
	v.ops = in.sequence.nops;
	v.op = refused.op;
	v.knows_op = !v.accepted && refused.op < v.ops;
	if (!v.accepted)
		code = refuse(&a, &err, &v);
	else if (a.json)
		code = cli_print(result_make(&verdict_record, &v), code);
	else
		printf("%s: accepted, %zu ops\n", a.paths[0], v.ops);
	input_close(&in);
	return code;
}

VERB(check, "verify a sequence without running it", &syntax, &verdict_record);
