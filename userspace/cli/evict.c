// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "evict_report.h"
#include "geometry_options.h"
#include "measuring.h"
#include "input.h"
#include "view.h"

enum { OPT_VICTIMS = 0x100, OPT_SHARE, OPT_LIMIT, OPT_SVG };

static const struct argp_option options[] = {
	{"backend", 'b', "B", 0, "kernel or user (default user)", 0},
	{"victims", OPT_VICTIMS, "LIST", 0,
	 "What may be evicted: l1d, l2, dtlb (default: all three), separated by "
	 "commas; with working-set among them: the data that the recorded "
	 "thread had touched before the call, not synthetic lines and pages",
	 0},
	{"l2-share", OPT_SHARE, "F", 0,
	 "Share of L2's lines that are victims (default 0.125)", 0},
	{"cpu", 'c', "N", 0, "CPU to run on (default the last allowed)", 0},
	{"samples", 'n', "N", 0,
	 "Trials of each victim with the sequence (default 64)", 0},
	{"time-limit", OPT_LIMIT, "S", 0,
	 "Stop sampling after S seconds (default 12; less is taken where "
	 "it is enough)",
	 0},
	MEASURING_OPTION_TSC_STEP,
	{"svg", OPT_SVG, "FILE", 0,
	 "Write a heat map, measured beside predicted", 0},
	{0}};

struct arguments {
	struct cli_input input;
	const struct backend_ops *backend;
	struct study_options study;
	struct modelling_options modelling;
	long cpu;
	const char *svg;
	bool working;
	bool chosen; /* --victims named levels */
};

/* Both levels of the TLB are asked for together. */
static bool take_victim(struct study_options *o, const char *name)
{
	if (!strcmp(name, "l1d")) {
		o->levels[EVICTION_L1D] = true;
	} else if (!strcmp(name, "l2")) {
		o->levels[EVICTION_L2] = true;
	} else if (!strcmp(name, "dtlb")) {
		o->levels[EVICTION_DTLB] = true;
		o->levels[EVICTION_STLB] = true;
	} else {
		return false;
	}
	return true;
}

static void take_victims(struct arguments *a, char *list,
			 const struct argp_state *state)
{
	struct study_options none = a->study;
	char *name, *rest = list;
	bool any = false;

	memset(none.levels, 0, sizeof(none.levels));
	a->working = false;
	while ((name = strsep(&rest, ","))) {
		if (!strcmp(name, "working-set")) {
			a->working = true;
			continue;
		}
		if (!take_victim(&none, name))
			cli_usage(state,
				  "no victims \"%s\"; choose l1d, l2, dtlb or "
				  "working-set, separated by commas",
				  name);
		any = true;
	}
	/* A working set alone is asked about at all levels. */
	if (any)
		a->study = none;
	a->chosen = any;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->input;
		state->child_inputs[1] = &a->modelling;
		return 0;
	case 'b':
		a->backend = measuring_backend(state, arg, "kernel or user");
		return 0;
	case OPT_VICTIMS:
		take_victims(a, arg, state);
		return 0;
	case OPT_SHARE:
		a->study.l2_share = cli_real(state, arg, 0.001, 1);
		return 0;
	case 'c':
		a->cpu = cli_number(state, arg, 0, 65535);
		return 0;
	case 'n':
		a->study.samples = cli_number(state, arg, 1, 100000);
		return 0;
	case OPT_LIMIT:
		a->study.seconds = cli_real(state, arg, 0.1, 3600);
		return 0;
	case OPT_SVG:
		a->svg = arg;
		return 0;
	case MEASURING_TSC_STEP:
		a->study.tsc_step =
			cli_number(state, arg, 1, MEASURING_MAX_TSC_STEP);
		return 0;
	case ARGP_KEY_END:
		if (a->study.tsc_step && a->backend != &backend_user)
			cli_usage(state, "--tsc-step is for the user backend");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{.argp = &cli_input_argp}, {.argp = &geometry_argp}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "S",
	.doc = "Tell which lines of the caches and which pages of the TLB a sequence "
	       "(a trace, a .seq file, or -) evicts.\vVictims fill a cache or a TLB, "
	       "the sequence is replayed, and a victim is loaded, timed. A level "
	       "whose self-tests fail is not shown, and the exit code is 1. In the "
	       "kernel backend pages are told by the TLB oracle, without timing, "
	       "where its controls hold.",
	.children = children,
};

/* The picture first: where there is to be one, it belongs to the result. */
static int draw(const char *file, const struct evict_run *run)
{
	struct result *result = result_make(&evict_record, run);
	int code = view_make("heatmap", result, file);

	result_free(result);
	return code;
}

