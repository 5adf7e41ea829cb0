// SPDX-License-Identifier: GPL-2.0
#include "model.h"

#include "build.h"

#define PAGE_SHIFT 12

const char *model_structure_name(enum model_structure structure)
{
	static const char *const names[MODEL_STRUCTURES] = {
		[MODEL_L1D] = "l1d",   [MODEL_L1I] = "l1i",
		[MODEL_L2] = "l2",     [MODEL_L3] = "l3",
		[MODEL_DTLB] = "dtlb", [MODEL_ITLB] = "itlb",
		[MODEL_STLB] = "stlb",
	};

	return names[structure];
}

int model_init(struct model *m, const struct geometry *geometry,
	       const struct model_options *options, struct error *err)
{
	static const struct model_options none;

	*m = (struct model){0};
	if (!options)
		options = &none;
	m->frame = options->frame;
	m->frame_ctx = options->frame_ctx;
	if (!build_caches(m, geometry, options, err) &&
	    !build_tlbs(m, geometry, options, err))
		return 0;
	model_free(m);
	return -1;
}

void model_free(struct model *m)
{
	while (m->narrays)
		assoc_free(&m->arrays[--m->narrays]);
	*m = (struct model){0};
}

/* The set of a line in L2 or L3, which only know physical addresses. */
static uint32_t physical_index(const struct model *m, const struct assoc *a,
			       uint64_t line)
{
	unsigned int shift = PAGE_SHIFT - m->line_shift;
	uint64_t page = line >> shift;

	if (m->frame)
		line ^= (page ^ m->frame(m->frame_ctx, page)) << shift;
	return assoc_index(a, line);
}

static void drop_line(struct model *m, enum model_structure structure,
		      uint64_t line)
{
	struct assoc *a = m->part[structure].array;

	if (!a)
		return;
	if (structure == MODEL_L2 || structure == MODEL_L3)
		assoc_drop(a, line, physical_index(m, a, line));
	else
		assoc_drop(a, line, assoc_index(a, line));
}

/* An inclusive cache gave a line away: none below it may keep it. */
static void drop_below(struct model *m, enum model_structure structure,
		       uint64_t line)
{
	drop_line(m, MODEL_L1D, line);
	drop_line(m, MODEL_L1I, line);
	if (structure == MODEL_L3)
		drop_line(m, MODEL_L2, line);
}

/* Return: the line was there. */
static bool use_outer(struct model *m, enum model_structure structure,
		      uint64_t line)
{
	struct assoc *a = m->part[structure].array;
	uint64_t evicted;

	if (assoc_use(a, line, physical_index(m, a, line), &evicted))
		return true;
	if (evicted && m->inclusive[structure])
		drop_below(m, structure, evicted - 1);
	return false;
}

/* What has missed in L1. */
static void go_outwards(struct model *m, enum model_side side, uint64_t line)
{
	enum model_structure level;

	for (level = MODEL_L2; level <= MODEL_L3; level++) {
		if (!model_has(m, level))
			return;
		m->tally[level][side].accesses++;
		if (use_outer(m, level, line))
			return;
		m->tally[level][side].misses++;
	}
}

static inline void use_line(struct model *m, enum model_structure level1,
			    enum model_side side, uint64_t line)
{
	struct assoc *a = m->part[level1].array;
	struct model_tally *t = &m->tally[level1][side];
	uint64_t evicted;

	if (!a)
		return;
	t->accesses++;
	if (assoc_use(a, line, assoc_index(a, line), &evicted))
		return;
	t->misses++;
	go_outwards(m, side, line);
}

static inline void translate(struct model *m, struct assoc *level1,
			     struct model_tally *t, enum model_side side,
			     uint64_t page)
{
	struct assoc *a = side == MODEL_CODE ? m->part[MODEL_STLB].other
					     : m->part[MODEL_STLB].array;
	uint64_t evicted;

	t->accesses++;
	if (assoc_use(level1, page, assoc_index(level1, page), &evicted))
		return;
	t->misses++;
	if (!a)
		return;
	m->tally[MODEL_STLB][side].accesses++;
	if (!assoc_use(a, page, assoc_index(a, page), &evicted))
		m->tally[MODEL_STLB][side].misses++;
}

static inline void translate_data(struct model *m, uint64_t page,
				  uint32_t flags)
{
	struct model_tally *t = &m->tally[MODEL_DTLB][MODEL_DATA];
	struct model_part *tlb = &m->part[MODEL_DTLB];

	if (!tlb->array)
		return;
	/* One array that serves both is asked once. */
	if (!(flags & MODEL_WRITE) || tlb->array == tlb->other)
		return translate(m, tlb->array, t, MODEL_DATA, page);
	if (flags & MODEL_READ)
		translate(m, tlb->array, t, MODEL_DATA, page);
	translate(m, tlb->other, t, MODEL_DATA, page);
}

