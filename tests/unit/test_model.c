// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/freestanding.h"
#include "model.h"
#include "recording.h"
#include "selfcheck.h"

/* Caches and TLBs in small, where each miss can be counted by hand. */

#define LINE 64u
#define PAGE 4096u

static struct geometry_cache cache(uint32_t sets, uint32_t ways)
{
	return (struct geometry_cache){
		.source = GEOMETRY_FILE,
		.bytes = (uint64_t)sets * ways * LINE,
		.line_bytes = LINE,
		.sets = sets,
		.ways = ways,
	};
}

static void add_tlb(struct geometry *g, uint8_t level,
		    enum geometry_tlb_kind kind, uint32_t entries,
		    uint32_t ways)
{
	struct geometry_tlb tlb = {
		.level = level,
		.kind = kind,
		.pages = GEOMETRY_4K,
		.entries = entries,
		.ways = ways,
		.source = GEOMETRY_FILE,
	};

	geometry_add_tlb(g, &tlb);
}

/* L1d 2 sets of 2, L1i 1 of 2, L2 4 of 2, no L3; TLBs of 2, 2, and 4. */
static struct geometry small(void)
{
	struct geometry g = {0};

	g.cache[GEOMETRY_L1D] = cache(2, 2);
	g.cache[GEOMETRY_L1I] = cache(1, 2);
	g.cache[GEOMETRY_L2] = cache(4, 2);
	add_tlb(&g, 1, GEOMETRY_TLB_DATA, 2, 2);
	add_tlb(&g, 1, GEOMETRY_TLB_CODE, 2, 2);
	add_tlb(&g, 2, GEOMETRY_TLB_UNIFIED, 4, 4);
	return g;
}

static void make(struct model *m, const struct geometry *g,
		 const struct model_options *options)
{
	struct error err = {0};

	assert_int_equal(model_init(m, g, options, &err), 0);
}

static void use(struct model *m, uint64_t address, uint32_t bytes,
		uint32_t flags)
{
	const struct model_access a = {address, bytes, flags};

	model_run(m, &a, 1);
}

static void check_tally(const struct model *m, enum model_structure s,
			enum model_side side, uint64_t accesses,
			uint64_t misses)
{
	const struct model_tally *t = &m->tally[s][side];

	if (t->accesses != accesses || t->misses != misses)
		fail_msg("%s: %lu accesses, %lu misses, not %lu, %lu",
			 model_structure_name(s), (unsigned long)t->accesses,
			 (unsigned long)t->misses, (unsigned long)accesses,
			 (unsigned long)misses);
}

/* Lines 0, 2, 4 share a set of L1d; 0 and 4 one of L2. */
static void test_levels(void **state)
{
	const struct geometry g = small();
	struct model m;

	(void)state;
	make(&m, &g, NULL);
	use(&m, 0 * LINE, 8, MODEL_READ);  /* misses both */
	use(&m, 2 * LINE, 8, MODEL_WRITE); /* likewise: write allocate */
	use(&m, 0 * LINE + 8, 8, MODEL_READ);
	use(&m, 4 * LINE, 8, MODEL_READ); /* takes line 2's way of L1d */
	assert_true(model_holds(&m, MODEL_L1D, 0));
	assert_false(model_holds(&m, MODEL_L1D, 2 * LINE + 63));
	assert_true(model_holds(&m, MODEL_L2, 2 * LINE));
	use(&m, 2 * LINE, 8, MODEL_READ); /* L2 has it; takes line 0's */
	use(&m, 1 * LINE, 8, MODEL_READ | MODEL_WRITE); /* the other set */
	use(&m, 1 * LINE, 8, MODEL_READ | MODEL_WRITE);
	check_tally(&m, MODEL_L1D, MODEL_DATA, 7, 5);
	check_tally(&m, MODEL_L2, MODEL_DATA, 5, 4);
	check_tally(&m, MODEL_L3, MODEL_DATA, 0, 0);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 7, 1);
	check_tally(&m, MODEL_STLB, MODEL_DATA, 1, 1);
	model_free(&m);
}

