// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <gsl/gsl_fit.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "summary.h"
#include "measure.h"
#include "replay.h"
#include "resulttext.h"
#include "rivals.h"
#include "systematic.h"

#define MAX_ROUNDS 100u

/* A chain must come out so near to the truth; core cycles, and parts of one. */
#define LIMIT_RMS_RESIDUAL 0.25
#define LIMIT_SLOPE_ERROR  0.01
#define LIMIT_HALF_WIDTH   0.2
#define AIM_TIMES_TIGHTER  10.0

static const char doc[] =
	"Measure chains of 12 to 100 dependent additions with switchcost, Go's "
	"testing.B and Google Benchmark, interleaved and for the same wall time, "
	"and print how far each is off and how wide its 95 % interval is.\v"
	"The rivals' nanoseconds become cycles by the slope of two long chains, "
	"with and without an empty call taken off; the table has what suits each "
	"of them best. "
	"Exit code 1: an aim wasn't reached, or timings are withheld here.";

static const struct argp_option options[] = {
	{"cpu", 'c', "N", 0, "CPU to run all on (default the last allowed)", 0},
	{"json", 'j', NULL, 0, "Print one JSON object on stdout", 0},
	{"samples", 'n', "N", 0, "Samples a replay (default 20000)", 0},
	{"seconds", 't', "S", 0,
	 "About how long to take; at least one round is made (default 60)", 0},
	{0}};

struct arguments {
	double seconds;
	int cpu;
	uint32_t samples;
	bool json;
};

/* One tool's results, one a chain. */
struct outcome {
	const char *name;
	const char *treatment;
	struct estimate cycles[CHAIN_COUNT];
	double error[CHAIN_COUNT];
	double half_width[CHAIN_COUNT];
	double seconds; /* wall time a chain */
	size_t repetitions;
	/* of the line that fits the chains */
	double rms_residual;
	double slope_error;
	/* over the chains */
	double rms_error;
	double rms_half_width;
	double max_half_width;
};

enum tool { TOOL_SWITCHCOST, TOOL_GOTEST, TOOL_GBENCH, TOOLS };

static struct rival *const rivals[TOOLS] = {
	[TOOL_GOTEST] = &rival_gotest,
	[TOOL_GBENCH] = &rival_gbench,
};

/* switchcost's measurements, round by round. */
static struct {
	struct estimate cycles[CHAIN_COUNT][MAX_ROUNDS];
	double seconds;
	size_t rounds;
	unsigned int refused;
} ours;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;

	switch (key) {
	case 'c':
		a->cpu = strtol(arg, &end, 10);
		if (end == arg || *end || a->cpu < 0 || a->cpu >= CPU_SETSIZE)
			argp_error(state, "--cpu %s: not the number of a CPU",
				   arg);
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'n':
		a->samples = strtoul(arg, &end, 10);
		if (end == arg || *end || !a->samples || *arg == '-')
			argp_error(state, "--samples %s: not a number above 0",
				   arg);
		return 0;
	case 't':
		a->seconds = strtod(arg, &end);
		if (end == arg || *end || !(a->seconds >= 0))
			argp_error(state, "--seconds %s: not a time", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* All tools run on one CPU, since cores may differ in clock and neighbours. */
static int pin(int cpu, struct error *err)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	if (cpu < 0) {
		for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &set);
		     cpu--)
			;
	}
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return error_set(err, EXIT_USAGE,
				 "cannot run on CPU %d: %m; choose another "
				 "(--cpu)",
				 cpu);
	return 0;
}

/* Runs in a row that may be refused before this is no place to measure. */
#define MAX_REFUSED 5u

/*
 * A run whose self-test fails is done again. The time that it took counts as
 * switchcost's all the same.
 */
static int replay_until_valid(const char *const *texts, size_t n,
			      uint32_t samples, struct estimate *cycles,
			      struct error *err)
{
	unsigned int refused;

	for (refused = 0; refused < MAX_REFUSED; refused++) {
		*err = (struct error){0};
		if (!replay_batch(texts, n, samples, cycles, &ours.seconds,
				  err))
			return 0;
		if (err->code != EXIT_CHECK_FAILED)
			break;
		ours.refused++;
	}
	return -1;
}

