// SPDX-License-Identifier: GPL-2.0

#include <math.h>
#include <stdlib.h>

#include "helper.h"
#include "decide.h"
#include "victim_memory.h"

/*
 * Experiments whose truth is known: loads are simulated, with the scatter of a
 * real machine, and the whole of the statistics has to find out what was evicted.
 */

#define SETS  64u
#define WAYS  4u
#define LINES (SETS * WAYS)
#define NEAR  EVICTION_ARMS
#define FAR   (EVICTION_ARMS + 1)

static const struct scale_arms references = {EVICTION_CONTROL, NEAR, FAR};

struct truth {
	double gap;	   /* ticks between the two levels */
	double scatter;	   /* of a load, ticks */
	double shared;	   /* of all loads: the core is shared, and slow */
	double background; /* of victims lost in the control, too */
	double share;	   /* of replays that evict the sequence's sets */
	double null;	   /* likewise of what the null sequence evicts */
	double planted;	   /* likewise of the planted sets */
	double step;	   /* by which the TSC advances, ticks; 0: by one */
	unsigned int displaced; /* victims that a round takes of each arm */
};

/*
 * The pages that an arm has in a round displace these: victims drawn for the
 * round, lost in all of its trials.
 */
static bool displaced[EVICTION_ARMS][LINES];

static const struct truth plain = {
	.gap = 8, .scatter = 1.5, .share = 1, .planted = 1};

static struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = LINES * 64,
				.line_bytes = 64,
				.ways = WAYS,
				.sets = SETS},
};

static double uniform(void)
{
	return rand() / (RAND_MAX + 1.);
}

/* Nearly normal: the sum of twelve. */
static double normal(void)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

/* The sequence evicts every eighth set. */
static bool in_sequence(const struct victim *v)
{
	return v->set % 8 == 3;
}

static double chance(const struct truth *t, unsigned int arm,
		     const struct victim *v, const struct planted *planted)
{
	switch (arm) {
	case EVICTION_SEQUENCE:
		return in_sequence(v) ? t->share : 0;
	case EVICTION_NULL:
		return in_sequence(v) ? t->null : 0;
	case EVICTION_PLANTED:
		return planted_truth(planted, v) == PLANTED_EVICTED ? t->planted
								    : 0;
	default:
		return 0;
	}
}

/* A TSC that advances in steps shows this of a time that begins anywhere. */
static double measured(const struct truth *t, double ticks)
{
	double start = uniform() * t->step;

	if (t->step <= 0)
		return ticks;
	return t->step * floor((start + ticks) / t->step);
}

static struct swc_trial_sample simulate(const struct truth *t,
					struct evictions *e, unsigned int arm,
					unsigned int i,
					const struct planted *planted)
{
	const struct victim *v = &e->victims.list[e->victims.order[i]];
	double slow = uniform() < t->shared ? 20 * uniform() + 5 : 0;
	double lost = 1 - (1 - chance(t, arm, v, planted)) *
				  (1 - t->background * (arm < NEAR));
	bool beyond = arm == FAR || uniform() < lost ||
		      (arm < NEAR && displaced[arm][i]);
	unsigned int length = rand() % SWC_PROBE_LENGTHS;

	return (struct swc_trial_sample){
		.victim = i,
		.arm = arm,
		.length = length,
		.hit = measured(t, 90 + length + t->scatter * normal() + slow),
		.ticks = measured(t, 90 + length + t->scatter * normal() +
					     beyond * t->gap +
					     slow * (0.5 + uniform())),
	};
}