/* L2 keeps what it has seen longest ago, though L1 goes on using it. */
static void test_not_inclusive(void **state)
{
	struct geometry g = small();
	struct model m;
	int inclusive;

	(void)state;
	for (inclusive = 0; inclusive < 2; inclusive++) {
		g.cache[GEOMETRY_L2].inclusive = inclusive ? GEOMETRY_YES
							   : GEOMETRY_NO;
		g.cache[GEOMETRY_L1D] = cache(1, 8);
		make(&m, &g, NULL);
		use(&m, 0 * LINE, 1, MODEL_READ);
		use(&m, 4 * LINE, 1, MODEL_READ);
		use(&m, 8 * LINE, 1, MODEL_READ); /* L2 gives line 0 away */
		assert_false(model_holds(&m, MODEL_L2, 0));
		assert_int_equal(model_holds(&m, MODEL_L1D, 0), !inclusive);
		assert_true(model_holds(&m, MODEL_L1D, 4 * LINE));
		model_free(&m);
	}
}

/* An L3 that holds all takes lines out of L2 and of both L1. */
static void test_inclusive_l3(void **state)
{
	struct geometry g = small();
	struct model m;

	(void)state;
	g.cache[GEOMETRY_L1D] = cache(1, 8);
	g.cache[GEOMETRY_L2] = cache(1, 8);
	g.cache[GEOMETRY_L3] = cache(3, 1);
	g.cache[GEOMETRY_L3].inclusive = GEOMETRY_YES;
	make(&m, &g, NULL);
	use(&m, 1 * LINE, 1, MODEL_FETCH);
	use(&m, 2 * LINE, 1, MODEL_READ);
	use(&m, 4 * LINE, 1, MODEL_READ); /* 4 and 1 are 1 modulo 3 */
	assert_false(model_holds(&m, MODEL_L3, 1 * LINE));
	assert_false(model_holds(&m, MODEL_L2, 1 * LINE));
	assert_false(model_holds(&m, MODEL_L1I, 1 * LINE));
	assert_true(model_holds(&m, MODEL_L1D, 2 * LINE));
	use(&m, 8 * LINE, 1, MODEL_READ);
	assert_false(model_holds(&m, MODEL_L1D, 2 * LINE));
	assert_false(model_holds(&m, MODEL_L2, 2 * LINE));
	check_tally(&m, MODEL_L3, MODEL_DATA, 3, 3);
	check_tally(&m, MODEL_L3, MODEL_CODE, 1, 1);
	model_free(&m);
}

static void test_wide(void **state)
{
	const struct geometry g = small();
	struct model m;

	(void)state;
	make(&m, &g, NULL);
	use(&m, LINE - 1, 2, MODEL_READ); /* two lines */
	check_tally(&m, MODEL_L1D, MODEL_DATA, 2, 2);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 1, 1);
	use(&m, PAGE - 4, 8, MODEL_WRITE); /* two pages */
	check_tally(&m, MODEL_L1D, MODEL_DATA, 4, 4);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 3, 2);
	use(&m, 2 * PAGE, 3 * PAGE + 1, MODEL_READ);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 7, 6);
	check_tally(&m, MODEL_L1D, MODEL_DATA, 4 + 3 * 64 + 1, 4 + 3 * 64 + 1);
	use(&m, 9 * PAGE - 1, 2, MODEL_FETCH);
	check_tally(&m, MODEL_L1I, MODEL_CODE, 2, 2);
	check_tally(&m, MODEL_ITLB, MODEL_CODE, 2, 2);
	model_free(&m);
}

/* Data and code share the second level; three pages don't fit two entries. */
static void test_tlbs(void **state)
{
	const struct geometry g = small();
	struct model m;

	(void)state;
	make(&m, &g, NULL);
	use(&m, 0 * PAGE, 1, MODEL_READ);
	use(&m, 1 * PAGE, 1, MODEL_WRITE);
	use(&m, 2 * PAGE, 1, MODEL_READ);
	use(&m, 0 * PAGE, 1, MODEL_READ); /* dtlb misses, stlb has it */
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 4, 4);
	check_tally(&m, MODEL_STLB, MODEL_DATA, 4, 3);
	use(&m, 2 * PAGE, 1, MODEL_FETCH); /* data's walk serves code, too */
	check_tally(&m, MODEL_ITLB, MODEL_CODE, 1, 1);
	check_tally(&m, MODEL_STLB, MODEL_CODE, 1, 0);
	use(&m, 7 * PAGE, 1, MODEL_FETCH);
	use(&m, 8 * PAGE, 1, MODEL_FETCH); /* now page 1 is gone */
	check_tally(&m, MODEL_STLB, MODEL_CODE, 3, 2);
	assert_false(model_holds(&m, MODEL_STLB, 1 * PAGE));
	assert_true(model_holds(&m, MODEL_STLB, 2 * PAGE));
	model_free(&m);
}