static void run_fetch(struct model *m, const struct model_access *a)
{
	uint64_t line = a->address >> m->line_shift;
	uint64_t page = a->address >> PAGE_SHIFT;
	uint64_t end = a->address + a->bytes - 1;

	for (; page <= end >> PAGE_SHIFT && model_has(m, MODEL_ITLB); page++)
		translate(m, m->part[MODEL_ITLB].array,
			  &m->tally[MODEL_ITLB][MODEL_CODE], MODEL_CODE, page);
	for (; line <= end >> m->line_shift; line++)
		use_line(m, MODEL_L1I, MODEL_CODE, line);
}

static void invalidate_page(struct model *m, uint64_t page)
{
	static const enum model_structure tlbs[] = {MODEL_DTLB, MODEL_ITLB,
						    MODEL_STLB};
	unsigned int i;

	for (i = 0; i < sizeof(tlbs) / sizeof(*tlbs); i++) {
		struct model_part *tlb = &m->part[tlbs[i]];

		if (tlb->array)
			assoc_drop(tlb->array, page,
				   assoc_index(tlb->array, page));
		if (tlb->other && tlb->other != tlb->array)
			assoc_drop(tlb->other, page,
				   assoc_index(tlb->other, page));
	}
}

/* Take a line out of the caches below a level, and have it in that one. */
static void place_line(struct model *m, uint64_t line, uint32_t flags)
{
	drop_line(m, MODEL_L1D, line);
	drop_line(m, MODEL_L1I, line);
	if (!(flags & MODEL_TO_L2))
		drop_line(m, MODEL_L2, line);
	if (!(flags & (MODEL_TO_L2 | MODEL_TO_L3)))
		drop_line(m, MODEL_L3, line);
	if (flags & MODEL_TO_L2 && model_has(m, MODEL_L2))
		use_outer(m, MODEL_L2, line);
	if (flags & MODEL_TO_L3 && model_has(m, MODEL_L3))
		use_outer(m, MODEL_L3, line);
}

static void run_special(struct model *m, const struct model_access *a)
{
	uint64_t end = a->address + a->bytes - 1;
	uint64_t line = a->address >> m->line_shift;
	uint64_t page = a->address >> PAGE_SHIFT;

	for (; page <= end >> PAGE_SHIFT; page++) {
		if (a->flags & MODEL_INVLPG)
			invalidate_page(m, page);
		if (a->flags & (MODEL_FLUSH | MODEL_STREAM))
			translate_data(m, page,
				       a->flags & MODEL_FLUSH ? MODEL_READ
							      : MODEL_WRITE);
	}
	for (; line <= end >> m->line_shift && !(a->flags & MODEL_INVLPG);
	     line++)
		place_line(m, line, a->flags);
}

void model_run(struct model *m, const struct model_access *a, size_t n)
{
	const struct model_access *end = a + n;
	uint64_t line, page, last;

	for (; a < end; a++) {
		if (__builtin_expect(a->flags & (MODEL_SPECIAL | MODEL_FETCH),
				     0)) {
			if (a->flags & MODEL_FETCH)
				run_fetch(m, a);
			else
				run_special(m, a);
			continue;
		}
		last = a->address + a->bytes - 1;
		for (page = a->address >> PAGE_SHIFT;
		     page <= last >> PAGE_SHIFT; page++)
			translate_data(m, page, a->flags);
		for (line = a->address >> m->line_shift;
		     line <= last >> m->line_shift; line++)
			use_line(m, MODEL_L1D, MODEL_DATA, line);
	}
}

void model_forget(struct model *m)
{
	unsigned int i;

	for (i = 0; i < MODEL_STRUCTURES; i++)
		m->tally[i][MODEL_DATA] = m->tally[i][MODEL_CODE] =
			(struct model_tally){0};
}

void model_clear(struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->narrays; i++)
		assoc_clear(&m->arrays[i]);
	model_forget(m);
}

bool model_holds(const struct model *m, enum model_structure structure,
		 uint64_t address)
{
	const struct assoc *a = m->part[structure].array;
	uint64_t line = address >> m->line_shift, page = address >> PAGE_SHIFT;

	if (!a)
		return false;
	switch (structure) {
	case MODEL_L1D:
	case MODEL_L1I:
		return assoc_holds(a, line, assoc_index(a, line));
	case MODEL_L2:
	case MODEL_L3:
		return assoc_holds(a, line, physical_index(m, a, line));
	default:
		return assoc_holds(a, page, assoc_index(a, page));
	}
}

uint64_t model_digest(const struct model *m)
{
	uint64_t digest = 0;
	unsigned int i;

	for (i = 0; i < m->narrays; i++)
		digest = assoc_digest(&m->arrays[i], digest);
	return digest;
}
