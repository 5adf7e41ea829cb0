// SPDX-License-Identifier: GPL-2.0
#include "table_report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "resulttext.h"
#include "stats.h"

#define MAX_ROUNDS 1000

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

/* A kind of result, known by some of its keys. */
struct kind {
	const char *verb;
	const char *keys;
	bool (*is)(const struct result *result);
};

static bool is_replay(const struct result *result)
{
	return result_is_whole(result, "ops") && result_word(result, "backend");
}

static bool is_fidelity(const struct result *result)
{
	return result_has(result, "live_cycles") &&
	       result_has(result, "ratio_ci");
}

static const struct kind replays = {"replay", "ops and backend", is_replay};
static const struct kind fidelities = {"fidelity", "live_cycles and ratio_ci",
				       is_fidelity};

static struct result *read(const char *path, const struct kind *kind,
			   struct error *err)
{
	struct error why = {0};
	struct result *result = result_read(path, &why);

	if (result && kind->is(result))
		return result;
	if (result)
		error_set(&why, EXIT_USAGE, "%s: no %s", path, kind->keys);
	result_free(result);
	error_set(err, EXIT_USAGE, "%s: not a result of %s", why.text,
		  kind->verb);
	return NULL;
}

/*
 * Core cycles per nanosecond, from the user backend: live calls run as it does. NAN:
 * it isn't there.
 */
static double clock_ghz(const struct table *t)
{
	double ghz;
	size_t i;

	for (i = 0; i < t->n; i++) {
		ghz = result_real(t->results[i], "tsc_hz") *
		      result_real(t->results[i], "core_per_tsc") / 1e9;
		if (!strcmp(result_word(t->results[i], "backend"), "user") &&
		    ghz > 0)
			return ghz;
	}
	return NAN;
}

static struct estimate times(struct estimate e, double factor)
{
	return (struct estimate){e.mean * factor, e.lo * factor, e.hi * factor};
}

/* The live call of a fidelity run; in ns by the user backend's clock. */
static void take_live(struct table *t)
{
	const struct result *f = t->fidelity;

	t->live_cycles = (struct estimate){
		result_real(f, "live_cycles"),
		result_real(f, "live_ci.0"),
		result_real(f, "live_ci.1"),
	};
	t->live = times(t->live_cycles, 1 / clock_ghz(t));
	t->has_live = true;
}

static int check_same_sequence(const struct table *t, struct error *err)
{
	const int64_t ops = result_whole(t->results[0], "ops");
	size_t i;

	for (i = 1; i < t->n; i++) {
		if (result_whole(t->results[i], "ops") != ops)
			return error_set(
				err, EXIT_CHECK_FAILED,
				"the results replayed different sequences: "
				"%" PRId64 " and %" PRId64 " ops",
				ops, result_whole(t->results[i], "ops"));
	}
	return 0;
}

/* A benchmark's own nanoseconds go before what a fidelity run says. */
int table_collect(struct table *t, const struct table_files *f,
		  struct error *err)
{
	*t = (struct table){.n = 0};
	for (; t->n < f->n; t->n++) {
		t->results[t->n] = read(f->results[t->n], &replays, err);
		if (!t->results[t->n])
			return -1;
	}
	if (check_same_sequence(t, err))
		return -1;
	if (f->fidelity) {
		t->fidelity = read(f->fidelity, &fidelities, err);
		if (!t->fidelity)
			return -1;
		take_live(t);
	}
	if (!f->live)
		return 0;
	t->has_live = true;
	if (read_live(f->live, &t->live, err))
		return -1;
	t->live_cycles = times(t->live, clock_ghz(t));
	return 0;
}

void table_free(struct table *t)
{
	while (t->n)
		result_free(t->results[--t->n]);
	result_free(t->fidelity);
}

GETTER(const struct result *, result_of, *(struct result *const *)at->data);

static const struct record one_record = {
	.fields = FIELDS({RESULT_OF(NULL, result_of)}),
};

GETTER(const struct result *, fidelity_of, DATA(table)->fidelity);

static const struct record live_record = {
	.fields = FIELDS({MEMBER("ns", table, live)},
			 {MEMBER("cycles", table, live_cycles)}),
};

const struct record table_record = {
	.fields = FIELDS({ROWS("results", table, results, n, &one_record)},
			 {OBJECT("live", &live_record),
			  .valid_if = IS(table, has_live)},
			 {RESULT_OF("fidelity", fidelity_of)}),
};