/* Chains @first to @first + @n - 1 by switchcost, then the rivals' turn. */
static int take_turn(size_t first, size_t n, uint32_t samples,
		     struct error *err)
{
	const char *texts[REPLAY_BATCH];
	struct estimate cycles[REPLAY_BATCH];
	char text[REPLAY_BATCH][32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text[i], sizeof(text[i]), "chain %u\n",
			 rival_lengths[first + i]);
		texts[i] = text[i];
	}
	if (replay_until_valid(texts, n, samples, cycles, err))
		return -1;
	for (i = 0; i < n; i++)
		ours.cycles[first + i][ours.rounds] = cycles[i];
	for (i = 0; i < TOOLS; i++) {
		if (rivals[i] && rival_catch_up(rivals[i], ours.seconds, err))
			return -1;
	}
	return 0;
}

static int take_rounds(const struct arguments *a, struct error *err)
{
	double start = command_now(), now = start, before;
	size_t i, n;

	do {
		before = now;
		for (i = 0; i < CHAIN_COUNT; i += n) {
			n = CHAIN_COUNT - i < REPLAY_BATCH ? CHAIN_COUNT - i
							   : REPLAY_BATCH;
			if (take_turn(i, n, a->samples, err))
				return -1;
		}
		ours.rounds++;
		now = command_now();
		/* While another round would end nearer to the time asked for. */
	} while (ours.rounds < MAX_ROUNDS &&
		 now - start + (now - before) / 2 < a->seconds);
	return 0;
}

/* Fills what follows from the estimates. */
static void complete(struct outcome *o)
{
	double x[CHAIN_COUNT], y[CHAIN_COUNT], c0, c1, unused, square;
	size_t i;

	o->max_half_width = 0;
	for (i = 0; i < CHAIN_COUNT; i++) {
		x[i] = rival_lengths[i];
		y[i] = o->cycles[i].mean;
		o->error[i] = y[i] - x[i];
		o->half_width[i] = estimate_half_width(&o->cycles[i]);
		o->max_half_width = fmax(o->max_half_width, o->half_width[i]);
	}
	gsl_fit_linear(x, 1, y, 1, CHAIN_COUNT, &c0, &c1, &unused, &unused,
		       &unused, &square);
	o->rms_residual = sqrt(square / CHAIN_COUNT);
	o->slope_error = c1 - 1;
	o->rms_error = summary_rms(o->error, CHAIN_COUNT);
	o->rms_half_width = summary_rms(o->half_width, CHAIN_COUNT);
}

/*
 * The rivals' intervals know of chance only. To compare like with like, this
 * strips ours of the part that isn't chance; that shows in the error.
 */
static void strip_systematic(struct estimate *e)
{
	double known = SYSTEMATIC_LEVEL_FACTOR * SYSTEMATIC_CYCLES;
	double half = estimate_half_width(e);

	half = sqrt(fmax(half * half - known * known, 0));
	e->lo = e->mean - half;
	e->hi = e->mean + half;
}

static void evaluate_ours(struct outcome *o)
{
	size_t i, round;

	*o = (struct outcome){
		.name = "switchcost",
		.treatment = "its own control taken off, chance only",
		.seconds = ours.seconds / CHAIN_COUNT,
		.repetitions = ours.rounds,
	};
	if (ours.refused)
		fprintf(stderr, "precision: %u runs of switchcost refused\n",
			ours.refused);
	for (i = 0; i < CHAIN_COUNT; i++) {
		for (round = 0; round < ours.rounds; round++)
			strip_systematic(&ours.cycles[i][round]);
		o->cycles[i] = summary_pool(ours.cycles[i], ours.rounds);
	}
	complete(o);
}

static void evaluate_rival(struct outcome *o, const struct rival *r,
			   const struct treatment *treatment)
{
	size_t i;

	*o = (struct outcome){
		.name = r->name,
		.treatment = treatment->name,
		.seconds = r->seconds / CHAIN_COUNT,
		.repetitions = r->passes,
	};
	for (i = 0; i < CHAIN_COUNT; i++)
		o->cycles[i] = rival_estimate(r, treatment, i);
	complete(o);
}

