// SPDX-License-Identifier: GPL-2.0
#include "callparts.h"

#include <math.h>

#include "helper.h"

/* Calls of 1000 ns in one octave, and slow ones in a higher. */
static void fill(struct bpf_times *times, uint64_t fast, uint64_t slow)
{
	times->parts[5] = (struct bpf_parts){.calls = fast, .ns = 1000 * fast};
	times->parts[15] = (struct bpf_parts){.calls = slow,
					      .ns = 1000000 * slow,
					      .blocked = 600000 * slow,
					      .queued = 100000 * slow,
					      .no_p = 200000 * slow};
}

static void test_sum(void **state)
{
	struct bpf_times times = {0};
	struct callparts p;

	(void)state;
	fill(&times, 90, 10);
	p = callparts_of(&times, 100);
	assert_int_equal(p.calls, 100);
	assert_float_equal(p.mean, 100900 - 100, 1e-6);
	assert_float_equal(p.blocked, 60000, 1e-6);
	assert_float_equal(p.mean, p.on_cpu + p.blocked + p.queued + p.no_p,
			   1e-6);
}

/* The tail is the slow ones where they are a hundredth, and more where they aren't. */
static void test_tail(void **state)
{
	struct bpf_times times = {0};

	(void)state;
	fill(&times, 90, 10);
	assert_int_equal(callparts_tail(&times, 0).calls, 10);
	assert_float_equal(callparts_tail(&times, 0).on_cpu, 100000, 1e-6);
	fill(&times, 10000, 1);
	assert_int_equal(callparts_tail(&times, 0).calls, 10001);
}

static void test_moved(void **state)
{
	struct bpf_times times = {0};

	(void)state;
	fill(&times, 100, 0);
	times.parts[5].moved = 20;
	times.parts[5].moved_on = 20 * 1400;
	/* (100000 - 28000) / 80 is 900. */
	assert_float_equal(callparts_of(&times, 0).moved_more, 500, 1e-6);
	times.parts[5].moved = 2;
	assert_true(isnan(callparts_of(&times, 0).moved_more));
}

static void test_none(void **state)
{
	struct bpf_times times = {0};

	(void)state;
	assert_int_equal(callparts_of(&times, 0).calls, 0);
	assert_true(isnan(callparts_of(&times, 0).mean));
	assert_true(isnan(callparts_tail(&times, 0).on_cpu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
