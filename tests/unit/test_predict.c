// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "engine/freestanding.h"
#include "predict.h"

/* Predictions of sequences so small that they can be made by hand. */

#define LINE 64u
#define PAGE 4096u

/* One set each: L1d 4 ways, L2 8, both TLB levels 4 and 8. */
static struct geometry tiny(void)
{
	struct geometry g = {0};
	unsigned int i;

	for (i = 0; i < GEOMETRY_L3; i++)
		g.cache[i] = (struct geometry_cache){
			.source = GEOMETRY_FILE,
			.bytes = (i == GEOMETRY_L2 ? 8 : 4) * LINE,
			.line_bytes = LINE,
			.sets = 1,
			.ways = i == GEOMETRY_L2 ? 8 : 4,
		};
	for (i = 1; i <= 2; i++)
		geometry_add_tlb(&g, &(struct geometry_tlb){
					     .level = i,
					     .kind = GEOMETRY_TLB_UNIFIED,
					     .pages = GEOMETRY_4K,
					     .entries = 4 * i,
					     .ways = 4 * i,
				     });
	return g;
}

static void make(struct model *m, enum geometry_policy policy, uint64_t seed)
{
	const struct model_options options = {.policy = policy, .seed = seed};
	const struct geometry g = tiny();
	struct error err = {0};

	assert_int_equal(model_init(m, &g, &options, &err), 0);
}

static void add(struct feed *feed, uint64_t address, uint32_t flags)
{
	struct error err = {0};

	assert_int_equal(feed_add(feed, address, 1, flags, &err), 0);
}

/* Lines 0 to @n - 1 of one page. */
static void lines(struct feed *feed, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		add(feed, i * LINE, MODEL_READ);
}

static double misses(const struct model_counts *c, enum model_structure s)
{
	return c->count[s][MODEL_DATA].misses;
}

/* Cold misses don't count; what doesn't fit misses again and again. */
static void test_steady(void **state)
{
	struct model_counts c;
	struct feed feed;
	struct model m;
	unsigned int n;

	(void)state;
	make(&m, GEOMETRY_LRU, 0);
	for (n = 1; n < 12; n++) {
		feed = (struct feed){0};
		lines(&feed, n);
		model_predict_misses(&m, &feed, NULL, &c);
		assert_true(c.steady);
		assert_true(c.count[MODEL_L1D][MODEL_DATA].accesses == n);
		assert_true(misses(&c, MODEL_L1D) == (n > 4 ? n : 0));
		assert_true(c.count[MODEL_L2][MODEL_DATA].accesses ==
			    misses(&c, MODEL_L1D));
		assert_true(misses(&c, MODEL_L2) == (n > 8 ? n : 0));
		assert_true(misses(&c, MODEL_DTLB) == 0);
		feed_free(&feed);
	}
	model_free(&m);
}

/*
 * A B A C D B C E D in a tree over four ways misses 5 and 4 times by turns, and
 * only the fourth turn ends as the first: found by following it in another
 * program, written after the definition.
 */
static void test_period(void **state)
{
	static const char order[] = "ABACDBCED";
	struct model_counts c;
	struct feed feed = {0};
	struct model m;
	size_t i;

	(void)state;
	make(&m, GEOMETRY_PLRU, 0);
	for (i = 0; order[i]; i++)
		add(&feed, order[i] * LINE, MODEL_READ);
	model_predict_misses(&m, &feed, NULL, &c);
	assert_true(c.steady);
	assert_int_equal(c.replays, 4);
	assert_true(misses(&c, MODEL_L1D) == 4.5);
	feed_free(&feed);
	model_free(&m);
}

/*
 * Two ways, three lines A B C by turns, random: each miss replaces one of two
 * lines. Of the two lines there, one was used last (X), the other is Y or Z by
 * order; let p be the probability that the next one is there. After a use of
 * A, the other line is B or C. Next comes B. If the other is B: hit, then B was
 * used last, and the other is A, the next is C: a miss. If it is C: a miss,
 * replacing A (the other is then C, a hit next) or C (the other is then A, a
 * miss next), 1/2 each. Of "next hits" h and "next misses" m: after h always m,
 * after m half h. So hits make up 1/3, misses 2/3 of the uses.
 */