#define INSTRUCTIONS                                                   \
	"{lowering.instructions} instructions recorded + "             \
	"{lowering.deviations.caller_call:d} caller's call + "         \
	"{lowering.deviations.split:d} split + "                       \
	"{lowering.deviations.chunked:d} chunks = {lowering.ops} ops " \
	"replayed\n\n"

/* How the trace's instructions became the replay's ops. */
static const struct result_line lowering_lines[] = {
	{.when = "lowering trace.scenario", .text = "{trace.scenario}"},
	{.when = "lowering !trace.scenario", .text = "sequence"},
	{.when = "lowering", .text = ": {trace.begin}, "},
	{.when = "lowering trace.go", .text = "{trace.go}\n"},
	{.when = "lowering !trace.go", .text = "no Go\n"},
	{.when = "lowering", .text = INSTRUCTIONS},
	{0}};

static const struct result_line why_lines[] = {
	{.when = "why", .text = "{why}\n"},
	{.when = "!why", .text = "not measured\n"},
	{0}};

static const struct result_line live_lines[] = {
	{.text = "  in a loop      live             "},
	{.when = "live.cycles.mean", .text = "{live.cycles:.1e}"},
	{.when = "!live.cycles.mean", .text = "no clock to convert by"},
	{.when = "live.ns.mean", .text = "  ({live.ns:.2f} ns)"},
	{.text = "\n"},
	{0}};

/* The replay that is compared with the live call, in turns with it. */
static const struct result_line ratio_lines[] = {
	{.text = "                 replay, ring 3   "},
	{.when = "replay_cycles",
	 .text = "{replay_cycles:.1f} [{replay_ci.0:.1f}, "
		 "{replay_ci.1:.1f}]\n"},
	{.when = "!replay_cycles", .rows = why_lines},
	{.text = "                 replay / live    "},
	{.when = "ratio",
	 .text = "{ratio:.3f} [{ratio_ci.0:.3f}, {ratio_ci.1:.3f}]\n"},
	{.when = "!ratio", .rows = why_lines},
	{0}};

static const char *ring_of(const struct result *result)
{
	return strcmp(result_word(result, "backend"), "kernel") ? "ring 3"
								: "ring 0";
}

static const struct result_line looped_lines[] = {
	{.text = "{back_to_back:.1e}\n"}, {0}};

static const struct result_line isolated_lines[] = {
	{.when = "cycles.mean", .text = "{cycles:.1e}\n"},
	{.when = "!cycles.mean", .rows = why_lines},
	{0}};

/* A latency isn't put beside a loop without saying so. */
static void put_replays(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n && !t->fidelity; i++) {
		if (!result_holds(t->results[i], "back_to_back.mean"))
			continue;
		printf("  %-14s replay, %-8s ", "in a loop",
		       ring_of(t->results[i]));
		result_print(t->results[i], "", looped_lines, stdout);
	}
	for (i = 0; i < t->n; i++) {
		printf("  %-14s replay, %-8s ", i ? "" : "isolated",
		       ring_of(t->results[i]));
		result_print(t->results[i], "", isolated_lines, stdout);
	}
}

static const struct result_line counts_lines[] = {
	{.text = "\nbackend  isolation     ops  loads stores atomics    "
		 "replays\n"},
	{.each = "results",
	 .text = "{backend:-8s} {isolation:-10s} {ops:6d} {loads:6d} "
		 "{stores:6d} {atomics:7d} {replays:10d}\n"},
	{.when = "results.0.trace.counts",
	 .text = "recorded -          {results.0.trace.counts.instructions:6d} "
		 "{results.0.trace.counts.loads:6d} "
		 "{results.0.trace.counts.stores:6d} "
		 "{results.0.trace.counts.atomics:7d}          -\n"},
	{0}};

void table_text(const void *data, const struct result *all)
{
	const struct table *t = data;

	result_print(t->results[0], "", lowering_lines, stdout);
	printf("core cycles of a call [95 %% interval]\n");
	if (t->has_live)
		result_print(all, "", live_lines, stdout);
	if (t->fidelity)
		result_print(t->fidelity, "", ratio_lines, stdout);
	put_replays(t);
	result_print(all, "", counts_lines, stdout);
}