/* An estimate can be off by so much, its own doubt included. */
static double badness(const struct outcome *o)
{
	return hypot(o->rms_error, o->rms_half_width);
}

/*
 * Gives a rival the treatment with which it comes out best, by the truth. A
 * user who doesn't know the truth couldn't choose: this favours the rival.
 */
static void evaluate_best(struct outcome *o, const struct rival *r)
{
	struct outcome other;
	int i;

	evaluate_rival(o, r, &rival_treatments[0]);
	for (i = 1; i < TREATMENTS; i++) {
		evaluate_rival(&other, r, &rival_treatments[i]);
		if (badness(&other) < badness(o))
			*o = other;
	}
}

static void print_table(const struct outcome *all)
{
	size_t i, t;

	printf("%5s %6s", "", "known");
	for (t = 0; t < TOOLS; t++)
		printf(" | %-25s", all[t].name);
	printf("\n%5s %6s", "chain", "cycles");
	for (t = 0; t < TOOLS; t++)
		printf(" | %8s %8s %7s", "error", "+-", "wall s");
	putchar('\n');
	for (i = 0; i < CHAIN_COUNT; i++) {
		printf("%5u %6u", rival_lengths[i], rival_lengths[i]);
		for (t = 0; t < TOOLS; t++)
			printf(" | %+8.3f %8.3f %7.2f", all[t].error[i],
			       all[t].half_width[i], all[t].seconds);
		putchar('\n');
	}
	putchar('\n');
}

static void print_summary(const struct outcome *all)
{
	const struct outcome *us = &all[TOOL_SWITCHCOST];
	struct outcome o;
	size_t t, i;

	for (t = 0; t < TOOLS; t++)
		printf("%s: rms residual %.3f cycles from the fitted line, "
		       "slope error %+.3f %%, widest half-width %.3f, "
		       "rms error %.3f; %zu repetitions, %s\n",
		       all[t].name, all[t].rms_residual,
		       100 * all[t].slope_error, all[t].max_half_width,
		       all[t].rms_error, all[t].repetitions, all[t].treatment);
	for (t = 0; t < TOOLS; t++) {
		for (i = 0; rivals[t] && i < TREATMENTS; i++) {
			evaluate_rival(&o, rivals[t], &rival_treatments[i]);
			printf("%s over switchcost, %s: half-width x %.1f, "
			       "error x %.1f\n",
			       o.name, o.treatment,
			       o.rms_half_width / us->rms_half_width,
			       o.rms_error / us->rms_error);
		}
	}
}

/* An aim, and the figure that was seen. */
struct aim {
	const char *what;
	double seen;
	double limit;
	bool met;
};

/* The verdict on all tools and treatments, ours first. */
struct verdict {
	struct outcome outcomes[1 + TOOLS * TREATMENTS];
	size_t noutcomes;
	struct aim aims[4];
	size_t naims;
	bool met;
};

/* The walk is in an outcome; ours is the first of all. */
GETTER(const struct outcome *, outcome_of, at->data);
GETTER(const struct outcome *, our_outcome, &UP(verdict)->outcomes[0]);
GETTER(const struct outcome *, of_chain, outcome_of(at->up));
GETTER(int64_t, chain_length, rival_lengths[at->i]);
GETTER(double, chain_cycles, of_chain(at)->cycles[at->i].mean);
GETTER(double, chain_error, of_chain(at)->error[at->i]);
GETTER(double, chain_half_width, of_chain(at)->half_width[at->i]);

static const struct record chain_record = {
	.fields = FIELDS({WHOLE_OF("chain", chain_length)},
			 {REAL_OF("cycles", chain_cycles)},
			 {REAL_OF("error", chain_error)},
			 {REAL_OF("half_width", chain_half_width)}),
};

GETTER(struct elements, chains, (struct elements){at->data, CHAIN_COUNT, 0});
GETTER(double, slope_error_percent, 100 * outcome_of(at)->slope_error);
GETTER(double, half_width_ratio,
       outcome_of(at)->rms_half_width / our_outcome(at)->rms_half_width);
GETTER(double, error_ratio,
       outcome_of(at)->rms_error / our_outcome(at)->rms_error);

