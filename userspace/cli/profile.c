// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ablation_measure.h"
#include "cli.h"
#include "cold.h"
#include "geometry_options.h"
#include "input.h"
#include "measuring.h"
#include "prefix.h"
#include "profile_report.h"
#include "returns.h"
#include "returns_report.h"
#include "view.h"

enum {
	OPT_PROGRESS = 0x100,
	OPT_SVG,
	OPT_FOLDED,
	OPT_SPEEDSCOPE,
};

#define SAMPLES	     CLI_TEXT(PREFIX_SAMPLES)
#define SAMPLES_COLD CLI_TEXT(PREFIX_SAMPLES_COLD)

static const struct argp_option options[] = {
	{"backend", 'b', "B", 0, "kernel or user (default user)", 0},
	{"cpu", 'c', "N", 0, "CPU to run on (default the last allowed)", 0},
	{"samples", 'n', "N", 0,
	 "Samples of each prefix (default " SAMPLES ", " SAMPLES_COLD
	 " in a cold state)",
	 0},
	{"time-limit", MEASURING_TIME_LIMIT, "S", 0,
	 "Stop after S seconds, when all prefixes have had their turn", 0},
	{"state", 's', "ST", 0,
	 "Prepare this state before each sample, as for replay; may be repeated",
	 0},
	{"warm", MEASURING_WARM, "N", 0,
	 "Untimed replays before each sample (default 10)", 0},
	MEASURING_OPTION_TSC_STEP,
	{"svg", OPT_SVG, "FILE", 0, "Draw the call paths as an icicle", 0},
	{"folded", OPT_FOLDED, "FILE", 0,
	 "Write folded stacks, in thousandths of a core cycle", 0},
	{"speedscope", OPT_SPEEDSCOPE, "FILE", 0,
	 "Write a profile for speedscope.app", 0},
	{"ablate", 'a', "only", OPTION_ARG_OPTIONAL,
	 "Measure the sequence without each class of operations, too, each class "
	 "alone, and each region and the code cold; \"only\": no prefixes, which "
	 "long sequences have too many of",
	 0},
	{"returns", 'r', NULL, 0,
	 "Measure what returns cost by how they are predicted; takes no sequence",
	 0},
	{"progress", OPT_PROGRESS, NULL, 0,
	 "Show progress on stderr though it is no terminal", 0},
	{0}};

/* Files that can be asked for. */
enum view { VIEW_SVG, VIEW_FOLDED, VIEW_SPEEDSCOPE, VIEWS };

