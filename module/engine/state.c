// SPDX-License-Identifier: GPL-2.0
#include "state.h"

#include "footprint.h"
#include "slots.h"

#define LINES_PER_PAGE (SWC_PAGE_BYTES / SWC_LINE_BYTES)

/* Replacement isn't LRU: a second pass evicts what the first has spared. */
#define L1D_PASSES 2u

/* Lines read of a set of L2, for each of its ways: likewise. */
#define L2_PASSES 2u

/* The longest list of them: reading each takes a quarter of SWC_MAX_CYCLES. */
#define MAX_L2_READS 16384u

/* Touches that may take so long: a millisecond, about, as they overlap. */
#define LASTING_CYCLES 10000000u

/* A list holds these lines of a page. */
enum choice {
	COLD_MEMORY, /* those to be in no cache */
	COLD_L1D,    /* those to be in L2 only */
	WARM,	     /* those to be in L1d, and a line of each page else */
	ALL,	     /* every one, by its own translation */
};

/**
 * struct builder - a preparation under way
 * @proof: of the program
 * @state: wanted
 * @binding: where its memory is
 * @evictors: what there is to evict with
 * @lines: the program's footprint
 * @free: where the next list begins
 * @out: being filled
 * @error: enum swc_error_code
 */
struct builder {
	const struct swc_proof *proof;
	const struct swc_state *state;
	const struct swc_binding *binding;
	const struct swc_evictors *evictors;
	const __u64 *lines;
	__u64 *free;
	struct swc_preparation *out;
	__u32 error;
};

static bool has(const struct swc_region_set *set, __u32 region)
{
	return set->bits[region / 64] >> (region % 64) & 1;
}

bool swc_region_set_is_empty(const struct swc_region_set *set)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(set->bits); i++) {
		if (set->bits[i])
			return false;
	}
	return true;
}

bool swc_state_is_warm(const struct swc_state *state)
{
	return swc_region_set_is_empty(&state->l1d) &&
	       swc_region_set_is_empty(&state->l2) &&
	       swc_region_set_is_empty(&state->memory) &&
	       swc_region_set_is_empty(&state->dtlb) && !state->flags;
}

static __u32 code_lines(__u32 code_bytes)
{
	/* The code may begin anywhere in its first line. */
	return code_bytes / SWC_LINE_BYTES + 2;
}

static __u32 code_pages(__u32 code_bytes)
{
	/* The code may begin anywhere in its first page. */
	return code_bytes / SWC_PAGE_BYTES + 2;
}

__u64 swc_state_bytes(const struct swc_proof *proof, __u32 code_bytes)
{
	__u64 footprint = swc_footprint_bytes(proof->program);
	__u64 pages = footprint / sizeof(__u64);

	/* Each line is in three lists at most, and each page in two. */
	return footprint + sizeof(__u64) * (pages * (3 * LINES_PER_PAGE + 2) +
					    code_lines(code_bytes) +
					    code_pages(code_bytes) +
					    LINES_PER_PAGE + MAX_L2_READS);
}

static void add(struct builder *b, struct swc_step step)
{
	if (step.count)
		b->out->steps[b->out->nsteps++] = step;
}

static void add_list(struct builder *b, __u32 kind, const __u64 *list)
{
	struct swc_step step = {
		.kind = kind,
		.count = b->free - list,
		.list = list,
	};

	add(b, step);
}

static void add_sweep(struct builder *b, __u32 kind, __u64 base, __u32 count,
		      __u64 stride)
{
	struct swc_step step = {
		.kind = kind,
		.count = count,
		.base = base,
		.stride = stride,
	};

	add(b, step);
}

/*
 * A line such that the program touches neither it nor its neighbour; 64: there
 * is none.
 */
static __u32 spare_line(__u64 lines)
{
	__u64 pairs = lines | (lines >> 1 & 0x5555555555555555ull) |
		      (lines << 1 & 0xaaaaaaaaaaaaaaaaull);
	__u32 i;

	/* The adjacent-line prefetcher fetches lines in pairs. */
	for (i = 0; i < LINES_PER_PAGE; i++) {
		if (!(pairs >> i & 1))
			return i;
	}
	for (i = 0; i < LINES_PER_PAGE; i++) {
		if (!(lines >> i & 1))
			return i;
	}
	return LINES_PER_PAGE;
}

