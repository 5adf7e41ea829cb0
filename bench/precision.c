// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <gsl/gsl_fit.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "figures.h"
#include "measure.h"
#include "replay.h"
#include "rivals.h"

#define MAX_ROUNDS 100u

/* What a chain must come out as; core cycles, and parts of one. */
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
 * A run whose self-test fails is done again. What it took counts as switchcost's
 * time all the same.
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
	o->rms_error = figures_rms(o->error, CHAIN_COUNT);
	o->rms_half_width = figures_rms(o->half_width, CHAIN_COUNT);
}

/*
 * The rivals' intervals know of chance only. So that like is compared with like,
 * ours are stripped of the part that isn't chance; it shows in the error.
 */
static void strip_systematic(struct estimate *e)
{
	double known = MEASURE_LEVEL_FACTOR * MEASURE_SYSTEMATIC;
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
		o->cycles[i] = figures_pool(ours.cycles[i], ours.rounds);
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

/* What an estimate can be off by, its own doubt included. */
static double badness(const struct outcome *o)
{
	return hypot(o->rms_error, o->rms_half_width);
}

/*
 * Gives a rival the treatment with which it comes out best, by the truth. Who
 * doesn't know the truth couldn't choose: this favours the rival.
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

static json_t *number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *outcome_json(const struct outcome *o, const struct outcome *us)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < CHAIN_COUNT; i++)
		json_array_append_new(
			list,
			json_pack("{s:i, s:o, s:o, s:o}", "chain",
				  rival_lengths[i], "cycles",
				  number_or_null(o->cycles[i].mean), "error",
				  number_or_null(o->error[i]), "half_width",
				  number_or_null(o->half_width[i])));
	return json_pack("{s:s, s:s, s:f, s:i, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o}",
			 "tool", o->name, "treatment", o->treatment,
			 "wall_seconds_per_chain", o->seconds, "repetitions",
			 (int)o->repetitions, "rms_residual",
			 number_or_null(o->rms_residual), "slope_error_percent",
			 number_or_null(100 * o->slope_error), "max_half_width",
			 number_or_null(o->max_half_width), "rms_error",
			 number_or_null(o->rms_error), "half_width_ratio",
			 number_or_null(o->rms_half_width / us->rms_half_width),
			 "error_ratio",
			 number_or_null(o->rms_error / us->rms_error), "chains",
			 list);
}

/* Prints every treatment, not only the one that the table shows. */
static void print_json(const struct outcome *all, json_t *aims)
{
	json_t *list = json_array();
	struct outcome o;
	int t, treatment;

	json_array_append_new(list, outcome_json(all, all));
	for (t = 0; t < TOOLS; t++) {
		for (treatment = 0; rivals[t] && treatment < TREATMENTS;
		     treatment++) {
			evaluate_rival(&o, rivals[t],
				       &rival_treatments[treatment]);
			json_array_append_new(list, outcome_json(&o, all));
		}
	}
	aims = json_pack("{s:o, s:O}", "tools", list, "aims", aims);
	json_dumpf(aims, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(aims);
}

static void judge(json_t *aims, bool *all_met, const char *what, double seen,
		  double limit, bool met)
{
	*all_met &= met;
	json_array_append_new(aims,
			      json_pack("{s:s, s:o, s:f, s:b}", "aim", what,
					"seen", number_or_null(seen), "limit",
					limit, "met", met));
}

static json_t *judge_all(const struct outcome *all, bool *all_met)
{
	const struct outcome *us = &all[TOOL_SWITCHCOST];
	double ratio = INFINITY, slope = fabs(us->slope_error);
	json_t *aims = json_array();
	size_t t;

	*all_met = true;
	for (t = 0; t < TOOLS; t++) {
		if (rivals[t])
			ratio = fmin(ratio, all[t].rms_half_width /
						    us->rms_half_width);
	}
	judge(aims, all_met, "rms residual in cycles", us->rms_residual,
	      LIMIT_RMS_RESIDUAL, us->rms_residual <= LIMIT_RMS_RESIDUAL);
	judge(aims, all_met, "slope error as a part of one", slope,
	      LIMIT_SLOPE_ERROR, slope <= LIMIT_SLOPE_ERROR);
	judge(aims, all_met, "widest half-width in cycles", us->max_half_width,
	      LIMIT_HALF_WIDTH, us->max_half_width <= LIMIT_HALF_WIDTH);
	judge(aims, all_met, "times tighter than either rival", ratio,
	      AIM_TIMES_TIGHTER, ratio >= AIM_TIMES_TIGHTER);
	return aims;
}

static void print_aims(const json_t *aims)
{
	const json_t *aim;
	size_t i;

	json_array_foreach(aims, i, aim) {
		printf("%s: %s: %.3g, aim %g\n",
		       json_is_true(json_object_get(aim, "met")) ? "met"
								 : "not met",
		       json_string_value(json_object_get(aim, "aim")),
		       json_number_value(json_object_get(aim, "seen")),
		       json_number_value(json_object_get(aim, "limit")));
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .doc = doc};
	struct arguments a = {.seconds = 60, .cpu = -1, .samples = 20000};
	struct outcome all[TOOLS];
	struct error err = {0};
	json_t *aims;
	bool met;
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
	aims = judge_all(all, &met);
	if (a.json) {
		print_json(all, aims);
	} else {
		print_table(all);
		print_summary(all);
		print_aims(aims);
	}
	json_decref(aims);
	return met ? EXIT_DONE : EXIT_CHECK_FAILED;
}
