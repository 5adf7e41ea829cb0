// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "fidelity_report.h"
#include "filehash.h"
#include "input.h"
#include "measuring.h"

enum {
	OPT_GOPROBE = 0x100,
	OPT_LIMIT,
	OPT_PLANT,
	OPT_PROCESSES,
	OPT_SEED,
	OPT_SERVED,
};

static const struct argp_option options[] = {
	{"cpu", 'c', "N", 0, "CPU for both (default: the last allowed)", 0},
	{"goprobe", OPT_GOPROBE, "PATH", 0,
	 "The program that was recorded (default: next to this one)", 0},
	{"time-limit", OPT_LIMIT, "S", 0, "Stop after S seconds (default 10)",
	 0},
	{"plant", OPT_PLANT, "N", 0,
	 "Append N dependent additions to each replay, to see the ratio move",
	 0},
	{"processes", OPT_PROCESSES, "N", 0,
	 "Pairs of processes, one of the program and one of the replay each, which the "
	 "intervals then hold for (default 8; 1 "
	 "where calls are cold)",
	 0},
	{"seed", OPT_SEED, "N", 0,
	 "Draw orders, pedestals and environments as the run with this seed did",
	 0},
	{APART_OPTION, OPT_SERVED, "FD", OPTION_HIDDEN, NULL, 0},
	MEASURING_OPTION_TSC_STEP,
	CLI_OPTION_JSON,
	{0}};

struct arguments {
	const char *path;
	const char *goprobe;
	double time_limit;
	int cpu;
	uint32_t plant;
	uint32_t processes; /* 0: as many as fit */
	struct run_apart apart;
	uint64_t seed;
	uint32_t tsc_step;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'c':
		a->cpu = cli_cpu(state, arg);
		return 0;
	case OPT_GOPROBE:
		a->goprobe = arg;
		return 0;
	case OPT_LIMIT:
		a->time_limit = cli_time_limit(state, arg);
		return 0;
	case OPT_PLANT:
		a->plant = cli_number(state, arg, 1, 4096);
		return 0;
	case OPT_PROCESSES:
		a->processes = cli_number(state, arg, 1, RUN_MAX_PROCESSES);
		return 0;
	case OPT_SEED:
		a->seed = cli_number(state, arg, 1, LONG_MAX);
		return 0;
	case OPT_SERVED:
		a->apart.served = cli_number(state, arg, 3, INT_MAX);
		return 0;
	case MEASURING_TSC_STEP:
		a->tsc_step = cli_number(state, arg, 1, MEASURING_MAX_TSC_STEP);
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->path)
			cli_usage(state, "one trace at a time");
		a->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->path)
			cli_usage(state, "which trace?");
		if (!strcmp(a->path, "-") && a->processes > 1)
			cli_usage(state,
				  "-: each process reads it: name a file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "T",
	.doc = "Measure a recorded call of goprobe's, live, and its replay by one "
	       "method, back to back, and print live and replayed cycles and their "
	       "ratio. The exit code is 1 where the ratio is withheld, or where "
	       "its interval isn't near enough to 1.\vT is a trace of one of "
	       "goprobe's scenarios; the program is started, and has to be the "
	       "one that was recorded.",
};

/* All variants of the trace, lowered. */
struct lowered {
	struct sequence sequences[FIDELITY_MAX_VARIANTS];
	struct fidelity_variant variants[FIDELITY_MAX_VARIANTS];
	size_t n;
};

static void lowered_free(struct lowered *l)
{
	while (l->n)
		sequence_free(&l->sequences[--l->n]);
}

/* Make the replay longer by what is known. */
static int plant_chain(struct sequence *s, uint32_t length, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_CHAIN);

	op.dst = SWC_REG_RAX;
	op.imm = length;
	return length ? sequence_append(s, &op, (struct sequence_note){0}, err)
		      : 0;
}

