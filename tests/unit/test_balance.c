// SPDX-License-Identifier: GPL-2.0
#include "balance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper.h"

/* A result as watch prints it, of what a test needs. */
static struct result *result_from(const char *json)
{
	char path[] = "/tmp/balance-XXXXXX";
	struct error err = {0};
	struct result *result;
	FILE *f = fdopen(mkstemp(path), "w");

	assert_non_null(f);
	assert_true(fputs(json, f) >= 0);
	assert_int_equal(fclose(f), 0);
	result = result_read(path, &err);
	unlink(path);
	assert_non_null(result);
	return result;
}

#define SLOW_PATHS                                                      \
	"\"slow_paths\": [{\"name\": \"no_p_left\", \"probed\": true, " \
	"\"too_often\": false}]"

/*
 * 200 ns of CPU time a call, 60 % of it in C and 20 % on the way, of 10^7 calls, half of
 * whose time the probes were off.
 */
static const char sampled[] =
	"{\"calls\": 10000000, \"cpu_seconds\": 3, \"bare_cpu_ns\": 200,"
	"\"seconds\": 4, \"on_seconds\": 2, \"interrupts\": {\"cost_ns\": 1e4,"
	" \"path\": {\"times\": 2000}},"
	" \"time\": {\"path\": 0.2},"
	"\"each_call\": {\"mode\": \"windows\", \"spent_ns\": 1e8}," SLOW_PATHS
	",\"functions\": ["
	"{\"name\": \"init\", \"runtimes_own\": true, \"timed\": 0,"
	" \"time_share\": 0, \"program_share\": 0},"
	"{\"name\": \"f\", \"runtimes_own\": false, \"timed\": 0,"
	" \"time_share\": 0.999, \"program_share\": 0.6,"
	" \"off_cpu\": {\"blocked_ns\": 1e7, \"queued_ns\": 2e7},"
	" \"interrupts\": {\"times\": 3000}},"
	"{\"name\": \"g\", \"runtimes_own\": false, \"timed\": 0,"
	" \"time_share\": 0.001, \"program_share\": 0.001}]}";

static const char timed[] =
	"{\"calls\": 100, \"each_call\": {\"mode\": \"all\"}," SLOW_PATHS
	",\"functions\": [{\"name\": \"f\", \"timed\": 100, \"parts\":"
	" {\"calls\": 100, \"mean_ns\": 1000, \"on_cpu_ns\": 300,"
	"  \"blocked_ns\": 400, \"queued_ns\": 200, \"no_p_ns\": 100,"
	"  \"moved\": 10, \"moved_more_ns\": 50},"
	" \"tail\": {\"mean_ns\": 4000, \"on_cpu_ns\": 400}}]}";

static void test_samples(void **state)
{
	struct result *watched = result_from(sampled);
	const struct result *row = balance_function(watched, NULL);
	struct explain_turn t = {0};
	char why[256];

	(void)state;
	assert_non_null(row);
	assert_string_equal(result_word(row, "name"), "f");
	assert_string_equal(balance_watched(&t, watched, row, why),
			    "samples and counts");
	/* 120 ns in C, and 40 on the way. */
	assert_float_equal(t.on_cpu, 160, 1e-6);
	assert_float_equal(t.parts[EXPLAIN_OFF_CPU], 2, 1e-6);
	assert_float_equal(t.whole, 166, 1e-6);
	assert_float_equal(t.parts[EXPLAIN_INTERRUPTS], 10, 1e-6);
	assert_true(isnan(t.parts[EXPLAIN_P_RETAKEN]));
	result_free(watched);
}

/* Of functions that share the calls, none has a known number. */
static void test_shared(void **state)
{
	struct result *watched = result_from(sampled);
	struct explain_turn t = {0};
	char why[256] = "";

	(void)state;
	assert_null(balance_function(watched, "nosuch"));
	assert_null(balance_watched(&t, watched, balance_function(watched, "g"),
				    why));
	assert_true(*why);
	result_free(watched);
}

static void test_timed(void **state)
{
	struct result *watched = result_from(timed);
	struct explain_turn t = {0};
	char why[256];

	(void)state;
	assert_string_equal(balance_watched(&t, watched,
					    balance_function(watched, "f"),
					    why),
			    "each call");
	t.parts[EXPLAIN_REPLAYED] = 250;
	t.parts[EXPLAIN_MISSES] = NAN;
	balance_rest(&t);
	assert_float_equal(t.parts[EXPLAIN_MIGRATIONS], 5, 1e-6);
	assert_float_equal(t.rest, 1000 - 400 - 200 - 100 - 250 - 5, 1e-6);
	assert_float_equal(t.tail_off, 0.9, 1e-6);
	result_free(watched);
}

#define PREPARED(data, tlb)                                            \
	"{\"core_per_tsc\": 1, \"tsc_hz\": 1e9, \"state_cycles\":"     \
	" {\"mean\": 3}, \"model\": {\"l1d\": {\"misses\": " data "}," \
	" \"l1i\": {\"misses\": 0}, \"dtlb\": {\"misses\": " tlb       \
	"}, \"itlb\":"                                                 \
	" {\"misses\": 0}}}"

