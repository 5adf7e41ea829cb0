// SPDX-License-Identifier: GPL-2.0
#include "build.h"

#include <stdarg.h>
#include <stdio.h>

static void leave_out(struct model *m, enum model_structure structure,
		      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void leave_out(struct model *m, enum model_structure structure,
		      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->part[structure].why, MODEL_WHY, fmt, ap);
	va_end(ap);
}

static enum geometry_policy choose_policy(const struct model_options *options,
					  enum model_structure structure,
					  enum geometry_policy told)
{
	if (options->policies[structure])
		return options->policies[structure];
	if (options->policy)
		return options->policy;
	return told ? told : GEOMETRY_LRU;
}

/* The shape that each array of a model has. */
struct shape {
	uint32_t sets;
	uint32_t ways;
	enum geometry_policy policy;
};

static struct assoc *add_array(struct model *m, const struct shape *shape,
			       uint64_t seed, struct error *err)
{
	struct assoc *a = &m->arrays[m->narrays];

	/* Each array has random numbers of its own. */
	seed += m->narrays;
	if (assoc_init(a, shape->sets, shape->ways, shape->policy,
		       random_next(&seed), err))
		return NULL;
	m->narrays++;
	m->random |= shape->policy == GEOMETRY_RANDOM;
	return a;
}

static bool too_large(uint64_t sets, uint64_t ways)
{
	return ways > ASSOC_MAX_WAYS || sets * ways > ASSOC_MAX_ENTRIES;
}

/* Why can't this cache be modelled? Sets @m->part[].why, or the shape. */
static bool cache_is_known(struct model *m, enum model_structure structure,
			   const struct geometry_cache *c)
{
	uint64_t sets = c->sets, ways = c->ways;

	if (c->source == GEOMETRY_NOT_REPORTED)
		leave_out(m, structure, "it isn't reported");
	else if (!ways || !sets)
		leave_out(m, structure, "its ways aren't known");
	else if (c->line_bytes < 8 || c->line_bytes > 4096 ||
		 c->line_bytes & (c->line_bytes - 1))
		leave_out(m, structure, "lines of %u bytes can't be modelled",
			  c->line_bytes);
	else if (1u << m->line_shift != c->line_bytes && m->narrays)
		leave_out(m, structure,
			  "its lines have %u bytes, those of L1 %u",
			  c->line_bytes, 1u << m->line_shift);
	else if (sets * ways * c->line_bytes != c->bytes)
		leave_out(m, structure,
			  "%u sets of %u ways of %u bytes don't make up "
			  "its size",
			  c->sets, c->ways, c->line_bytes);
	else if (too_large(sets, ways))
		leave_out(m, structure, "%u sets of %u ways are too many",
			  c->sets, c->ways);
	return !*m->part[structure].why;
}

static int build_cache(struct model *m, enum model_structure structure,
		       const struct geometry_cache *c,
		       const struct model_options *options, struct error *err)
{
	struct shape shape = {.sets = c->sets, .ways = c->ways};

	if (!cache_is_known(m, structure, c))
		return 0;
	m->line_shift = __builtin_ctz(c->line_bytes);
	shape.policy = choose_policy(options, structure, c->policy);
	m->inclusive[structure] = c->inclusive == GEOMETRY_YES;
	m->part[structure].array = add_array(m, &shape, options->seed, err);
	return m->part[structure].array ? 0 : -1;
}

int build_caches(struct model *m, const struct geometry *geometry,
		 const struct model_options *options, struct error *err)
{
	static const struct {
		enum model_structure structure;
		enum geometry_level level;
		enum model_structure behind;
	} caches[] = {
		{MODEL_L1D, GEOMETRY_L1D, MODEL_L1D},
		{MODEL_L1I, GEOMETRY_L1I, MODEL_L1I},
		{MODEL_L2, GEOMETRY_L2, MODEL_L1D},
		{MODEL_L3, GEOMETRY_L3, MODEL_L2},
	};
	enum model_structure s, behind;
	unsigned int i;

	/* A line has its size even if there are no caches. */
	m->line_shift = 6;
	for (i = 0; i < sizeof(caches) / sizeof(*caches); i++) {
		s = caches[i].structure;
		behind = caches[i].behind;
		if (behind != s && !model_has(m, behind))
			leave_out(m, s,
				  "%s, whose misses it serves, isn't known",
				  model_structure_name(behind));
		else if (build_cache(m, s, &geometry->cache[caches[i].level],
				     options, err))
			return -1;
	}
	return 0;
}

/*
 * Return: a bit for each of a geometry's TLBs that serves one kind of access at
 * one level.
 */
static uint32_t serving(const struct geometry *g, unsigned int level,
			enum geometry_tlb_kind kind)
{
	uint32_t i, found = 0;

