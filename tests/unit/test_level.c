// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/probe.h"
#include "level.h"
#include "helper.h"
#include "planted.h"

/*
 * Experiments in a ring that knows the truth: the rounds, what they are asked, and
 * what becomes of one that can't be done.
 */

#define SETS 64u
#define WAYS 4u

enum { NEAR = EVICTION_ARMS, FAR, ARMS };

/* The planted answers of the ring, and what it was asked. */
static struct {
	int code; /* of each round, unless 0 */
	unsigned int rounds;
	unsigned int strange;
	int open;
} world;

static const struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = SETS * WAYS * 64,
				.line_bytes = 64,
				.ways = WAYS,
				.sets = SETS},
};

static void *open_ring(struct error *err)
{
	(void)err;
	world.open++;
	return &world;
}

static void close_ring(void *ring)
{
	assert_ptr_equal(ring, &world);
	world.open--;
}

/* A victim is lost if the sequence loads a line of its place, in whatever page. */
static bool is_lost(const struct trial_round *t, uint32_t arm,
		    const struct victim *v)
{
	const struct sequence *s;
	size_t i;

	if (arm == FAR)
		return true;
	if (arm == NEAR)
		return false;
	s = t->sequences[t->sources[arm].sequence];
	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].kind == SWC_OP_LOAD &&
		    s->ops[i].offset / 64 % SETS == v->line)
			return true;
	}
	return false;
}

static int run_ring(void *ring, struct trial_round *t, struct error *err)
{
	uint32_t i, victim;

	assert_ptr_equal(ring, &world);
	world.rounds++;
	world.strange += t->nsources != ARMS || t->capacity > 20000 ||
			 !t->random || t->seconds <= 0 || t->cpu != 3;
	if (world.code) {
		error_set(err, EXIT_USAGE, "planted: %d", world.code);
		return world.code;
	}
	victims_arrange(t->victims, 0, &t->random);
	for (i = 0; i < t->capacity; i++) {
		victim = rand() % t->victims->n;
		t->samples[i] = (struct swc_trial_sample){
			.arm = rand() % ARMS,
			.victim = victim,
			.length = rand() % SWC_PROBE_LENGTHS,
			.hit = 50,
		};
		t->samples[i].ticks =
			is_lost(t, t->samples[i].arm,
				&t->victims->list[t->victims->order[victim]])
				? 100
				: 60;
	}
	t->produced = t->capacity;
	t->trials = t->capacity;
	t->isolation = SWC_ISOLATION_QUIESCED;
	return 0;
}

static const struct round_ring ring = {
	.open = open_ring,
	.run = run_ring,
	.close = close_ring,
	.max_samples = 20000,
	.max_sweep_pages = 8192,
};

static int run(struct evictions *e, struct error *err)
{
	struct level_options options = {
		.ring = &ring,
		.cpu = 3,
		.seconds = 5,
		.samples = 16,
	};
	struct victims victims;
	struct sequence s;
	int rc;

	sequence_from(&s, "region r 2; load r+0x1c0; load r+0x11c0");
	assert_int_equal(victims_synthetic(&victims, EVICTION_L1D, &geometry,
					   0.1, err),
			 0);
	rc = level_run(&s, &victims, &geometry, &options, e, err);
	sequence_free(&s);
	assert_int_equal(world.open, 0);
	assert_int_equal(world.strange, 0);
	return rc;
}

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	srand(4);
	return 0;
}

/* Line 7 of each page is what the sequence loads, so set 7 is what it evicts. */
static void test_truth(void **state)
{
	struct error err = {0};
	struct evictions e;
	size_t i;

	(void)state;
	assert_int_equal(run(&e, &err), 0);
	assert_string_equal(e.why, "");
	assert_true(e.valid);
	assert_int_equal(e.evicted, WAYS);
	assert_int_equal(e.isolation, SWC_ISOLATION_QUIESCED);
	for (i = 0; i < e.victims.n; i++)
		assert_int_equal(e.list[i].evicted, e.victims.list[i].set == 7);
	assert_true(world.rounds >= EVICTION_LEAST_ROUNDS);
	assert_int_equal(e.rounds, world.rounds);
	evictions_free(&e);
}

/*
 * A level that a ring can't do is no failure, but nothing is known then, and it
 * says why.
 */
static void test_refused(void **state)
{
	struct error err = {0};
	struct evictions e;

	(void)state;
	world.code = 1;
	assert_int_equal(run(&e, &err), 0);
	assert_false(e.valid);
	assert_string_equal(e.why, "l1d: planted: 1");
	assert_string_equal(err.text, "");
	assert_int_equal(world.rounds, 1);
	evictions_free(&e);
}

static void test_failed(void **state)
{
	struct error err = {0};
	struct evictions e;

	(void)state;
	world.code = -1;
	assert_int_equal(run(&e, &err), -1);
	assert_string_equal(err.text, "planted: -1");
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_truth),
		TEST(test_refused),
		TEST(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
