// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "assoc.h"
#include "engine/freestanding.h"
#include "lrulist.h"

/*
 * The array against hand-computed streams, and against models of the policies
 * that are written in another way: a list for LRU, a tree of nodes for PLRU.
 */

static void make(struct assoc *a, uint32_t sets, uint32_t ways,
		 enum geometry_policy policy, uint64_t seed)
{
	struct error err = {0};

	assert_int_equal(assoc_init(a, sets, ways, policy, seed, &err), 0);
}

/* Use keys of one set, and see which of them hit: "h", "-": a free way, or the
 * key that made room.
 */
static void check_stream(enum geometry_policy policy, uint32_t ways,
			 const char *keys, const char *expected)
{
	struct assoc a;
	uint64_t evicted;
	char seen;

	make(&a, 1, ways, policy, 0);
	for (; *keys; keys++, expected++) {
		seen = 'h';
		if (!assoc_use(&a, *keys, 0, &evicted))
			seen = evicted ? (char)(evicted - 1) : '-';
		if (seen != *expected)
			fail_msg("%s, %u ways, before \"%s\": %c, not %c",
				 geometry_policy_name(policy), ways, keys, seen,
				 *expected);
	}
	assoc_free(&a);
}

static void test_lru_by_hand(void **state)
{
	(void)state;
	check_stream(GEOMETRY_LRU, 1, "AABBA", "-hAhB");
	check_stream(GEOMETRY_LRU, 2, "ABACABB", "--hBhCh");
	check_stream(GEOMETRY_LRU, 3, "ABCADBAC", "---hBChD");
	check_stream(GEOMETRY_LRU, 4, "ABCDABCDEABCD", "----hhhhABCDE");
	check_stream(GEOMETRY_LRU, 4, "ABCDAEBFC", "----hBCDA");
}

/*
 * Four ways, nodes: root (A B | C D), left (A | B), right (C | D). After A B C D
 * all nodes point to A's side: root left, left to A, right to C.
 */
static void test_plru_by_hand(void **state)
{
	(void)state;
	check_stream(GEOMETRY_PLRU, 2, "ABACABB", "--hBhCh");
	check_stream(GEOMETRY_PLRU, 4, "ABCDE", "----A");
	/* E in way 0: root right, left to B. F takes C's, G B's, H D's. */
	check_stream(GEOMETRY_PLRU, 4, "ABCDEFGH", "----ACBD");
	/* A hit on A keeps C and D in danger, though B was used before them. */
	check_stream(GEOMETRY_PLRU, 4, "ABCDAEFG", "----hCBD");
	/* Unlike LRU, a sweep of one more than there are ways hits. */
	check_stream(GEOMETRY_PLRU, 4, "ABCDEABCDE", "----AChDEA");
}

#define SETS 7

static void check_lru(uint32_t sets, uint32_t ways, uint32_t range,
		      uint32_t clock)
{
	struct lrulist lists[SETS] = {0};
	uint64_t random = ways, wanted, found, key;
	uint32_t i, index;
	struct assoc a;
	bool hit;

	make(&a, sets, ways, GEOMETRY_LRU, 0);
	a.clock = clock;
	for (i = 0; i < 20000; i++) {
		key = random_next(&random) % range << (i % 3 * 20);
		index = assoc_index(&a, key);
		assert_int_equal(index, key % sets);
		if (random_next(&random) % 16 == 0) {
			assoc_drop(&a, key, index);
			lrulist_drop(&lists[index], key);
			continue;
		}
		wanted = found = 0;
		hit = assoc_use(&a, key, index, &found);
		assert_int_equal(hit, lrulist_use(&lists[index], ways, key,
						  &wanted));
		if (!hit)
			assert_int_equal(found, wanted);
		assert_int_equal(a.used[index], lists[index].n);
	}
	assoc_free(&a);
}

static void test_lru_against_list(void **state)
{
	static const uint32_t ways[] = {1,  2,	3,  4,	6,  8,	10, 12,
					15, 16, 17, 20, 24, 33, 72, 96};
	uint32_t i, sets;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		for (sets = 1; sets <= SETS; sets += 3)
			check_lru(sets, ways[i], 2 * ways[i] * sets, 0);
	}
}

