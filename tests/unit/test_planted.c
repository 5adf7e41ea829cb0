// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "helper.h"
#include "planted.h"

/* What planted sequences evict, and spare, on any core. */

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
 * sequence doesn't touch. None of them may be taken for spared, nor may all be unknown.
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
					assert_int_not_equal(other % 8,
							     line % 8);
			}
		}
		assert_true(spared >= v.n / 2);
		discard(&p, &v);
	}
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

/* Where replacement is LRU, what a trial touches itself needs places of its own. */
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
		cmocka_unit_test(test_l1d),
		cmocka_unit_test(test_room_for_a_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