static void add_round(struct evictions *e, const struct truth *t,
		      unsigned int trials, const struct planted *planted)
{
	unsigned int arm, i, j, n = 0;
	struct swc_trial_sample *samples, *s;
	struct run_table round = {.rows = NULL};
	struct error err = {0};

	memset(displaced, 0, sizeof(displaced));
	for (arm = 0; arm < EVICTION_ARMS; arm++) {
		for (i = 0; i < t->displaced; i++)
			displaced[arm][rand() % LINES] = true;
	}
	samples = calloc(6 * LINES * trials, sizeof(*samples));
	for (j = 0; j < trials; j++) {
		for (arm = 0; arm <= FAR; arm++) {
			for (i = 0; i < LINES; i++)
				samples[n++] = simulate(t, e, arm, i, planted);
		}
	}
	for (s = samples; s < samples + n; s++)
		assert_int_equal(run_table_add(&round, s->arm,
					       e->victims.order[s->victim],
					       s->ticks, s->flags, &err),
				 0);
	assert_int_equal(evictions_count(e, &round, samples, &references, &err),
			 0);
	run_table_free(&round);
	free(samples);
}

#define ROUNDS 16

static void run_trials(struct evictions *e, const struct truth *t,
		       unsigned int trials)
{
	struct planted planted;
	struct victims victims;
	struct error err = {0};
	uint64_t random = 77;
	int i;

	assert_int_equal(victims_synthetic(&victims, EVICTION_L1D, &geometry,
					   0.1, &err),
			 0);
	assert_int_equal(victims.n, LINES);
	assert_int_equal(evictions_init(e, &victims, &err), 0);
	assert_int_equal(planted_make(&planted, &e->victims, &geometry, &random,
				      &err),
			 0);
	for (i = 0; i < ROUNDS; i++) {
		victims_arrange(&e->victims, 0, &random);
		add_round(e, t, trials, &planted);
	}
	assert_int_equal(evictions_finish(e, &references, &err), 0);
	assert_int_equal(evictions_decide(e, &planted, &err), 0);
	planted_free(&planted);
}

static void run(struct evictions *e, const struct truth *t)
{
	srand(5);
	run_trials(e, t, 4);
}

/* The number of victims that are called right. */
static size_t count_right(const struct evictions *e)
{
	size_t i, right = 0;

	for (i = 0; i < e->victims.n; i++)
		right += e->list[i].evicted == in_sequence(&e->victims.list[i]);
	return right;
}

static size_t count_covered(const struct evictions *e, double share)
{
	size_t i, covered = 0;
	double truth;

	for (i = 0; i < e->victims.n; i++) {
		truth = in_sequence(&e->victims.list[i]) ? share : 0;
		covered += e->list[i].share.lo <= truth + 1e-9 &&
			   e->list[i].share.hi >= truth - 1e-9;
	}
	return covered;
}

static void check(const struct truth *t, double least_right)
{
	struct evictions e;

	run(&e, t);
	assert_string_equal(e.why, "");
	assert_true(e.valid);
	assert_true(count_right(&e) >= least_right * LINES);
	/* 95 % each; of 256 fewer than 90 % once in 10^4. */
	assert_true(count_covered(&e, t->share) >= 0.9 * LINES);
	assert_true(e.expected.lo <= t->share * LINES / 8 &&
		    e.expected.hi >= t->share * LINES / 8);
	evictions_free(&e);
}

static void test_plain(void **state)
{
	(void)state;
	check(&plain, 0.99);
}

/* Half of the loads mean nothing, and victims are lost in the control, too. */
static void test_disturbed(void **state)
{
	struct truth t = plain;

	(void)state;
	t.shared = 0.5;
	t.background = 0.15;
	check(&t, 0.99);
}

/* Lost in some replays only: found nevertheless, with the right share. */
static void test_sometimes(void **state)
{
	struct truth t = plain;

	(void)state;
	t.share = 0.6;
	check(&t, 0.99);
}

static void test_nothing_evicted(void **state)
{
	struct truth t = plain;
	struct evictions e;

	(void)state;
	t.share = 0;
	t.background = 0.3;
	run(&e, &t);
	assert_true(e.valid);
	assert_int_equal(e.evicted, 0);
	evictions_free(&e);
}