static int lower_all(struct lowered *l, const struct trace *trace,
		     uint32_t plant, struct error *err)
{
	struct lowering lowering;
	struct swc_caps caps;

	swc_caps_probe(&caps);
	for (l->n = 0; l->n < trace->nvariants && l->n < FIDELITY_MAX_VARIANTS;
	     l->n++) {
		if (lower_variant(trace, &trace->variants[l->n], &caps,
				  &l->sequences[l->n], &lowering, err))
			return -1;
		l->variants[l->n] = (struct fidelity_variant){
			.sequence = &l->sequences[l->n],
			.count = trace->variants[l->n].count,
			.index = l->n,
		};
		if (plant_chain(&l->sequences[l->n], plant, err)) {
			l->n++;
			return -1;
		}
	}
	return 0;
}

/* Is @program what was recorded? */
static int check_program(const struct trace *trace, const char *program,
			 struct error *err)
{
	char recorded[FILEHASH_BYTES + 1], found[FILEHASH_BYTES];

	if (!trace_meta(trace, "program_hash", recorded, sizeof(recorded)))
		return error_set(err, EXIT_USAGE,
				 "%s: doesn't say which program it is of: "
				 "record it again",
				 trace->path);
	if (file_hash(program, found, err))
		return -1;
	if (!strcmp(recorded, found))
		return 0;
	return error_set(
		err, EXIT_USAGE,
		"%s: was recorded from another program than %s: record "
		"it again, or name that program (--goprobe)",
		trace->path, program);
}

static int report(const struct arguments *a, struct fidelity_result *r,
		  int code)
{
	size_t i;

	for (i = 0; i < r->options->nvariants; i++)
		notreplayed_most(
			&r->missing,
			&r->options->variants[i].sequence->not_replayed);
	return cli_show(&fidelity_record, r, fidelity_text, a->json, code);
}

static int run(const struct arguments *a, const struct input *in,
	       struct error *err)
{
	struct fidelity_options o = {
		.program = a->goprobe ? a->goprobe : cli_goprobe(),
		.cpu = a->cpu < 0 ? measure_default_cpu() : a->cpu,
		.time_limit = a->time_limit,
		.apart = a->apart,
		.seed = a->seed,
		.tsc_step = a->tsc_step,
	};
	struct lowered lowered = {.n = 0};
	char scenario[64], cold[STATES_TEXT];
	struct fidelity f;
	int code;

	if (!trace_meta(&in->trace, "scenario", scenario, sizeof(scenario)))
		return error_set(err, EXIT_USAGE,
				 "%s: not of one of goprobe's scenarios, which "
				 "alone can be called at will: record one",
				 a->path);
	o.scenario = scenario;
	if (trace_meta(&in->trace, "cold", cold, sizeof(cold)))
		o.states = cold;
	o.processes = a->processes;
	if (!o.processes)
		o.processes = o.states || !strcmp(a->path, "-")
				      ? 1
				      : FIDELITY_PROCESSES;
	if (check_program(&in->trace, o.program, err))
		return -1;
	if (lower_all(&lowered, &in->trace, a->plant, err)) {
		lowered_free(&lowered);
		return -1;
	}
	o.variants = lowered.variants;
	o.nvariants = lowered.n;
	if ((o.states ? fidelity_measure_cold : fidelity_measure)(&o, &f,
								  err)) {
		lowered_free(&lowered);
		return -1;
	}
	code = f.valid && f.faithful ? EXIT_DONE : EXIT_CHECK_FAILED;
	if (code)
		fprintf(stderr, "switchcost: %s: %s\n", a->path, f.why);
	code = report(a,
		      &(struct fidelity_result){.f = &f,
						.options = &o,
						.trace = &in->trace,
						.planted = a->plant},
		      code);
	lowered_free(&lowered);
	return code;
}

int verb_fidelity(int argc, char **argv)
{
	struct arguments a = {
		.cpu = -1,
		.time_limit = FIDELITY_TIME_LIMIT,
		.apart = {.verb = "fidelity", .arguments = argv + 1},
	};
	struct error err = {0};
	struct input in;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (input_open(&in, a.path, 0, &err))
		return cli_fail(&err);
	if (!in.is_trace)
		error_set(&err, EXIT_USAGE,
			  "%s: not a trace: a sequence has no live call to be "
			  "held against",
			  a.path);
	code = err.text[0] ? -1 : run(&a, &in, &err);
	if (err.text[0])
		code = cli_fail(&err);
	input_close(&in);
	return code;
}
