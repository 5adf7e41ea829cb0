// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "codelayout.h"
#include "cold.h"
#include "geometry_options.h"
#include "replay_model.h"
#include "measuring.h"
#include "quietly.h"
#include "replay_report.h"

enum {
	OPT_TARGET = 0x100,
	OPT_SPREAD,
	OPT_EVENTS,
	OPT_MINUS,
	OPT_LAYOUT,
	OPT_PROCESSES,
	OPT_SEED,
	OPT_SERVED,
};

static const struct argp_option options[] = {
	{"backend", 'b', "B", 0,
	 "kernel, user or model (default user); model predicts misses, no times",
	 0},
	{"cpu", 'c', "N", 0, "CPU to run on (default the last allowed)", 0},
	{"isolation", 'i', "LEVEL", 0,
	 "none, preempt-off, lvt-masked, irq-off or quiesced (default: none in "
	 "the user backend, irq-off in the kernel)",
	 0},
	{"samples", 'n', "N", 0,
	 "Samples of each sequence (default 50000, 5000 in a cold state; unlimited with --target-ci)",
	 0},
	{"warm", MEASURING_WARM, "N", 0,
	 "Untimed replays before each sample (default 2)", 0},
	MEASURING_OPTION_TSC_STEP,
	{"target-ci", OPT_TARGET, "C", 0,
	 "Sample until each interval is at most C core cycles to each side", 0},
	{"time-limit", MEASURING_TIME_LIMIT, "S", 0,
	 "Stop after S seconds (default 10 with --target-ci)", 0},
	{"spread", OPT_SPREAD, "S", 0,
	 "Pause S seconds in all between rounds (default 2)", 0},
	{"processes", OPT_PROCESSES, "N", 0,
	 "Replay in N processes, one after the other, which the intervals then hold "
	 "for (default 1, this one)",
	 0},
	{"seed", OPT_SEED, "N", 0,
	 "Draw orders, pedestals and environments as the run with this seed did",
	 0},
	{APART_OPTION, OPT_SERVED, "FD", OPTION_HIDDEN, NULL, 0},
	{"layout", OPT_LAYOUT, "L", 0,
	 "How the code lies: recorded, on as many pages, where the operations tell "
	 "it (default), or packed",
	 0},
	QUIETLY_OPTION('q'),
	{"events", OPT_EVENTS, "LIST", 0,
	 "Count PMU events instead of time: names of libpfm4 or "
	 "PMU/TERM,.../ as for perf, separated by commas, or default (kernel "
	 "backend)",
	 0},
	{"minus", OPT_MINUS, "S2", 0,
	 "Measure S2 in the same run, and the difference", 0},
	{"state", 's', "ST", 0,
	 "Prepare before each sample: warm (default)" STATE_NAMES
	 "; those of data for some regions only with :REGION,...; may be repeated",
	 0},
	{0}};

struct arguments {
	struct cli_input input;
	const char *minus;
	const char *events;
	struct events counted;
	struct measuring measuring;
	struct modelling_options modelling;
	bool model; /* no measuring */
	bool quiet;
	bool packed;
};

static void take_isolation(struct arguments *a, const char *name,
			   const struct argp_state *state)
{
	a->measuring.options.isolation = isolation_find(name);
	if (a->measuring.options.isolation < 0)
		cli_usage(
			state,
			"no isolation level \"%s\"; choose none, preempt-off, "
			"lvt-masked, irq-off or quiesced",
			name);
}

/* What is read once can't be read again by each process. */
static void check_processes(const struct arguments *a,
			    const struct argp_state *state)
{
	size_t i;

	if (a->events)
		cli_usage(state, "--events: counts of several processes aren't "
				 "put together: leave out --processes");
	if (!strcmp(a->input.path, "-"))
		cli_usage(state, "-: each process reads it: name a file");
	for (i = 0; i < a->input.nmore; i++) {
		if (!strcmp(a->input.more[i], "-"))
			cli_usage(state,
				  "-: each process reads it: name a file");
	}
}

