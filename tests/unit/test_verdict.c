// SPDX-License-Identifier: GPL-2.0
#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"

static struct claim_case cases[4] = {
	{.name = "one"}, {.name = "two"}, {.name = "three"}, {.name = "four"}};

static struct claim claim_of(enum claim_class class, size_t ncases, double lo,
			     double hi)
{
	struct claim c = {
		.class = class,
		.cases = cases,
		.ncases = ncases,
		.prediction = {.words = CLAIM_RANGE,
			       .value = lo,
			       .value_hi = hi},
	};

	saying_fix(&c.prediction);
	return c;
}

/* Draws that alternate around a mean. */
static struct finding around(double mean, double spread, size_t n)
{
	struct finding f = {.series.n = n};
	size_t i;

	for (i = 0; i < n; i++)
		f.series.draws[i] = mean + (i % 2 ? spread : -spread);
	return f;
}

static enum verdict judged(const struct claim *c, const struct finding *f,
			   struct judgement *j)
{
	verdict_judge(c, f, VERDICT_ALPHA, j);
	return j->verdict;
}

static void test_words_are_margins(void **state)
{
	struct saying p = {.words = CLAIM_IS_ABOUT, .value = 40};

	(void)state;
	saying_fix(&p);
	assert_true(p.lo == 34 && p.hi == 46);
	p.words = CLAIM_VALUE;
	saying_fix(&p);
	assert_true(p.lo == 38 && p.hi == 42);
	/* A negative number has its limits in order, too. */
	p.value = -20;
	saying_fix(&p);
	assert_true(p.lo == -21 && p.hi == -19);
}

static void test_interval_against_margin(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 90, 110);
	struct finding f = around(100, 1, 14);
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
	assert_true(j.flip > 5 && j.flip < 15);
	f = around(150, 1, 14);
	assert_int_equal(judged(&c, &f, &j), VERDICT_REFUTED);
	assert_true(j.flip > 40 && j.flip < 50);
	f = around(110, 1, 14);
	assert_int_equal(judged(&c, &f, &j), VERDICT_UNDETERMINED);
	assert_true(isnan(j.flip));
}

/*
 * Nobody looks at eight draws, however much they agree; so they aren't among those that
 * false discoveries are counted among, and whoever leaves them away judges the same.
 */
static void test_no_early_look(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 90, 110);
	struct finding f = around(100, 0.01, 8);
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, &f, &j), VERDICT_UNDETERMINED);
	assert_false(j.tested);
	f = around(100, 0.01, 13);
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
	assert_true(j.tested);
	assert_int_equal(series_draws(&f.series), 9);
}

/* An error that all draws have in common isn't seen in how they differ. */
static void test_common_part(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 99, 101);
	struct finding f = around(100, 0.01, 14);
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
	f.series.common = 2;
	assert_int_equal(judged(&c, &f, &j), VERDICT_UNDETERMINED);
}

static void test_facts(void **state)
{
	struct claim c = claim_of(CLAIM_EXACT, 1, 5, 5);
	struct finding f = {.series = {.draws = {5}, .n = 1, .fact = true}};
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
	assert_false(j.tested);
	f.series.draws[0] = 6;
	assert_int_equal(judged(&c, &f, &j), VERDICT_REFUTED);
}

/* Nine draws can't have an error as small as many cases leave to each. */
static void test_too_few_for_so_small_an_error(void **state)
{
	struct finding f = around(100, 1, 9);
	struct estimate e;

	(void)state;
	assert_true(series_estimate(&f.series, 0.01, &e));
	assert_true(e.lo == 99 && e.hi == 101);
	assert_true(series_estimate(&f.series, 0.001, &e));
	assert_true(isinf(e.lo) && isinf(e.hi));
	f = around(100, 1, 14);
	assert_true(series_estimate(&f.series, 0.001, &e));
	assert_true(e.lo == 99 && e.hi == 101);
}

/* One draw in fourteen that is far off moves neither figure nor interval. */
static void test_far_off(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 90, 110);
	struct finding f = around(100, 1, 14);
	struct judgement j;

	(void)state;
	f.series.draws[5] = 1e6;
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
}

/* If the interval ends on the border, draws that a clock has rounded decide nothing. */
static void test_on_the_border(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 41, 50);
	struct finding f = around(41, 0, 14);
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, &f, &j), VERDICT_UNDETERMINED);
	f.series.fact = true;
	assert_int_equal(judged(&c, &f, &j), VERDICT_SUPPORTED);
}

/* A change that moves both of a pair leaves their ratio as it is. */
static void test_ratio(void **state)
{
	struct series s = {.ratio = true};
	struct estimate e;
	size_t i;

	(void)state;
	for (i = 0; i < 14; i++)
		series_add(&s, 50.0 * (i + 1), 100.0 * (i + 1));
	assert_true(series_estimate(&s, 0.01, &e));
	assert_true(e.lo == 0.5 && e.hi == 0.5);
	s.reduction = true;
	for (i = 0; i < 14; i++)
		s.draws[i] = 20 + i;
	for (i = 0; i < 14; i++)
		s.over[i] = 100;
	assert_true(series_estimate(&s, 0.01, &e));
	assert_true(e.lo < e.mean && e.mean < e.hi);
	assert_float_equal(e.mean, 1 - 0.265, 1e-9);
}