/* The clock's end falls into the stream. */
static void test_rewind(void **state)
{
	(void)state;
	check_lru(4, 8, 60, ASSOC_CLOCK_MAX - 5000);
	check_lru(1, 96, 150, ASSOC_CLOCK_MAX);
}

/* A tree with a node for each inner point, as the definition has it. */
struct node {
	struct node *half[2];
	uint32_t lo, hi;
	int victim; /* which half */
};

static struct node nodes[512];
static uint32_t nnodes;

static struct node *grow(uint32_t lo, uint32_t hi)
{
	struct node *n = &nodes[nnodes++];
	uint32_t lower = (hi - lo + 1) / 2;

	*n = (struct node){.lo = lo, .hi = hi};
	if (hi - lo > 1) {
		n->half[0] = grow(lo, lo + lower);
		n->half[1] = grow(lo + lower, hi);
	}
	return n;
}

static void tree_use(struct node *n, uint32_t way)
{
	int in;

	for (; n->half[0]; n = n->half[in]) {
		in = way >= n->half[1]->lo;
		n->victim = !in;
	}
}

static uint32_t tree_victim(const struct node *n)
{
	while (n->half[0])
		n = n->half[n->victim];
	return n->lo;
}

static void check_plru(uint32_t ways)
{
	uint64_t key[128] = {0}, random = ways, evicted, k;
	struct node *root;
	struct assoc a;
	uint32_t i, way;
	bool hit;

	nnodes = 0;
	root = grow(0, ways);
	make(&a, 1, ways, GEOMETRY_PLRU, 0);
	for (i = 0; i < 20000; i++) {
		k = random_next(&random) % (2 * ways) + 1;
		hit = assoc_use(&a, k, 0, &evicted);
		for (way = 0; way < ways && key[way] != k; way++)
			;
		assert_int_equal(hit, way < ways);
		if (!hit) {
			for (way = 0; way < ways && key[way]; way++)
				;
			if (way == ways)
				way = tree_victim(root);
			assert_int_equal(evicted, key[way] ? key[way] + 1 : 0);
			key[way] = k;
		}
		tree_use(root, way);
	}
	assoc_free(&a);
}

static void test_plru_against_tree(void **state)
{
	static const uint32_t ways[] = {1,  2,	3,  4,	5,  6,	8, 10,
					12, 16, 20, 24, 64, 65, 96};
	uint32_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		check_plru(ways[i]);
}

/*
 * Each of n ways is chosen with probability 1 / n: over 40000 evictions each
 * count lies within 6 standard deviations, which chance leaves once in 10^9.
 */
static void check_random(uint32_t ways, uint64_t seed)
{
	uint32_t count[16] = {0}, where[16] = {0}, i, way, n = 40000;
	double mean = (double)n / ways;
	double variance = mean * (1 - 1.0 / ways);
	uint64_t evicted;
	struct assoc a;

	make(&a, 1, ways, GEOMETRY_RANDOM, seed);
	for (i = 0; i < ways; i++) {
		assert_false(assoc_use(&a, i, 0, &evicted));
		assert_int_equal(evicted, 0);
		where[i] = i;
	}
	for (; i < n + ways; i++) {
		assert_false(assoc_use(&a, i, 0, &evicted));
		for (way = 0; way < ways && where[way] != evicted - 1; way++)
			;
		assert_true(way < ways);
		where[way] = i;
		count[way]++;
	}
	for (way = 0; way < ways; way++)
		assert_true((count[way] - mean) * (count[way] - mean) <=
			    36 * variance);
	assoc_free(&a);
}

static void test_random(void **state)
{
	(void)state;
	check_random(2, 1);
	check_random(3, 2);
	check_random(12, 3);
	check_random(16, 4);
}

/* Evictions of @n new keys in an array of 8 ways, mixed to one number. */
static uint64_t course(uint64_t seed, uint32_t n)
{
	uint64_t evicted, all = 0;
	struct assoc a;
	uint32_t i;

	make(&a, 1, 8, GEOMETRY_RANDOM, seed);
	for (i = 0; i < n; i++) {
		assoc_use(&a, i, 0, &evicted);
		all = (all ^ evicted) * 0x100000001b3;
	}
	assoc_free(&a);
	return all;
}

