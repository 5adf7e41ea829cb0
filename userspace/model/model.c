// SPDX-License-Identifier: GPL-2.0
#include "model.h"

#include "build.h"

#define PAGE_SHIFT 12

#define unlikely(x) __builtin_expect(!!(x), 0)

static void set_limits(struct model *m)
{
	m->pages.limit = MODEL_REQUESTS;
	/*
	 * An inclusive cache that evicts a line takes it from L1, too, which
	 * may be asked for that line next: so one at a time.
	 */
	m->lines.limit = m->inclusive[MODEL_L2] || m->inclusive[MODEL_L3]
				 ? 1
				 : MODEL_REQUESTS;
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
	    !build_tlbs(m, geometry, options, err)) {
		set_limits(m);
		return 0;
	}
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
static inline uint32_t physical_index(const struct model *m,
				      const struct assoc *a, uint64_t line)
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

/* The second level's array for data, or for code. */
static inline struct assoc *stlb_for(const struct model *m,
				     enum model_side side)
{
	const struct model_part *part = &m->part[MODEL_STLB];

	return side == MODEL_CODE ? part->other : part->array;
}

static inline enum model_side side_of(uint64_t request)
{
	return request & 1;
}

static inline uint64_t number_of(uint64_t request)
{
	return request >> 1;
}

/* Begin to fetch all sets that will be used from the host's memory. */
static void fetch_sets(const struct model *m, const struct assoc *a,
		       const uint64_t *request, uint32_t n)
{
	for (; n; n--, request++)
		assoc_prefetch(a, physical_index(m, a, number_of(*request)));
}

/*
 * A list of misses is served level by level. No level sees a difference, since each
 * is asked for the same in the same order, and the host fetches many sets at once.
 */

/* Ask a cache for the lines in @list. Return: how many missed; they stay there. */
static uint32_t serve_cache(struct model *m, enum model_structure level,
			    uint64_t *list, uint32_t n)
{
	struct assoc *a = m->part[level].array;
	const uint64_t *r = list, *end = list + n;
	struct model_tally *tally;
	uint64_t *missed = list;
	uint64_t evicted, line;

	if (a->far)
		fetch_sets(m, a, list, n);
	for (; r < end; r++) {
		line = number_of(*r);
		tally = &m->tally[level][side_of(*r)];
		tally->accesses++;
		if (assoc_use(a, line, physical_index(m, a, line), &evicted))
			continue;
		tally->misses++;
		if (evicted && m->inclusive[level])
			drop_below(m, level, evicted - 1);
		*missed++ = *r;
	}
	return missed - list;
}

static __attribute__((noinline)) void serve_lines(struct model *m)
{
	struct model_queue *q = &m->lines;
	uint32_t n = serve_cache(m, MODEL_L2, q->request, q->n);

	q->n = 0;
	if (model_has(m, MODEL_L3))
		serve_cache(m, MODEL_L3, q->request, n);
}

static __attribute__((noinline)) void serve_pages(struct model *m)
{
	const uint64_t *r = m->pages.request, *end = r + m->pages.n;
	struct model_tally *tally;
	uint64_t evicted, page;
	struct assoc *a;

	for (; r < end; r++) {
		page = number_of(*r);
		a = stlb_for(m, side_of(*r));
		tally = &m->tally[MODEL_STLB][side_of(*r)];
		tally->accesses++;
		tally->misses +=
			!assoc_use(a, page, assoc_index(a, page), &evicted);
	}
	m->pages.n = 0;
}

static void serve_queues(struct model *m)
{
	if (m->lines.n)
		serve_lines(m);
	if (m->pages.n)
		serve_pages(m);
}

static inline bool queue_up(struct model_queue *q, enum model_side side,
			    uint64_t number)
{
	q->request[q->n++] = number << 1 | side;
	return q->n == q->limit;
}

/*
 * From here on to model_run() all that is done for each access is inlined: calls
 * would take a tenth of the time.
 */
static __always_inline void use_line(struct model *m,
				     enum model_structure level1,
				     enum model_side side, uint64_t line)
{
	struct assoc *a = m->part[level1].array;
	uint64_t evicted;

	if (assoc_use(a, line, assoc_index(a, line), &evicted))
		return;
	m->tally[level1][side].misses++;
	if (model_has(m, MODEL_L2) && queue_up(&m->lines, side, line))
		serve_lines(m);
}

static __always_inline void translate(struct model *m,
				      enum model_structure level1,
				      struct assoc *a, enum model_side side,
				      uint64_t page)
{
	uint64_t evicted;

	if (assoc_use(a, page, assoc_index(a, page), &evicted))
		return;
	m->tally[level1][side].misses++;
	if (stlb_for(m, side) && queue_up(&m->pages, side, page))
		serve_pages(m);
}

static __always_inline void run_page(struct model *m, uint64_t page,
				     uint32_t flags)
{
	struct assoc *const *tlb = m->dtlb[flags & (MODEL_READ | MODEL_WRITE)];

	if (!tlb[0])
		return;
	m->tally[MODEL_DTLB][MODEL_DATA].accesses++;
	translate(m, MODEL_DTLB, tlb[0], MODEL_DATA, page);
	if (!tlb[1])
		return;
	m->tally[MODEL_DTLB][MODEL_DATA].accesses++;
	translate(m, MODEL_DTLB, tlb[1], MODEL_DATA, page);
}