/* Loads and stores have entries of their own, as on Golden Cove. */
static void test_split_dtlb(void **state)
{
	struct geometry g = small();
	struct model m;

	(void)state;
	g.ntlbs = 0;
	add_tlb(&g, 1, GEOMETRY_TLB_LOAD, 4, 4);
	add_tlb(&g, 1, GEOMETRY_TLB_STORE, 2, 2);
	add_tlb(&g, 2, GEOMETRY_TLB_DATA, 8, 8);
	make(&m, &g, NULL);
	use(&m, 0 * PAGE, 1, MODEL_READ);
	use(&m, 0 * PAGE, 1, MODEL_WRITE); /* a load doesn't fill the other */
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 2, 2);
	check_tally(&m, MODEL_STLB, MODEL_DATA, 2, 1);
	use(&m, 0 * PAGE, 1, MODEL_READ | MODEL_WRITE); /* asks both */
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 4, 2);
	use(&m, 1 * PAGE, 1, MODEL_WRITE);
	use(&m, 2 * PAGE, 1, MODEL_WRITE); /* page 0 leaves those for stores */
	use(&m, 0 * PAGE, 1, MODEL_READ);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 7, 4);
	use(&m, 0 * PAGE, 1, MODEL_WRITE);
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 8, 5);
	/* No TLB for code: nothing is counted, and the reason is there. */
	use(&m, 3 * PAGE, 1, MODEL_FETCH);
	check_tally(&m, MODEL_ITLB, MODEL_CODE, 0, 0);
	assert_non_null(strstr(m.part[MODEL_ITLB].why, "4 KiB"));
	model_free(&m);
}

static void test_special(void **state)
{
	const struct geometry g = small();
	struct model m;

	(void)state;
	make(&m, &g, NULL);
	use(&m, 0, 1, MODEL_READ);
	use(&m, 0, 1, MODEL_TO_L2);
	assert_false(model_holds(&m, MODEL_L1D, 0));
	assert_true(model_holds(&m, MODEL_L2, 0));
	use(&m, 0, 1, MODEL_READ); /* the short cut must not hide the miss */
	check_tally(&m, MODEL_L1D, MODEL_DATA, 2, 2);
	check_tally(&m, MODEL_L2, MODEL_DATA, 2, 1);
	use(&m, 0, 1, MODEL_TO_L3);
	assert_false(model_holds(&m, MODEL_L2, 0));
	use(&m, 0, 1, MODEL_READ);
	use(&m, 0, 1, MODEL_TO_MEM);
	assert_false(model_holds(&m, MODEL_L2, 0));
	assert_false(model_holds(&m, MODEL_L1D, 0));
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 3, 1);
	use(&m, 0, 1, MODEL_READ);
	use(&m, 0, 8, MODEL_FLUSH); /* translates */
	assert_false(model_holds(&m, MODEL_L1D, 0));
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 5, 1);
	use(&m, 0, 8, MODEL_STREAM);
	assert_false(model_holds(&m, MODEL_L1D, 0));
	check_tally(&m, MODEL_DTLB, MODEL_DATA, 6, 1);
	check_tally(&m, MODEL_L1D, MODEL_DATA, 4, 4);
	use(&m, 5, 1, MODEL_INVLPG);
	assert_false(model_holds(&m, MODEL_DTLB, 0));
	assert_false(model_holds(&m, MODEL_STLB, 0));
	use(&m, 0, 1, MODEL_READ);
	check_tally(&m, MODEL_STLB, MODEL_DATA, 2, 2);
	model_free(&m);
}

