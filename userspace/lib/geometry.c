// SPDX-License-Identifier: GPL-2.0
#include "geometry.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "geometry_vendor.h"

#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_EXTENDED	       0x80000000u

/* Types in EAX[4:0] of leaf 4 and leaf 0x8000001d. */
enum { CACHE_NONE, CACHE_DATA, CACHE_CODE, CACHE_UNIFIED };

struct swc_cpuid geometry_leaf(const struct geometry_leaves *l, uint32_t leaf,
			       uint32_t subleaf)
{
	uint32_t max = leaf < CPUID_EXTENDED ? l->max : l->max_extended;

	if (leaf > max)
		return (struct swc_cpuid){0};
	return l->cpuid(leaf, subleaf, l->ctx);
}

static struct geometry_cache *cache_of(struct geometry *g, uint32_t eax)
{
	uint32_t type = eax & 0x1f, level = eax >> 5 & 7;

	if (level == 1 && type == CACHE_DATA)
		return &g->cache[GEOMETRY_L1D];
	if (level == 1 && type == CACHE_CODE)
		return &g->cache[GEOMETRY_L1I];
	if (level == 2 && type == CACHE_UNIFIED)
		return &g->cache[GEOMETRY_L2];
	if (level == 3 && type == CACHE_UNIFIED)
		return &g->cache[GEOMETRY_L3];
	return NULL;
}

static enum geometry_answer answer(uint32_t bit)
{
	return bit ? GEOMETRY_YES : GEOMETRY_NO;
}

/* Intel SDM vol. 2A, CPUID leaf 4; AMD APM vol. 3, E.4.15. */
static void decode_cache(struct geometry_cache *c, const struct swc_cpuid *r,
			 enum geometry_source source)
{
	c->source = source;
	c->line_bytes = (r->ebx & 0xfff) + 1;
	c->ways = (r->ebx >> 22) + 1;
	c->sets = r->ecx + 1;
	c->bytes = (uint64_t)c->sets * c->ways * c->line_bytes;
	/* A tag may cover several lines, "partitions". */
	c->bytes *= (r->ebx >> 12 & 0x3ff) + 1;
	c->threads = (r->eax >> 14 & 0xfff) + 1;
	c->fully_associative = answer(r->eax & 1u << 9);
	c->inclusive = answer(r->edx & 1u << 1);
	if (source == GEOMETRY_LEAF_4)
		c->hashed = answer(r->edx & 1u << 2);
}

unsigned int geometry_read_caches(struct geometry *g,
				  const struct geometry_leaves *l,
				  uint32_t leaf, enum geometry_source source)
{
	unsigned int n = 0;
	uint32_t i;

	/* A faulty CPUID may never end the list. */
	for (i = 0; i < 16; i++) {
		struct swc_cpuid r = geometry_leaf(l, leaf, i);
		struct geometry_cache *c = cache_of(g, r.eax);

		if ((r.eax & 0x1f) == CACHE_NONE)
			break;
		if (!c || c->source != GEOMETRY_NOT_REPORTED)
			continue;
		decode_cache(c, &r, source);
		n++;
	}
	return n;
}

void geometry_add_tlb(struct geometry *g, const struct geometry_tlb *tlb)
{
	if (tlb->entries && g->ntlbs < GEOMETRY_TLBS)
		g->tlb[g->ntlbs++] = *tlb;
}

void geometry_decode(struct geometry *g, geometry_cpuid cpuid, void *ctx)
{
	struct geometry_leaves l = {.cpuid = cpuid, .ctx = ctx};
	struct swc_cpuid r = cpuid(0, 0, ctx);

	*g = (struct geometry){0};
	l.max = r.eax;
	memcpy(g->vendor, &r.ebx, 4);
	memcpy(g->vendor + 4, &r.edx, 4);
	memcpy(g->vendor + 8, &r.ecx, 4);
	r = cpuid(CPUID_EXTENDED, 0, ctx);
	/* Without extended leaves this, too, is the highest basic leaf's. */
	if (r.eax >> 16 == CPUID_EXTENDED >> 16)
		l.max_extended = r.eax;
	g->guest = geometry_leaf(&l, 1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
	if (!strcmp(g->vendor, "AuthenticAMD") ||
	    !strcmp(g->vendor, "HygonGenuine"))
		geometry_decode_amd(g, &l);
	else if (!strcmp(g->vendor, "GenuineIntel"))
		geometry_decode_intel(g, &l);
	else
		snprintf(g->tlb_why, sizeof(g->tlb_why),
			 "no decoder for CPUs of this vendor");
}

static struct swc_cpuid native(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	(void)ctx;
	return swc_cpuid(leaf, subleaf);
}

int geometry_of_cpu(struct geometry *g, unsigned int cpu, struct error *err)
{
	cpu_set_t before, one;

	CPU_ZERO(&one);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	if (sched_getaffinity(0, sizeof(before), &before) ||
	    sched_setaffinity(0, sizeof(one), &one))
		return error_set(err, EXIT_USAGE,
				 "cpu %u: cannot run there: %s; choose one "
				 "that is online and allowed (taskset -p $$)",
				 cpu, strerror(errno));
	geometry_decode(g, native, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	return 0;
}

static bool serves(enum geometry_tlb_kind tlb, enum geometry_tlb_kind access)
{
	if (tlb == access || tlb == GEOMETRY_TLB_UNIFIED)
		return true;
	return tlb == GEOMETRY_TLB_DATA && access != GEOMETRY_TLB_CODE;
}

uint32_t geometry_tlb_entries(const struct geometry *g, unsigned int level,
			      enum geometry_tlb_kind kind, uint8_t page)
{
	uint32_t entries = 0, i;

	for (i = 0; i < g->ntlbs; i++) {
		const struct geometry_tlb *t = &g->tlb[i];

		if (t->level == level && t->pages & page &&
		    serves(t->kind, kind))
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