static void run_fetch(struct model *m, const struct model_access *a)
{
	uint64_t line = a->address >> m->line_shift;
	uint64_t page = a->address >> PAGE_SHIFT;
	uint64_t end = a->address + a->bytes - 1;

	for (; page <= end >> PAGE_SHIFT && model_has(m, MODEL_ITLB); page++) {
		m->tally[MODEL_ITLB][MODEL_CODE].accesses++;
		translate(m, MODEL_ITLB, m->part[MODEL_ITLB].array, MODEL_CODE,
			  page);
	}
	for (; line <= end >> m->line_shift && model_has(m, MODEL_L1I);
	     line++) {
		m->tally[MODEL_L1I][MODEL_CODE].accesses++;
		use_line(m, MODEL_L1I, MODEL_CODE, line);
	}
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

	/*
	 * All accesses before this one are served first: they mustn't meet its
	 * flush or invalidation.
	 */
	serve_queues(m);
	for (; page <= end >> PAGE_SHIFT; page++) {
		if (a->flags & MODEL_INVLPG)
			invalidate_page(m, page);
		if (a->flags & (MODEL_FLUSH | MODEL_STREAM))
			run_page(m, page,
				 a->flags & MODEL_FLUSH ? MODEL_READ
							: MODEL_WRITE);
	}
	for (; line <= end >> m->line_shift && !(a->flags & MODEL_INVLPG);
	     line++)
		place_line(m, line, a->flags);
}

static __always_inline void run_line(struct model *m, uint64_t line)
{
	if (!model_has(m, MODEL_L1D))
		return;
	m->tally[MODEL_L1D][MODEL_DATA].accesses++;
	use_line(m, MODEL_L1D, MODEL_DATA, line);
}

/*
 * The same line by the same kind of access: a hit, and under no policy does it
 * change anything to use again what was used last.
 */
static inline void repeat(struct model *m, uint32_t flags)
{
	struct assoc *const *tlb = m->dtlb[flags & (MODEL_READ | MODEL_WRITE)];

	m->tally[MODEL_DTLB][MODEL_DATA].accesses += !!tlb[0] + !!tlb[1];
	m->tally[MODEL_L1D][MODEL_DATA].accesses += model_has(m, MODEL_L1D);
}

/* An access that crosses lines, or pages. */
static void run_wide(struct model *m, const struct model_access *a)
{
	uint64_t last = a->address + a->bytes - 1, page, line;

	for (page = a->address >> PAGE_SHIFT; page <= last >> PAGE_SHIFT;
	     page++)
		run_page(m, page, a->flags);
	for (line = a->address >> m->line_shift; line <= last >> m->line_shift;
	     line++)
		run_line(m, line);
}

/* The access before; the next one may be to the same line or page. */
struct before {
	uint64_t line; /* of data; all ones: not known */
	uint32_t flags;
	uint64_t page; /* of code */
};

static const struct before unknown = {.line = ~0ull, .page = ~0ull};

/* A fetch within a line: of the page that was fetched from last, as a rule. */
static __always_inline void run_fetch_line(struct model *m, uint64_t line,
					   struct before *before)
{
	uint64_t page = line >> (PAGE_SHIFT - m->line_shift);

	if (model_has(m, MODEL_ITLB)) {
		m->tally[MODEL_ITLB][MODEL_CODE].accesses++;
		if (page != before->page)
			translate(m, MODEL_ITLB, m->part[MODEL_ITLB].array,
				  MODEL_CODE, page);
		before->page = page;
	}
	if (model_has(m, MODEL_L1I)) {
		m->tally[MODEL_L1I][MODEL_CODE].accesses++;
		use_line(m, MODEL_L1I, MODEL_CODE, line);
	}
	/* An inclusive cache may have taken the line of data away. */
	if (m->inclusive[MODEL_L2] || m->inclusive[MODEL_L3])
		before->line = unknown.line;
}

static __always_inline void run_data_line(struct model *m, uint64_t line,
					  const struct model_access *a,
					  struct before *before)
{
	if (line == before->line && a->flags == before->flags) {
		repeat(m, a->flags);
		return;
	}
	run_page(m, a->address >> PAGE_SHIFT, a->flags);
	run_line(m, line);
	before->line = line;
	before->flags = a->flags;
}

/* Rare accesses: those that cross lines, and those that are no load, store or fetch. */
static __attribute__((noinline)) void run_other(struct model *m,
						const struct model_access *a)
{
	if (a->flags & MODEL_FETCH)
		run_fetch(m, a);
	else if (a->flags & MODEL_SPECIAL)
		run_special(m, a);
	else
		run_wide(m, a);
}

void model_run(struct model *m, const struct model_access *a, size_t n)
{
	const unsigned int shift = m->line_shift;
	const struct model_access *end = a + n;
	struct before before = unknown;
	uint64_t line;

	for (; a < end; a++) {
		line = a->address >> shift;
		if (unlikely((a->address + a->bytes - 1) >> shift != line ||
			     a->flags & MODEL_SPECIAL)) {
			run_other(m, a);
			before = unknown;
		} else if (a->flags & MODEL_FETCH) {
			run_fetch_line(m, line, &before);
		} else {
			run_data_line(m, line, a, &before);
		}
	}
	serve_queues(m);
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
		return assoc_find(a, line, assoc_index(a, line)) >= 0;
	case MODEL_L2:
	case MODEL_L3:
		return assoc_find(a, line, physical_index(m, a, line)) >= 0;
	default:
		return assoc_find(a, page, assoc_index(a, page)) >= 0;
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