static void test_random(void **state)
{
	struct model_counts c;
	struct feed feed = {0};
	struct geometry g = tiny();
	struct model_options options = {.policy = GEOMETRY_RANDOM};
	struct error err = {0};
	double sum = 0;
	struct model m;

	(void)state;
	g.cache[GEOMETRY_L1D].ways = 2;
	g.cache[GEOMETRY_L1D].bytes = 2 * LINE;
	lines(&feed, 3);
	for (options.seed = 1; options.seed <= 20; options.seed++) {
		assert_int_equal(model_init(&m, &g, &options, &err), 0);
		model_predict_misses(&m, &feed, NULL, &c);
		assert_false(c.steady);
		assert_int_equal(c.replays, PREDICT_REPLAYS - PREDICT_SETTLE);
		sum += misses(&c, MODEL_L1D);
		/* All fit into L2. */
		assert_true(misses(&c, MODEL_L2) == 0);
		model_free(&m);
	}
	/* 11520 uses; a deviation of 0.05 a replay is more than six sigma. */
	assert_true(fabs(sum / 20 - 2) < 0.05);
	feed_free(&feed);
}

static void test_state(void **state)
{
	struct feed feed = {0}, cold = {0};
	struct model_counts c;
	struct model m;

	(void)state;
	make(&m, GEOMETRY_LRU, 0);
	lines(&feed, 3);
	lines(&feed, 3);
	add(&cold, 1 * LINE, MODEL_TO_L2);
	add(&cold, 2 * LINE, MODEL_TO_MEM);
	add(&cold, 0, MODEL_INVLPG);
	model_predict_misses(&m, &feed, &cold, &c);
	assert_true(c.steady);
	assert_true(misses(&c, MODEL_L1D) == 2);
	assert_true(misses(&c, MODEL_L2) == 1);
	assert_true(misses(&c, MODEL_DTLB) == 1);
	assert_true(misses(&c, MODEL_STLB) == 1);
	/* The accesses of a state aren't the sequence's. */
	assert_true(c.count[MODEL_L1D][MODEL_DATA].accesses == 6);
	feed_free(&feed);
	feed_free(&cold);
	model_free(&m);
}

static void predict(struct model *m, const struct feed *feed,
		    const uint64_t *victims, size_t n,
		    struct model_eviction *eviction)
{
	struct error err = {0};

	assert_int_equal(model_predict_evictions(m, feed, victims, n, eviction,
						 &err),
			 0);
}

/*
 * Victims fill a set of four, in order; a sequence of two lines evicts the two
 * that were primed first, of L1d; L2 holds all six. With seven lines it evicts
 * all four of L1d, and of L2, which holds eight, three.
 */
static void test_evictions(void **state)
{
	const uint64_t victims[] = {100 * PAGE, 101 * PAGE, 102 * PAGE,
				    103 * PAGE};
	struct model_eviction e[ARRAY_SIZE(victims)];
	struct feed two = {0}, seven = {0};
	struct model m;
	size_t i;

	(void)state;
	make(&m, GEOMETRY_LRU, 0);
	lines(&two, 2);
	lines(&seven, 7);
	predict(&m, &two, victims, ARRAY_SIZE(victims), e);
	for (i = 0; i < ARRAY_SIZE(victims); i++) {
		assert_true(e[i].primed[MODEL_VICTIM_L1D] == 1);
		assert_true(e[i].evicted[MODEL_VICTIM_L1D] == (i < 2));
		assert_true(e[i].evicted[MODEL_VICTIM_L2] == 0);
		/* Four pages fill the first level, the fifth takes one. */
		assert_true(e[i].evicted[MODEL_VICTIM_DTLB] == (i < 1));
		assert_true(e[i].evicted[MODEL_VICTIM_STLB] == 0);
	}
	predict(&m, &seven, victims, ARRAY_SIZE(victims), e);
	for (i = 0; i < ARRAY_SIZE(victims); i++) {
		assert_true(e[i].evicted[MODEL_VICTIM_L1D] == 1);
		assert_true(e[i].evicted[MODEL_VICTIM_L2] == (i < 3));
	}
	feed_free(&two);
	feed_free(&seven);
	model_free(&m);
}