/* One batch and single accesses are the same: the short cut changes nothing. */
static void check_batch(const struct geometry *g, enum geometry_policy policy)
{
	const struct model_options options = {.policy = policy, .seed = 3};
	struct model_access list[4000];
	uint64_t random = 1, r;
	struct model all, single;
	unsigned int i, s;

	make(&all, g, &options);
	make(&single, g, &options);
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		r = random_next(&random);
		list[i] = (struct model_access){
			r % 5 * LINE + r / 5 % 3 * PAGE + r / 15 % 60,
			r >> 32 & 7 ? 1 : 9, 1 + (r >> 40) % 3};
		if (!(r >> 50 & 15))
			list[i].flags = MODEL_FETCH;
		use(&single, list[i].address, list[i].bytes, list[i].flags);
	}
	model_run(&all, list, ARRAY_SIZE(list));
	for (s = 0; s < MODEL_STRUCTURES; s++)
		assert_memory_equal(all.tally[s], single.tally[s],
				    sizeof(all.tally[s]));
	assert_int_equal(model_digest(&all), model_digest(&single));
	assert_true(all.tally[MODEL_L1D][MODEL_DATA].misses > 100);
	model_free(&all);
	model_free(&single);
}

static void test_batch(void **state)
{
	struct geometry g = small();
	enum geometry_policy policy;

	(void)state;
	for (policy = GEOMETRY_LRU; policy < GEOMETRY_POLICIES; policy++)
		check_batch(&g, policy);
	g.ntlbs = 0;
	add_tlb(&g, 1, GEOMETRY_TLB_LOAD, 2, 2);
	add_tlb(&g, 1, GEOMETRY_TLB_STORE, 2, 1);
	check_batch(&g, GEOMETRY_LRU);
}

/* Between two reads of one line, code takes it out of an inclusive L2. */
static void test_code_takes_data(void **state)
{
	static const struct model_access list[] = {
		{0 * LINE, 8, MODEL_READ},
		{1 * LINE, 8, MODEL_FETCH},
		{2 * LINE, 8, MODEL_FETCH},
		{0 * LINE, 8, MODEL_READ},
	};
	struct geometry g = small();
	struct model m;

	(void)state;
	g.cache[GEOMETRY_L2] = cache(1, 2);
	g.cache[GEOMETRY_L2].inclusive = GEOMETRY_YES;
	make(&m, &g, NULL);
	model_run(&m, list, ARRAY_SIZE(list));
	check_tally(&m, MODEL_L1D, MODEL_DATA, 2, 2);
	model_free(&m);
}

static uint64_t frame(void *ctx, uint64_t page)
{
	return page ^ *(uint64_t *)ctx;
}

/* Pages 0 and 1 collide in a physically indexed L2 only if their frames do. */
static void test_frames(void **state)
{
	struct model_options options = {.frame = frame};
	struct geometry g = small();
	uint64_t turn = 0;
	struct model m;

	(void)state;
	g.cache[GEOMETRY_L2] = cache(128, 1);
	options.frame_ctx = &turn;
	make(&m, &g, &options);
	use(&m, 0 * PAGE, 1, MODEL_READ);
	use(&m, 1 * PAGE, 1, MODEL_READ);
	assert_true(model_holds(&m, MODEL_L2, 0 * PAGE));
	model_clear(&m);
	use(&m, 0 * PAGE, 1, MODEL_READ);
	/* Page 1 now has frame 0. */
	turn = 1;
	use(&m, 1 * PAGE, 1, MODEL_READ);
	turn = 0;
	assert_false(model_holds(&m, MODEL_L2, 0 * PAGE));
	model_free(&m);
}

static void check_why(const struct geometry *g, enum model_structure s,
		      const char *why)
{
	struct model m;

	make(&m, g, NULL);
	assert_false(model_has(&m, s));
	if (!strstr(m.part[s].why, why))
		fail_msg("%s: \"%s\", not \"%s\"", model_structure_name(s),
			 m.part[s].why, why);
	/* Structures that are left out do no harm. */
	use(&m, 0, 8, MODEL_READ);
	use(&m, 0, 8, MODEL_FETCH);
	use(&m, 0, 8, MODEL_TO_L3);
	use(&m, 0, 8, MODEL_INVLPG);
	check_tally(&m, s, MODEL_DATA, 0, 0);
	check_tally(&m, s, MODEL_CODE, 0, 0);
	model_free(&m);
}