static void test_seed(void **state)
{
	(void)state;
	assert_int_equal(course(5, 200), course(5, 200));
	assert_int_not_equal(course(5, 200), course(6, 200));
}

/* A dropped key leaves a place that is filled before anything is evicted. */
static void test_drop(void **state)
{
	enum geometry_policy policy;
	uint64_t evicted;
	struct assoc a;
	uint32_t i;

	(void)state;
	for (policy = GEOMETRY_LRU; policy < GEOMETRY_POLICIES; policy++) {
		make(&a, 1, 4, policy, 0);
		for (i = 0; i < 4; i++)
			assoc_use(&a, i, 0, &evicted);
		assoc_drop(&a, 2, 0);
		assoc_drop(&a, 2, 0);
		assoc_drop(&a, 77, 0);
		assert_true(assoc_find(&a, 2, 0) < 0);
		assert_false(assoc_use(&a, 9, 0, &evicted));
		assert_int_equal(evicted, 0);
		assert_false(assoc_use(&a, 10, 0, &evicted));
		assert_int_not_equal(evicted, 0);
		assoc_free(&a);
	}
}

static uint64_t digest_of(enum geometry_policy policy, const char *keys)
{
	uint64_t evicted, digest;
	struct assoc a;

	make(&a, 1, 4, policy, 0);
	for (; *keys; keys++) {
		if (*keys == '-')
			assoc_drop(&a, *++keys, 0);
		else
			assoc_use(&a, *keys, 0, &evicted);
	}
	digest = assoc_digest(&a, 0);
	assoc_free(&a);
	return digest;
}

static void test_digest(void **state)
{
	(void)state;
	/* The same lines in the same order of use, in other ways. */
	assert_int_equal(digest_of(GEOMETRY_LRU, "ABCD"),
			 digest_of(GEOMETRY_LRU, "XABCD"));
	assert_int_equal(digest_of(GEOMETRY_LRU, "ABCD"),
			 digest_of(GEOMETRY_LRU, "DCBAABCD"));
	assert_int_not_equal(digest_of(GEOMETRY_LRU, "ABCD"),
			     digest_of(GEOMETRY_LRU, "ABDC"));
	assert_int_not_equal(digest_of(GEOMETRY_LRU, "ABC"),
			     digest_of(GEOMETRY_LRU, "ABCD"));
	assert_int_equal(digest_of(GEOMETRY_LRU, "ABC"),
			 digest_of(GEOMETRY_LRU, "ABXC-X"));
	/* Another way is another place in the tree. */
	assert_int_not_equal(digest_of(GEOMETRY_PLRU, "ABCD"),
			     digest_of(GEOMETRY_PLRU, "BACD"));
	assert_int_not_equal(digest_of(GEOMETRY_PLRU, "ABCD"),
			     digest_of(GEOMETRY_PLRU, "ABCDA"));
	assert_int_equal(digest_of(GEOMETRY_PLRU, "ABCD"),
			 digest_of(GEOMETRY_PLRU, "ABCDABCD"));
}

/* An emptied array is as good as new. */
static void test_clear(void **state)
{
	enum geometry_policy policy;
	struct assoc a, fresh;
	uint64_t evicted, e;
	uint32_t i;

	(void)state;
	for (policy = GEOMETRY_LRU; policy <= GEOMETRY_PLRU; policy++) {
		make(&a, 3, 4, policy, 0);
		make(&fresh, 3, 4, policy, 0);
		for (i = 0; i < 100; i++)
			assoc_use(&a, i * i, i * i % 3, &evicted);
		assoc_clear(&a);
		assert_int_equal(assoc_digest(&a, 1), assoc_digest(&fresh, 1));
		for (i = 0; i < 100; i++) {
			evicted = e = 0;
			assert_int_equal(assoc_use(&a, i % 15, i % 3, &evicted),
					 assoc_use(&fresh, i % 15, i % 3, &e));
			assert_int_equal(evicted, e);
		}
		assoc_free(&a);
		assoc_free(&fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lru_by_hand),
		cmocka_unit_test(test_plru_by_hand),
		cmocka_unit_test(test_lru_against_list),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_plru_against_tree),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
