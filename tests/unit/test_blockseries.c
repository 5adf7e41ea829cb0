// SPDX-License-Identifier: GPL-2.0
#include "blockseries.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "helper.h"

/* Series of a run's blocks, as texts. */

/* Values about @mean, so far apart, of which some are missing. */
static void draw(struct block_series *s, gsl_rng *random, double mean,
		 double apart)
{
	size_t i;

	s->n = 1 + gsl_rng_uniform_int(random, ROUNDS_MAX_BLOCKS);
	for (i = 0; i < s->n; i++)
		s->values[i] = gsl_rng_uniform(random) < 0.1
				       ? NAN
				       : mean + gsl_ran_gaussian(random, apart);
	block_series_round(s);
}

static void check_same_values(const struct block_series *a,
			      const struct block_series *b)
{
	size_t i;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		if (isnan(a->values[i]))
			assert_true(isnan(b->values[i]));
		else
			assert_true(a->values[i] == b->values[i]);
	}
}

static void test_round_trip(void **state)
{
	static const double means[] = {0, -3, 40.7, 12345, -9e5},
			    apart[] = {0, 0.02, 0.7, 5, 60, 4000};
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	char text[BLOCK_SERIES_BYTES];
	struct block_series s, again;
	size_t m, a, i;

	(void)state;
	for (m = 0; m < ARRAY_SIZE(means); m++) {
		for (a = 0; a < ARRAY_SIZE(apart); a++) {
			for (i = 0; i < 50; i++) {
				draw(&s, random, means[m], apart[a]);
				block_series_text(&s, text);
				assert_null(strpbrk(text, "\"\\"));
				assert_true(block_series_read(&again, text));
				check_same_values(&s, &again);
			}
		}
	}
	gsl_rng_free(random);
}

/* A value near the others takes one character, however much all of them differ. */
static void test_noisy(void **state)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct block_series s = {.n = 60};
	char text[BLOCK_SERIES_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < s.n; i++)
		s.values[i] = 300 + gsl_ran_gaussian(random, 20);
	s.values[7] = 1e5;
	block_series_round(&s);
	assert_true(strlen(block_series_text(&s, text)) <= 1 + 6 + 60 + 5);
	gsl_rng_free(random);
}

static void test_short(void **state)
{
	struct block_series s = {.n = 3, .values = {100, 100.5, 99.3}};
	char text[BLOCK_SERIES_BYTES];

	(void)state;
	block_series_round(&s);
	assert_int_equal(strlen(block_series_text(&s, text)), 1 + 6 + 3);
}

/* Rounding moves an estimate by less than half a unit, and its own text not at all. */
static void test_estimate(void **state)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct block_series s = {.n = 60}, rounded, again;
	char text[BLOCK_SERIES_BYTES];
	struct estimate e, r, a;
	size_t i;

	(void)state;
	for (i = 0; i < s.n; i++)
		s.values[i] = 30 + gsl_ran_gaussian(random, 0.5);
	rounded = s;
	block_series_round(&rounded);
	assert_true(
		block_series_read(&again, block_series_text(&rounded, text)));
	e = block_series_estimate(&s, 0.95);
	r = block_series_estimate(&rounded, 0.95);
	a = block_series_estimate(&again, 0.95);
	assert_float_equal(e.mean, r.mean, BLOCK_SERIES_UNIT / 2);
	assert_true(r.lo < r.mean && r.mean < r.hi);
	assert_memory_equal(&r, &a, sizeof(a));
	gsl_rng_free(random);
}

static void test_refusals(void **state)
{
	static const char *const bad[] = {
		"",	    "O",	 "~",	      "O~###",	 "abcdef",
		"O~##### ", "O~#####}#", "O~#####\"", "#~#####", "|~#####",
	};
	char text[ROUNDS_MAX_BLOCKS + 16] = "O~#####";
	struct block_series s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(block_series_read(&s, bad[i]));
	assert_false(block_series_read(&s, NULL));
	assert_true(block_series_read(&s, text));
	assert_int_equal(s.n, 0);
	memset(text + 7, '#', ROUNDS_MAX_BLOCKS);
	assert_true(block_series_read(&s, text));
	text[7 + ROUNDS_MAX_BLOCKS] = '#';
	assert_false(block_series_read(&s, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_noisy),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