static bool is_cold(const struct swc_state *s, __u32 region)
{
	return has(&s->l1d, region) || has(&s->l2, region) ||
	       has(&s->memory, region);
}

/* The lines of one page that @which asks for, as addresses. */
static void list_page(struct builder *b, enum choice which, __u32 region,
		      __u64 address, __u64 lines)
{
	const struct swc_state *s = b->state;
	__u64 spare = spare_line(lines) * SWC_LINE_BYTES;
	bool by_alias = has(&s->dtlb, region) && b->evictors->alias;
	bool wanted;
	__u32 i;

	switch (which) {
	case COLD_MEMORY:
		wanted = has(&s->memory, region);
		break;
	case COLD_L1D:
		wanted = has(&s->l1d, region);
		break;
	case ALL:
		wanted = true;
		by_alias = false;
		break;
	default:
		wanted = !is_cold(s, region);
		/* Its lines stay cold, but not its translation. */
		if (!wanted && !has(&s->dtlb, region) && spare < SWC_PAGE_BYTES)
			*b->free++ = address + spare;
	}
	if (by_alias)
		address += b->evictors->alias;
	for (i = 0; wanted && i < LINES_PER_PAGE; i++) {
		if (lines >> i & 1)
			*b->free++ = address + i * SWC_LINE_BYTES;
	}
}

static void add_lines(struct builder *b, enum choice which, __u32 kind)
{
	const struct swc_program *p = b->proof->program;
	const __u64 *lines = b->lines, *list = b->free;
	__u32 region, page;

	for (region = 0; region < p->nregions; region++) {
		for (page = 0; page < p->regions[region].pages; page++) {
			if (*lines)
				list_page(b, which, region,
					  b->binding->region[region] +
						  page * SWC_PAGE_BYTES,
					  *lines);
			lines++;
		}
	}
	add_list(b, kind, list);
}

/* The lines, or pages, of @unit bytes in which there is code. */
static void list_code(struct builder *b, const struct swc_extent *code,
		      __u32 unit)
{
	__u64 first = code->at & ~(SWC_PAGE_BYTES - 1ull);
	__u64 at = code->at & ~(unit - 1ull), lines;

	for (; at < code->at + code->bytes; at += unit) {
		lines = code->lines ? code->lines[(at - first) / SWC_PAGE_BYTES]
				    : ~0ull;
		if (unit == SWC_LINE_BYTES)
			lines = lines >> at / SWC_LINE_BYTES %
						 SWC_LINES_PER_PAGE &
				1;
		if (lines)
			*b->free++ = at;
	}
}

/* Pages whose translations have to go, by INVLPG. */
static void add_invlpg(struct builder *b, const struct swc_extent *code)
{
	const struct swc_program *p = b->proof->program;
	const __u64 *lines = b->lines, *list = b->free;
	__u32 region, page;

	for (region = 0; region < p->nregions; region++) {
		for (page = 0; page < p->regions[region].pages; page++) {
			if (*lines++ && has(&b->state->dtlb, region))
				*b->free++ = b->binding->region[region] +
					     page * SWC_PAGE_BYTES;
		}
	}
	if (b->state->flags & SWC_STATE_COLD_ITLB)
		list_code(b, code, SWC_PAGE_BYTES);
	add_list(b, SWC_STEP_INVLPG, list);
}

static void add_code_flush(struct builder *b, const struct swc_extent *code)
{
	const __u64 *list = b->free;

	if (!(b->state->flags & SWC_STATE_COLD_CODE))
		return;
	list_code(b, code, SWC_LINE_BYTES);
	add_list(b, SWC_STEP_FLUSH, list);
}