static int study(struct arguments *a, struct evict_run *run, struct error *err)
{
	struct study result;
	int code;

	/* A file that can't be written is better known before than after. */
	if (view_expect(a->svg, err) ||
	    study_run(&run->input->sequence, &a->study, &result, err))
		return cli_fail(err);
	run->study = &result;
	code = a->svg ? draw(a->svg, run) : EXIT_DONE;
	if (!code)
		code = cli_show(&evict_record, run, evict_text, a->input.json,
				result.valid ? EXIT_DONE : EXIT_CHECK_FAILED);
	study_free(&result);
	return code;
}

/*
 * In ring 0 pages are asked of the oracle, which is exact and needs no time, so it
 * speaks on an emulated CPU, too; there nothing can be timed, and isn't tried unless
 * it was asked for. Pages that the oracle refuses may still be timed.
 */
static void ask_oracle(const struct arguments *a, struct evict_run *run,
		       struct by_oracle *by_oracle)
{
	struct error refused = {0};

	run->oracle = !a->working && a->study.levels[EVICTION_DTLB];
	if (!run->oracle)
		return;
	if (!by_oracle_ask(by_oracle, &run->input->sequence, a->study.cpu,
			   a->study.samples, &refused))
		run->by_oracle = by_oracle;
	else
		snprintf(run->oracle_why, sizeof(run->oracle_why), "%.255s",
			 refused.text);
}

static void leave_out_times(struct arguments *a, struct evict_run *run)
{
	struct machine machine;

	machine_describe(&machine);
	if (!machine_is_emulated(&machine))
		return;
	if (run->by_oracle) {
		a->study.levels[EVICTION_DTLB] = false;
		a->study.levels[EVICTION_STLB] = false;
	}
	if (a->chosen || a->working)
		return;
	a->study.levels[EVICTION_L1D] = false;
	a->study.levels[EVICTION_L2] = false;
	snprintf(run->lines_why, sizeof(run->lines_why),
		 "not asked for: times are withheld on an emulated CPU (%s)",
		 machine.hypervisor);
}

static bool asks_for_times(const struct arguments *a)
{
	unsigned int level;

	for (level = 0; level < EVICTION_LEVELS; level++) {
		if (a->study.levels[level])
			return true;
	}
	return false;
}

static int study_in_kernel(struct arguments *a, struct evict_run *run,
			   struct error *err)
{
	struct by_oracle by_oracle;
	int code;

	ask_oracle(a, run, &by_oracle);
	leave_out_times(a, run);
	if (a->svg && !asks_for_times(a)) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "evict: --svg: nothing is timed, and what the oracle "
			  "tells isn't drawn: leave it out, or use --backend "
			  "user");
		code = cli_fail(err);
	} else {
		code = study(a, run, err);
	}
	if (run->by_oracle)
		by_oracle_free(&by_oracle);
	return code;
}

/* Find the victims, if they aren't synthetic. */
static int find_working(const struct input *in, struct workingset *set,
			struct error *err)
{
	if (!in->is_trace)
		return error_set(err, EXIT_USAGE,
				 "%s: --victims working-set: only a trace has "
				 "a working set: record one (record --before)",
				 in->sequence.path);
	if (workingset_build(set, &in->trace, in->variant, err))
		return -1;
	if (set->part != WORKINGSET_NONE && set->data.nlines)
		return 0;
	workingset_free(set);
	return error_set(err, EXIT_USAGE,
			 "%s: --victims working-set: nothing was recorded "
			 "before its calls: record it again with --before",
			 in->trace.path);
}

static int study_input(struct arguments *a, const struct input *in,
		       struct error *err)
{
	struct evict_run run = {
		.input = in,
		.backend = a->backend->name,
		.options = &a->study,
	};
	struct workingset set = {0};
	struct geometry model;
	int code;

	if (geometry_wanted(&model, &a->modelling, a->study.cpu, err))
		return cli_fail(err);
	a->study.model = &model;
	a->study.policy = a->modelling.policy;
	if (a->working) {
		if (find_working(in, &set, err))
			return cli_fail(err);
		a->study.working = &set;
	}
	if (a->backend == &backend_kernel)
		code = study_in_kernel(a, &run, err);
	else
		code = study(a, &run, err);
	workingset_free(&set);
	return code;
}

int verb_evict(int argc, char **argv)
{
	struct arguments a = {
		.backend = &backend_user,
		.cpu = -1,
		.study =
			{
				.levels = {true, true, true, true},
				.ring = &round_user,
				.l2_share = VICTIMS_L2_SHARE,
				.seconds = STUDY_SECONDS,
				.samples = LEVEL_SAMPLES,
			},
	};
	struct error err = {0};
	struct input in;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (a.backend == &backend_kernel)
		a.study.ring = &round_kernel;
	a.study.cpu = a.cpu < 0 ? measure_default_cpu() : a.cpu;
	if (input_open_sequence(&in, a.input.path, a.input.variant, &err))
		return cli_fail(&err);
	code = study_input(&a, &in, &err);
	input_close(&in);
	return code;
}
