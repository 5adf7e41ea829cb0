// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "recording.h"

/*
 * Recorded leaves of CPUs, tests/data/cpuid/NAME.txt, decoded by hand from the
 * manuals, and compared with what the vendors publish (optimisation manuals;
 * software optimisation guides for families 10h, 17h, 19h, 1Ah). The decoder
 * has to find what CPUID says, right or wrong: Ice Lake's reports 8 entries for
 * code, the manual 128.
 */

struct expected_cache {
	uint32_t kib, ways, sets, threads;
	enum geometry_answer inclusive;
};

static void check_caches(const char *name, const struct geometry *g,
			 enum geometry_source source,
			 const struct expected_cache *expected)
{
	unsigned int i;

	for (i = 0; i < GEOMETRY_CACHES; i++) {
		const struct geometry_cache *c = &g->cache[i];
		const struct expected_cache *e = &expected[i];

		if (c->bytes != e->kib * 1024ull || c->ways != e->ways ||
		    c->sets != e->sets || c->threads != e->threads ||
		    c->inclusive != e->inclusive)
			fail_msg(
				"%s: %s: %lu bytes, %u ways, %u sets, %u threads, inclusive %d",
				name, geometry_level_name(i),
				(unsigned long)c->bytes, c->ways, c->sets,
				c->threads, c->inclusive);
		assert_int_equal(c->source,
				 e->kib ? source : GEOMETRY_NOT_REPORTED);
		assert_int_equal(c->line_bytes, e->kib ? 64 : 0);
	}
}

#define U GEOMETRY_UNKNOWN
#define N GEOMETRY_NO
#define Y GEOMETRY_YES

