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

#define TABLES 5
static const char scattered[] =
	"region a 1; region b 1; region c 1; region d 1; region e 1; "
	"load a+8; load b+8; load c+8; load d+8; load e+8";

/* A sequence with page tables as they were: its first regions are in @tables far apart. */
static void load_recorded(struct loaded *l, uint32_t tables, uint64_t *random,
			  struct evictors *evictors)
{
	const struct swc_state recorded = {.flags = SWC_STATE_RECORDED};
	struct error err = {0};
	struct swc_caps caps;
	struct sequence s;
	uint32_t i;

	swc_caps_probe(&caps);
	sequence_from(&s, scattered);
	s.places = calloc(TABLES, sizeof(*s.places));
	assert_non_null(s.places);
	for (i = 0; i < TABLES; i++)
		s.places[i] = (i < tables ? i : tables - 1) * 100 * 512 + i;
	if (loaded_open(l, &s, &caps, 80, &recorded, evictors, random, &err))
		fail_msg("%s", err.text);
	sequence_free(&s);
}

/* It has to lie at a multiple, and so at few places: the last free one is found. */
static void test_last_place(void **state)
{
	bool taken[UNITS] = {false};
	struct evictors evictors = {0};
	uint64_t random = 77;
	struct loaded l;
	unsigned int hole;

	(void)state;
	for (hole = 0; hole + 2 <= UNITS; hole++) {
		occupy(hole, 2, taken);
		load_recorded(&l, 2, &random, &evictors);
		assert_int_equal((uintptr_t)l.memory,
				 FROM + hole * RECORDED_LAYOUT_UNIT);
		loaded_close(&l);
	}
	occupy(0, UNITS, taken);
}

#define MANY_SMALL 40
#define MANY_LARGE 5

/* Small mappings leave room for large ones, and large ones for others. */
static void test_many(void **state)
{
	static struct loaded small[MANY_SMALL], large[MANY_LARGE];
	struct evictors evictors = {0};
	uint64_t random = 78;
	int i, turn;

	(void)state;
	for (turn = 0; turn < SEEDS; turn++) {
		for (i = 0; i < MANY_SMALL; i++)
			load(&small[i], &random);
		for (i = 0; i < MANY_LARGE; i++)
			load_recorded(&large[i], TABLES, &random, &evictors);
		assert_true(large[0].memory_bytes > 4 * RECORDED_LAYOUT_UNIT);
		for (i = 0; i < MANY_SMALL; i++)
			loaded_close(&small[i]);
		for (i = 0; i < MANY_LARGE; i++)
			loaded_close(&large[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed),
		cmocka_unit_test(test_drawn_anew),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_last_place),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
