// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "engine/verify.h"
#include "input.h"

static const struct argp_option options[] = {CLI_OPTION_JSON, {0}};

struct arguments {
	const char *path;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_error(state, "one sequence at a time");
		a->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which sequence?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options,
	parse,
	"S",
	"Verify a sequence (a trace, a .seq file, or -) without running it.\v"
	"INVLPG is judged as in ring 0: the kernel backend accepts it, the "
	"user backend refuses it.",
	NULL,
	NULL,
	NULL};

static bool verify(const struct sequence *s, struct swc_error *refused,
		   struct error *err)
{
	struct swc_program program = sequence_program(s);
	struct swc_plan plan;
	struct swc_caps caps;
	void *workspace;
	uint64_t bytes;
	bool accepted;

	swc_caps_probe(&caps);
	caps.privileged = true;
	bytes = swc_verify_bytes(&program, refused);
	if (!bytes) {
		sequence_refusal(s, refused, err);
		return false;
	}
	workspace = malloc(bytes);
	if (!workspace) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", s->path);
		return false;
	}
	accepted = !swc_verify(&program, &caps, workspace, &plan, refused);
	if (!accepted)
		sequence_refusal(s, refused, err);
	free(workspace);
	return accepted;
}

/* What can't even be read has no operation to name. */
static int print_refusal(const struct arguments *a, const struct error *err,
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
	struct arguments a = {0};
	struct error err = {0};
	struct input in;
	json_t *op;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (input_open(&in, a.path, 0, &err))
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