/*
 * A victim that is lost in all trials of a round is no sign of the sequence: trials
 * of one round aren't independent. Of 25 runs in which nothing is evicted one in
 * twenty may call a victim evicted; more than five do so once in a thousand times.
 */
static void test_displaced(void **state)
{
	unsigned int i, wrong = 0, valid = 0;
	struct truth t = plain;
	struct evictions e;

	(void)state;
	t.share = 0;
	t.displaced = 3;
	srand(6);
	for (i = 0; i < 25; i++) {
		run_trials(&e, &t, 12);
		wrong += e.evicted != 0;
		valid += e.valid;
		evictions_free(&e);
	}
	assert_true(wrong <= 5);
	assert_true(valid >= 24);
}

/* Real evictions are found nevertheless. */
static void test_displaced_and_evicted(void **state)
{
	struct truth t = plain;

	(void)state;
	t.displaced = 3;
	t.background = 0.1;
	check(&t, 0.99);
}

static void refused(const struct truth *t, const char *why)
{
	struct evictions e;

	run(&e, t);
	assert_false(e.valid);
	assert_non_null(strstr(e.why, why));
	evictions_free(&e);
}

/* Levels that take the same time are refused. */
static void test_levels_alike(void **state)
{
	struct truth t = plain;

	(void)state;
	t.gap = 0;
	refused(&t, "can't be kept");
}

static void test_null_evicts(void **state)
{
	struct truth t = plain;

	(void)state;
	t.null = 1;
	refused(&t, "nothing was found to evict");
}

static void test_planted_not_found(void **state)
{
	struct truth t = plain;

	(void)state;
	t.planted = 0.1;
	refused(&t, "planted evictions");
}

/* A step of 26 ticks, of which the levels differ by 6.2: Zen 5. */
static const struct truth coarse = {
	.gap = 6.2, .scatter = 1.5, .share = 1, .planted = 1, .step = 26};

/*
 * Enough trials find them; the shares are right on average, whatever a single
 * load says.
 */
static void test_coarse(void **state)
{
	size_t i, in = 0, wrong = 0, found = 0;
	double sum[2] = {0};
	struct evictions e;
	bool evicted;

	(void)state;
	srand(7);
	run_trials(&e, &coarse, 24);
	assert_string_equal(e.why, "");
	assert_true(e.valid);
	for (i = 0; i < LINES; i++) {
		evicted = in_sequence(&e.victims.list[i]);
		in += evicted;
		found += evicted && e.list[i].evicted;
		wrong += !evicted && e.list[i].evicted;
		sum[evicted] += e.list[i].share.mean;
	}
	assert_true(found >= 0.95 * in);
	assert_true(wrong <= 0.05 * (LINES - in));
	/* A share can't be less than 0 or more than 1: both are off by that. */
	assert_float_equal(sum[1] / in, 1, 0.1);
	assert_float_equal(sum[0] / (LINES - in), 0, 0.1);
	assert_true(count_covered(&e, 1) >= 0.9 * LINES);
	assert_true(e.expected.lo <= LINES / 8. && e.expected.hi >= LINES / 8.);
	assert_true(e.expected.hi - e.expected.lo < LINES / 8. / 2);
	evictions_free(&e);
}

/* Each interval is right in 19 of 20 cases, all together in more than these. */
static void test_coarse_sometimes(void **state)
{
	struct truth t = coarse;
	struct evictions e;
	unsigned int i, right = 0;
	double sum = 0;

	(void)state;
	t.share = 0.5;
	srand(12);
	for (i = 0; i < 10; i++) {
		run_trials(&e, &t, 16);
		assert_true(e.valid);
		assert_true(count_covered(&e, 0.5) >= 0.9 * LINES);
		right += e.expected.lo <= LINES / 16. &&
			 e.expected.hi >= LINES / 16.;
		sum += e.expected.mean;
		evictions_free(&e);
	}
	/* Fewer than eight of ten once in a hundred times. */
	assert_true(right >= 8);
	/* The standard error of one is 3. */
	assert_float_equal(sum / 10, LINES / 16., 3);
}

