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
 * LRU as a plain list of keys, the newest first, against the array: the same hits
 * and evictions, and in the end the same order. From few ways to a large TLB that
 * is fully associative, since they aren't kept in the same way.
 */

#define MAX_WAYS LRULIST_MAX
#define MAX_SETS 5u

/* Numbers of keys that are drawn from, for each way. */
#define KEYS_PER_WAY 2u

struct pair {
	struct lrulist *lists;
	struct assoc array;
	uint64_t *keys; /* that are drawn from */
	uint32_t nkeys;
	uint64_t random;
};

/* Sets that nothing ever was in digest to another number: there are none. */
static void make(struct assoc *a, uint32_t sets, uint32_t ways)
{
	struct error err = {0};
	uint64_t evicted;
	uint32_t i;

	assert_int_equal(assoc_init(a, sets, ways, GEOMETRY_LRU, 0, &err), 0);
	for (i = 0; i < sets; i++) {
		assoc_use(a, i, i, &evicted);
		assoc_drop(a, i, i);
	}
}

/* Keys of all sizes; or such that all have the same print as an empty way. */
static void draw_keys(struct pair *p, bool alike)
{
	uint64_t key;
	uint32_t i;

	for (i = 0; i < p->nkeys; i++) {
		do {
			key = random_next(&p->random);
			key >>= 8 + key % 50;
			if (alike)
				key = random_next(&p->random) >> 8;
		} while (alike && assoc_print(key));
		p->keys[i] = key;
	}
}

static void begin(struct pair *p, uint32_t sets, uint32_t ways, bool alike)
{
	make(&p->array, sets, ways);
	p->lists = test_calloc(sets, sizeof(*p->lists));
	p->random = ways;
	p->nkeys = KEYS_PER_WAY * sets * ways + 1;
	p->keys = test_calloc(p->nkeys, sizeof(*p->keys));
	draw_keys(p, alike);
}

static void end(struct pair *p)
{
	test_free(p->keys);
	test_free(p->lists);
	assoc_free(&p->array);
}

static void use_both(struct pair *p, uint64_t key)
{
	struct assoc *a = &p->array;
	uint32_t index = assoc_index(a, key);
	struct lrulist *l = &p->lists[index];
	uint64_t wanted = 0, found = 0;
	bool hit = assoc_use(a, key, index, &found);

	assert_int_equal(hit, lrulist_use(l, a->ways, key, &wanted));
	if (!hit)
		assert_int_equal(found, wanted);
	assert_int_equal(a->used[index], l->n);
	assert_true(assoc_find(a, key, index) >= 0);
	if (!hit && found)
		assert_int_equal(assoc_find(a, found - 1, index), -1);
}

static void drop_both(struct pair *p, uint64_t key)
{
	uint32_t index = assoc_index(&p->array, key);

	assoc_drop(&p->array, key, index);
	lrulist_drop(&p->lists[index], key);
	assert_int_equal(assoc_find(&p->array, key, index), -1);
	assert_int_equal(p->array.used[index], p->lists[index].n);
}

/*
 * An array that was given the lists' keys and nothing else, the oldest first, is
 * in the same state.
 */
static void check_order(struct pair *p)
{
	uint32_t i, n, sets = p->array.sets;
	struct assoc fresh;
	uint64_t evicted;

	make(&fresh, sets, p->array.ways);
	for (i = 0; i < sets; i++) {
		for (n = p->lists[i].n; n > 0; n--)
			assert_false(assoc_use(&fresh, p->lists[i].key[n - 1],
					       i, &evicted));
	}
	assert_int_equal(assoc_digest(&p->array, 3), assoc_digest(&fresh, 3));
	n = p->lists[0].n;
	if (n > 1) {
		assoc_use(&fresh, p->lists[0].key[n - 1], 0, &evicted);
		assert_int_not_equal(assoc_digest(&p->array, 3),
				     assoc_digest(&fresh, 3));
	}
	assoc_free(&fresh);
}

/* Phases: some draw from few keys, which hit, some from all, which mostly don't. */
static void check(uint32_t sets, uint32_t ways, bool alike)
{
	uint32_t i, range, uses = 2000 + 20 * sets * ways;
	struct pair p;
	uint64_t key;

	begin(&p, sets, ways, alike);
	for (i = 0; i < uses; i++) {
		range = p.nkeys >> i / 256 % 4;
		key = p.keys[random_next(&p.random) % (range + 1) % p.nkeys];
		if (random_next(&p.random) % 16)
			use_both(&p, key);
		else
			drop_both(&p, key);
		if (i % (uses / 4) == uses / 8)
			check_order(&p);
	}
	/* The array is as new: nothing of the old content is left. */
	assoc_clear(&p.array);
	memset(p.lists, 0, sets * sizeof(*p.lists));
	for (i = 0; i < sets * ways; i++)
		use_both(&p, p.keys[i]);
	end(&p);
}

static void test_ways(void **state)
{
	static const uint32_t ways[] = {1,  2,	3,  4,	6,  8,	12, 15, 16, 17,
					24, 31, 32, 33, 64, 65, 72, 96, 100};
	uint32_t i, sets;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		for (sets = 1; sets <= MAX_SETS; sets++) {
			check(sets, ways[i], false);
			check(sets, ways[i], true);
		}
	}
}

static void test_fully_associative(void **state)
{
	(void)state;
	check(1, 255, false);
	check(1, 256, false);
	check(1, 257, false);
	check(1, 2048, false);
	check(1, 2048, true);
}

/* A sweep of one key more than there are ways evicts the one that comes next. */
static void test_sweeps(void **state)
{
	uint64_t evicted = 0, key, i;
	struct assoc a;
	uint32_t ways;

	(void)state;
	for (ways = 1; ways <= 130; ways++) {
		make(&a, 1, ways);
		for (i = 0; i < 5 * ways; i++) {
			key = i % (ways + 1);
			assert_false(assoc_use(&a, key, 0, &evicted));
			if (i < ways)
				assert_int_equal(evicted, 0);
			else
				assert_int_equal(evicted - 1,
						 (key + 1) % (ways + 1));
		}
		assoc_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_fully_associative),
		cmocka_unit_test(test_sweeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
