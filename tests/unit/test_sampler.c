// SPDX-License-Identifier: GPL-2.0
#include "engine/sampler.h"

#include "check.h"
#include "helper.h"

/*
 * The loop's hooks, around code that does nothing. In ring 0 the samples lie in
 * memory that their reader may write to at any time.
 */

#define SAMPLES 100u
#define ARMS	3u

struct seen {
	struct swc_sample *samples;
	unsigned int begun;
	unsigned int ended;
	unsigned int kept[ARMS];
};

static void watch_begin(void *context)
{
	(void)context;
}

static __u16 watch_end(void *context)
{
	(void)context;
	return 0;
}

static void tally_begin(void *context)
{
	struct seen *seen = context;

	seen->begun++;
}

static void tally_end(void *context)
{
	struct seen *seen = context;

	seen->ended++;
}

static void tally_keep(void *context, const struct swc_sample *sample)
{
	struct seen *seen = context;

	/* A hostile reader, as quick as can be. */
	memset(seen->samples, 0xff, SAMPLES * sizeof(*seen->samples));
	assert_in_range(sample->arm, 0, ARMS - 1);
	seen->kept[sample->arm]++;
}

static void nothing(void)
{
}

static void test_tally(void **state)
{
	static struct swc_sample samples[SAMPLES];
	struct swc_context context = {.start = 10, .end = 30};
	struct seen seen = {.samples = samples};
	struct swc_arm arms[ARMS];
	struct swc_sampler s = {
		.arms = arms,
		.narms = ARMS,
		.random = 1,
		.samples = samples,
		.capacity = SAMPLES,
		.watch = {watch_begin, watch_end, NULL},
		.tally = {tally_begin, tally_end, tally_keep, &seen},
	};
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < ARMS; i++)
		arms[i] = (struct swc_arm){.code = (const void *)nothing,
					   .context = &context};
	swc_sampler_burst(&s, ~0ull);
	assert_int_equal(s.produced, SAMPLES);
	assert_int_equal(seen.begun, SAMPLES);
	assert_int_equal(seen.ended, SAMPLES);
	for (i = 0; i < ARMS; i++)
		n += seen.kept[i];
	assert_int_equal(n, SAMPLES);
	assert_int_equal(samples[SAMPLES - 1].ticks, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