/* Nothing is evicted: of 20 runs hardly one calls a victim. */
static void test_coarse_nothing(void **state)
{
	struct truth t = coarse;
	unsigned int i, wrong = 0;
	struct evictions e;

	(void)state;
	t.share = 0;
	srand(9);
	for (i = 0; i < 20; i++) {
		run_trials(&e, &t, 12);
		wrong += e.evicted != 0;
		evictions_free(&e);
	}
	assert_true(wrong <= 4);
}

/* One level: as many loads say nothing, either. */
static void test_coarse_alike(void **state)
{
	struct truth t = coarse;

	(void)state;
	t.gap = 0;
	refused(&t, "can't be kept");
}

/* Rounds too short for a scale wait for one another. */
static void test_short_rounds(void **state)
{
	struct truth t = plain;
	struct planted planted;
	struct victims victims;
	struct error err = {0};
	uint64_t random = 78;
	struct evictions e;
	unsigned int i, right = 0;

	(void)state;
	srand(11);
	assert_int_equal(victims_synthetic(&victims, EVICTION_L1D, &geometry,
					   0.1, &err),
			 0);
	assert_int_equal(evictions_init(&e, &victims, &err), 0);
	assert_int_equal(planted_make(&planted, &e.victims, &geometry, &random,
				      &err),
			 0);
	for (i = 0; i < 100; i++) {
		victims_arrange(&e.victims, 0, &random);
		add_round(&e, &t, 1, &planted);
	}
	assert_int_equal(evictions_finish(&e, &references, &err), 0);
	assert_int_equal(evictions_decide(&e, &planted, &err), 0);
	assert_true(e.valid);
	assert_int_equal(e.rounds + e.blurred, 100);
	assert_int_equal(evictions_counted_rounds(&e), EVICTION_MAX_ROUNDS);
	for (i = 0; i < LINES; i++)
		right += e.list[i].evicted == in_sequence(&e.victims.list[i]);
	assert_true(right >= 0.99 * LINES);
	planted_free(&planted);
	evictions_free(&e);
}

/* Each victim has a line of its own, in its set, and its turn in the order. */
static void test_places(void **state)
{
	struct victim_memory p;
	struct victims v;
	struct error err = {0};
	uint64_t random = 3;
	uint32_t seen[LINES] = {0}, last[SETS] = {0}, i, j, at;
	const struct victim *victim;

	(void)state;
	assert_int_equal(
		victims_synthetic(&v, EVICTION_L1D, &geometry, 0.1, &err), 0);
	assert_int_equal(victim_memory_make(&p, &v, &random, &err), 0);
	for (i = 0; i < v.n; i++) {
		victim = &v.list[v.order[i]];
		at = (v.address[i] - (uintptr_t)p.base) / 64;
		assert_true(at < LINES);
		assert_int_equal(at % SETS, victim->set);
		assert_int_equal(seen[at]++, 0);
		assert_int_equal(last[victim->set]++, victim->way);
		/* The partners: the lines of the same page. */
		assert_int_equal(v.partner[i],
				 v.address[i] - v.address[i] % 4096);
		/* Those of one trial: of other sets. */
		for (j = i - i % v.probes; j < i; j++)
			assert_int_not_equal(v.list[v.order[j]].set,
					     victim->set);
	}
	victim_memory_free(&p);
	victims_close(&v);
}

/*
 * Those that the call touches are left out, the oldest come first, lines stay in
 * their sets, and lines of one page together.
 */
