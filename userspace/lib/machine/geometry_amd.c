// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "engine/freestanding.h"
#include "geometry_vendor.h"

#define CPUID_X1_ECX_TOPOLOGY_EXTENSIONS (1u << 22)
#define CPUID_X21_EAX_L2_TLB_X32	 (1u << 14)

/* The 4-bit and 8-bit fields of associativity can say these besides a number. */
#define NO_ARRAY  0u
#define NOT_TOLD  0xfffeu
#define FULL	  0xffffu
#define FULL_BYTE 0xffu

/* APM vol. 3, table E-4: the 4-bit code of leaf 0x80000006 and 0x80000019. */
static uint32_t ways_of_code(uint32_t code)
{
	static const uint16_t ways[16] = {NO_ARRAY, 1,	      2,   3,
					  4,	    6,	      8,   NOT_TOLD,
					  16,	    NOT_TOLD, 32,  48,
					  64,	    96,	      128, FULL};

	return ways[code & 0xf];
}

static uint32_t ways_of_byte(uint32_t byte)
{
	return byte == FULL_BYTE ? FULL : byte;
}

static void add(struct geometry *g, const struct geometry_tlb *like,
		enum geometry_tlb_kind kind, uint32_t entries, uint32_t ways)
{
	struct geometry_tlb tlb = *like;

	if (ways == NO_ARRAY)
		return;
	tlb.kind = kind;
	tlb.entries = entries;
	if (ways == FULL)
		tlb.ways = entries;
	else
		tlb.ways = ways == NOT_TOLD ? 0 : ways;
	geometry_add_tlb(g, &tlb);
}

/* Leaf 0x80000005: bytes of associativity and entries, data above code. */
static void add_level1(struct geometry *g, uint32_t r, uint8_t pages)
{
	struct geometry_tlb like = {
		.level = 1, .pages = pages, .source = GEOMETRY_AMD_LEGACY};

	add(g, &like, GEOMETRY_TLB_DATA, r >> 16 & 0xff, ways_of_byte(r >> 24));
	add(g, &like, GEOMETRY_TLB_CODE, r & 0xff, ways_of_byte(r >> 8 & 0xff));
}

/*
 * Leaves 0x80000006 and 0x80000019: 4 bits of associativity and 12 of entries,
 * data above code; a TLB for both has nothing in the upper half.
 */
static void add_packed(struct geometry *g, uint32_t r,
		       const struct geometry_tlb *like, uint32_t unit)
{
	uint32_t data = r >> 16, code = r & 0xffff;

	add(g, like, GEOMETRY_TLB_DATA, (data & 0xfff) * unit,
	    ways_of_code(data >> 12));
	add(g, like, data ? GEOMETRY_TLB_CODE : GEOMETRY_TLB_UNIFIED,
	    (code & 0xfff) * unit, ways_of_code(code >> 12));
}

/*
 * No second level has had fewer entries for data than 512 (K8). A hypervisor that
 * hides leaf 0x80000021's bit turns Zen 5's 4096 into 128: then nothing is known.
 */
static bool counts_in_hidden_units(const struct geometry *g, uint32_t r,
				   uint32_t unit)
{
	return g->guest && unit == 1 && r >> 16 && (r >> 16 & 0xfff) < 512;
}

static void read_tlbs(struct geometry *g, const struct geometry_leaves *l)
{
	struct swc_cpuid l1 = geometry_leaf(l, 0x80000005, 0);
	struct swc_cpuid l2 = geometry_leaf(l, 0x80000006, 0);
	struct swc_cpuid big = geometry_leaf(l, 0x80000019, 0);
	struct geometry_tlb like = {.level = 2,
				    .pages = GEOMETRY_4K,
				    .source = GEOMETRY_AMD_LEGACY};
	/*
	 * Zen 5's 4096 entries don't fit 12 bits: there, second levels are
	 * counted in units of 32.
	 */
	uint32_t unit = geometry_leaf(l, 0x80000021, 0).eax &
					CPUID_X21_EAX_L2_TLB_X32
				? 32
				: 1;

	add_level1(g, l1.ebx, GEOMETRY_4K);
	add_level1(g, l1.eax, GEOMETRY_2M);
	if (counts_in_hidden_units(g, l2.ebx, unit))
		return;
	add_packed(g, l2.ebx, &like, unit);
	like.pages = GEOMETRY_2M;
	add_packed(g, l2.eax, &like, unit);
	like.pages = GEOMETRY_1G;
	like.source = GEOMETRY_AMD_GIGABYTE;
	add_packed(g, big.ebx, &like, unit);
	like.level = 1;
	add_packed(g, big.eax, &like, 1);
}

/* The sets follow from the rest, if the associativity is reported. */
static void legacy_cache(struct geometry_cache *c, uint64_t bytes,
			 uint32_t line_bytes, uint32_t ways)
{
	if (!bytes || !line_bytes || ways == NO_ARRAY)
		return;
	*c = (struct geometry_cache){
		.source = GEOMETRY_AMD_LEGACY,
		.bytes = bytes,
		.line_bytes = line_bytes,
	};
	if (ways == NOT_TOLD)
		return;
	c->fully_associative = ways == FULL ? GEOMETRY_YES : GEOMETRY_NO;
	c->ways = ways == FULL ? bytes / line_bytes : ways;
	c->sets = bytes / line_bytes / c->ways;
}

/*
 * CPUs before 0x8000001d. The L3's size is reported as a range only, from that
 * many 512 KiB on, so it is no number to compute with, and left out.
 */
static void read_legacy_caches(struct geometry *g,
			       const struct geometry_leaves *l)
{
	struct swc_cpuid l1 = geometry_leaf(l, 0x80000005, 0);
	struct swc_cpuid l2 = geometry_leaf(l, 0x80000006, 0);

	legacy_cache(&g->cache[GEOMETRY_L1D], (l1.ecx >> 24) * 1024ull,
		     l1.ecx & 0xff, ways_of_byte(l1.ecx >> 16 & 0xff));
	legacy_cache(&g->cache[GEOMETRY_L1I], (l1.edx >> 24) * 1024ull,
		     l1.edx & 0xff, ways_of_byte(l1.edx >> 16 & 0xff));
	legacy_cache(&g->cache[GEOMETRY_L2], (l2.ecx >> 16) * 1024ull,
		     l2.ecx & 0xff, ways_of_code(l2.ecx >> 12));
}

void geometry_decode_amd(struct geometry *g, const struct geometry_leaves *l)
{
	unsigned int found = 0;

	if (geometry_leaf(l, 0x80000001, 0).ecx &
	    CPUID_X1_ECX_TOPOLOGY_EXTENSIONS)
		found = geometry_read_caches(g, l, 0x8000001d,
					     GEOMETRY_AMD_CACHE);
	if (!found)
		read_legacy_caches(g, l);
	read_tlbs(g, l);
	if (!g->ntlbs)
		snprintf(g->tlb_why, sizeof(g->tlb_why),
			 "leaves 0x80000005 and 0x80000006 are empty%s",
			 g->guest ? ": hidden by the hypervisor" : "");
}
