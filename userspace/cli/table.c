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
	{"fidelity", 'f', "RESULT", 0,
	 "Live cost, and its ratio to the replay: output of fidelity --json",
	 0},
	{"output", 'o', "FILE", 0, "Write everything as JSON, too", 0},
	CLI_OPTION_JSON,
	{0}};

struct arguments {
	const char *results[MAX_RESULTS];
	int nresults;
	const char *live;
	const char *fidelity;
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
	case 'f':
		a->fidelity = arg;
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
	       "the same sequence: the same number of ops.\vA live call is one of "
	       "many in a loop, so it stands beside replays in a loop; an isolated "
	       "replay, between fences, stands by itself.",
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

static json_t *read_json(const char *path, const char *verb, struct error *err)
{
	json_error_t where;
	json_t *o = json_load_file(path, 0, &where);

	if (!o)
		error_set(err, EXIT_USAGE, "%s:%d: %s: not a result of %s",
			  path, where.line, where.text, verb);
	return o;
}

static json_t *read_result(const char *path, struct error *err)
{
	json_t *o = read_json(path, "replay", err);

	if (!o)
		return NULL;
	if (json_is_integer(json_object_get(o, "ops")) &&
	    json_is_string(json_object_get(o, "backend")))
		return o;
	error_set(err, EXIT_USAGE,
		  "%s: no ops and backend: not a result of replay", path);
	json_decref(o);
	return NULL;
}

/* Null where none was asked for. */
static json_t *read_fidelity(const char *path, struct error *err)
{
	json_t *o;

	if (!path)
		return json_null();
	o = read_json(path, "fidelity", err);
	if (!o || (json_object_get(o, "live_cycles") &&
		   json_object_get(o, "ratio_ci")))
		return o;
	error_set(err, EXIT_USAGE,
		  "%s: no live_cycles and ratio_ci: not a result of fidelity",
		  path);
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

/* The live call of a fidelity run; in ns by the user backend's clock. */
static json_t *live_of(const json_t *fidelity, double ghz)
{
	const json_t *ci = json_object_get(fidelity, "live_ci");
	struct estimate c = {
		json_number_value(json_object_get(fidelity, "live_cycles")),
		json_number_value(json_array_get(ci, 0)),
		json_number_value(json_array_get(ci, 1)),
	};
	struct estimate ns = {c.mean / ghz, c.lo / ghz, c.hi / ghz};
	bool valid = c.mean > 0;

	return json_pack("{s:o, s:o}", "ns",
			 report_estimate(&ns, valid && ghz > 0), "cycles",
			 report_estimate(&c, valid));
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

/* "94.7 [94.6, 94.8]", or why there is none. */
static void put_figure(const json_t *mean, const json_t *lo, const json_t *hi,
		       int digits, const char *why)
{
	if (json_is_number(mean))
		printf("%.*f [%.*f, %.*f]", digits, json_number_value(mean),
		       digits, json_number_value(lo), digits,
		       json_number_value(hi));
	else
		printf("%s", why);
}

static void put_estimate(const json_t *o, const char *key, const char *why)
{
	const json_t *e = json_object_get(o, key);

	put_figure(json_object_get(e, "mean"), json_object_get(e, "ci_lo"),
		   json_object_get(e, "ci_hi"), 1, why);
}

static const char *why_of(const json_t *o)
{
	const char *why = json_string_value(json_object_get(o, "why"));

	return why && *why ? why : "not measured";
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

static const char *ring_of(const json_t *result)
{
	const char *backend =
		json_string_value(json_object_get(result, "backend"));

	return strcmp(backend, "kernel") ? "ring 3" : "ring 0";
}

static void put_live(const json_t *live)
{
	const json_t *ns = json_object_get(live, "ns");
	const json_t *mean = json_object_get(ns, "mean");

	printf("  %-14s %-16s ", "in a loop", "live");
	put_estimate(live, "cycles", "no clock to convert by");
	if (json_is_number(mean))
		printf("  (%.2f ns)", json_number_value(mean));
	putchar('\n');
}

/* The replay that is held against the live call, in turns with it. */
static void put_ratio(const json_t *f)
{
	const json_t *ci = json_object_get(f, "replay_ci");
	const json_t *ratio = json_object_get(f, "ratio_ci");

	printf("  %-14s %-16s ", "", "replay, ring 3");
	put_figure(json_object_get(f, "replay_cycles"), json_array_get(ci, 0),
		   json_array_get(ci, 1), 1, why_of(f));
	printf("\n  %-14s %-16s ", "", "replay / live");
	put_figure(json_object_get(f, "ratio"), json_array_get(ratio, 0),
		   json_array_get(ratio, 1), 3, why_of(f));
	putchar('\n');
}

static void put_looped(const json_t *results)
{
	const json_t *o;
	size_t i;

	json_array_foreach(results, i, o) {
		if (!json_is_number(json_object_get(
			    json_object_get(o, "back_to_back"), "mean")))
			continue;
		printf("  %-14s replay, %-8s ", "in a loop", ring_of(o));
		put_estimate(o, "back_to_back", "");
		putchar('\n');
	}
}

static void put_isolated(const json_t *results)
{
	const json_t *o;
	size_t i;

	json_array_foreach(results, i, o) {
		printf("  %-14s replay, %-8s ", i ? "" : "isolated",
		       ring_of(o));
		put_estimate(o, "cycles", why_of(o));
		putchar('\n');
	}
}

static void put_counts(const json_t *results)
{
	const json_t *o, *recorded;
	size_t i;

	printf("\n%-8s %-10s %6s %6s %6s %7s %10s\n", "backend", "isolation",
	       "ops", "loads", "stores", "atomics", "replays");
	json_array_foreach(results, i, o)
		printf("%-8s %-10s %6lld %6lld %6lld %7lld %10lld\n",
		       json_string_value(json_object_get(o, "backend")),
		       json_string_value(json_object_get(o, "isolation")),
		       number(o, "ops"), number(o, "loads"),
		       number(o, "stores"), number(o, "atomics"),
		       number(o, "replays"));
	recorded = json_object_get(
		json_object_get(json_array_get(results, 0), "trace"), "counts");
	if (recorded)
		printf("%-8s %-10s %6lld %6lld %6lld %7lld %10s\n", "recorded",
		       "-", number(recorded, "instructions"),
		       number(recorded, "loads"), number(recorded, "stores"),
		       number(recorded, "atomics"), "-");
}

/* A latency isn't put beside a loop without saying so. */
static void print_text(const json_t *all)
{
	const json_t *results = json_object_get(all, "results");
	const json_t *live = json_object_get(all, "live");
	const json_t *fidelity = json_object_get(all, "fidelity");

	put_lowering(json_array_get(results, 0));
	printf("core cycles of a call [95 %% interval]\n");
	if (!json_is_null(live))
		put_live(live);
	if (json_is_null(fidelity))
		put_looped(results);
	else
		put_ratio(fidelity);
	put_isolated(results);
	put_counts(results);
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

/* Either may be given; a benchmark's own nanoseconds go first. */
static json_t *make_live_of(const struct arguments *a, const json_t *fidelity,
			    double ghz, struct error *err)
{
	struct estimate ns;

	if (a->live)
		return read_live(a->live, &ns, err) ? NULL
						    : make_live(&ns, ghz);
	return json_is_null(fidelity) ? json_null() : live_of(fidelity, ghz);
}

static json_t *collect(const struct arguments *a, struct error *err)
{
	json_t *results = json_array(), *fidelity = NULL, *live = NULL, *o;
	int i;

	for (i = 0; i < a->nresults && !err->text[0]; i++) {
		o = read_result(a->results[i], err);
		if (o)
			json_array_append_new(results, o);
	}
	if (!err->text[0] && !same_sequence(results, err))
		fidelity = read_fidelity(a->fidelity, err);
	if (fidelity)
		live = make_live_of(a, fidelity, clock_ghz(results), err);
	if (live)
		return json_pack("{s:o, s:o, s:o}", "results", results, "live",
				 live, "fidelity", fidelity);
	json_decref(fidelity);
	json_decref(results);
	return NULL;
}

int verb_table(int argc, char **argv)
{
	struct arguments a = {0};
	struct error err = {0};
	json_t *all;

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
	print_text(all);
	json_decref(all);
	return EXIT_DONE;
}