/* Lines of the buffer that lie in the same set of L2, and so of L1d. */
static void list_set(struct builder *b, const __u64 *list, __u32 colour,
		     __u32 line)
{
	__u32 i, n = L2_PASSES * b->state->l2_ways;
	__u64 at = b->evictors->buffer + colour * SWC_PAGE_BYTES +
		   line * SWC_LINE_BYTES;

	if (b->free + n > list + MAX_L2_READS) {
		b->error = SWC_ERR_TIME;
		return;
	}
	for (i = 0; i < n; i++)
		*b->free++ = at + (__u64)i * b->state->l2_way_bytes;
}

/* Evicts set by set the lines that shall not be in L2. */
static void add_l2_sets(struct builder *b)
{
	const struct swc_program *p = b->proof->program;
	const __u16 *colour = b->evictors->colours;
	const __u64 *lines = b->lines, *list = b->free;
	__u32 region, page, line;

	for (region = 0; region < p->nregions; region++) {
		for (page = 0; page < p->regions[region].pages; page++) {
			for (line = 0; line < LINES_PER_PAGE; line++) {
				if (has(&b->state->l2, region) &&
				    *lines >> line & 1)
					list_set(b, list, *colour, line);
			}
			lines++;
			colour++;
		}
	}
	add_list(b, SWC_STEP_TOUCH, list);
}

/* The pointers of indirect calls and jumps, too, are brought back. */
static void add_pointers(struct builder *b)
{
	__u64 at = b->binding->context + SWC_POINTERS_BYTES;
	__u64 end = at + b->proof->nindirect * sizeof(__u64);
	const __u64 *list = b->free;

	for (at &= ~(SWC_LINE_BYTES - 1ull); b->proof->nindirect && at < end;
	     at += SWC_LINE_BYTES)
		*b->free++ = at;
	add_list(b, SWC_STEP_TOUCH, list);
}

static void add_cache_sweeps(struct builder *b)
{
	const struct swc_state *s = b->state;
	__u32 i;

	if (!swc_region_set_is_empty(&s->l2)) {
		if (b->evictors->colours && s->l2_ways)
			add_l2_sets(b);
		else
			add_sweep(b, SWC_STEP_SWEEP, b->evictors->buffer,
				  s->l2_bytes / SWC_LINE_BYTES, SWC_LINE_BYTES);
		add_lines(b, COLD_L1D, SWC_STEP_TOUCH);
	}
	for (i = 0; !swc_region_set_is_empty(&s->l1d) && i < L1D_PASSES; i++)
		add_sweep(b, SWC_STEP_SWEEP, b->evictors->buffer,
			  s->l1d_bytes / SWC_LINE_BYTES, SWC_LINE_BYTES);
}

static void add_tlb_sweeps(struct builder *b)
{
	const struct swc_evictors *e = b->evictors;

	if (e->invlpg)
		return;
	if (!swc_region_set_is_empty(&b->state->dtlb))
		add_sweep(b, SWC_STEP_SWEEP, e->pages, e->npages,
			  SWC_PAGE_BYTES);
	if (b->state->flags & SWC_STATE_COLD_ITLB)
		add_sweep(b, SWC_STEP_CALL, e->code, e->ncode, SWC_PAGE_BYTES);
}

/* The last thing: what the program did before the call. */
static void add_touches(struct builder *b)
{
	struct swc_step step = {
		.kind = SWC_STEP_STEPS,
		.count = b->evictors->ntouches,
		.steps = b->evictors->touches,
	};

	if (!(b->state->flags & SWC_STATE_RECORDED))
		return;
	b->out->lasting = swc_step_cycles(&step) > LASTING_CYCLES;
	add(b, step);
}

static bool is_geometry(const struct swc_state *s)
{
	__u32 way = s->l2_way_bytes;

	if (!s->l2_ways && !way)
		return true;
	/* The limits keep two passes over all of L2 within 32 bits. */
	if (!s->l2_ways || s->l2_ways > SWC_MAX_L2_WAYS ||
	    way < SWC_PAGE_BYTES || way > SWC_MAX_L2_WAY_BYTES ||
	    (way & (way - 1)))
		return false;
	return L2_PASSES * s->l2_ways * way <= SWC_MAX_SWEEP_BYTES;
}

