// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "input.h"

static const char doc[] =
	"Verify a sequence (a trace, a .seq file, or -) without running it.\v"
	"INVLPG is judged as in ring 0: the kernel backend accepts it, the "
	"user backend refuses it.";

static bool verify(const struct sequence *s, struct swc_error *refused,
		   struct error *err)
{
	struct swc_program program;
	struct swc_plan plan;
	struct swc_caps caps;
	void *workspace;

	swc_caps_probe(&caps);
	caps.privileged = true;
	if (sequence_verify(s, &caps, &plan, &program, &workspace, refused,
			    err))
		return false;
	free(workspace);
	return true;
}

/* What can't even be read has no operation to name. */
static int print_refusal(const struct cli_input *a, const struct error *err,
			 json_t *op_index)
{
	if (!a->json) {
		json_decref(op_index);
		return cli_fail(err);
	}
	return cli_print(json_pack("{s:b, s:s, s:o}", "accepted", 0, "error",
				   err->text, "op_index", op_index),
			 err->code);
}

int verb_check(int argc, char **argv)
{
	struct swc_error refused = {0};
	struct cli_input a = {0};
	struct error err = {0};
	struct input in;
	json_t *op;
	int code;

	cli_parse_input("S", doc, argc, argv, &a);
	if (input_open_sequence(&in, a.path, a.variant, &err))
		return print_refusal(&a, &err, json_null());
	if (!verify(&in.sequence, &refused, &err)) {
		op = refused.op < in.sequence.nops ? json_integer(refused.op)
						   : json_null();
		code = print_refusal(&a, &err, op);
	} else if (a.json) {
		code = cli_print(json_pack("{s:b, s:n, s:n, s:I}", "accepted",
					   1, "error", "op_index", "ops",
					   (json_int_t)in.sequence.nops),
				 EXIT_DONE);
	} else {
		printf("%s: accepted, %zu ops\n", a.path, in.sequence.nops);
		code = EXIT_DONE;
	}
	input_close(&in);
	return code;
}
