// SPDX-License-Identifier: GPL-2.0
#include "loaded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helper.h"
#include "recordedlayout.h"

/* A seed decides where a sequence's code and memory lie. */

#define REGIONS 2
#define SEEDS	8

/* All that can lie elsewhere. */
struct places {
	void *entry;
	__u64 region[REGIONS];
};

static const char text[] = "region a 3; region b 1; load a+8; "
			   "store b+64; chain 5";

static void load(struct loaded *l, uint64_t *random)
{
	struct error err = {0};
	struct swc_caps caps;
	struct sequence s;

	swc_caps_probe(&caps);
	sequence_from(&s, text);
	if (loaded_open(l, &s, &caps, 80, NULL, NULL, random, &err))
		fail_msg("%s", err.text);
	sequence_free(&s);
}

static struct places places_of(uint64_t *random)
{
	struct places p = {.entry = NULL};
	struct loaded l;

	load(&l, random);
	p.entry = l.entry;
	memcpy(p.region, l.region, sizeof(p.region));
	loaded_close(&l);
	return p;
}

static void assert_same(const struct places *a, const struct places *b)
{
	assert_ptr_equal(a->entry, b->entry);
	assert_memory_equal(a->region, b->region, sizeof(a->region));
}

/* Code and memory lie at the same addresses again, the next load's, too. */
static void test_same_seed(void **state)
{
	uint64_t seed, first, second;
	struct places a, b;
	int i;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		first = second = seed << 32 | 1;
		for (i = 0; i < 2; i++) {
			a = places_of(&first);
			b = places_of(&second);
			assert_same(&a, &b);
			assert_int_equal(first, second);
		}
	}
}

/* Each load draws its own: code, its place in its page, and memory. */
static void test_drawn_anew(void **state)
{
	uint64_t random = 0x123456789abcdef1;
	struct places all[SEEDS];
	int i, j;

	(void)state;
	for (i = 0; i < SEEDS; i++) {
		all[i] = places_of(&random);
		for (j = 0; j < i; j++) {
			assert_ptr_not_equal(all[i].entry, all[j].entry);
			assert_int_not_equal(all[i].region[0],
					     all[j].region[0]);
		}
	}
}

/* A load with the same seed doesn't write over one that is still there. */
static void test_taken(void **state)
{
	uint64_t random = 99, again = 99;
	struct loaded first, second;

	(void)state;
	load(&first, &random);
	load(&second, &again);
	assert_ptr_not_equal(first.entry, second.entry);
	assert_int_not_equal(first.region[0], second.region[0]);
	loaded_close(&second);
	loaded_close(&first);
}

/* The second GiB, by what page directories' lines stand for. */
#define FROM  0x40000000ull
#define UNITS 63u

/* Take what is free of the second GiB, but for @n units from @hole on. */
static void occupy(unsigned int hole, unsigned int n, bool taken[UNITS])
{
	unsigned int i;
	void *p;

	for (i = 0; i < UNITS; i++) {
		if (taken[i]) {
			munmap((void *)(FROM + i * RECORDED_LAYOUT_UNIT),
			       RECORDED_LAYOUT_UNIT);
			taken[i] = false;
		}
		if (i >= hole && i < hole + n)
			continue;
		p = mmap((void *)(FROM + i * RECORDED_LAYOUT_UNIT),
			 RECORDED_LAYOUT_UNIT, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_FIXED_NOREPLACE,
			 -1, 0);
		taken[i] = p != MAP_FAILED;
	}
}

/* Memory whose page tables are as recorded lies at few places: the last free one is found. */
static void test_last_place(void **state)
{
	static const uint32_t places[REGIONS] = {7 * 512 + 88, 9 * 512};
	const struct swc_state recorded = {.flags = SWC_STATE_RECORDED};
	struct evictors evictors = {0};
	bool taken[UNITS] = {false};
	struct error err = {0};
	uint64_t random = 77;
	struct swc_caps caps;
	struct sequence s;
	struct loaded l;
	unsigned int hole;

	(void)state;
	swc_caps_probe(&caps);
	sequence_from(&s, text);
	s.places = malloc(sizeof(places));
	assert_non_null(s.places);
	memcpy(s.places, places, sizeof(places));
	for (hole = 1; hole + 2 < UNITS; hole += 3) {
		occupy(hole, 2, taken);
		if (loaded_open(&l, &s, &caps, 80, &recorded, &evictors,
				&random, &err))
			fail_msg("%s", err.text);
		assert_int_equal((uintptr_t)l.memory,
				 FROM + hole * RECORDED_LAYOUT_UNIT);
		loaded_close(&l);
	}
	occupy(0, UNITS, taken);
	sequence_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed),
		cmocka_unit_test(test_drawn_anew),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_last_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
