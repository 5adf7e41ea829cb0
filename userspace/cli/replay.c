// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "measure.h"
#include "report.h"

static const struct argp_option options[] = {
	{"backend", 'b', "B", 0, "kernel or user (default user)", 0},
	{"cpu", 'c', "N", 0, "CPU to run on (default the last allowed)", 0},
	{"samples", 'n', "N", 0, "Samples of the sequence (default 20000)", 0},
	{"state", 's', "ST", 0, "Prepared state (default warm)", 0},
	{0}};

struct arguments {
	struct cli_input input;
	struct measure_options measure;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->input;
		return 0;
	case 'b':
		a->measure.backend = backend_find(arg);
		if (!a->measure.backend)
			cli_usage(state,
				  "no backend \"%s\"; choose kernel or user",
				  arg);
		return 0;
	case 'c':
		a->measure.cpu = cli_number(state, arg, 0, 65535);
		return 0;
	case 'n':
		a->measure.samples =
			cli_number(state, arg, 1, SWC_MAX_SAMPLES / 8);
		return 0;
	case 's':
		if (strcmp(arg, "warm"))
			cli_usage(state, "no state \"%s\"; choose warm", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "S",
	.doc = "Replay a sequence (a trace, a .seq file, or -) and measure it.\v"
	       "The sequence, a control and chains of known length are replayed in "
	       "random order; the control is taken off and the chains tell the length "
	       "of a core cycle. On an emulated CPU no timing is printed and the exit "
	       "code is 1.",
	.children = cli_input_parser,
};

static void print_text(const struct measurement *m, const char *backend)
{
	const struct swc_op_counts *c = &m->counts;

	printf("%s backend, cpu %u: %u ops, %u loads, %u stores, %u atomics; "
	       "%lu replays\n",
	       backend, m->cpu, c->ops, c->loads, c->stores, c->atomics,
	       (unsigned long)m->replays);
	if (!m->valid) {
		printf("%s\n", m->why);
		return;
	}
	printf("%.2f cycles [%.2f, %.2f], %.2f ticks [%.2f, %.2f]; "
	       "%.4f core cycles per tick; %u samples, %u dropped\n",
	       m->cycles.mean, m->cycles.lo, m->cycles.hi, m->ticks.mean,
	       m->ticks.lo, m->ticks.hi, 1 / m->ticks_per_cycle, m->samples,
	       m->dropped);
}

int verb_replay(int argc, char **argv)
{
	struct arguments a = {
		.measure = {.backend = &backend_user,
			    .cpu = -1,
			    .samples = MEASURE_SAMPLES},
	};
	struct error err = {0};
	struct measurement m;
	struct input in;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (input_open_sequence(&in, a.input.path, a.input.variant, &err))
		return cli_fail(&err);
	if (measure(&in.sequence, &a.measure, &m, &err)) {
		input_close(&in);
		return cli_fail(&err);
	}
	code = m.valid ? EXIT_DONE : EXIT_CHECK_FAILED;
	if (a.input.json)
		code = cli_print(report_measurement(&m, a.measure.backend, &in),
				 code);
	else
		print_text(&m, a.measure.backend->name);
	input_close(&in);
	return code;
}
