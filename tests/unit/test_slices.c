// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eachcall.h"
#include "slices.h"

static int set_up(void **state)
{
	struct slices *s = calloc(1, sizeof(*s));

	s->each = 3;
	*state = s;
	srandom(1);
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* However long the run is, nothing is lost when slices are merged. */
static void test_shares(void **state)
{
	unsigned char of[SLICES_KINDS] = {0};
	struct slices *s = *state;
	struct estimate e;
	int i;

	of[1] = of[2] = 1;
	assert_true(isnan(slices_share(s, 1, of).mean));
	for (i = 0; i < 10000; i++) {
		slices_now(s)->samples[1] += 1;
		slices_now(s)->samples[2] += 3;
		slices_now(s)->samples[3] += 5; /* isn't asked for */
		slices_tick(s);
		assert_true(s->n < SLICES);
	}
	e = slices_share(s, 1, of);
	assert_float_equal(e.mean, 0.25, 1e-9);
	assert_float_equal(e.lo, 0.25, 1e-9);
	assert_float_equal(e.hi, 0.25, 1e-9);
}

/* The interval holds a share that slices differ about. */
static void test_interval(void **state)
{
	unsigned char of[SLICES_KINDS] = {1, 1};
	struct slices *s = *state;
	struct estimate e;
	int i;

	for (i = 0; i < 600; i++) {
		slices_now(s)->samples[random() % 10 < 3 ? 0 : 1]++;
		slices_tick(s);
	}
	e = slices_share(s, 0, of);
	assert_true(e.lo < 0.3 && 0.3 < e.hi);
	assert_true(e.hi - e.lo < 0.2);
}

/* Each tenth pair is hit by a neighbour; the rest are 4 % slower. */
static void test_slowdown(void **state)
{
	struct slices *s = *state;
	struct progress on, off;
	struct estimate e;
	int i;

	assert_true(isnan(slices_slowdown(s, false).mean));
	for (i = 0; i < 5000; i++) {
		double noise = (double)(random() % 100) / 1e4;

		off = (struct progress){1000, 50000, 100000};
		on = (struct progress){1000, 52000 * (1 + noise - 0.005),
				       102000};
		if (i % 10 == 0)
			on.cpu_ns *= 5;
		slices_pair(s, &on, &off);
	}
	e = slices_slowdown(s, false);
	assert_float_equal(e.mean, 0.04, 0.002);
	assert_true(e.lo < e.mean && e.mean < e.hi);
	assert_float_equal(slices_slowdown(s, true).mean, 0.02, 1e-9);
}

/* Pairs without calls say nothing. */
static void test_idle(void **state)
{
	const struct progress none = {0, 1000, 1000}, some = {9, 1000, 1000};
	struct slices *s = *state;
	int i;

	for (i = 0; i < 100; i++) {
		slices_pair(s, &none, &none);
		slices_pair(s, &some, &some);
	}
	assert_true(isnan(slices_slowdown(s, false).mean));
}

static void put(struct bpf_times *t, unsigned int bucket, uint64_t ns)
{
	t->buckets[bucket]++;
	t->calls++;
	t->ns += ns;
	if (ns > t->longest)
		t->longest = ns;
}

static void test_quantiles(void **state)
{
	struct bpf_times *t = calloc(1, sizeof(*t));
	struct calltimes c;
	int i;

	(void)state;
	assert_true(isnan(calltimes_of(t, 0).p50));
	/* 40 ns are 32 + 8, in steps of 1; 10240 are (32 + 8) * 256. */
	for (i = 0; i < 90; i++)
		put(t, 32 + 8, 40);
	for (i = 0; i < 10; i++)
		put(t, 32 * 9 + 8, 10300);
	c = calltimes_of(t, 0);
	assert_float_equal(c.p50, 40.5, 0.6);
	assert_in_range((uint64_t)c.p99, 10240, 10240 + 256);
	assert_float_equal(c.longest, 10300, 1e-9);
	assert_float_equal(c.mean, 0.9 * 40 + 0.1 * 10300, 1e-9);
	c = calltimes_of(t, 30);
	assert_float_equal(c.p50, 10.5, 0.6);
	assert_float_equal(calltimes_of(t, 1e6).p50, 0, 0);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shares, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_interval, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_slowdown, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
