// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "engine/freestanding.h"
#include "geometry_vendor.h"

#define CPUID_7_EDX_HYBRID (1u << 15)

/* Descriptors of leaf 2 that point elsewhere. */
#define SEE_LEAF_18 0xfe

#define LARGE (GEOMETRY_2M | GEOMETRY_4M)
#define FULL  0xffffu

struct descriptor {
	uint8_t code;
	uint8_t level;
	enum geometry_tlb_kind kind;
	uint8_t pages;
	uint16_t ways;
	uint16_t entries;
};

/*
 * The TLB descriptors of leaf 2: Intel SDM vol. 2A, table 3-12. Caches aren't
 * taken from here: every 64-bit CPU has leaf 4.
 *
 * "DTLB1" is the second level of CPUs that have a "DTLB0" (Core 2, the first
 * Atoms); "uTLB" is the first level of those that have a "DTLB" of 256 besides.
 * Two lines of one code are two TLBs. An unknown associativity is 0.
 */
static const struct descriptor descriptors[] = {
	{0x01, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 4, 32},
	{0x02, 1, GEOMETRY_TLB_CODE, GEOMETRY_4M, FULL, 2},
	{0x03, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 64},
	{0x04, 1, GEOMETRY_TLB_DATA, GEOMETRY_4M, 4, 8},
	{0x05, 2, GEOMETRY_TLB_DATA, GEOMETRY_4M, 4, 32},
	{0x0b, 1, GEOMETRY_TLB_CODE, GEOMETRY_4M, 4, 4},
	{0x4f, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 0, 32},
	{0x50, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K | LARGE, 0, 64},
	{0x51, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K | LARGE, 0, 128},
	{0x52, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K | LARGE, 0, 256},
	{0x55, 1, GEOMETRY_TLB_CODE, LARGE, FULL, 7},
	{0x56, 1, GEOMETRY_TLB_DATA, GEOMETRY_4M, 4, 16},
	{0x57, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 16},
	{0x59, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, FULL, 16},
	{0x5a, 1, GEOMETRY_TLB_DATA, LARGE, 4, 32},
	{0x5b, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K | GEOMETRY_4M, 0, 64},
	{0x5c, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K | GEOMETRY_4M, 0, 128},
	{0x5d, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K | GEOMETRY_4M, 0, 256},
	{0x61, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, FULL, 48},
	{0x63, 1, GEOMETRY_TLB_DATA, LARGE, 4, 32},
	{0x63, 1, GEOMETRY_TLB_DATA, GEOMETRY_1G, 4, 4},
	{0x64, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 512},
	{0x6a, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, 8, 64},
	{0x6b, 2, GEOMETRY_TLB_DATA, GEOMETRY_4K, 8, 256},
	{0x6c, 2, GEOMETRY_TLB_DATA, LARGE, 8, 128},
	{0x6d, 2, GEOMETRY_TLB_DATA, GEOMETRY_1G, FULL, 16},
	{0x76, 1, GEOMETRY_TLB_CODE, LARGE, FULL, 8},
	{0xa0, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, FULL, 32},
	{0xb0, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 4, 128},
	{0xb1, 1, GEOMETRY_TLB_CODE, GEOMETRY_2M, 4, 8},
	{0xb2, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 4, 64},
	{0xb3, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 128},
	{0xb4, 2, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 256},
	{0xb5, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 8, 64},
	{0xb6, 1, GEOMETRY_TLB_CODE, GEOMETRY_4K, 8, 128},
	{0xba, 2, GEOMETRY_TLB_DATA, GEOMETRY_4K, 4, 64},
	{0xc0, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K | GEOMETRY_4M, 4, 8},
	{0xc1, 2, GEOMETRY_TLB_UNIFIED, GEOMETRY_4K | GEOMETRY_2M, 8, 1024},
	{0xc2, 1, GEOMETRY_TLB_DATA, GEOMETRY_4K | GEOMETRY_2M, 4, 16},
	{0xc3, 2, GEOMETRY_TLB_UNIFIED, GEOMETRY_4K | GEOMETRY_2M, 6, 1536},
	{0xc3, 2, GEOMETRY_TLB_UNIFIED, GEOMETRY_1G, 4, 16},
	{0xc4, 1, GEOMETRY_TLB_DATA, LARGE, 4, 32},
	{0xca, 2, GEOMETRY_TLB_UNIFIED, GEOMETRY_4K, 4, 512},
};

