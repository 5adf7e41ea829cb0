// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "number.h"
#include "summary.h"
#include "replay.h"
#include "resulttext.h"

#define MAX_RUNS 100000

/* An interval of 95 % that covers less often than this isn't one. */
#define LIMIT_COVERAGE 0.93

static const char doc[] =
	"Measure, over and over, two things whose length is known: nothing (0 "
	"cycles), and a chain of 50 additions minus one of 30 (20 cycles). Print "
	"how often the 95 % interval contains the truth.\v"
	"Exit code 1: either does in less than 93 % of the runs, or timings are "
	"withheld here.";

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print one JSON object on stdout", 0},
	{"runs", 'r', "N", 0, "Runs (default 100)", 0},
	{"samples", 'n', "N", 0, "Samples a replay (default 20000)", 0},
	{"verbose", 'v', NULL, 0, "Print every interval on stderr", 0},
	{0}};

struct arguments {
	unsigned int runs;
	uint32_t samples;
	bool json, verbose;
};

struct tally {
	const char *name;
	double truth;
	int (*measure)(const struct arguments *a, struct estimate *e,
		       double *seconds, struct error *err);
	unsigned int hits;
	unsigned int refused;
	double width; /* sum over the runs */
	double error; /* likewise, signed */
	double square;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case 'r':
		a->runs = number_of(state, "--runs", arg, 1, MAX_RUNS);
		return 0;
	case 'n':
		a->samples = number_of(state, "--samples", arg, 1, UINT32_MAX);
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void count(struct tally *t, const struct estimate *e, bool verbose)
{
	double error = e->mean - t->truth;

	t->hits += e->lo <= t->truth && t->truth <= e->hi;
	t->width += e->hi - e->lo;
	t->error += error;
	t->square += error * error;
	if (verbose)
		fprintf(stderr, "%s: %+.4f [%+.4f, %+.4f]\n", t->name, e->mean,
			e->lo, e->hi);
}

static int measure_nothing(const struct arguments *a, struct estimate *e,
			   double *seconds, struct error *err)
{
	const char *null = REPLAY_NULL;

	return replay_batch(&null, 1, a->samples, e, seconds, err);
}

static int measure_difference(const struct arguments *a, struct estimate *e,
			      double *seconds, struct error *err)
{
	return replay_difference("chain 50\n", "chain 30\n", a->samples, e,
				 seconds, err);
}

/*
 * A run whose self-test fails has no interval, and promises nothing: it is
 * counted apart, and done again, unless most runs fail here.
 */
static int run_one(const struct arguments *a, struct tally *t, double *seconds,
		   struct error *err)
{
	struct error refused;
	struct estimate e;

	do {
		refused = (struct error){0};
		if (!t->measure(a, &e, seconds, &refused)) {
			count(t, &e, a->verbose);
			return 0;
		}
		if (a->verbose)
			fprintf(stderr, "%s: %s\n", t->name, refused.text);
	} while (refused.code == EXIT_CHECK_FAILED && t->refused++ < a->runs);
	*err = refused;
	return -1;
}

static int run_all(const struct arguments *a, struct tally *nothing,
		   struct tally *difference, double *seconds, struct error *err)
{
	unsigned int i;

	for (i = 0; i < a->runs; i++) {
		if (run_one(a, nothing, seconds, err) ||
		    run_one(a, difference, seconds, err))
			return -1;
	}
	return 0;
}

static bool good(const struct tally *t, unsigned int runs)
{
	return t->hits >= LIMIT_COVERAGE * runs;
}

/* The outcome of one question; see struct tally. */
struct outcome {
	const char *name;
	double truth;
	unsigned int hits;
	unsigned int runs;
	unsigned int refused;
	struct estimate coverage;
	double width;
	double error;
	double rms;
	bool good;
};

static struct outcome conclude(const struct tally *t, unsigned int runs)
{
	return (struct outcome){
		.name = t->name,
		.truth = t->truth,
		.hits = t->hits,
		.runs = runs,
		.refused = t->refused,
		.coverage = summary_coverage(t->hits, runs),
		.width = t->width / runs,
		.error = t->error / runs,
		.rms = sqrt(t->square / runs),
		.good = good(t, runs),
	};
}

static const struct record outcome_record = {
	.fields = FIELDS({MEMBER("name", outcome, name)},
			 {MEMBER("truth", outcome, truth)},
			 {MEMBER("hits", outcome, hits)},
			 {MEMBER("runs", outcome, runs)},
			 {MEMBER("refused", outcome, refused)},
			 {MEAN("coverage", outcome, coverage)},
			 {INTERVAL("coverage_ci", outcome, coverage)},
			 {MEMBER("mean_width", outcome, width)},
			 {MEMBER("mean_error", outcome, error)},
			 {MEMBER("rms_error", outcome, rms)},
			 {MEMBER("good", outcome, good)}),
};

struct outcomes {
	struct outcome null;
	struct outcome difference;
	double seconds;
};

static const struct record outcomes_record = {
	.fields = FIELDS({OBJECT_AT("null", outcomes, null, &outcome_record)},
			 {OBJECT_AT("difference", outcomes, difference,
				    &outcome_record)},
			 {MEMBER("wall_seconds", outcomes, seconds)}),
};

static const struct result_line outcome_lines[] = {
	{.text = "{name}: {hits} of {runs} intervals contain {truth}: "
		 "{coverage:.1%} % [{coverage_ci.0:.1%}, {coverage_ci.1:.1%}]; "
		 "mean width {mean_width:.4f} cycles, mean error "
		 "{mean_error:+.4f}, rms {rms_error:.4f}; {refused} more runs "
		 "refused{good?|; TOO SELDOM (below 93 %)}\n"},
	{0}};

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .doc = doc};
	struct arguments a = {.runs = 100, .samples = 20000};
	struct tally nothing = {
		.name = "nothing", .truth = 0, .measure = measure_nothing};
	struct tally difference = {.name = "chain 50 minus chain 30",
				   .truth = 20,
				   .measure = measure_difference};
	struct error err = {0};
	struct outcomes outcomes = {.seconds = 0};
	struct result *result;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (run_all(&a, &nothing, &difference, &outcomes.seconds, &err)) {
		fprintf(stderr, "coverage: %s\n", err.text);
		return err.code;
	}
	outcomes.null = conclude(&nothing, a.runs);
	outcomes.difference = conclude(&difference, a.runs);
	result = result_make(&outcomes_record, &outcomes);
	if (a.json) {
		result_write(result, stdout);
	} else {
		result_print(result, "null", outcome_lines, stdout);
		result_print(result, "difference", outcome_lines, stdout);
	}
	result_free(result);
	return good(&nothing, a.runs) && good(&difference, a.runs)
		       ? EXIT_DONE
		       : EXIT_CHECK_FAILED;
}
