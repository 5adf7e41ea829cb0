// SPDX-License-Identifier: GPL-2.0
#include "rejudge.h"

#include <stdlib.h>
#include <string.h>

#include "helper.h"
#include "resultjson.h"
#include "series.h"

/*
 * A bundle stays small however many draws its claims have. Planted are draws of all claims
 * of the whole catalogue, as many as there may be, with as many digits as they have, in a
 * bundle of a machine whose other parts are the largest that there were.
 */

#define BUNDLE	   "tests/data/bundle.json"
#define RESULT	   "results/amd-19-11-kvm/claims.json"
#define CATALOGUE  "claims/cgo.claims"
#define SWITCHCOST "build/switchcost"

/* None is like another. */
#define STEP 1e-7

static const struct crosscheck_options by = {SWITCHCOST, CATALOGUE};

/* Fill a list up, by what is in it. */
static void prolong(json_t *list)
{
	size_t n = json_array_size(list), i;
	double value;

	for (i = n; n && i < SERIES_MAX; i++) {
		value = json_number_value(json_array_get(list, i % n));
		json_array_append_new(
			list, json_real(value * (1 + STEP * (double)i)));
	}
}

/* Calls @each with every case of every claim. */
static void for_each_case(json_t *claims, void (*each)(json_t *one))
{
	json_t *claim, *one;
	size_t i, k;

	json_array_foreach(json_object_get(claims, "claims"), i, claim)
		json_array_foreach(json_object_get(claim, "cases"), k, one)
			each(one);
}

static size_t decided, most;

static void prolong_case(json_t *one)
{
	/* A fact is found once. */
	if (json_array_size(json_object_get(one, "drawn")) > 1) {
		prolong(json_object_get(one, "drawn"));
		prolong(json_object_get(one, "over"));
	}
}

static void count_draws(json_t *one)
{
	size_t n = json_array_size(json_object_get(one, "drawn"));

	most = n > most ? n : most;
	decided += strcmp(json_string_value(json_object_get(one, "verdict")),
			  "undetermined") != 0;
}

static void take(const json_t *claims)
{
	decided = most = 0;
	for_each_case((json_t *)claims, count_draws);
}

static void plant(struct bundle *b)
{
	json_error_t at;
	json_t *claims = json_load_file(RESULT, 0, &at);
	struct error err = {0};
	char why[256] = "";
	struct result *judged;

	assert_non_null(claims);
	if (bundle_read(b, BUNDLE, &err))
		fail_msg("%s", err.text);
	for_each_case(claims, prolong_case);
	judged = rejudge(claims, &by, 0, why);
	if (!judged)
		fail_msg("%s", why);
	json_decref(claims);
	json_decref(b->parts[BUNDLE_CLAIMS]);
	b->parts[BUNDLE_CLAIMS] = json_incref(result_json(judged));
	result_free(judged);
}

static void test_most_draws(void **state)
{
	struct error err = {0};
	struct bundle b;
	char why[256] = "";
	struct result *again;
	size_t before;

	(void)state;
	plant(&b);
	take(b.parts[BUNDLE_CLAIMS]);
	before = decided;
	assert_int_equal(most, SERIES_MAX);
	print_message("%zu bytes, %zu draws\n", bundle_bytes(&b), most);
	assert_true(bundle_bytes(&b) > 2 * BUNDLE_MOST);
	assert_int_equal(rejudge_to_fit(&b, &by, &err), 0);
	assert_in_range(bundle_bytes(&b), BUNDLE_MOST / 2, BUNDLE_MOST);

	/* Draws are left to judge by, and what is left is judged as it stands. */
	take(b.parts[BUNDLE_CLAIMS]);
	print_message("%zu bytes, %zu draws\n", bundle_bytes(&b), most);
	assert_in_range(most, SERIES_FIRST_LOOK, SERIES_MAX - 1);
	assert_in_range(decided, before / 2, before);
	again = rejudge(b.parts[BUNDLE_CLAIMS], &by, 0, why);
	assert_non_null(again);
	assert_true(json_equal(json_object_get(result_json(again), "verdicts"),
			       json_object_get(b.parts[BUNDLE_CLAIMS],
					       "verdicts")));
	result_free(again);
	bundle_free(&b);
}

/* One that is small enough stays as it is. */
static void test_small(void **state)
{
	struct error err = {0};
	json_t *before;
	struct bundle b;

	(void)state;
	assert_int_equal(bundle_read(&b, BUNDLE, &err), 0);
	before = json_deep_copy(b.parts[BUNDLE_CLAIMS]);
	assert_int_equal(rejudge_to_fit(&b, &by, &err), 0);
	assert_true(json_equal(before, b.parts[BUNDLE_CLAIMS]));
	json_decref(before);
	bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_most_draws),
		cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