static void test_left_out(void **state)
{
	const struct geometry nothing = {.tlb_why = "it is a secret"};
	struct geometry g = small();
	enum model_structure s;

	(void)state;
	for (s = 0; s < MODEL_STRUCTURES; s++)
		check_why(&nothing, s, s >= MODEL_DTLB ? "secret" : "");
	check_why(&nothing, MODEL_L1I, "isn't reported");
	check_why(&nothing, MODEL_L2, "l1d, whose misses");
	check_why(&g, MODEL_L3, "isn't reported");
	g.cache[GEOMETRY_L2].ways = 0;
	check_why(&g, MODEL_L2, "ways aren't known");
	check_why(&g, MODEL_L3, "l2, whose misses");
	g = small();
	g.cache[GEOMETRY_L2].line_bytes = 128;
	check_why(&g, MODEL_L2, "128 bytes, those of L1 64");
	g = small();
	g.cache[GEOMETRY_L1D].bytes *= 2; /* two lines a tag */
	check_why(&g, MODEL_L1D, "don't make up");
	g = small();
	g.cache[GEOMETRY_L1D].line_bytes = 48;
	check_why(&g, MODEL_L1D, "lines of 48");
	g = small();
	g.tlb[0].ways = 0;
	check_why(&g, MODEL_DTLB, "2 entries aren't known");
	check_why(&g, MODEL_STLB, "dtlb, whose misses");
	g = small();
	add_tlb(&g, 2, GEOMETRY_TLB_DATA, 8, 4);
	check_why(&g, MODEL_STLB, "together");
	g = small();
	add_tlb(&g, 2, GEOMETRY_TLB_UNIFIED, 8, 4);
	check_why(&g, MODEL_STLB, "of 1 and 2 sets");
	g = small();
	g.tlb[0].pages = GEOMETRY_2M;
	check_why(&g, MODEL_DTLB, "4 KiB");
}

/* Policies: of one structure, before that of all, before the geometry's. */
static void test_policies(void **state)
{
	struct model_options options = {0};
	struct geometry g = small();
	struct model m;

	(void)state;
	g.cache[GEOMETRY_L2].policy = GEOMETRY_PLRU;
	g.tlb[2].policy = GEOMETRY_PLRU;
	make(&m, &g, NULL);
	assert_int_equal(m.part[MODEL_L1D].array->policy, GEOMETRY_LRU);
	assert_int_equal(m.part[MODEL_L2].array->policy, GEOMETRY_PLRU);
	assert_int_equal(m.part[MODEL_STLB].array->policy, GEOMETRY_PLRU);
	assert_false(m.random);
	model_free(&m);
	options.policy = GEOMETRY_RANDOM;
	options.policies[MODEL_L1D] = GEOMETRY_PLRU;
	make(&m, &g, &options);
	assert_int_equal(m.part[MODEL_L1D].array->policy, GEOMETRY_PLRU);
	assert_int_equal(m.part[MODEL_L2].array->policy, GEOMETRY_RANDOM);
	assert_int_equal(m.part[MODEL_STLB].array->policy, GEOMETRY_RANDOM);
	assert_true(m.random);
	model_free(&m);
}

/*
 * Sweep through @n units of @step bytes three times; the last time all hit, or
 * all miss.
 */
static void sweep(struct model *m, enum model_structure s, uint64_t n,
		  uint32_t step, uint32_t flags, uint64_t misses)
{
	enum model_side side = flags & MODEL_FETCH ? MODEL_CODE : MODEL_DATA;
	uint64_t i, turn;

	model_clear(m);
	for (turn = 0; turn < 3; turn++) {
		model_forget(m);
		for (i = 0; i < n; i++)
			use(m, i * step, 1, flags);
	}
	if (m->tally[s][side].misses != misses)
		fail_msg("%s, sweep of %lu: %lu misses, not %lu",
			 model_structure_name(s), (unsigned long)n,
			 (unsigned long)m->tally[s][side].misses,
			 (unsigned long)misses);
}

/*
 * Under LRU a sweep of a structure's capacity hits; one unit more sends ways + 1
 * of them through one set, and these miss, and none else.
 */
static void check_capacity(struct model *m, enum model_structure s,
			   uint32_t step, uint32_t flags, uint64_t expected)
{
	bool store = s == MODEL_DTLB && flags == MODEL_WRITE;
	const struct assoc *a = store ? m->part[s].other : m->part[s].array;
	uint64_t n;

	if (!a) {
		assert_int_equal(expected, 0);
		assert_true(m->part[s].why[0]);
		return;
	}
	n = (uint64_t)a->sets * a->ways;
	assert_int_equal(n, expected);
	sweep(m, s, n, step, flags, 0);
	sweep(m, s, n + 1, step, flags, a->ways + 1);
}