struct arguments {
	const char *view[VIEWS]; /* paths */
	struct cli_input input;
	const struct input *in; /* what that names, once it is open */
	struct measuring measuring;
	bool ablate;
	bool ablate_only;
	bool returns;
	bool progress;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->input;
		return 0;
	case OPT_SVG:
		a->view[VIEW_SVG] = arg;
		return 0;
	case OPT_FOLDED:
		a->view[VIEW_FOLDED] = arg;
		return 0;
	case OPT_SPEEDSCOPE:
		a->view[VIEW_SPEEDSCOPE] = arg;
		return 0;
	case 'a':
		if (arg && strcmp(arg, "only"))
			cli_usage(state,
				  "--ablate=%s: leave it out, or say "
				  "\"only\"",
				  arg);
		a->ablate = true;
		a->ablate_only = arg;
		return 0;
	case 'r':
		a->returns = true;
		a->input.optional = true;
		return 0;
	case OPT_PROGRESS:
		a->progress = true;
		return 0;
	case ARGP_KEY_END:
		if (a->returns && (a->input.path || a->ablate ||
				   !states_are_warm(&a->measuring.states)))
			cli_usage(state, "--returns takes no sequence, no "
					 "--ablate and no --state");
		if (a->ablate && !states_are_warm(&a->measuring.states))
			cli_usage(state, "--ablate makes states of its own: "
					 "leave --state out");
		if (!states_are_warm(&a->measuring.states) &&
		    !a->measuring.samples_given)
			a->measuring.options.samples = PREFIX_SAMPLES_COLD;
		return 0;
	default:
		return measuring_parse(&a->measuring, key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "S",
	.doc = "Tell where a sequence's cycles go: by function, phase and class of "
	       "operation.\vThe first k operations are replayed for every k, all in "
	       "random order in one run beside the whole; what each operation costs "
	       "is the difference, isolated: from when all before the sequence is "
	       "complete to when all of the prefix is. --ablate gives both contexts. A "
	       "sequence may be a trace, a .seq file, or -. A run "
	       "whose self-test fails, or that ran on an emulated CPU, prints no "
	       "timing, and the exit code is 1.",
	.children = cli_input_parser,
};

#define PROGRESS_CELLS 40

/* One line, drawn over again and again. @context: what it showed last. */
static void draw_progress(void *context, double done)
{
	int *shown = context, percent = done * 100, i;

	if (percent == *shown)
		return;
	*shown = percent;
	fprintf(stderr, "\r[");
	for (i = 0; i < PROGRESS_CELLS; i++)
		fputc(i < percent * PROGRESS_CELLS / 100 ? '#' : ' ', stderr);
	fprintf(stderr, "] %3d %%", percent);
	fflush(stderr);
}

/* Take the line away again. */
static void end_progress(const struct arguments *a)
{
	if (a->measuring.options.progress.tell)
		fprintf(stderr, "\r%*s\r", PROGRESS_CELLS + 8, "");
}

/* Return: 0, or -1 with @err set. */
static int ablate(const struct arguments *a, const struct sequence *s,
		  struct ablation *ablation, struct error *err)
{
	struct measure_options options = a->measuring.options;

	if (!a->measuring.samples_given)
		options.samples = ABLATION_SAMPLES;
	options.progress = (struct run_progress){0};
	return ablation_measure(s, &options, true, ablation, err);
}

/* Nothing but ablation. */
static int ablate_only(const struct arguments *a, const struct sequence *s,
		       struct error *err)
{
	struct ablation ablation;
	struct profile_result r = {
		.facts = {&ablation.m, &a->measuring.options},
		.ablation = {.a = &ablation},
	};
	int code;

	if (ablate(a, s, &ablation, err))
		return cli_fail(err);
	code = ablation_is_valid(&ablation) ? EXIT_DONE : EXIT_CHECK_FAILED;
	code = cli_show(&profile_record, &r, profile_text, a->input.json, code);
	ablation_measure_free(&ablation);
	return code;
}

static bool wants_views(const struct arguments *a)
{
	return a->view[VIEW_SVG] || a->view[VIEW_FOLDED] ||
	       a->view[VIEW_SPEEDSCOPE];
}

/* If ablation fails, stderr says why, and the rest is shown. */
static int report(const struct arguments *a, struct profile_result *r)
{
	const struct prefix_profile *p = r->p;
	int code = p->valid && prefix_closes(p) ? EXIT_DONE : EXIT_CHECK_FAILED;
	int ablated = EXIT_DONE;
	struct error err = {0};
	struct ablation ablation;

	if (a->ablate && ablate(a, p->sequence, &ablation, &err)) {
		ablated = cli_fail(&err);
	} else if (a->ablate) {
		r->ablation.a = &ablation;
		r->ablation.prefix = p->valid ? p->classes.list : NULL;
		if (!ablation_is_valid(&ablation))
			ablated = EXIT_CHECK_FAILED;
	}
	code = ablated > code ? ablated : code;
	code = cli_show(&profile_record, r, profile_text, a->input.json, code);
	if (r->ablation.a)
		ablation_measure_free(&ablation);
	return code;
}

/* Files that can't be written are known before measuring. */
static int expect_views(const struct arguments *a, struct error *err)
{
	enum view v;

	for (v = 0; v < VIEWS; v++) {
		if (view_expect(a->view[v], err))
			return -1;
	}
	return 0;
}

static int make_views(const struct arguments *a, const struct profile_result *r)
{
	static const char *const names[VIEWS] = {
		[VIEW_SVG] = "icicle",
		[VIEW_FOLDED] = "folded",
		[VIEW_SPEEDSCOPE] = "speedscope",
	};
	int code = EXIT_DONE;
	struct result *result;
	enum view v;

	if (!wants_views(a))
		return EXIT_DONE;
	result = result_make(&profile_record, r);
	for (v = 0; v < VIEWS && !code; v++) {
		if (a->view[v])
			code = view_make(names[v], result, a->view[v]);
	}
	result_free(result);
	return code;
}

/* Views of what isn't valid would be believed: there are none then. */
static int show(const struct arguments *a, const struct prefix_profile *p)
{
	struct profile_result r = {
		.p = p,
		.states = &a->measuring.states,
		.facts = {&p->m, &a->measuring.options},
		.trace = a->in->is_trace ? a->in : NULL,
	};
	int code = p->valid ? make_views(a, &r) : EXIT_DONE;

	return code ? code : report(a, &r);
}

static int prepare(struct arguments *a, struct cold *cold,
		   struct measure_subject *subject, struct error *err)
{
	static const struct modelling_options own = {0};
	struct measure_options *options = &a->measuring.options;
	struct geometry here = {0};