static void test_recorded_lines(void **state)
{
	/* The last touched first. */
	struct workingset_line lines[] = {
		{.address = 0x7040, .line = 1, .region = "heap"},
		{.address = 0x3040, .line = 1, .region = "heap", .shared = 1},
		{.address = 0x9fc0, .line = 63, .region = "gstack"},
		{.address = 0x3080, .line = 2, .region = "heap"},
		{.address = 0x9040, .line = 1, .region = "gstack"},
	};
	struct workingset_units units = {.lines = lines, .nlines = 5};
	static const uint64_t oldest[] = {0x9040, 0x3080, 0x9fc0, 0x7040};
	static const uint32_t ways[] = {0, 0, 0, 1};
	struct error err = {0};
	uint64_t random = 3;
	struct victim_memory p;
	struct victims v;
	unsigned int i;

	(void)state;
	assert_int_equal(
		victims_recorded(&v, EVICTION_L1D, &geometry, &units, &err), 0);
	assert_int_equal(v.n, 4);
	assert_int_equal(v.shared, 1);
	assert_int_equal(v.pages, 3);
	assert_int_equal(victims_lines(&v), 1ull << 63 | 6);
	assert_int_equal(victim_memory_make(&p, &v, &random, &err), 0);
	for (i = 0; i < v.n; i++) {
		assert_int_equal(v.list[i].address, oldest[i]);
		assert_int_equal(v.list[i].way, ways[i]);
		assert_int_equal(v.list[i].set, oldest[i] / 64 % SETS);
		assert_int_equal(v.primed[i] % 4096, oldest[i] % 4096);
		/* The chain leads from each to the next, and is a ring. */
		assert_int_equal(*(uint64_t *)v.primed[i],
				 v.primed[(i + 1) % v.n]);
	}
	assert_int_equal(v.primed[0] / 4096, v.primed[2] / 4096);
	assert_int_not_equal(v.primed[0] / 4096, v.primed[1] / 4096);
	assert_int_not_equal(v.primed[0] / 4096, v.primed[3] / 4096);
	assert_int_not_equal(v.primed[1] / 4096, v.primed[3] / 4096);
	victim_memory_free(&p);
	victims_close(&v);
}

static void test_recorded_pages(void **state)
{
	struct workingset_page pages[] = {
		{.page = 7, .region = "heap"},
		{.page = 3, .region = "heap", .called = 1},
		{.page = 9, .region = "gstack"},
	};
	struct workingset_units units = {.pages = pages, .npages = 3};
	struct error err = {0};
	uint64_t random = 3;
	struct victim_memory p;
	struct victims v;

	(void)state;
	assert_int_equal(victims_recorded(&v, EVICTION_DTLB, &geometry, &units,
					  &err),
			 0);
	assert_int_equal(v.n, 2);
	assert_int_equal(v.shared, 1);
	assert_int_equal(v.list[0].address, 9 << 12);
	assert_int_equal(v.list[1].address, 7 << 12);
	assert_int_equal(victim_memory_make(&p, &v, &random, &err), 0);
	assert_int_not_equal(v.primed[0], v.primed[1]);
	/* One frame. */
	assert_int_equal(v.primed[0] % 4096, v.primed[1] % 4096);
	victim_memory_free(&p);
	victims_close(&v);
	pages[0].called = true;
	pages[2].called = true;
	assert_int_equal(victims_recorded(&v, EVICTION_DTLB, &geometry, &units,
					  &err),
			 0);
	assert_int_equal(v.n, 0);
	assert_int_equal(v.shared, 3);
	victims_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_disturbed),
		cmocka_unit_test(test_sometimes),
		cmocka_unit_test(test_nothing_evicted),
		cmocka_unit_test(test_displaced),
		cmocka_unit_test(test_displaced_and_evicted),
		cmocka_unit_test(test_levels_alike),
		cmocka_unit_test(test_null_evicts),
		cmocka_unit_test(test_planted_not_found),
		cmocka_unit_test(test_coarse),
		cmocka_unit_test(test_coarse_sometimes),
		cmocka_unit_test(test_coarse_nothing),
		cmocka_unit_test(test_coarse_alike),
		cmocka_unit_test(test_short_rounds),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_recorded_lines),
		cmocka_unit_test(test_recorded_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