	for (i = 0; i < g->ntlbs; i++) {
		if (g->tlb[i].level == level && g->tlb[i].pages & GEOMETRY_4K &&
		    geometry_tlb_serves(&g->tlb[i], kind))
			found |= 1u << i;
	}
	return found;
}

/*
 * Several TLBs that serve the same are one of more ways: Golden Cove's second
 * level is two of 128 sets of 8 ways, both for pages of 4 KiB. CPUID doesn't
 * say which of them a translation goes to.
 */
static bool join(struct model *m, enum model_structure structure,
		 const struct geometry *g, uint32_t which, struct shape *shape)
{
	const struct geometry_tlb *t;
	uint32_t sets;

	*shape = (struct shape){0};
	for (; which; which &= which - 1) {
		t = &g->tlb[__builtin_ctz(which)];
		if (!t->ways || t->entries % t->ways) {
			leave_out(m, structure,
				  "the ways of a TLB of %u "
				  "entries aren't known",
				  t->entries);
			return false;
		}
		sets = t->entries / t->ways;
		if (shape->sets && sets != shape->sets) {
			leave_out(m, structure,
				  "two TLBs of %u and %u sets "
				  "serve the same, how isn't known",
				  shape->sets, sets);
			return false;
		}
		shape->sets = sets;
		shape->ways += t->ways;
		shape->policy = t->policy;
	}
	if (too_large(shape->sets, shape->ways)) {
		leave_out(m, structure, "%u sets of %u ways are too many",
			  shape->sets, shape->ways);
		return false;
	}
	return true;
}

/* Two roles of one structure: loads and stores, or data and code. */
static int build_tlb(struct model *m, enum model_structure structure,
		     const struct geometry *g, const uint32_t which[2],
		     const struct model_options *options, struct error *err)
{
	struct model_part *part = &m->part[structure];
	struct assoc *array[2] = {0};
	struct shape shape;
	unsigned int i;

	if (which[0] != which[1] && which[0] & which[1]) {
		leave_out(m, structure,
			  "TLBs serve some accesses together, "
			  "others alone");
		return 0;
	}
	for (i = 0; i < 2; i++) {
		if (i && which[1] == which[0]) {
			array[1] = array[0];
			break;
		}
		if (!which[i])
			continue;
		if (!join(m, structure, g, which[i], &shape))
			return 0;
		shape.policy = choose_policy(options, structure, shape.policy);
		array[i] = add_array(m, &shape, options->seed, err);
		if (!array[i])
			return -1;
	}
	part->array = array[0];
	part->other = array[1];
	return 0;
}

static void leave_out_tlb(struct model *m, enum model_structure structure,
			  const struct geometry *g)
{
	leave_out(m, structure, "%s",
		  g->ntlbs ? "no such TLB for 4 KiB pages is reported"
			   : g->tlb_why);
}

static int build_level1(struct model *m, const struct geometry *g,
			const struct model_options *options, struct error *err)
{
	uint32_t data[2] = {serving(g, 1, GEOMETRY_TLB_LOAD),
			    serving(g, 1, GEOMETRY_TLB_STORE)};
	uint32_t code[2] = {serving(g, 1, GEOMETRY_TLB_CODE)};

	code[1] = code[0];
	if (!data[0] || !data[1])
		leave_out_tlb(m, MODEL_DTLB, g);
	else if (build_tlb(m, MODEL_DTLB, g, data, options, err))
		return -1;
	if (!code[0])
		leave_out_tlb(m, MODEL_ITLB, g);
	else if (build_tlb(m, MODEL_ITLB, g, code, options, err))
		return -1;
	return 0;
}

/* One array that serves loads and stores is asked once for both. */
static void list_dtlbs(struct model *m)
{
	struct assoc *load = m->part[MODEL_DTLB].array;
	struct assoc *store = m->part[MODEL_DTLB].other;

	m->dtlb[MODEL_READ][0] = m->dtlb[MODEL_READ | MODEL_WRITE][0] = load;
	m->dtlb[MODEL_WRITE][0] = store;
	if (store != load)
		m->dtlb[MODEL_READ | MODEL_WRITE][1] = store;
}

int build_tlbs(struct model *m, const struct geometry *g,
	       const struct model_options *options, struct error *err)
{
	uint32_t level2[2] = {serving(g, 2, GEOMETRY_TLB_LOAD),
			      serving(g, 2, GEOMETRY_TLB_CODE)};

	if (build_level1(m, g, options, err))
		return -1;
	list_dtlbs(m);
	if (!level2[0]) {
		leave_out_tlb(m, MODEL_STLB, g);
		return 0;
	}
	if (!model_has(m, MODEL_DTLB)) {
		leave_out(m, MODEL_STLB,
			  "dtlb, whose misses it serves, isn't known");
		return 0;
	}
	return build_tlb(m, MODEL_STLB, g, level2, options, err);
}
