// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/freestanding.h"
#include "model.h"

/*
 * Misses wait in queues until there are many. Nobody may see it: accesses one by
 * one, where each is through before the next begins, lead to the same counts, and
 * the same content of all structures, as a list that is run at once, or in parts.
 */

#define LINE	 64u
#define PAGE	 4096u
#define ACCESSES 20000u
#define TURNS	 20u

static struct geometry_cache cache(uint32_t sets, uint32_t ways,
				   enum geometry_answer inclusive)
{
	return (struct geometry_cache){
		.source = GEOMETRY_FILE,
		.bytes = (uint64_t)sets * ways * LINE,
		.line_bytes = LINE,
		.sets = sets,
		.ways = ways,
		.inclusive = inclusive,
	};
}

static void add_tlb(struct geometry *g, uint8_t level,
		    enum geometry_tlb_kind kind, uint32_t entries,
		    uint32_t ways)
{
	geometry_add_tlb(g, &(struct geometry_tlb){
				    .level = level,
				    .kind = kind,
				    .pages = GEOMETRY_4K,
				    .entries = entries,
				    .ways = ways,
				    .source = GEOMETRY_FILE,
			    });
}

/* So small that of some hundred lines most miss; L3's sets are no power of two. */
static struct geometry small(enum geometry_answer l2, enum geometry_answer l3)
{
	struct geometry g = {0};

	g.cache[GEOMETRY_L1D] = cache(4, 3, GEOMETRY_NO);
	g.cache[GEOMETRY_L1I] = cache(2, 2, GEOMETRY_NO);
	g.cache[GEOMETRY_L2] = cache(8, 4, l2);
	g.cache[GEOMETRY_L3] = cache(11, 18, l3);
	add_tlb(&g, 1, GEOMETRY_TLB_LOAD, 6, 3);
	add_tlb(&g, 1, GEOMETRY_TLB_STORE, 4, 4);
	add_tlb(&g, 1, GEOMETRY_TLB_CODE, 4, 2);
	add_tlb(&g, 2, GEOMETRY_TLB_UNIFIED, 24, 6);
	return g;
}

/* Loads, stores and code; one in @special is a flush or the like. */
static void draw(struct model_access *list, uint32_t special, uint64_t seed)
{
	static const uint32_t usual[] = {MODEL_READ, MODEL_WRITE,
					 MODEL_READ | MODEL_WRITE, MODEL_FETCH};
	static const uint32_t others[] = {MODEL_FLUSH,	MODEL_STREAM,
					  MODEL_INVLPG, MODEL_TO_L2,
					  MODEL_TO_L3,	MODEL_TO_MEM};
	uint64_t r;
	uint32_t i;

	for (i = 0; i < ACCESSES; i++) {
		r = random_next(&seed);
		list[i] = (struct model_access){
			.address = r % 40 * PAGE + r / 64 % 8 * LINE +
				   r / 512 % 60,
			.bytes = r >> 32 & 15 ? 1 : 100,
			.flags =
				(r >> 36) % special
					? usual[r >> 60 & 3]
					: others[(r >> 56) % ARRAY_SIZE(others)],
		};
	}
}

static void make(struct model *m, const struct geometry *g,
		 enum geometry_policy policy)
{
	const struct model_options options = {.policy = policy, .seed = 7};
	struct error err = {0};

	assert_int_equal(model_init(m, g, &options, &err), 0);
}

static void check_same(const struct model *a, const struct model *b)
{
	enum model_structure s;
	uint64_t at;

	assert_memory_equal(a->tally, b->tally, sizeof(a->tally));
	assert_int_equal(model_digest(a), model_digest(b));
	for (s = 0; s < MODEL_STRUCTURES; s++) {
		for (at = 0; at < 40 * PAGE; at += LINE)
			assert_int_equal(model_holds(a, s, at),
					 model_holds(b, s, at));
	}
}

static void check(const struct geometry *g, enum geometry_policy policy,
		  uint32_t special, uint64_t seed)
{
	static struct model_access list[ACCESSES];
	struct model all, parts, single;
	uint32_t i, n;

	draw(list, special, seed);
	make(&all, g, policy);
	make(&parts, g, policy);
	make(&single, g, policy);
	model_run(&all, list, ACCESSES);
	for (i = 0; i < ACCESSES; i++)
		model_run(&single, list + i, 1);
	for (i = 0; i < ACCESSES; i += n) {
		n = random_next(&seed) % 200;
		n = n < ACCESSES - i ? n : ACCESSES - i;
		model_run(&parts, list + i, n);
	}
	check_same(&all, &single);
	check_same(&parts, &single);
	assert_true(all.tally[MODEL_L3][MODEL_DATA].misses > 100);
	assert_true(all.tally[MODEL_L3][MODEL_CODE].misses > 100);
	assert_true(all.tally[MODEL_STLB][MODEL_DATA].misses > 100);
	model_free(&all);
	model_free(&parts);
	model_free(&single);
}

static void check_policies(const struct geometry *g)
{
	enum geometry_policy policy;
	uint64_t seed;

	for (policy = GEOMETRY_LRU; policy < GEOMETRY_POLICIES; policy++) {
		for (seed = 0; seed < TURNS; seed += 5)
			check(g, policy, 4, seed);
	}
	for (seed = 0; seed < TURNS; seed++)
		check(g, GEOMETRY_LRU, 500, seed);
}

static void test_not_inclusive(void **state)
{
	const struct geometry g = small(GEOMETRY_NO, GEOMETRY_NO);

	(void)state;
	check_policies(&g);
}

static void test_inclusive(void **state)
{
	const struct geometry l2 = small(GEOMETRY_YES, GEOMETRY_NO);
	const struct geometry l3 = small(GEOMETRY_NO, GEOMETRY_YES);

	(void)state;
	check_policies(&l2);
	check_policies(&l3);
}

/* The second level has entries of their own for code, or none. */
static void test_split_stlb(void **state)
{
	struct geometry g = small(GEOMETRY_NO, GEOMETRY_NO);

	(void)state;
	g.ntlbs--;
	add_tlb(&g, 2, GEOMETRY_TLB_DATA, 24, 24);
	check_policies(&g);
	add_tlb(&g, 2, GEOMETRY_TLB_CODE, 8, 2);
	check_policies(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_inclusive),
		cmocka_unit_test(test_inclusive),
		cmocka_unit_test(test_split_stlb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
