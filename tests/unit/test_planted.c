// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "engine/caps.h"
#include "helper.h"
#include "planted.h"

/* Planted sequences evict, and spare, the same on any core. */

static struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = 32768,
				.line_bytes = 64,
				.ways = 8,
				.sets = 64},
	.cache[GEOMETRY_L2] = {.bytes = 524288,
			       .line_bytes = 64,
			       .ways = 8,
			       .sets = 1024},
};

static void make(struct planted *p, struct victims *v,
		 enum eviction_level level, uint64_t seed)
{
	struct error err = {0};

	assert_int_equal(victims_synthetic(v, level, &geometry, 0.125, &err),
			 0);
	assert_int_equal(planted_make(p, v, &geometry, &seed, &err), 0);
}

static void discard(struct planted *p, struct victims *v)
{
	planted_free(p);
	victims_close(v);
}

/*
 * An L2 whose index is hashed from the fourth bit of the line on loses lines that the
 * sequence doesn't touch, and prefetchers bring in neighbours. None of these may be taken
 * for spared, nor may all be unknown.
 */
static void test_hashed_l2(void **state)
{
	struct planted p;
	struct victims v;
	unsigned int spared, line, other;
	uint64_t seed;
	size_t i;

	(void)state;
	for (seed = 1; seed < 50; seed++) {
		make(&p, &v, EVICTION_L2, seed);
		for (i = 0, spared = 0; i < v.n; i++) {
			line = v.list[i].line;
			if (planted_truth(&p, &v.list[i]) != PLANTED_SPARED)
				continue;
			spared++;
			for (other = 0; other < 64; other++) {
				if (p.lines >> other & 1)
					assert_in_range((line + 8 - other % 8) %
								8,
							2, 6);
			}
		}
		assert_true(spared >= v.n / 2);
		discard(&p, &v);
	}
}

/*
 * Whether higher bits of the address are mixed into the index or not: each set that the
 * planted lines can fall into gets more of them than it has ways. Two lines of each page
 * did without a hash; with it they left three of four victims where they were.
 */
static void test_fills_l2(void **state)
{
	const struct geometry_cache *l2 = &geometry.cache[GEOMETRY_L2];
	struct planted p;
	struct victims v;
	unsigned int n[1024], hashed, page, line, set;
	uint64_t frame, seed;
	size_t i;

	(void)state;
	for (seed = 2; seed < 102; seed++) {
		hashed = seed % 2;
		make(&p, &v, EVICTION_L2, seed);
		memset(n, 0, sizeof(n));
		for (i = 0; i < p.sequence.nops; i++) {
			page = p.sequence.ops[i].offset / 4096;
			line = p.sequence.ops[i].offset / 64 % 64;
			frame = (page + seed * 4096) * 0x9e3779b97f4a7c15ull;
			set = (frame >> 48) % (l2->sets / 64) * 64 + line;
			if (hashed)
				set ^= (frame >> 32) % (l2->sets / 8) * 8;
			n[set]++;
		}
		for (set = 0; set < l2->sets; set++) {
			if (p.lines >> set % 64 & 1)
				assert_true(n[set] > l2->ways);
		}
		discard(&p, &v);
	}
}

/*
 * A replay may load from each of them within its bound, and each set of the drawn line gets
 * more lines than it has ways, whatever the size of L2: from a Skylake client's on.
 */
static void test_large_l2(void **state)
{
	static const struct geometry_cache sizes[] = {
		{.bytes = 256 << 10, .line_bytes = 64, .ways = 4, .sets = 1024},
		{.bytes = 1 << 20, .line_bytes = 64, .ways = 8, .sets = 2048},
		{.bytes = 1 << 20, .line_bytes = 64, .ways = 16, .sets = 1024},
		{.bytes = 1280 << 10,
		 .line_bytes = 64,
		 .ways = 20,
		 .sets = 1024},
		{.bytes = 2 << 20, .line_bytes = 64, .ways = 16, .sets = 2048},
		{.bytes = 3 << 20, .line_bytes = 64, .ways = 12, .sets = 4096},
	};
	struct geometry_cache before = geometry.cache[GEOMETRY_L2];
	struct swc_caps caps;
	struct swc_program program;
	struct swc_error refused;
	struct swc_proof proof;
	struct error err = {0};
	struct planted p;
	struct victims v;
	void *workspace;
	size_t i;

	(void)state;
	swc_caps_probe(&caps);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		geometry.cache[GEOMETRY_L2] = sizes[i];
		make(&p, &v, EVICTION_L2, i + 1);
		assert_int_equal(sequence_verify(&p.sequence, &caps, &proof,
						 &program, &workspace, &refused,
						 &err),
				 0);
		free(workspace);
		assert_true(p.sequence.nops / __builtin_popcountll(p.lines) >=
			    sizes[i].sets / 64 * sizes[i].ways * 5 / 4);
		discard(&p, &v);
	}
	geometry.cache[GEOMETRY_L2] = before;
}

/* L1d's index is the line's number: all others are spared. */
static void test_l1d(void **state)
{
	struct planted p;
	struct victims v;
	size_t i;

	(void)state;
	make(&p, &v, EVICTION_L1D, 7);
	for (i = 0; i < v.n; i++)
		assert_int_equal(planted_truth(&p, &v.list[i]),
				 p.lines >> v.list[i].line & 1
					 ? PLANTED_EVICTED
					 : PLANTED_SPARED);
	discard(&p, &v);
}

/*
 * If replacement is LRU, the lines that a trial touches itself need places of
 * their own.
 */
static void test_room_for_a_trial(void **state)
{
	struct planted p;
	struct victims v;

	(void)state;
	make(&p, &v, EVICTION_DTLB, 7);
	assert_in_range(v.n, 32, 64 - 12);
	discard(&p, &v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashed_l2),
		cmocka_unit_test(test_fills_l2),
		cmocka_unit_test(test_large_l2),
		cmocka_unit_test(test_l1d),
		cmocka_unit_test(test_room_for_a_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