	if (!states_are_warm(&a->measuring.states) &&
	    geometry_wanted(&here, &own, options->cpu, err))
		return -1;
	return cold_prepare(cold, &a->measuring.states, &here, subject, 1,
			    options, err);
}

static int profile(struct arguments *a, const struct sequence *s,
		   struct cold *cold, struct error *err)
{
	struct measure_subject subject = {.sequence = s};
	struct prefix_profile p;
	int code, rc;

	if (prepare(a, cold, &subject, err) || expect_views(a, err))
		return cli_fail(err);
	rc = prefix_profile(s, &subject.state, &a->measuring.options, &p, err);
	end_progress(a);
	if (rc) {
		code = cli_fail(err);
	} else {
		code = show(a, &p);
		prefix_profile_free(&p);
	}
	return code;
}

static int returns(const struct arguments *a)
{
	struct measure_options options = a->measuring.options;
	static struct returns r;
	const struct returns_result result = {&r, {&r.m, &options}};
	struct error err = {0};
	int code;

	if (!a->measuring.samples_given)
		options.samples = RETURNS_SAMPLES;
	if (returns_measure(&options, &r, &err))
		return cli_fail(&err);
	code = r.m.valid ? EXIT_DONE : EXIT_CHECK_FAILED;
	code = cli_show(&returns_record, &result, returns_text, a->input.json,
			code);
	measurement_free(&r.m);
	return code;
}

int verb_profile(int argc, char **argv)
{
	int shown = -1, code;
	struct arguments a = {
		.measuring =
			{
				.options = {.backend = &backend_user,
					    .cpu = -1,
					    .isolation = -1,
					    .samples = PREFIX_SAMPLES,
					    .warm = PREFIX_WARM},
				.max_samples = 1000000,
				.backends = "kernel or user",
			},
	};
	struct cold cold = {.n = 0};
	struct error err = {0};
	struct input in;

	cli_parse(&argp, argc, argv, &a);
	if (a.progress || isatty(STDERR_FILENO))
		a.measuring.options.progress =
			(struct run_progress){draw_progress, &shown};
	if (a.returns)
		return returns(&a);
	if (input_open_sequence(&in, a.input.path, a.input.variant, &err))
		return cli_fail(&err);
	a.in = &in;
	code = a.ablate_only ? ablate_only(&a, &in.sequence, &err)
			     : profile(&a, &in.sequence, &cold, &err);
	cold_free(&cold);
	input_close(&in);
	return code;
}
