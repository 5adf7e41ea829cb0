// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "outfile.h"
#include "report.h"

#define MAX_RESULTS 16
#define MAX_ROUNDS  1000

static const struct argp_option options[] = {
	{"live", 'l', "BENCH", 0, "Live cost: output of goprobe bench", 0},
	{"output", 'o', "FILE", 0, "Write everything as JSON, too", 0},
	CLI_OPTION_JSON,
	{0}};

struct arguments {
	const char *results[MAX_RESULTS];
	int nresults;
	const char *live;
	const char *output;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'l':
		a->live = arg;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->nresults == MAX_RESULTS)
			cli_usage(state, "more than %d results", MAX_RESULTS);
		a->results[a->nresults++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		cli_usage(state, "which results?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RESULT.json...",
	.doc = "Print results of replay --json side by side. All must be replays of "
	       "the same sequence: the same number of ops.",
};

/*
 * The live cost of the same call: mean of the rounds that goprobe bench printed,
 * in ns, turned to cycles by the clock that the user backend measured.
 */
static int read_live(const char *path, struct estimate *ns, struct error *err)
{
	double rounds[MAX_ROUNDS];
	FILE *f = fopen(path, "re");
	char line[512];
	size_t n = 0;

	if (!f)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	while (n < MAX_ROUNDS && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Benchmark%*s %*d %lf ns/op", &rounds[n]) == 1)
			n++;
	}
	fclose(f);
	if (n < 2)
		return error_set(err, EXIT_USAGE,
				 "%s: no Go benchmark lines: at least two are "
				 "needed",
				 path);
	*ns = stats_mean(rounds, n);
	return 0;
}

static json_t *read_result(const char *path, struct error *err)
{
	json_error_t where;
	json_t *o = json_load_file(path, 0, &where);

	if (!o)
		error_set(err, EXIT_USAGE, "%s:%d: %s: not a result of replay",
			  path, where.line, where.text);
	else if (!json_is_integer(json_object_get(o, "ops")) ||
		 !json_is_string(json_object_get(o, "backend")))
		error_set(err, EXIT_USAGE,
			  "%s: no ops and backend: not a result of replay",
			  path);
	if (!err->text[0])
		return o;
	json_decref(o);
	return NULL;
}

/* Core cycles per nanosecond, from the user backend: live calls run as it does. */
static double clock_ghz(json_t *results)
{
	const char *backend;
	double hz, ratio;
	json_t *o;
	size_t i;

	json_array_foreach(results, i, o) {
		hz = json_number_value(json_object_get(o, "tsc_hz"));
		ratio = json_number_value(json_object_get(o, "core_per_tsc"));
		backend = json_string_value(json_object_get(o, "backend"));
		if (!strcmp(backend, "user") && hz > 0 && ratio > 0)
			return hz * ratio / 1e9;
	}
	return 0;
}

static json_t *make_live(const struct estimate *ns, double ghz)
{
	struct estimate cycles = {ns->mean * ghz, ns->lo * ghz, ns->hi * ghz};

	return json_pack("{s:o, s:o}", "ns", report_estimate(ns, true),
			 "cycles", report_estimate(&cycles, ghz > 0));
}

static int same_sequence(json_t *results, struct error *err)
{
	json_t *first = json_array_get(results, 0), *o;
	size_t i;

	json_array_foreach(results, i, o) {
		if (!json_equal(json_object_get(first, "ops"),
				json_object_get(o, "ops")))
			return error_set(
				err, EXIT_CHECK_FAILED,
				"the results replayed different sequences: "
				"%lld and %lld ops",
				(long long)json_integer_value(
					json_object_get(first, "ops")),
				(long long)json_integer_value(
					json_object_get(o, "ops")));
	}
	return 0;
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void put_cycles(const json_t *o)
{
	const json_t *cycles = json_object_get(o, "cycles");
	const json_t *mean = json_object_get(cycles, "mean");

	if (json_is_number(mean))
		printf("%.1f [%.1f, %.1f]", json_number_value(mean),
		       json_number_value(json_object_get(cycles, "ci_lo")),
		       json_number_value(json_object_get(cycles, "ci_hi")));
	else
		printf("%s", json_string_value(json_object_get(o, "why"))
				     ?: "no clock to convert by");
}

/* How the trace's instructions became the replay's ops. */
static void put_lowering(const json_t *result)
{
	const json_t *l = json_object_get(result, "lowering");
	const json_t *d = json_object_get(l, "deviations");
	const json_t *t = json_object_get(result, "trace");

	if (!l)
		return;
	printf("%s: %s, %s\n",
	       json_string_value(json_object_get(t, "scenario")) ?: "sequence",
	       json_string_value(json_object_get(t, "begin")) ?: "",
	       json_string_value(json_object_get(t, "go")) ?: "no Go");
	printf("%lld instructions recorded + %lld caller's call + %lld split + "
	       "%lld chunks = %lld ops replayed\n\n",
	       number(l, "instructions"), number(d, "caller_call"),
	       number(d, "split"), number(d, "chunked"), number(l, "ops"));
}

static void put_live_row(const json_t *live, const json_t *result)
{
	const json_t *counts =
		json_object_get(json_object_get(result, "trace"), "counts");
	const json_t *ns = json_object_get(live, "ns");

	printf("%-8s %-10s %6lld %6lld %6lld %7lld %10s  ", "live", "-",
	       number(counts, "instructions"), number(counts, "loads"),
	       number(counts, "stores"), number(counts, "atomics"), "-");
	put_cycles(live);
	printf("  (%.2f ns)\n", json_number_value(json_object_get(ns, "mean")));
}

static void print_text(const json_t *results, const json_t *live)
{
	const json_t *first = json_array_get(results, 0), *o;
	size_t i;

	put_lowering(first);
	printf("%-8s %-10s %6s %6s %6s %7s %10s  %s\n", "backend", "isolation",
	       "ops", "loads", "stores", "atomics", "replays",
	       "cycles [95 % interval]");
	json_array_foreach(results, i, o) {
		printf("%-8s %-10s %6lld %6lld %6lld %7lld %10lld  ",
		       json_string_value(json_object_get(o, "backend")),
		       json_string_value(json_object_get(o, "isolation")),
		       number(o, "ops"), number(o, "loads"),
		       number(o, "stores"), number(o, "atomics"),
		       number(o, "replays"));
		put_cycles(o);
		putchar('\n');
	}
	if (live)
		put_live_row(live, first);
}

static int write_json(const json_t *all, const char *path, struct error *err)
{
	struct outfile out;

	if (outfile_open(&out, path, err))
		return -1;
	json_dumpf(all, out.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
	fputc('\n', out.stream);
	return outfile_commit(&out, err);
}

static json_t *collect(const struct arguments *a, struct error *err)
{
	json_t *results = json_array(), *all, *o;
	struct estimate ns;
	int i;

	for (i = 0; i < a->nresults; i++) {
		o = read_result(a->results[i], err);
		if (!o)
			goto fail;
		json_array_append_new(results, o);
	}
	if (same_sequence(results, err) ||
	    (a->live && read_live(a->live, &ns, err)))
		goto fail;
	all = json_pack("{s:O, s:o}", "results", results, "live",
			a->live ? make_live(&ns, clock_ghz(results))
				: json_null());
	json_decref(results);
	return all;
fail:
	json_decref(results);
	return NULL;
}

int verb_table(int argc, char **argv)
{
	struct arguments a = {0};
	struct error err = {0};
	json_t *all, *live;

	cli_parse(&argp, argc, argv, &a);
	all = collect(&a, &err);
	if (!all)
		return cli_fail(&err);
	if (a.output && write_json(all, a.output, &err)) {
		json_decref(all);
		return cli_fail(&err);
	}
	if (a.json)
		return cli_print(all, EXIT_DONE);
	live = json_object_get(all, "live");
	print_text(json_object_get(all, "results"),
		   json_is_null(live) ? NULL : live);
	json_decref(all);
	return EXIT_DONE;
}
