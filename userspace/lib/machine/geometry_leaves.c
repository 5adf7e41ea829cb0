// SPDX-License-Identifier: GPL-2.0
#include "geometry_leaves.h"

#include <stddef.h>
#include <string.h>

/* Types in EAX[4:0] of leaf 4 and leaf 0x8000001d. */
enum { CACHE_NONE, CACHE_DATA, CACHE_CODE, CACHE_UNIFIED };

void geometry_open_leaves(struct geometry_leaves *l, char vendor[13],
			  geometry_cpuid cpuid, void *ctx)
{
	struct swc_cpuid r = cpuid(0, 0, ctx);

	*l = (struct geometry_leaves){.cpuid = cpuid, .ctx = ctx, .max = r.eax};
	memcpy(vendor, &r.ebx, 4);
	memcpy(vendor + 4, &r.edx, 4);
	memcpy(vendor + 8, &r.ecx, 4);
	vendor[12] = '\0';
	r = cpuid(GEOMETRY_EXTENDED, 0, ctx);
	/* Without extended leaves this answer, too, is the highest basic leaf's. */
	if (r.eax >> 16 == GEOMETRY_EXTENDED >> 16)
		l->max_extended = r.eax;
}

struct swc_cpuid geometry_leaf(const struct geometry_leaves *l, uint32_t leaf,
			       uint32_t subleaf)
{
	uint32_t max = leaf < GEOMETRY_EXTENDED ? l->max : l->max_extended;

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