static void check_arguments(struct arguments *a, const struct argp_state *state)
{
	struct measure_options *m = &a->measuring.options;

	if (a->model && (a->minus || m->isolation >= 0 || m->tsc_step))
		cli_usage(state, "the model predicts misses, not time: leave "
				 "--minus, --isolation and --tsc-step out");
	if (a->minus && a->input.nmore)
		cli_usage(state, "--minus takes one sequence from one other");
	if (a->events && m->target_ci > 0)
		cli_usage(state, "--target-ci is about time, which isn't shown "
				 "with --events: use --samples");
	if (m->isolation >= 0 &&
	    !(m->backend->isolations & SWC_CAP_ISOLATION(m->isolation)))
		cli_usage(
			state,
			"isolation level %s needs ring 0: use --backend kernel",
			isolation_name(m->isolation));
	if (!states_are_warm(&a->measuring.states) &&
	    !a->measuring.samples_given)
		m->samples = MEASURE_SAMPLES_COLD;
	/* A loop can't be in a state: its first turn makes everything warm. */
	m->back_to_back = states_are_warm(&a->measuring.states) && !a->events;
	if (m->processes > 1)
		check_processes(a, state);
	if (m->target_ci > 0 && !a->measuring.samples_given)
		m->samples = 0;
	if (m->target_ci > 0 && !m->time_limit)
		m->time_limit = MEASURE_TIME_LIMIT;
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
		a->model = !strcmp(arg, "model");
		if (a->model)
			return 0;
		return measuring_parse(&a->measuring, key, arg, state);
	case 'i':
		take_isolation(a, arg, state);
		return 0;
	case OPT_TARGET:
		a->measuring.options.target_ci =
			cli_real(state, arg, 0.001, 1e6);
		return 0;
	case OPT_SPREAD:
		a->measuring.options.spread = cli_real(state, arg, 0, 3600);
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case OPT_EVENTS:
		a->events = arg;
		return 0;
	case OPT_PROCESSES:
		a->measuring.options.processes =
			cli_number(state, arg, 1, RUN_MAX_PROCESSES);
		return 0;
	case OPT_SEED:
		a->measuring.options.seed = cli_number(state, arg, 1, LONG_MAX);
		return 0;
	case OPT_SERVED:
		a->measuring.options.apart.served =
			cli_number(state, arg, 3, INT_MAX);
		return 0;
	case OPT_LAYOUT:
		if (strcmp(arg, "recorded") && strcmp(arg, "packed"))
			cli_usage(state,
				  "no layout \"%s\"; choose recorded or packed",
				  arg);
		a->packed = !strcmp(arg, "packed");
		return 0;
	case OPT_MINUS:
		a->minus = arg;
		return 0;
	case ARGP_KEY_END:
		check_arguments(a, state);
		return 0;
	default:
		return measuring_parse(&a->measuring, key, arg, state);
	}
}

static const struct argp_child children[] = {
	{.argp = &cli_input_argp}, {.argp = &geometry_argp}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "S...",
	.doc = "Replay sequences (traces, .seq files, or -) and measure them, all in "
	       "one run.\vThe sequences, controls, and chains of known length are "
	       "replayed in random order; the controls are taken off, and the chains "
	       "tell the length of a core cycle. A run whose self-test fails, or that "
	       "ran on an emulated CPU, prints no timing, and the exit code is 1. "
	       "Beside each result stand the misses that a model of caches and TLBs "
	       "predicts.",
	.children = children,
};

static void close_inputs(struct input *inputs, size_t n)
{
	while (n)
		input_close(&inputs[--n]);
}

static int open_inputs(const struct arguments *a, struct input *inputs,
		       size_t *n, struct error *err)
{
	const char *paths[CLI_MAX_PATHS + 1];
	size_t npaths = 0, i;

	paths[npaths++] = a->input.path;
	if (a->minus)
		paths[npaths++] = a->minus;
	for (i = 0; i < a->input.nmore; i++)
		paths[npaths++] = a->input.more[i];
	for (*n = 0; *n < npaths; (*n)++) {
		if (input_open_sequence(&inputs[*n], paths[*n],
					a->input.variant, err)) {
			close_inputs(inputs, *n);
			return -1;
		}
	}
	return 0;
}

/* Everything that a run is made of. */
struct plan {
	struct input inputs[CLI_MAX_PATHS + 1];
	size_t ninputs;
	struct measure_subject subjects[CLI_MAX_PATHS + 1];
	struct code_layout layouts[CLI_MAX_PATHS + 1];
	struct cold cold;
	struct geometry geometry; /* of the model */
	struct modelling modelling;
	struct prediction predictions[CLI_MAX_PATHS + 1];
};

/*
 * Find out which events to count. A machine that can't count says so before anything else does,
 * and whatever the backend.
 */
static int plan_events(struct arguments *a, struct error *err)
{
	struct pmu pmu;

	if (!a->events)
		return 0;
	pmu_examine(&pmu, "/");
	if (events_parse(&a->counted, a->events, &pmu, "/", err))
		return -1;
	if (a->measuring.options.backend != &backend_kernel)
		return error_set(err, EXIT_USAGE,
				 "--events: counters are read in ring 0: use "
				 "--backend kernel");
	a->measuring.options.events = &a->counted;
	return 0;
}

static int plan_predictions(struct plan *p, const struct arguments *a,
			    struct error *err)
{
	size_t i;

