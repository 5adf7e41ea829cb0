// SPDX-License-Identifier: GPL-2.0
#include "geometry.h"

#include <string.h>

void geometry_add_tlb(struct geometry *g, const struct geometry_tlb *tlb)
{
	if (tlb->entries && g->ntlbs < GEOMETRY_TLBS)
		g->tlb[g->ntlbs++] = *tlb;
}

bool geometry_tlb_serves(const struct geometry_tlb *tlb,
			 enum geometry_tlb_kind kind)
{
	if (tlb->kind == kind || tlb->kind == GEOMETRY_TLB_UNIFIED)
		return true;
	return tlb->kind == GEOMETRY_TLB_DATA && kind != GEOMETRY_TLB_CODE;
}

uint32_t geometry_tlb_entries(const struct geometry *g, unsigned int level,
			      enum geometry_tlb_kind kind, uint8_t page)
{
	uint32_t entries = 0, i;

	for (i = 0; i < g->ntlbs; i++) {
		const struct geometry_tlb *t = &g->tlb[i];

		if (t->level == level && t->pages & page &&
		    geometry_tlb_serves(t, kind))
			entries += t->entries;
	}
	return entries;
}

const char *geometry_source_name(enum geometry_source source)
{
	static const char *const names[GEOMETRY_SOURCES] = {
		[GEOMETRY_NOT_REPORTED] = "not reported",
		[GEOMETRY_LEAF_2] = "leaf 2",
		[GEOMETRY_LEAF_4] = "leaf 4",
		[GEOMETRY_LEAF_18] = "leaf 0x18",
		[GEOMETRY_AMD_LEGACY] = "leaves 0x80000005 and 0x80000006",
		[GEOMETRY_AMD_GIGABYTE] = "leaf 0x80000019",
		[GEOMETRY_AMD_CACHE] = "leaf 0x8000001d",
		[GEOMETRY_FILE] = "file",
		[GEOMETRY_MEASURED] = "measured (doctor --tlb)",
	};

	return names[source];
}

const char *geometry_level_name(enum geometry_level level)
{
	static const char *const names[GEOMETRY_CACHES] = {
		[GEOMETRY_L1D] = "l1d",
		[GEOMETRY_L1I] = "l1i",
		[GEOMETRY_L2] = "l2",
		[GEOMETRY_L3] = "l3",
	};

	return names[level];
}

const char *geometry_tlb_kind_name(enum geometry_tlb_kind kind)
{
	static const char *const names[GEOMETRY_TLB_KINDS] = {
		[GEOMETRY_TLB_DATA] = "data",
		[GEOMETRY_TLB_CODE] = "code",
		[GEOMETRY_TLB_UNIFIED] = "unified",
		[GEOMETRY_TLB_LOAD] = "load",
		[GEOMETRY_TLB_STORE] = "store",
	};

	return names[kind];
}

static const char *const policies[GEOMETRY_POLICIES] = {
	[GEOMETRY_POLICY_NOT_TOLD] = "not told",
	[GEOMETRY_LRU] = "lru",
	[GEOMETRY_PLRU] = "plru",
	[GEOMETRY_RANDOM] = "random",
};

const char *geometry_policy_name(enum geometry_policy policy)
{
	return policies[policy];
}

int geometry_policy_find(const char *name)
{
	int i;

	for (i = GEOMETRY_LRU; i < GEOMETRY_POLICIES; i++) {
		if (!strcmp(policies[i], name))
			return i;
	}
	return -1;
}

const char *geometry_core_type_name(const struct geometry *g)
{
	if (!g->hybrid)
		return "";
	if (g->core_type == GEOMETRY_CORE_PERFORMANCE)
		return "performance";
	if (g->core_type == GEOMETRY_CORE_EFFICIENT)
		return "efficient";
	return "unknown";
}
