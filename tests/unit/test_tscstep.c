// SPDX-License-Identifier: GPL-2.0
#include <gsl/gsl_rng.h>
#include <math.h>

#include "helper.h"
#include "tscstep.h"

#define N 2000

/*
 * Readings of a TSC that advances by @step at a time, some of them a tick more, as many
 * of 100; @grain: delays are multiples of so many ticks.
 */
static double found(double step, unsigned int of_100, double grain)
{
	uint64_t readings[N];
	double at = 123456789;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	unsigned int i;

	for (i = 0; i < N; i++) {
		at += 40 + grain * gsl_rng_uniform_int(rng, 3000 / grain);
		readings[i] = (uint64_t)(floor(at / step) * step) + 7 +
			      (gsl_rng_uniform_int(rng, 100) < of_100);
	}
	gsl_rng_free(rng);
	return tscstep_of(readings, N);
}

static void test_whole_steps(void **state)
{
	static const double steps[] = {1, 2, 3, 26, 36, 100, 1000};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_true(found(steps[i], 0, 0.8) == steps[i]);
		if (steps[i] > 2)
			assert_true(found(steps[i], 5, 0.8) == steps[i]);
	}
}

/* Steps that a hypervisor has scaled. */
static void test_broken_steps(void **state)
{
	static const double steps[] = {3.4, 24.46, 25.5, 33.3, 99.7};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_true(fabs(found(steps[i], 0, 0.8) - steps[i]) < 0.05);
		assert_true(fabs(found(steps[i], 5, 0.8) - steps[i]) < 0.05);
	}
}

/* Delays of few lengths, an interrupt now and then, and nothing to go by. */
static void test_no_step(void **state)
{
	uint64_t readings[N], at = 99;
	unsigned int i;

	(void)state;
	for (i = 0; i < N; i++) {
		at += i % 10 ? 50 + i * 367 % 1201 : 1000000;
		readings[i] = at;
	}
	assert_true(tscstep_of(readings, N) == 1);
	assert_true(tscstep_of(readings, 20) == 1);
	assert_true(tscstep_of(readings, 0) == 1);
	for (i = 0; i < N; i++)
		readings[i] = 30 * i;
	assert_true(tscstep_of(readings, N) == 1);
}

/* This machine's TSC has one, and nearly all readings keep to it. */
static void test_here(void **state)
{
	double step = tscstep_here(), steps, again;
	unsigned int i, kept = 0;
	uint64_t before, now;
	volatile int wait;

	(void)state;
	assert_true(step >= 1 && step <= TSCSTEP_MAX);
	before = __builtin_ia32_rdtsc();
	for (i = 0; i < 1000; i++) {
		for (wait = 0; wait < (int)i % 23; wait++)
			;
		now = __builtin_ia32_rdtsc();
		steps = (now - before) / step;
		/* A tick more or less, to each end. */
		kept += fabs(steps - round(steps)) * step <= 2;
		before = now;
	}
	assert_true(kept >= 850);
	again = tscstep_here();
	assert_true(fabs(step - again) < 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_steps),
		cmocka_unit_test(test_broken_steps),
		cmocka_unit_test(test_no_step),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
