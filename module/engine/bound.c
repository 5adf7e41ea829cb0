// SPDX-License-Identifier: GPL-2.0
#include "bound.h"

#include "access.h"
#include "optable.h"
#include "shape.h"

/*
 * The shared cache answers within 75 cycles, or within 100 with a walk through tables
 * that lie there; a line from another socket's memory takes 150 ns.
 */
#define NEAR 100u
#define FAR  600u

/**
 * struct fetch - what a line takes
 * @near: in the shared cache
 * @far: in memory
 */
struct fetch {
	__u32 near;
	__u32 far;
};

static const struct fetch loads = {NEAR, FAR};

/*
 * Nothing waits for a store to a page whose translation is known: at least four
 * are under way at a time.
 */
static const struct fetch stores = {NEAR, FAR / 4};

/* Lines that adjoin are fetched ahead, those of code likewise. */
static const struct fetch strings = {NEAR / 3, FAR / 6};
static const struct fetch code = {NEAR / 3, FAR / 4};

/*
 * A page walk with five levels in the guest and five below: 5 * 6 + 5 references at
 * most. The page's own references are those to the guest's last level, and two
 * levels each to what maps that table and to what maps the page; all pages of 2 MiB
 * share the others.
 */
#define WALK_PAGE   (5 * FAR)
#define WALK_BLOCK  (30 * FAR)
#define BLOCK_PAGES 512u

/* The smallest second-level cache holds 256 KiB, the smallest TLB is Core 2's. */
#define CACHE_LINES 4096u
#define TLB_PAGES   256u

/*
 * Microcode copies by bytes if the source overlaps the destination, or seems to by
 * the low bits of its address. Each byte may wait for one that was stored before.
 */
#define BYTE_CYCLES    25u
#define ALIAS_BYTES    4096u
#define ALIAS_TOO_NEAR SWC_LINE_BYTES

/**
 * struct walker - a walk through the program
 * @lines: one bit each: it is in a cache
 * @pages: one bit each: its translation is cached
 * @total: pages of all regions
 * @first: of each region, the number of its first page
 * @blocks: one bit each, as @pages
 * @nlines: bits set
 * @npages: likewise
 * @combined: the line that the last store went out to, not temporal
 * @cost: of the operations so far
 */
struct walker {
	__u8 *lines;
	__u8 *pages;
	__u32 total;
	__u32 first[SWC_MAX_REGIONS];
	__u32 blocks;
	__u32 nlines;
	__u32 npages;
	__u32 combined;
	struct swc_cost cost;
};

static __u32 line_bytes(__u32 pages)
{
	return pages * (SWC_LINES_PER_PAGE / 8);
}

static __u32 page_bytes(__u32 pages)
{
	return (pages + 7) / 8;
}

__u32 swc_bound_bytes(__u32 pages)
{
	return line_bytes(pages) + page_bytes(pages);
}

static bool has(const __u8 *bits, __u32 n)
{
	return bits[n / 8] & (1u << (n % 8));
}

/* Return: was it set? */
static bool forget(__u8 *bits, __u32 n)
{
	bool had = has(bits, n);

	bits[n / 8] &= ~(1u << (n % 8));
	return had;
}

/*
 * Remembers that @n was touched. When as many are remembered as the cache holds,
 * all are forgotten first: so those that are remembered fit, whatever else was
 * touched before.
 */
static void remember(__u8 *bits, __u32 bytes, __u32 n, __u32 *count, __u32 most)
{
	if (*count == most) {
		memset(bits, 0, bytes);
		*count = 0;
	}
	bits[n / 8] |= 1u << (n % 8);
	++*count;
}

/* Return: had its translation to be walked for? */
static bool touch_page(struct walker *w, __u32 page)
{
	__u32 block = 1u << page / BLOCK_PAGES;

	if (has(w->pages, page))
		return false;
	remember(w->pages, page_bytes(w->total), page, &w->npages, TLB_PAGES);
	w->cost.memory += WALK_PAGE;
	if (!(w->blocks & block))
		w->cost.memory += WALK_BLOCK;
	w->blocks |= block;
	return true;
}

static void touch_line(struct walker *w, __u32 line, const struct fetch *fetch)
{
	if (has(w->lines, line)) {
		w->cost.memory += fetch->near;
		return;
	}
	remember(w->lines, line_bytes(w->total), line, &w->nlines, CACHE_LINES);
	w->cost.memory += fetch->far;
}

/*
 * A store that is not temporal goes out to memory with its line, and stores to the
 * same line right after it go with it. CLFLUSH writes the line back.
 */