static const struct record outcome_record = {
	.fields = FIELDS({MEMBER("tool", outcome, name)},
			 {MEMBER("treatment", outcome, treatment)},
			 {MEMBER("wall_seconds_per_chain", outcome, seconds)},
			 {MEMBER("repetitions", outcome, repetitions)},
			 {MEMBER("rms_residual", outcome, rms_residual)},
			 {REAL_OF("slope_error_percent", slope_error_percent)},
			 {MEMBER("max_half_width", outcome, max_half_width)},
			 {MEMBER("rms_error", outcome, rms_error)},
			 {REAL_OF("half_width_ratio", half_width_ratio)},
			 {REAL_OF("error_ratio", error_ratio)},
			 {ROWS_OF("chains", chains, &chain_record)}),
};

static const struct record aim_record = {
	.fields = FIELDS(
		{MEMBER("aim", aim, what)}, {MEMBER("seen", aim, seen)},
		{MEMBER("limit", aim, limit)}, {MEMBER("met", aim, met)}),
};

static const struct record verdict_record = {
	.fields = FIELDS(
		{ROWS("tools", verdict, outcomes, noutcomes, &outcome_record)},
		{ROWS("aims", verdict, aims, naims, &aim_record)}),
};

/* Evaluates every treatment, not only the one that the table shows. */
static void evaluate_all(struct verdict *v, const struct outcome *all)
{
	int t, treatment;

	v->outcomes[v->noutcomes++] = all[0];
	for (t = 0; t < TOOLS; t++) {
		for (treatment = 0; rivals[t] && treatment < TREATMENTS;
		     treatment++)
			evaluate_rival(&v->outcomes[v->noutcomes++], rivals[t],
				       &rival_treatments[treatment]);
	}
}

static void judge(struct verdict *v, const char *what, double seen,
		  double limit, bool met)
{
	v->aims[v->naims++] = (struct aim){what, seen, limit, met};
	v->met &= met;
}

static void judge_all(struct verdict *v, const struct outcome *all)
{
	const struct outcome *us = &all[TOOL_SWITCHCOST];
	double ratio = INFINITY, slope = fabs(us->slope_error);
	size_t t;

	v->met = true;
	for (t = 0; t < TOOLS; t++) {
		if (rivals[t])
			ratio = fmin(ratio, all[t].rms_half_width /
						    us->rms_half_width);
	}
	judge(v, "rms residual in cycles", us->rms_residual, LIMIT_RMS_RESIDUAL,
	      us->rms_residual <= LIMIT_RMS_RESIDUAL);
	judge(v, "slope error as a part of one", slope, LIMIT_SLOPE_ERROR,
	      slope <= LIMIT_SLOPE_ERROR);
	judge(v, "widest half-width in cycles", us->max_half_width,
	      LIMIT_HALF_WIDTH, us->max_half_width <= LIMIT_HALF_WIDTH);
	judge(v, "times tighter than either rival", ratio, AIM_TIMES_TIGHTER,
	      ratio >= AIM_TIMES_TIGHTER);
}

static const struct result_line aims_lines[] = {
	{.each = "aims",
	 .text = "{met?met|not met}: {aim}: {seen:.3g}, aim {limit:g}\n"},
	{0}};

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .doc = doc};
	struct arguments a = {.seconds = 60, .cpu = -1, .samples = 20000};
	struct outcome all[TOOLS];
	struct error err = {0};
	static struct verdict v;
	struct result *result;
	int t;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (pin(a.cpu, &err) || take_rounds(&a, &err)) {
		fprintf(stderr, "precision: %s\n", err.text);
		return err.code;
	}
	evaluate_ours(&all[TOOL_SWITCHCOST]);
	for (t = 0; t < TOOLS; t++) {
		if (rivals[t])
			evaluate_best(&all[t], rivals[t]);
	}
	judge_all(&v, all);
	evaluate_all(&v, all);
	result = result_make(&verdict_record, &v);
	if (a.json) {
		result_write(result, stdout);
	} else {
		print_table(all);
		print_summary(all);
		result_print(result, "", aims_lines, stdout);
	}
	result_free(result);
	return v.met ? EXIT_DONE : EXIT_CHECK_FAILED;
}
