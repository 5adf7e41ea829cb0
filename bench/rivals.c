// SPDX-License-Identifier: GPL-2.0
#include "rivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "summary.h"

#define PASS_SECONDS 1.0

/* A pass takes so many times its benchtimes, until that is known. */
#define FIRST_OVERHEAD 1.6

#define MIN_BENCHTIME 0.002

#define LENGTH(n) n,
const unsigned int rival_lengths[RIVAL_TIMED] = {CHAINS(LENGTH)
							 CHAINS_EXTRA(LENGTH)};

const struct treatment rival_treatments[TREATMENTS] = {
	{"as timed, clock of the same pass", false, false},
	{"as timed, clock of all passes", false, true},
	{"less an empty call, clock of the same pass", true, false},
	{"less an empty call, clock of all passes", true, true},
};

static void put_time(double *ns, unsigned int length, double value)
{
	size_t i;

	for (i = 0; i < RIVAL_TIMED; i++) {
		if (rival_lengths[i] == length)
			ns[i] = value;
	}
}

static int pass_gotest(double benchtime, double *ns, double *seconds,
		       struct error *err)
{
	char *program = command_path("bench/gochain.test"), bound[48];
	char *argv[] = {program, "-test.bench=.", bound, NULL};
	char line[256], *column;
	unsigned int length;
	struct command command;
	double value, took;

	snprintf(bound, sizeof(bound), "-test.benchtime=%.0fus",
		 benchtime * 1e6);
	if (!program || command_start(&command, argv, err)) {
		free(program);
		return -1;
	}
	while (fgets(line, sizeof(line), command.output)) {
		/* The name may end in "-2", for two CPUs; the time is last. */
		column = strrchr(line, '\t');
		if (column && sscanf(line, "BenchmarkChain/%u", &length) == 1 &&
		    sscanf(column, "%lf ns/op", &value) == 1)
			put_time(ns, length, value);
	}
	took = command_end(&command, 0, err);
	free(program);
	*seconds += took;
	return took < 0 ? -1 : 0;
}

static int pass_gbench(double benchtime, double *ns, double *seconds,
		       struct error *err)
{
	char *program = command_path("bench/gbench_chain"), bound[48];
	char *argv[] = {program, "--benchmark_format=json", bound, NULL};
	json_t *o, *list, *entry;
	unsigned int length;
	const char *name;
	double value;
	size_t i;

	snprintf(bound, sizeof(bound), "--benchmark_min_time=%.6f", benchtime);
	o = program ? command_json(argv, 0, seconds, err) : NULL;
	free(program);
	if (!o)
		return -1;
	list = json_object_get(o, "benchmarks");
	json_array_foreach(list, i, entry) {
		/* CPU time, in which another process's time isn't counted. */
		if (!json_unpack(entry, "{s:s, s:F}", "name", &name, "cpu_time",
				 &value) &&
		    sscanf(name, "Chain%u", &length) == 1)
			put_time(ns, length, value);
	}
	json_decref(o);
	return 0;
}

static struct estimate summary_gbench(double *values, size_t n)
{
	return stats_mean(values, n);
}

struct rival rival_gotest = {
	.name = "testing.B",
	.pass = pass_gotest,
	.summary = summary_median,
};

struct rival rival_gbench = {
	.name = "Google Benchmark",
	.pass = pass_gbench,
	.summary = summary_gbench,
};

static int one_pass(struct rival *r, double seconds, struct error *err)
{
	double overhead = r->requested ? r->seconds / r->requested
				       : FIRST_OVERHEAD;
	double benchtime =
		fmax(seconds / RIVAL_TIMED / overhead, MIN_BENCHTIME);
	double ns[RIVAL_TIMED] = {0};
	size_t i;

	if (r->pass(benchtime, ns, &r->seconds, err))
		return -1;
	r->requested += benchtime * RIVAL_TIMED;
	for (i = 0; i < RIVAL_TIMED; i++) {
		if (!(ns[i] > 0))
			return error_set(err, EXIT_IMPOSSIBLE,
					 "%s: no time for chain %u", r->name,
					 rival_lengths[i]);
	}
	for (i = 0; i < RIVAL_TIMED; i++)
		r->ns[i][r->passes] = ns[i];
	r->passes++;
	return 0;
}

int rival_catch_up(struct rival *r, double seconds, struct error *err)
{
	double left = seconds - r->seconds;
	int n = fmax(1, round(left / PASS_SECONDS));

	for (; n > 0 && r->passes < RIVAL_MAX_PASSES; n--) {
		if (one_pass(r, (seconds - r->seconds) / n, err))
			return -1;
	}
	return 0;
}

/* Nanoseconds that a core cycle took in a pass. */
static double cycle_ns(const struct rival *r, size_t pass)
{
	return (r->ns[RIVAL_CLOCK_LONG][pass] -
		r->ns[RIVAL_CLOCK_SHORT][pass]) /
	       (rival_lengths[RIVAL_CLOCK_LONG] -
		rival_lengths[RIVAL_CLOCK_SHORT]);
}

struct estimate rival_estimate(const struct rival *r, const struct treatment *t,
			       size_t i)
{
	double values[RIVAL_MAX_PASSES], clock = 0;
	size_t n;

	for (n = 0; n < r->passes; n++)
		values[n] = cycle_ns(r, n);
	if (t->clock_of_all)
		clock = r->summary(values, r->passes).mean;
	for (n = 0; n < r->passes; n++) {
		values[n] = r->ns[i][n];
		if (t->less_empty)
			values[n] -= r->ns[RIVAL_EMPTY][n];
		values[n] /= clock ? clock : cycle_ns(r, n);
	}
	return r->summary(values, r->passes);
}