static void leave_line(struct walker *w, __u32 line, bool stored)
{
	w->nlines -= forget(w->lines, line);
	w->cost.memory += stored && line == w->combined ? NEAR : FAR;
	if (stored)
		w->combined = line;
}

/* Return: how long an operation's lines take. */
static const struct fetch *fetch_of(const struct swc_op *op,
				    const struct swc_access *a, bool walked)
{
	if (swc_op_traits(op->kind)->imm == SWC_IMM_BYTES)
		return &strings;
	return a->flags == SWC_ACCESS_WRITE && !walked ? &stores : &loads;
}

static void add_access(struct walker *w, const struct swc_op *op,
		       const struct swc_access *a)
{
	__u32 base = w->first[a->region] * SWC_LINES_PER_PAGE;
	__u32 line = base + a->offset / SWC_LINE_BYTES, page = ~0u;
	__u32 last = base + (a->offset + a->bytes - 1) / SWC_LINE_BYTES;
	bool walked = false, leaves;

	leaves = (op->flags & SWC_OPF_NT) ||
		 (swc_op_traits(op->kind)->traits & SWC_FLUSHES);
	for (; line <= last; line++) {
		if (line / SWC_LINES_PER_PAGE != page) {
			page = line / SWC_LINES_PER_PAGE;
			walked = touch_page(w, page);
		}
		if (leaves)
			leave_line(w, line, op->flags & SWC_OPF_NT);
		else
			touch_line(w, line, fetch_of(op, a, walked));
	}
}

static bool copies_bytes(const struct swc_op *op)
{
	__u32 from = SWC_FROM_OFFSET(op->from), distance = op->offset - from;

	if (!(swc_op_traits(op->kind)->traits & SWC_HAS_FROM))
		return false;
	if (op->region == SWC_FROM_REGION(op->from) &&
	    (distance < op->imm || -distance < op->imm))
		return true;
	return distance % ALIAS_BYTES < ALIAS_TOO_NEAR;
}

static void add_op(struct walker *w, const struct swc_proof *proof, __u32 index)
{
	const struct swc_op *op = &proof->program->ops[index];
	struct swc_access accesses[SWC_OP_ACCESSES];
	__u32 i, page, n = swc_op_accesses(proof, index, accesses);

	w->cost.core += swc_shape_cycles(op);
	for (i = 0; i < n; i++)
		add_access(w, op, &accesses[i]);
	if (copies_bytes(op))
		w->cost.core += (__u64)op->imm * BYTE_CYCLES;
	/* Besides the page, it forgets all that walks have in caches of their own. */
	if (swc_op_traits(op->kind)->traits & SWC_FORGETS) {
		page = w->first[op->region] + op->offset / SWC_PAGE_BYTES;
		w->npages -= forget(w->pages, page);
	}
}

/* One replay. Return: the operation that is too much, or their number. */
static __u32 add_replay(struct walker *w, const struct swc_proof *proof)
{
	__u32 i;

	w->cost = (struct swc_cost){0};
	for (i = 0; i < proof->program->nops; i++) {
		add_op(w, proof, i);
		if (w->cost.core + w->cost.memory > SWC_MAX_CYCLES)
			break;
	}
	return i;
}

__u32 swc_bound(const struct swc_proof *proof, void *workspace,
		struct swc_bound *bound)
{
	const struct swc_program *p = proof->program;
	struct walker w = {.lines = workspace, .combined = ~0u};
	__u32 i;

	for (i = 0; i < p->nregions; i++) {
		w.first[i] = w.total;
		w.total += p->regions[i].pages;
	}
	memset(workspace, 0, swc_bound_bytes(w.total));
	w.pages = w.lines + line_bytes(w.total);
	i = add_replay(&w, proof);
	bound->first = w.cost;
	if (i == p->nops)
		i = add_replay(&w, proof);
	bound->again = w.cost;
	return i;
}

void swc_bound_code(struct swc_bound *bound, __u32 lines, __u32 again,
		    __u32 pages)
{
	__u32 blocks = pages / BLOCK_PAGES + 2;

	bound->first.memory += (__u64)lines * code.far +
			       (__u64)pages * WALK_PAGE +
			       (__u64)blocks * WALK_BLOCK;
	if (lines > CACHE_LINES || pages > TLB_PAGES)
		bound->again.memory +=
			(__u64)lines * code.far + (__u64)pages * WALK_PAGE;
	else
		bound->again.memory += (__u64)lines * code.near;
	bound->first.memory += (__u64)again * code.near;
	bound->again.memory += (__u64)again * code.near;
}