/* A call that can miss nothing has no misses; else what was measured counts. */
static void test_misses(void **state)
{
	static const struct {
		const char *json;
		double misses, predicted;
	} cases[] = {
		{PREPARED("0", "0"), 0, 0},
		{PREPARED("2", "0"), 3, 2},
		{PREPARED("0", "null"), 3, NAN},
	};
	double predicted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct result *r = result_from(cases[i].json);

		assert_float_equal(balance_misses(r, &predicted),
				   cases[i].misses, 1e-9);
		assert_true(predicted == cases[i].predicted ||
			    (isnan(predicted) && isnan(cases[i].predicted)));
		result_free(r);
	}
	assert_true(isnan(balance_misses(NULL, &predicted)));
	assert_true(isnan(predicted));
}

/* Over turns the parts and the rest are the whole, also where a turn lacks a part. */
static void test_turns(void **state)
{
	struct explain e = {.n = 3};
	double sum = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < e.n; i++) {
		for (k = 0; k < EXPLAIN_PARTS; k++)
			e.turns[i].parts[k] = NAN;
		e.turns[i].whole = 100 + (double)i;
		e.turns[i].parts[EXPLAIN_REPLAYED] = 90;
		e.turns[i].p99 = NAN;
	}
	e.turns[1].parts[EXPLAIN_MISSES] = 6;
	for (i = 0; i < e.n; i++)
		balance_rest(&e.turns[i]);
	balance_turns(&e);
	for (k = 0; k < EXPLAIN_PARTS; k++)
		sum += isnan(e.parts[k].ns.mean) ? 0 : e.parts[k].ns.mean;
	assert_float_equal(sum + e.rest.ns.mean, e.whole.mean, 1e-9);
	assert_float_equal(e.parts[EXPLAIN_MISSES].ns.mean, 2, 1e-9);
	assert_true(isnan(e.parts[EXPLAIN_OFF_CPU].ns.mean));
	assert_true(isnan(e.p99.mean));
	assert_false(e.closes);
	assert_true(e.closes_ci.lo < e.closes_within &&
		    e.closes_within < e.closes_ci.hi);
}

/* A neighbour slows one turn's program, and another's replay: neither counts. */
static void test_aside(void **state)
{
	static const double live[] = {100, 190, 102, 99, 101};
	static const double replay[] = {99, 98, 180, 100, 99};
	struct explain e = {.n = 5};
	size_t i;

	(void)state;
	for (i = 0; i < e.n; i++) {
		e.turns[i].whole = live[i];
		e.turns[i].parts[EXPLAIN_REPLAYED] = replay[i];
		balance_rest(&e.turns[i]);
	}
	balance_turns(&e);
	for (i = 0; i < e.n; i++)
		assert_int_equal(e.turns[i].aside, i == 1 || i == 2);
	assert_true(e.closes);
	assert_float_equal(e.whole.mean, 100, 1e-9);
	assert_float_equal(e.rest.ns.mean, 2.0 / 3, 1e-9);
	assert_float_equal(e.parts[EXPLAIN_REPLAYED].ns.mean + e.rest.ns.mean,
			   e.whole.mean, 1e-9);
	/* Nobody knows beforehand which turns are slow: intervals are of all. */
	assert_true(e.whole.hi > 120 && e.closes_ci.hi < 0.1);
}

/* One turn has figures and no intervals. */
static void test_one(void **state)
{
	struct explain e = {.n = 1};

	(void)state;
	e.turns[0].whole = 100;
	e.turns[0].parts[EXPLAIN_REPLAYED] = 96;
	balance_rest(&e.turns[0]);
	balance_turns(&e);
	assert_true(e.closes);
	assert_float_equal(e.closes_within, 0.04, 1e-9);
	assert_true(isnan(e.rest.ns.lo) && isnan(e.closes_ci.hi));
}

/* It is decided if no value of the interval would be judged otherwise. */
static void test_decided(void **state)
{
	static const struct {
		double rest[3];
		bool closes, decided;
	} cases[] = {
		{{0.01, 0.011, 0.012}, true, true},
		{{0.09, 0.091, 0.092}, false, true},
		{{-0.09, -0.091, -0.092}, false, true},
		{{0.00, 0.04, 0.08}, true, false},
		{{0.02, 0.06, 0.10}, false, false},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct explain e = {.n = 3};

		for (k = 0; k < e.n; k++) {
			e.turns[k].whole = 100;
			e.turns[k].rest = 100 * cases[i].rest[k];
		}
		balance_turns(&e);
		assert_int_equal(e.closes, cases[i].closes);
		assert_int_equal(e.decided, cases[i].decided);
	}
}

/* The first of watch's list, which has most samples first. */
static void test_cpu(void **state)
{
	struct result *watched =
		result_from("{\"cpus\": [{\"cpu\": 3, \"samples\": 9},"
			    " {\"cpu\": 0, \"samples\": 2}]}");

	(void)state;
	assert_int_equal(balance_cpu(watched), 3);
	result_free(watched);
	watched = result_from("{\"cpus\": []}");
	assert_int_equal(balance_cpu(watched), -1);
	result_free(watched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples), cmocka_unit_test(test_shared),
		cmocka_unit_test(test_timed),	cmocka_unit_test(test_turns),
		cmocka_unit_test(test_misses),	cmocka_unit_test(test_aside),
		cmocka_unit_test(test_one),	cmocka_unit_test(test_decided),
		cmocka_unit_test(test_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