__u32 swc_state_check(const struct swc_state *s, __u32 nregions)
{
	__u32 i, data;

	if ((s->flags & ~SWC_STATE_FLAGS) ||
	    (!(s->flags & SWC_STATE_RECORDED) && (s->touches || s->ntouches)))
		return SWC_ERR_RESERVED;
	for (i = 0; i < SWC_MAX_REGIONS; i++) {
		data = has(&s->l1d, i) + has(&s->l2, i) + has(&s->memory, i);
		if (i >= nregions && (data || has(&s->dtlb, i)))
			return SWC_ERR_REGION;
		if (data > 1)
			return SWC_ERR_STATE;
	}
	if (s->l1d_bytes > SWC_MAX_SWEEP_BYTES ||
	    s->l2_bytes > SWC_MAX_SWEEP_BYTES || !is_geometry(s))
		return SWC_ERR_STATE;
	return SWC_OK;
}

__u32 swc_state_buffer_bytes(const struct swc_state *s, bool colours)
{
	__u32 l1d = swc_region_set_is_empty(&s->l1d) ? 0 : s->l1d_bytes, l2 = 0;

	if (!swc_region_set_is_empty(&s->l2))
		l2 = colours && s->l2_ways
			     ? L2_PASSES * s->l2_ways * s->l2_way_bytes
			     : s->l2_bytes;
	return l1d > l2 ? l1d : l2;
}

/* Has the backend what the state needs? */
static bool is_possible(const struct swc_state *s, const struct swc_evictors *e)
{
	bool l2_known = s->l2_bytes >= SWC_LINE_BYTES ||
			(e->colours && s->l2_ways);

	if (!swc_region_set_is_empty(&s->l1d) &&
	    (!e->buffer || s->l1d_bytes < SWC_LINE_BYTES))
		return false;
	if (!swc_region_set_is_empty(&s->l2) && (!e->buffer || !l2_known))
		return false;
	if (s->flags & SWC_STATE_RECORDED && !e->touches)
		return false;
	if (e->invlpg)
		return true;
	return (swc_region_set_is_empty(&s->dtlb) || (e->pages && e->alias)) &&
	       (!(s->flags & SWC_STATE_COLD_ITLB) || e->code);
}

/*
 * The steps go from coarse to fine: the first spoil much, the next bring back
 * the rest, the last take away single lines and pages. Flushing a line needs
 * its translation, so translations go last if they can be taken one by one; if
 * they can't, the data are reached by their alias.
 */
__u32 swc_state_build(const struct swc_proof *proof,
		      const struct swc_state *state,
		      const struct swc_binding *binding,
		      const struct swc_extent *code,
		      const struct swc_evictors *evictors, void *workspace,
		      struct swc_preparation *preparation)
{
	struct builder b = {
		.proof = proof,
		.state = state,
		.binding = binding,
		.evictors = evictors,
		.lines = workspace,
		.out = preparation,
	};
	__u32 rc = swc_state_check(state, proof->program->nregions);

	preparation->nsteps = 0;
	preparation->lasting = false;
	if (!rc && !is_possible(state, evictors))
		rc = SWC_ERR_STATE;
	if (!rc && state->flags & SWC_STATE_COLD_ITLB && evictors->shared_code)
		rc = SWC_ERR_CODE_PAGES;
	if (rc)
		return rc;
	swc_footprint(proof, workspace);
	b.free = (__u64 *)workspace +
		 swc_footprint_bytes(proof->program) / sizeof(__u64);
	add_code_flush(&b, code);
	add_cache_sweeps(&b);
	add_tlb_sweeps(&b);
	if (preparation->nsteps) {
		add_lines(&b, WARM, SWC_STEP_TOUCH);
		add_pointers(&b);
	}
	add_lines(&b, COLD_MEMORY, SWC_STEP_FLUSH);
	if (evictors->invlpg)
		add_invlpg(&b, code);
	if (state->flags & SWC_STATE_RESTORED)
		add_lines(&b, ALL, SWC_STEP_TOUCH);
	add_touches(&b);
	return b.error;
}