static void test_caches(void **state)
{
	static const struct {
		const char *name;
		enum geometry_source source;
		struct expected_cache cache[GEOMETRY_CACHES];
	} cpus[] = {
		{"core2-q9450",
		 GEOMETRY_LEAF_4,
		 {{32, 8, 64, 1, N}, {32, 8, 64, 1, N}, {6144, 24, 4096, 2, N}}},
		{"nehalem-920",
		 GEOMETRY_LEAF_4,
		 {{32, 8, 64, 2, N},
		  {32, 4, 128, 2, N},
		  {256, 8, 512, 2, N},
		  {8192, 16, 8192, 16, Y}}},
		{"haswell-4770",
		 GEOMETRY_LEAF_4,
		 {{32, 8, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {256, 8, 512, 2, N},
		  {8192, 16, 8192, 16, Y}}},
		{"skylake-6700k",
		 GEOMETRY_LEAF_4,
		 {{32, 8, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {256, 4, 1024, 2, N},
		  {8192, 16, 8192, 16, Y}}},
		{"icelake-1065g7",
		 GEOMETRY_LEAF_4,
		 {{48, 12, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {512, 8, 1024, 2, N},
		  {8192, 16, 8192, 16, Y}}},
		{"alderlake-12900k-p",
		 GEOMETRY_LEAF_4,
		 {{48, 12, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {1280, 10, 2048, 8, N},
		  {30720, 12, 40960, 128, N}}},
		{"alderlake-12900k-e",
		 GEOMETRY_LEAF_4,
		 {{32, 8, 64, 2, N},
		  {64, 8, 128, 2, N},
		  {2048, 16, 2048, 8, N},
		  {30720, 12, 40960, 128, N}}},
		{"lunarlake-288v-p",
		 GEOMETRY_LEAF_4,
		 {{48, 12, 64, 2, N},
		  {64, 16, 64, 2, N},
		  {2560, 10, 4096, 8, N},
		  {12288, 12, 16384, 64, N}}},
		{"emerald-rapids-kvm",
		 GEOMETRY_LEAF_4,
		 {{48, 12, 64, 1, N},
		  {32, 8, 64, 1, N},
		  {2048, 16, 2048, 1, N},
		  {266240, 20, 212992, 2, N}}},
		{"k10-1055t",
		 GEOMETRY_AMD_LEGACY,
		 {{64, 2, 512, 0, U}, {64, 2, 512, 0, U}, {512, 16, 512, 0, U}}},
		{"zen1-1800x",
		 GEOMETRY_AMD_CACHE,
		 {{32, 8, 64, 2, N},
		  {64, 4, 256, 2, N},
		  {512, 8, 1024, 2, Y},
		  {8192, 16, 8192, 8, N}}},
		{"zen2-3700x",
		 GEOMETRY_AMD_CACHE,
		 {{32, 8, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {512, 8, 1024, 2, Y},
		  {16384, 16, 16384, 8, N}}},
		{"zen3-5950x",
		 GEOMETRY_AMD_CACHE,
		 {{32, 8, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {512, 8, 1024, 2, Y},
		  {32768, 16, 32768, 16, N}}},
		{"zen4-7700x",
		 GEOMETRY_AMD_CACHE,
		 {{32, 8, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {1024, 8, 2048, 2, Y},
		  {32768, 16, 32768, 16, N}}},
		{"zen5-9950x",
		 GEOMETRY_AMD_CACHE,
		 {{48, 12, 64, 2, N},
		  {32, 8, 64, 2, N},
		  {1024, 16, 1024, 2, Y},
		  {32768, 16, 32768, 16, N}}},
	};
	struct geometry g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		recording_decode(&g, cpus[i].name);
		check_caches(cpus[i].name, &g, cpus[i].source, cpus[i].cache);
	}
}

/* Entries for loads, stores and code, by level and page size. */
struct expected_tlb {
	uint32_t load1, store1, code1, load2, store2, code2;
};

static void check_tlbs(const char *name, const struct geometry *g, uint8_t page,
		       const struct expected_tlb *e)
{
	const uint32_t expected[] = {e->load1, e->store1, e->code1,
				     e->load2, e->store2, e->code2};
	static const enum geometry_tlb_kind kinds[] = {
		GEOMETRY_TLB_LOAD, GEOMETRY_TLB_STORE, GEOMETRY_TLB_CODE};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		uint32_t n =
			geometry_tlb_entries(g, i / 3 + 1, kinds[i % 3], page);

		if (n != expected[i])
			fail_msg(
				"%s: level %u, %s, pages %u: %u entries, not %u",
				name, i / 3 + 1,
				geometry_tlb_kind_name(kinds[i % 3]), page, n,
				expected[i]);
	}
}

static void test_tlbs(void **state)
{
	static const struct {
		const char *name;
		enum geometry_source source;
		struct expected_tlb small, large, huge;
	} cpus[] = {
		{"core2-q9450",
		 GEOMETRY_LEAF_2,
		 {16, 16, 128, 256, 256, 0},
		 {0, 0, 8, 0, 0, 0},
		 {0}},
		{"nehalem-920",
		 GEOMETRY_LEAF_2,
		 {64, 64, 64, 512, 512, 512},
		 {32, 32, 7, 0, 0, 0},
		 {0}},
		{"haswell-4770",
		 GEOMETRY_LEAF_2,
		 {64, 64, 64, 1024, 1024, 1024},
		 {32, 32, 8, 1024, 1024, 1024},
		 {4, 4, 0, 0, 0, 0}},
		{"skylake-6700k",
		 GEOMETRY_LEAF_2,
		 {64, 64, 64, 1536, 1536, 1536},
		 {32, 32, 8, 1536, 1536, 1536},
		 {4, 4, 0, 16, 16, 16}},
		{"icelake-1065g7",
		 GEOMETRY_LEAF_18,
		 {64, 16, 8, 2048, 2048, 2048},
		 {32, 16, 8, 1024, 1024, 1024},
		 {8, 16, 0, 1024, 1024, 1024}},
		{"alderlake-12900k-p",
		 GEOMETRY_LEAF_18,
		 {64, 16, 256, 2048, 2048, 2048},
		 {32, 16, 32, 1024, 1024, 1024},
		 {8, 16, 0, 1024, 1024, 1024}},
		{"alderlake-12900k-e",
		 GEOMETRY_LEAF_18,
		 {48, 48, 64, 2048, 2048, 2048},
		 {0, 0, 0, 2048, 2048, 2048},
		 {0, 0, 0, 8, 8, 8}},
		{"lunarlake-288v-p",
		 GEOMETRY_LEAF_18,
		 {128, 16, 256, 2048, 2048, 2048},
		 {32, 16, 32, 1024, 1024, 1024},
		 {8, 16, 0, 1024, 1024, 1024}},
		{"k10-1055t",
		 GEOMETRY_AMD_LEGACY,
		 {48, 48, 32, 512, 512, 512},
		 {48, 48, 16, 128, 128, 0},
		 {48, 48, 0, 16, 16, 0}},
		{"zen1-1800x",
		 GEOMETRY_AMD_LEGACY,
		 {64, 64, 64, 1536, 1536, 1024},
		 {64, 64, 64, 1536, 1536, 1024},
		 {64, 64, 64, 0, 0, 0}},
		{"zen2-3700x",
		 GEOMETRY_AMD_LEGACY,
		 {64, 64, 64, 2048, 2048, 1024},
		 {64, 64, 64, 2048, 2048, 1024},
		 {64, 64, 64, 0, 0, 0}},
		{"zen3-5950x",
		 GEOMETRY_AMD_LEGACY,
		 {64, 64, 64, 2048, 2048, 512},
		 {64, 64, 64, 2048, 2048, 512},
		 {64, 64, 64, 64, 64, 0}},
		{"zen4-7700x",
		 GEOMETRY_AMD_LEGACY,
		 {72, 72, 64, 3072, 3072, 512},
		 {72, 72, 64, 3072, 3072, 512},
		 {72, 72, 64, 64, 64, 0}},
		{"zen5-9950x",
		 GEOMETRY_AMD_LEGACY,
		 {96, 96, 64, 4096, 4096, 2048},
		 {96, 96, 64, 4096, 4096, 2048},
		 {96, 96, 64, 1024, 1024, 0}},
	};
	struct geometry g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		recording_decode(&g, cpus[i].name);
		assert_int_equal(g.tlb[0].source, cpus[i].source);
		assert_string_equal(g.tlb_why, "");
		check_tlbs(cpus[i].name, &g, GEOMETRY_4K, &cpus[i].small);
		check_tlbs(cpus[i].name, &g, GEOMETRY_2M, &cpus[i].large);
		check_tlbs(cpus[i].name, &g, GEOMETRY_1G, &cpus[i].huge);
	}
}

static const struct geometry_tlb *tlb(const struct geometry *g,
				      unsigned int level, uint8_t page,
				      enum geometry_tlb_kind kind)
{
	unsigned int i;

	for (i = 0; i < g->ntlbs; i++) {
		if (g->tlb[i].level == level && g->tlb[i].pages & page &&
		    g->tlb[i].kind == kind)
			return &g->tlb[i];
	}
	fail_msg("no such TLB");
	return NULL;
}

static void test_tlb_ways(void **state)
{
	struct geometry g;

	(void)state;
	recording_decode(&g, "skylake-6700k");
	assert_int_equal(tlb(&g, 2, GEOMETRY_4K, GEOMETRY_TLB_UNIFIED)->ways,
			 6);
	recording_decode(&g, "icelake-1065g7");
	assert_int_equal(tlb(&g, 1, GEOMETRY_4K, GEOMETRY_TLB_LOAD)->ways, 4);
	assert_int_equal(tlb(&g, 1, GEOMETRY_4K, GEOMETRY_TLB_LOAD)->threads,
			 2);
	recording_decode(&g, "zen4-7700x");
	/* Fully associative, by a byte of 0xff and by a code of 0xf. */
	assert_int_equal(tlb(&g, 1, GEOMETRY_4K, GEOMETRY_TLB_DATA)->ways, 72);
	assert_int_equal(tlb(&g, 1, GEOMETRY_1G, GEOMETRY_TLB_DATA)->ways, 72);
	assert_int_equal(tlb(&g, 2, GEOMETRY_2M, GEOMETRY_TLB_DATA)->ways, 6);
	assert_int_equal(tlb(&g, 2, GEOMETRY_4K, GEOMETRY_TLB_CODE)->ways, 4);
}

static void test_hybrid(void **state)
{
	struct geometry g;

	(void)state;
	recording_decode(&g, "alderlake-12900k-p");
	assert_true(g.hybrid);
	assert_string_equal(geometry_core_type_name(&g), "performance");
	recording_decode(&g, "alderlake-12900k-e");
	assert_true(g.hybrid);
	assert_string_equal(geometry_core_type_name(&g), "efficient");
	recording_decode(&g, "icelake-1065g7");
	assert_false(g.hybrid);
	assert_string_equal(geometry_core_type_name(&g), "");
}

static void test_hashed(void **state)
{
	struct geometry g;

	(void)state;
	recording_decode(&g, "haswell-4770");
	assert_int_equal(g.cache[GEOMETRY_L2].hashed, GEOMETRY_NO);
	assert_int_equal(g.cache[GEOMETRY_L3].hashed, GEOMETRY_YES);
	/* AMD doesn't report it. */
	recording_decode(&g, "zen4-7700x");
	assert_int_equal(g.cache[GEOMETRY_L3].hashed, GEOMETRY_UNKNOWN);
}

static void test_hidden(void **state)
{
	struct recording rec;
	struct geometry g;

	(void)state;
	recording_decode(&g, "emerald-rapids-kvm");
	assert_true(g.guest);
	assert_int_equal(g.ntlbs, 0);
	assert_non_null(strstr(g.tlb_why, "leaf 0x18"));
	assert_non_null(strstr(g.tlb_why, "hypervisor"));
	assert_int_equal(
		geometry_tlb_entries(&g, 1, GEOMETRY_TLB_LOAD, GEOMETRY_4K), 0);

	/* The same leaves without the hypervisor's bit accuse nobody. */
	recording_load(&rec, "emerald-rapids-kvm");
	recording_find(&rec, 1, 0)->r.ecx &= ~(1u << 31);
	geometry_decode(&g, recording_answer, &rec);
	assert_false(g.guest);
	assert_null(strstr(g.tlb_why, "hypervisor"));
}

/* A register with bit 31 set holds no descriptors. */
static void test_invalid_descriptors(void **state)
{
	struct recording rec;
	struct geometry g;
	struct leaf *l;

	(void)state;
	recording_load(&rec, "nehalem-920");
	l = recording_find(&rec, 2, 0);
	l->r.edx |= 1u << 31;
	geometry_decode(&g, recording_answer, &rec);
	assert_int_equal(
		geometry_tlb_entries(&g, 2, GEOMETRY_TLB_LOAD, GEOMETRY_4K), 0);
	assert_int_equal(geometry_tlb_entries(&g, 1, GEOMETRY_TLB_LOAD,
					      GEOMETRY_4K),
			 64);
}

/* Encodings that no recording has: made by hand from APM vol. 3, E.4.5. */
static void test_amd_encodings(void **state)
{
	struct recording rec;
	struct geometry g;
	struct leaf *l;

	(void)state;
	recording_load(&rec, "zen4-7700x");
	l = recording_find(&rec, 0x80000006, 0);
	l->r.ebx = 0x00004200; /* nothing above: for data and code */
	l->r.eax = 0x92000200; /* 9: reported elsewhere; 0: no such array */
	geometry_decode(&g, recording_answer, &rec);
	assert_int_equal(tlb(&g, 2, GEOMETRY_4K, GEOMETRY_TLB_UNIFIED)->entries,
			 512);
	assert_int_equal(tlb(&g, 2, GEOMETRY_2M, GEOMETRY_TLB_DATA)->entries,
			 512);
	assert_int_equal(tlb(&g, 2, GEOMETRY_2M, GEOMETRY_TLB_DATA)->ways, 0);
	assert_int_equal(
		geometry_tlb_entries(&g, 2, GEOMETRY_TLB_CODE, GEOMETRY_2M), 0);
}

/* The bit that says "times 32", hidden: nothing is known then, least of all 128. */
static void test_amd_hidden_unit(void **state)
{
	struct recording rec;
	struct geometry g;

	(void)state;
	recording_load(&rec, "zen5-9950x");
	geometry_decode(&g, recording_answer, &rec);
	assert_int_equal(geometry_tlb_entries(&g, 2, GEOMETRY_TLB_LOAD,
					      GEOMETRY_4K),
			 4096);
	recording_find(&rec, 1, 0)->r.ecx |= 1u << 31;
	recording_find(&rec, 0x80000021, 0)->r.eax &= ~(1u << 14);
	geometry_decode(&g, recording_answer, &rec);
	assert_int_equal(
		geometry_tlb_entries(&g, 2, GEOMETRY_TLB_LOAD, GEOMETRY_4K), 0);
	assert_int_equal(geometry_tlb_entries(&g, 1, GEOMETRY_TLB_LOAD,
					      GEOMETRY_4K),
			 96);
}

static void test_many_threads(void **state)
{
	struct recording rec;
	struct geometry g;

	(void)state;
	recording_load(&rec, "zen4-7700x");
	recording_find(&rec, 0x8000001d, 3)->r.eax |= 0xfffu << 14;
	geometry_decode(&g, recording_answer, &rec);
	assert_int_equal(g.cache[GEOMETRY_L3].threads, 4096);
}

static struct swc_cpuid all_ones(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	(void)ctx;
	(void)subleaf;
	if (!leaf)
		return (struct swc_cpuid){0xffffffff, 0x756e6547, 0x6c65746e,
					  0x49656e69};
	return (struct swc_cpuid){0xffffffff, 0xffffffff, 0xffffffff,
				  0xffffffff};
}

static struct swc_cpuid never_ends(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	struct swc_cpuid r = all_ones(leaf, subleaf, ctx);

	if (leaf == 0x18)
		r.edx = 0x21; /* another TLB of level 1, for ever */
	if (leaf == 4)
		r.eax = 0x21;
	return r;
}

/* Nonsense ends, and stays inside the structure. */
static void test_nonsense(void **state)
{
	struct geometry g;

	(void)state;
	geometry_decode(&g, all_ones, NULL);
	assert_true(g.ntlbs <= GEOMETRY_TLBS);
	geometry_decode(&g, never_ends, NULL);
	assert_int_equal(g.ntlbs, GEOMETRY_TLBS);
}

static struct swc_cpuid other_vendor(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	(void)subleaf;
	(void)ctx;
	if (leaf)
		return (struct swc_cpuid){0};
	return (struct swc_cpuid){1, 0x746e6543, 0x736c7561, 0x48727561};
}

static void test_other_vendor(void **state)
{
	struct geometry g;

	(void)state;
	geometry_decode(&g, other_vendor, NULL);
	assert_string_equal(g.vendor, "CentaurHauls");
	assert_int_equal(g.cache[GEOMETRY_L1D].source, GEOMETRY_NOT_REPORTED);
	assert_string_equal(geometry_source_name(g.cache[0].source),
			    "not reported");
	assert_non_null(strstr(g.tlb_why, "vendor"));
}

/* The kernel reads the same leaves: its L1d is ours. */
static void test_native(void **state)
{
	const char *path = "/sys/devices/system/cpu/cpu0/cache/index0/size";
	struct error err = {0};
	struct geometry g;
	unsigned int kib;
	FILE *f = fopen(path, "r");

	(void)state;
	if (!f || geometry_of_cpu(&g, 0, &err)) {
		if (f)
			fclose(f);
		print_message("no cpu 0, or no %s\n", path);
		skip();
	}
	assert_int_equal(fscanf(f, "%uK", &kib), 1);
	fclose(f);
	if (g.cache[GEOMETRY_L1D].source != GEOMETRY_NOT_REPORTED)
		assert_int_equal(g.cache[GEOMETRY_L1D].bytes, kib * 1024ull);
}

static void test_no_such_cpu(void **state)
{
	struct error err = {0};
	struct geometry g;

	(void)state;
	assert_int_equal(geometry_of_cpu(&g, 1023, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	err = (struct error){0};
	assert_int_equal(geometry_of_cpu(&g, 1u << 31, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caches),
		cmocka_unit_test(test_tlbs),
		cmocka_unit_test(test_tlb_ways),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_hashed),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_invalid_descriptors),
		cmocka_unit_test(test_amd_encodings),
		cmocka_unit_test(test_amd_hidden_unit),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_other_vendor),
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_no_such_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