/* Two cases make this of a claim, class by class. */
static void test_cases(void **state)
{
	static const struct {
		enum claim_class class;
		double one, two;
		enum verdict verdict;
		size_t shown;
	} rows[] = {
		{CLAIM_MEASURED, 100, 101, VERDICT_SUPPORTED, 0},
		{CLAIM_MEASURED, 100, 200, VERDICT_CONDITIONAL, 0},
		{CLAIM_MEASURED, 200, 300, VERDICT_REFUTED, 0},
		{CLAIM_EXISTENTIAL, 200, 100, VERDICT_SUPPORTED, 1},
		{CLAIM_EXISTENTIAL, 200, 300, VERDICT_REFUTED, 0},
		{CLAIM_EXISTENTIAL, 200, 110, VERDICT_UNDETERMINED, 1},
		{CLAIM_UNIVERSAL, 100, 200, VERDICT_REFUTED, 1},
		{CLAIM_UNIVERSAL, 100, 101, VERDICT_SUPPORTED, 0},
		{CLAIM_UNIVERSAL, 100, 110, VERDICT_UNDETERMINED, 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim c = claim_of(rows[i].class, 2, 90, 110);
		struct finding f[2] = {around(rows[i].one, 0.5, 14),
				       around(rows[i].two, 0.5, 14)};
		struct judgement j;

		assert_int_equal(judged(&c, f, &j), rows[i].verdict);
		assert_int_equal(j.shown, rows[i].shown);
	}
}

/* One case decides for its own version of Go, and versions have to agree. */
static void test_versions(void **state)
{
	struct claim c = claim_of(CLAIM_EXISTENTIAL, 4, 90, 110);
	struct finding f[4];
	struct judgement j;
	size_t i;

	(void)state;
	c.nversions = 2;
	for (i = 0; i < 4; i++)
		snprintf(cases[i].go, sizeof(cases[i].go), "1.%zu",
			 i < 2 ? (size_t)9 : (size_t)25);
	f[0] = f[2] = f[3] = around(200, 1, 14);
	f[1] = around(100, 1, 14);
	assert_int_equal(judged(&c, f, &j), VERDICT_CONDITIONAL);
	assert_int_equal(j.by_version[0], VERDICT_SUPPORTED);
	assert_int_equal(j.by_version[1], VERDICT_REFUTED);
	assert_string_equal(j.why, "true: Go 1.9; false: Go 1.25");
	assert_true(j.p < VERDICT_ALPHA);
	f[3] = f[1];
	assert_int_equal(judged(&c, f, &j), VERDICT_SUPPORTED);
	f[1] = f[0];
	assert_int_equal(judged(&c, f, &j), VERDICT_CONDITIONAL);
	assert_string_equal(j.why, "true: Go 1.25; false: Go 1.9");
	/* Of a version without a program nobody knows anything. */
	for (i = 0; i < 2; i++) {
		f[i] = (struct finding){.why = "no program"};
	}
	assert_int_equal(judged(&c, f, &j), VERDICT_SUPPORTED);
	assert_int_equal(j.by_version[0], VERDICT_NOT_MEASURABLE);
}

static void test_not_measurable(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 2, 90, 110);
	struct finding f[2] = {{.why = "no PMU"}, {.why = "no PMU"}};
	struct judgement j;

	(void)state;
	assert_int_equal(judged(&c, f, &j), VERDICT_NOT_MEASURABLE);
	assert_string_equal(j.why, "no PMU");
	f[1] = around(100, 1, 14);
	assert_int_equal(judged(&c, f, &j), VERDICT_SUPPORTED);
	/* "Always" isn't so while there is a case that nobody could ask. */
	c.class = CLAIM_UNIVERSAL;
	assert_int_equal(judged(&c, f, &j), VERDICT_UNDETERMINED);
}

static void test_malformed_keeps_its_core(void **state)
{
	struct claim c = claim_of(CLAIM_MEASURED, 1, 90, 110);
	struct finding f = around(150, 1, 14);
	struct judgement j;

	(void)state;
	strcpy(c.malformed, "there is no such thing");
	assert_int_equal(judged(&c, &f, &j), VERDICT_MALFORMED);
	assert_int_equal(j.core, VERDICT_REFUTED);
	assert_true(verdict_decided(&j));
}

/* A verdict that barely stands alone doesn't stand among many that don't. */
static void test_false_discoveries(void **state)
{
	enum { N = 40 };
	static struct judgement j[N];
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		j[i] = (struct judgement){.verdict = VERDICT_UNDETERMINED,
					  .core = VERDICT_UNDETERMINED,
					  .p = 1,
					  .tested = true};
	j[3] = j[4] = (struct judgement){.verdict = VERDICT_REFUTED,
					 .core = VERDICT_REFUTED,
					 .tested = true};
	j[3].p = 0.009;
	j[4].p = 1e-9;
	assert_int_equal(verdict_control(j, N), 1);
	assert_int_equal(j[3].verdict, VERDICT_UNDETERMINED);
	assert_true(j[3].withdrawn);
	assert_int_equal(j[4].verdict, VERDICT_REFUTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_margins),
		cmocka_unit_test(test_interval_against_margin),
		cmocka_unit_test(test_no_early_look),
		cmocka_unit_test(test_common_part),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_too_few_for_so_small_an_error),
		cmocka_unit_test(test_far_off),
		cmocka_unit_test(test_on_the_border),
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_not_measurable),
		cmocka_unit_test(test_malformed_keeps_its_core),
		cmocka_unit_test(test_false_discoveries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