/*
 * Five victims in four ways: the first isn't there any more, so nothing is
 * known of it.
 */
static void test_not_primed(void **state)
{
	const uint64_t victims[] = {0x10000, 0x10040, 0x10080, 0x100c0,
				    0x10100};
	struct model_eviction e[ARRAY_SIZE(victims)];
	struct feed one = {0};
	struct model m;

	(void)state;
	make(&m, GEOMETRY_LRU, 0);
	lines(&one, 1);
	predict(&m, &one, victims, ARRAY_SIZE(victims), e);
	assert_true(e[0].primed[MODEL_VICTIM_L1D] == 0);
	assert_true(isnan(e[0].evicted[MODEL_VICTIM_L1D]));
	assert_true(e[1].primed[MODEL_VICTIM_L1D] == 1);
	assert_true(e[1].evicted[MODEL_VICTIM_L1D] == 1);
	assert_true(e[2].evicted[MODEL_VICTIM_L1D] == 0);
	model_free(&m);
	feed_free(&one);
}

/*
 * Four victims and the sequence's one line in four ways: one of the five is
 * missing at any time, so that a turn is a matrix of probabilities over five
 * states. Each miss makes one of the other four the missing one, each with 1/4.
 */
#define FIVE  5
#define SEEN  4 /* the sequence's line */
#define SEEDS 60

static void miss(double p[FIVE], int line)
{
	double share = p[line] / 4;
	int i;

	for (i = 0; i < FIVE; i++)
		p[i] += i == line ? -p[line] : share;
}

/* Probability of each being the missing one after priming, in the long run. */
static void primed_missing(double p[FIVE])
{
	int turn, i;

	for (i = 0; i < FIVE; i++)
		p[i] = 1.0 / FIVE;
	for (turn = 0; turn < 1000; turn++) {
		miss(p, SEEN);
		for (i = 0; i < SEEN; i++)
			miss(p, i);
	}
}

static void test_random_evictions(void **state)
{
	uint64_t victims[SEEN] = {0x10000, 0x10040, 0x10080, 0x100c0};
	double evicted[SEEN] = {0}, primed[SEEN] = {0}, p[FIVE];
	struct model_eviction e[SEEN];
	struct feed one = {0};
	struct model m;
	int seed, i;

	(void)state;
	lines(&one, 1);
	for (seed = 0; seed < SEEDS; seed++) {
		make(&m, GEOMETRY_RANDOM, seed);
		predict(&m, &one, victims, SEEN, e);
		for (i = 0; i < SEEN; i++) {
			evicted[i] += e[i].evicted[MODEL_VICTIM_L1D] / SEEDS;
			primed[i] += e[i].primed[MODEL_VICTIM_L1D] / SEEDS;
			assert_true(e[i].evicted[MODEL_VICTIM_L2] == 0);
		}
		model_free(&m);
	}
	primed_missing(p);
	for (i = 0; i < SEEN; i++) {
		/* 11520 turns: six standard deviations are 0.02. */
		assert_true(fabs(primed[i] - (1 - p[i])) < 0.02);
		assert_true(fabs(evicted[i] - p[SEEN] / 4 / (1 - p[i])) < 0.02);
	}
	feed_free(&one);
}

static void test_not_modelled(void **state)
{
	const struct geometry nothing = {0};
	const uint64_t victim = 0x10000;
	struct model_eviction e;
	struct model_counts c;
	struct feed one = {0};
	struct error err = {0};
	struct model m;
	int i;

	(void)state;
	assert_int_equal(model_init(&m, &nothing, NULL, &err), 0);
	lines(&one, 1);
	predict(&m, &one, &victim, 1, &e);
	for (i = 0; i < MODEL_VICTIM_LEVELS; i++) {
		assert_true(isnan(e.primed[i]));
		assert_true(isnan(e.evicted[i]));
	}
	model_predict_misses(&m, &one, NULL, &c);
	assert_true(misses(&c, MODEL_L1D) == 0);
	model_free(&m);
	feed_free(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_evictions),
		cmocka_unit_test(test_not_primed),
		cmocka_unit_test(test_random_evictions),
		cmocka_unit_test(test_not_modelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