static void add_descriptor(struct geometry *g, uint8_t code)
{
	struct geometry_tlb tlb;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(descriptors); i++) {
		const struct descriptor *d = &descriptors[i];

		if (d->code != code)
			continue;
		tlb = (struct geometry_tlb){
			.level = d->level,
			.kind = d->kind,
			.pages = d->pages,
			.entries = d->entries,
			.ways = d->ways == FULL ? d->entries : d->ways,
			.source = GEOMETRY_LEAF_2,
		};
		geometry_add_tlb(g, &tlb);
	}
}

/* Return: leaf 2 points to leaf 0x18. */
static bool read_leaf_2(struct geometry *g, const struct geometry_leaves *l)
{
	struct swc_cpuid r = geometry_leaf(l, 2, 0);
	uint32_t registers[] = {r.eax & ~0xffu, r.ebx, r.ecx, r.edx};
	bool elsewhere = false;
	unsigned int i, byte;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		if (registers[i] & 1u << 31)
			continue; /* holds no descriptors */
		for (byte = 0; byte < 32; byte += 8) {
			uint8_t code = registers[i] >> byte;

			if (code == SEE_LEAF_18)
				elsewhere = true;
			else
				add_descriptor(g, code);
		}
	}
	return elsewhere;
}

/* EDX[4:0] of leaf 0x18: 1 data, 2 instruction, 3 unified, 4 load, 5 store. */
static bool kind_18(uint32_t type, enum geometry_tlb_kind *kind)
{
	static const enum geometry_tlb_kind kinds[] = {
		GEOMETRY_TLB_DATA, GEOMETRY_TLB_CODE, GEOMETRY_TLB_UNIFIED,
		GEOMETRY_TLB_LOAD, GEOMETRY_TLB_STORE};

	if (type < 1 || type > ARRAY_SIZE(kinds))
		return false;
	*kind = kinds[type - 1];
	return true;
}

static void read_leaf_18(struct geometry *g, const struct geometry_leaves *l)
{
	uint32_t i, last = geometry_leaf(l, 0x18, 0).eax;

	for (i = 0; i <= last && i < 64; i++) {
		struct swc_cpuid r = geometry_leaf(l, 0x18, i);
		struct geometry_tlb tlb = {.source = GEOMETRY_LEAF_18};

		/* Subleaves in between may be invalid. */
		if (!kind_18(r.edx & 0x1f, &tlb.kind))
			continue;
		tlb.level = r.edx >> 5 & 7;
		tlb.pages = r.ebx & 0xf;
		tlb.ways = r.ebx >> 16;
		tlb.entries = tlb.ways * r.ecx;
		tlb.threads = (r.edx >> 14 & 0xfff) + 1;
		geometry_add_tlb(g, &tlb);
	}
}

static void read_core_type(struct geometry *g, const struct geometry_leaves *l)
{
	g->hybrid = geometry_leaf(l, 7, 0).edx & CPUID_7_EDX_HYBRID;
	if (g->hybrid)
		g->core_type = geometry_leaf(l, 0x1a, 0).eax >> 24;
}

void geometry_decode_intel(struct geometry *g, const struct geometry_leaves *l)
{
	bool elsewhere;

	read_core_type(g, l);
	geometry_read_caches(g, l, 4, GEOMETRY_LEAF_4);
	read_leaf_18(g, l);
	if (g->ntlbs)
		return;
	elsewhere = read_leaf_2(g, l);
	if (g->ntlbs)
		return;
	snprintf(g->tlb_why, sizeof(g->tlb_why), "%s%s",
		 elsewhere ? "leaf 2 points to leaf 0x18, which is empty"
			   : "neither leaf 0x18 nor leaf 2 reports it",
		 g->guest ? ": hidden by the hypervisor" : "");
}