/* Capacities of recorded CPUs as their makers publish them; 0: not published. */
static void test_recorded_cpus(void **state)
{
	static const struct {
		const char *name;
		uint32_t l1d, l1i, l2, dtlb_load, dtlb_store, itlb, stlb;
	} cpus[] = {
		{"core2-q9450", 32, 32, 6144, 16, 16, 128, 256},
		{"nehalem-920", 32, 32, 256, 64, 64, 64, 512},
		{"haswell-4770", 32, 32, 256, 64, 64, 64, 1024},
		{"skylake-6700k", 32, 32, 256, 64, 64, 64, 1536},
		{"icelake-1065g7", 48, 32, 512, 64, 16, 8, 2048},
		{"alderlake-12900k-p", 48, 32, 1280, 64, 16, 256, 2048},
		{"alderlake-12900k-e", 32, 64, 2048, 48, 48, 64, 2048},
		{"lunarlake-288v-p", 48, 64, 2560, 128, 16, 256, 2048},
		{"emerald-rapids-kvm", 48, 32, 2048, 0, 0, 0, 0},
		{"k10-1055t", 64, 64, 512, 48, 48, 32, 512},
		{"zen1-1800x", 32, 64, 512, 64, 64, 64, 1536},
		{"zen2-3700x", 32, 32, 512, 64, 64, 64, 2048},
		{"zen3-5950x", 32, 32, 512, 64, 64, 64, 2048},
		{"zen4-7700x", 32, 32, 1024, 72, 72, 64, 3072},
		{"zen5-9950x", 48, 32, 1024, 96, 96, 64, 4096},
	};
	char why[256];
	struct geometry g;
	struct model m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		recording_decode(&g, cpus[i].name);
		make(&m, &g, NULL);
		check_capacity(&m, MODEL_L1D, LINE, MODEL_READ,
			       cpus[i].l1d * 16);
		check_capacity(&m, MODEL_L1I, LINE, MODEL_FETCH,
			       cpus[i].l1i * 16);
		check_capacity(&m, MODEL_L2, LINE, MODEL_READ, cpus[i].l2 * 16);
		check_capacity(&m, MODEL_DTLB, PAGE, MODEL_READ,
			       cpus[i].dtlb_load);
		check_capacity(&m, MODEL_DTLB, PAGE, MODEL_WRITE,
			       cpus[i].dtlb_store);
		check_capacity(&m, MODEL_ITLB, PAGE, MODEL_FETCH, cpus[i].itlb);
		check_capacity(&m, MODEL_STLB, PAGE, MODEL_READ, cpus[i].stlb);
		if (!model_selfcheck(&m, why, sizeof(why)))
			fail_msg("%s: %s", cpus[i].name, why);
		model_free(&m);
	}
}

/* The check can fail: in a model whose arrays don't do what they say. */
static void test_selfcheck(void **state)
{
	const struct geometry nothing = {.tlb_why = "it is a secret"};
	struct geometry g = small();
	enum model_structure s;
	char why[256];
	struct model m;

	(void)state;
	make(&m, &nothing, NULL);
	assert_false(model_selfcheck(&m, why, sizeof(why)));
	assert_non_null(strstr(why, "no cache"));
	model_free(&m);
	g.cache[GEOMETRY_L1I] = cache(2, 2);
	g.ntlbs = 0;
	add_tlb(&g, 1, GEOMETRY_TLB_DATA, 4, 2);
	add_tlb(&g, 1, GEOMETRY_TLB_CODE, 4, 2);
	add_tlb(&g, 2, GEOMETRY_TLB_UNIFIED, 8, 2);
	for (s = 0; s < MODEL_STRUCTURES; s++) {
		make(&m, &g, NULL);
		assert_true(model_selfcheck(&m, why, sizeof(why)));
		assert_string_equal(why, "");
		if (!model_has(&m, s)) {
			model_free(&m);
			continue;
		}
		/* There is more of it than it says. */
		m.part[s].array->sets /= 2;
		assert_false(model_selfcheck(&m, why, sizeof(why)));
		assert_non_null(strstr(why, model_structure_name(s)));
		model_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_not_inclusive),
		cmocka_unit_test(test_inclusive_l3),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_tlbs),
		cmocka_unit_test(test_split_dtlb),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_code_takes_data),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_recorded_cpus),
		cmocka_unit_test(test_selfcheck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