	if (modelling_begin(&p->modelling, &a->modelling, &p->geometry, err))
		return -1;
	for (i = 0; i < p->ninputs; i++) {
		if (modelling_sequence(&p->modelling, p->subjects[i].sequence,
				       &p->subjects[i].state,
				       &p->predictions[i], err))
			return -1;
	}
	return 0;
}

static int plan_layouts(struct plan *p, bool packed, struct error *err)
{
	struct swc_caps caps;
	size_t i;

	swc_caps_probe(&caps);
	caps.privileged = true; /* if it isn't, the backend says so */
	for (i = 0; i < p->ninputs; i++) {
		struct sequence *s = &p->inputs[i].sequence;

		if (packed ? code_layout_pack(&p->layouts[i], s, &caps, err)
			   : code_layout_of(&p->layouts[i], s, &caps, err))
			return -1;
	}
	return 0;
}

/* Caches to be emptied are those of this machine, whatever the model is of. */
static int plan_states(struct plan *p, struct arguments *a, struct error *err)
{
	static const struct modelling_options own = {0};
	struct geometry here = {0};
	int cpu = a->measuring.options.cpu;

	if (geometry_wanted(&p->geometry, &a->modelling, cpu, err))
		return -1;
	if (!a->modelling.file)
		here = p->geometry;
	else if (!states_are_warm(&a->measuring.states) &&
		 geometry_wanted(&here, &own, cpu, err))
		return -1;
	return cold_prepare(&p->cold, &a->measuring.states, &here, p->subjects,
			    p->ninputs, &a->measuring.options, err);
}

static int make_plan(struct plan *p, struct arguments *a, struct error *err)
{
	size_t i;

	*p = (struct plan){0};
	if (plan_events(a, err) || open_inputs(a, p->inputs, &p->ninputs, err))
		return -1;
	for (i = 0; i < p->ninputs; i++)
		p->subjects[i].sequence = &p->inputs[i].sequence;
	if (plan_layouts(p, a->packed, err) || plan_states(p, a, err))
		return -1;
	return plan_predictions(p, a, err);
}

static void free_plan(struct plan *p)
{
	close_inputs(p->inputs, p->ninputs);
	cold_free(&p->cold);
	modelling_end(&p->modelling);
}

static int report(const struct arguments *a, const struct plan *p,
		  const struct measurement *m, int code)
{
	static struct replayed list[CLI_MAX_PATHS + 1];
	const struct replay_result r = {
		.facts = {m, &a->measuring.options},
		.list = list,
		.n = p->ninputs,
		.difference = a->minus,
		.quiet = a->quiet,
	};
	size_t i;

	for (i = 0; i < p->ninputs; i++)
		list[i] = (struct replayed){
			.subject = {&p->inputs[i], &a->measuring.states,
				    &m->subjects[i].counts},
			.facts = &r.facts,
			.measured = &m->subjects[i],
			.layout = &p->layouts[i],
			.predicted = {&p->modelling, &p->predictions[i]},
		};
	return cli_show(&replay_record, &r, replay_text, a->input.json, code);
}

static int replay(const struct arguments *a, const struct plan *p,
		  struct error *err)
{
	struct measurement m;
	int code, rc;

	/* One process quiets the machine for all. */
	if (quietly_begin(a->quiet && !a->measuring.options.apart.served,
			  a->measuring.options.cpu, err))
		return cli_fail(err);
	rc = measure(p->subjects, p->ninputs, &a->measuring.options, &m, err);
	quietly_end(a->quiet);
	if (rc)
		return cli_fail(err);
	code = (a->events ? m.counts.valid : m.valid) ? EXIT_DONE
						      : EXIT_CHECK_FAILED;
	code = report(a, p, &m, code);
	measurement_free(&m);
	return code;
}

int verb_replay(int argc, char **argv)
{
	struct arguments a = {
		.input = {.max_more = CLI_MAX_PATHS - 1},
		.measuring =
			{
				.options = {.backend = &backend_user,
					    .cpu = -1,
					    .isolation = -1,
					    .samples = MEASURE_SAMPLES,
					    .warm = MEASURE_WARM,
					    .spread = MEASURE_SPREAD_S,
					    .apart = {.verb = "replay",
						      .arguments = argv + 1}},
				.max_samples = SWC_MAX_SAMPLES / 8,
				.backends = "kernel, user or model",
			},
	};
	struct error err = {0};
	static struct plan plan;
	int code;

	cli_parse(&argp, argc, argv, &a);
	if (a.model)
		return replay_model(&a.input, &a.measuring.states, &a.modelling,
				    a.measuring.options.cpu);
	code = make_plan(&plan, &a, &err) ? cli_fail(&err)
					  : replay(&a, &plan, &err);
	free_plan(&plan);
	return code;
}
