// SPDX-License-Identifier: GPL-2.0
#include "chunks.h"

#include "sharing.h"
#include "slots.h"

/*
 * Blocks begin where compilers let functions begin, so that calls in a replay
 * find their targets on fetch boundaries as they did in the recording.
 */
#define BLOCK_ALIGNMENT 32u

/* An INT3 follows each chunk, against running on. */
#define GUARD_BYTES 1u

#define NO_HINT 0u

/* Laps of SWC_CODE_SPREAD pages in which a page's place is looked for. */
#define MAX_LAPS 3u

/* A chunk that begins so far behind where it was recorded may yet catch up. */
#define MAX_LATE SWC_LINE_BYTES

/**
 * struct swc_code_page - a page of code under way
 * @recorded: the page that it stands for, as in SWC_CODE()
 * @slot: its place among all
 * @taken: of each line: bit n set: byte n is taken
 * @moved: what each line is moved by in the end
 * @aligned: bit set: a block begins in this line
 * @exact: bit set: code in this line stays where it is
 * @room: bytes of the largest chunk that fits behind others in lines; [1]: that
 *	begins a block
 */
struct swc_code_page {
	__u32 recorded;
	__u32 slot;
	__u64 taken[SWC_LINES_PER_PAGE];
	__u8 moved[SWC_LINES_PER_PAGE];
	__u64 aligned;
	__u64 exact;
	__u32 room[2];
};

static __u32 page_of(__u32 hint)
{
	return SWC_CODE_PAGE(hint);
}

static __u32 line_of(__u32 hint)
{
	return SWC_CODE_LINE(hint) % SWC_LINES_PER_PAGE;
}

static __u32 round_up_to(__u32 n, __u32 unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

__u64 swc_chunks_bytes(const struct swc_proof *proof)
{
	__u64 nops = proof->program->nops, nchunks = nops + 2;

	return (2 * nops + proof->nblocks + 4 * nchunks) * sizeof(__u32) +
	       SWC_MAX_CODE_PAGES * sizeof(struct swc_code_page) +
	       swc_turns_bytes(proof) +
	       sizeof(__u64) /* of which the pages are aligned to */ + nops +
	       2 * nchunks;
}

/*
 * Do operations say where they were recorded? The first parts of a sequence are
 * packed in any case: there are many of them at a time, and the epilogue that
 * follows each would push others from their lines.
 */
static bool tells_code(const struct swc_program *p)
{
	__u32 i;

	if (p->open_end)
		return false;
	for (i = 0; i < p->nops; i++) {
		if (p->ops[i].code)
			return true;
	}
	return false;
}

/* A jump, or a branch that is taken, and no longer than it has to be to the next. */
#define SHORT_JUMP 2u

/* Has control jumped from operation @before to @op, in one page? */
static bool jumped(const struct swc_op *before, const struct swc_op *op)
{
	if (!before->code)
		return false;
	if (SWC_CODE_EXACT(before->code) && SWC_CODE_EXACT(op->code))
		return SWC_CODE_BYTE(op->code) !=
		       SWC_CODE_BYTE(before->code) + SHORT_JUMP;
	return SWC_CODE_LINE(op->code) > SWC_CODE_LINE(before->code) + 1;
}

/*
 * Does operation @i leave the chunk of the one before it in the same block,
 * whose hint is @hint? Code leaves a page by a jump only; within a page, it is parted
 * only where the recorded code jumped: over a line at least, where lines alone are known.
 */
static bool parts(const struct swc_proof *proof, __u32 i, __u32 hint)
{
	const struct swc_op *op = &proof->program->ops[i];
	const struct swc_op *before = op - 1;

	if (!op->code)
		return false;
	if (page_of(op->code) != page_of(hint))
		return true;
	if (!i || proof->ops[i].block != proof->ops[i - 1].block ||
	    (before->kind != SWC_OP_JUMP && !(before->flags & SWC_OPF_TAKEN)))
		return false;
	return jumped(before, op);
}

/* Is the last block without an operation: a callee, or where a return went? */
static bool ends_in_new_block(const struct swc_proof *proof)
{
	return proof->last_block == proof->nblocks - 1 &&
	       proof->ops[proof->program->nops - 1].block != proof->last_block;
}

/* Longest instruction (Intel SDM vol. 2A, 2.3.11). */
#define MAX_INSN 15u

/* Operation @i follows @before in its chunk: so long was the instruction of that. */
static void find_length(struct swc_chunks *s, const struct swc_op *ops,
			__u32 before, __u32 i)
{
	__u32 from = ops[before].code, to = ops[i].code, bytes;

	if (!SWC_CODE_EXACT(from) || !SWC_CODE_EXACT(to) ||
	    page_of(from) != page_of(to))
		return;
	bytes = SWC_CODE_BYTE(to) - SWC_CODE_BYTE(from);
	if (bytes && bytes <= MAX_INSN)
		s->length[before] = bytes;
}

/* The start of the first page that is known: for what comes before that. */
static __u32 first_page(const struct swc_program *p)
{
	__u32 i = 0;

	while (i < p->nops && !p->ops[i].code)
		i++;
	return i < p->nops ? SWC_CODE(SWC_CODE_PAGE(p->ops[i].code) - 1, 0)
			   : SWC_CODE(0, 0);
}

/*
 * Finds what is executed twice, in the room of what isn't known yet. That suffices unless
 * more than half of all operations are calls, of which most don't return, then.
 */
static void find_sharing(struct swc_chunks *s, const struct swc_proof *proof)
{
	__u32 i;

	if (s->recorded && swc_sharing_scratch(proof) <= 4ull * s->nchunks) {
		s->nturns = swc_turns_find(proof, s->turns);
		swc_sharing_find(proof, s->turns, s->nturns, s->start, s->same);
		return;
	}
	s->nturns = 0;
	for (i = 0; i < s->nops; i++)
		s->same[i] = i;
}

static void divide_recorded(struct swc_chunks *s, const struct swc_proof *proof,
			    bool looped)
{
	const struct swc_op *ops = proof->program->ops;
	__u32 last = first_page(proof->program), i, hint, *chunk;
	__u32 *latest =
		s->used; /* of each chunk: its latest operation, and 1 */

	s->nchunks = 1;
	s->hint[0] = NO_HINT;
	for (i = 0; i < s->nops; i++) {
		chunk = &s->current[proof->ops[i].block];
		hint = proof->program->ops[i].code;
		if (hint)
			last = hint;
		if (s->same[i] != i) {
			s->chunk[i] = s->chunk[s->same[i]];
			continue;
		}
		if (looped && !*chunk && !hint) {
			s->chunk[i] = 0;
			continue;
		}
		if (*chunk == SWC_NO_CHUNK || !*chunk ||
		    parts(proof, i, s->hint[*chunk])) {
			s->begins[s->nchunks] = *chunk == SWC_NO_CHUNK;
			*chunk = s->nchunks++;
			s->hint[*chunk] = last;
			s->from[*chunk] = SWC_CODE_BYTE(last);
		}
		if (latest[*chunk])
			find_length(s, ops, latest[*chunk] - 1, i);
		latest[*chunk] = i + 1;
		s->chunk[i] = *chunk;
	}
	if (ends_in_new_block(proof)) {
		s->begins[s->nchunks] = true;
		s->hint[s->nchunks++] = last;
	}
}

static void divide_packed(struct swc_chunks *s, const struct swc_proof *proof)
{
	__u32 i;

	s->nchunks = s->nblocks;
	for (i = 0; i < s->nops; i++)
		s->chunk[i] = proof->ops[i].block;
}

void swc_chunks_rewind(struct swc_chunks *s)
{
	memset(s->current, 0xff, s->nblocks * sizeof(*s->current));
	memset(s->used, 0, s->nchunks * sizeof(*s->used));
	s->current[0] = 0;
}

void swc_chunks_divide(struct swc_chunks *s, const struct swc_proof *proof,
		       void *workspace, const struct swc_binding *binding)
{
	__u32 nops = proof->program->nops;

	s->nops = nops;
	s->nblocks = proof->nblocks;
	s->nchunks = nops + 2; /* the frame's, and that of a call at the end */
	s->recorded = !binding->packed && tells_code(proof->program);
	s->steps = 0;
	s->chunk = workspace;
	s->same = s->chunk + nops;
	s->current = s->same + nops;
	s->start = s->current + s->nblocks;
	s->used = s->start + s->nchunks;
	s->hint = s->used + s->nchunks;
	s->from = s->hint + s->nchunks;
	workspace = s->from + s->nchunks;
	workspace += -(unsigned long)workspace % sizeof(__u64);
	s->pages = workspace;
	s->turns = (void *)(s->pages + SWC_MAX_CODE_PAGES);
	s->length = (void *)s->turns + swc_turns_bytes(proof);
	s->far = s->length + nops;
	s->begins = s->far + s->nchunks;
	find_sharing(s, proof);
	memset(s->length, 0, nops);
	memset(s->far, !s->recorded, s->nchunks);
	memset(s->begins, 0, s->nchunks);
	memset(s->from, 0, s->nchunks * sizeof(*s->from));
	s->spread = false;
	swc_chunks_rewind(s);
	if (s->recorded)
		divide_recorded(s, proof, binding->loop.iterations);
	else
		divide_packed(s, proof);
	memset(s->start, 0, s->nchunks * sizeof(*s->start));
	swc_chunks_rewind(s);
}

void swc_chunks_settle(struct swc_chunks *s, __u32 offset)
{
	__u32 chunk, late;

	for (chunk = 1; chunk < s->nchunks; chunk++) {
		late = (offset + s->start[chunk] - s->from[chunk]) %
		       SWC_PAGE_BYTES;
		if (late < MAX_LATE)
			s->from[chunk] += late;
	}
}

static __u32 find_packed(struct swc_chunks *s)
{
	__u32 chunk, at = 0;

	for (chunk = 0; chunk < s->nchunks; chunk++) {
		s->start[chunk] = at;
		at = round_up_to(at + s->used[chunk] + GUARD_BYTES,
				 BLOCK_ALIGNMENT);
	}
	return at;
}

/* Bytes of a line up to the last that is taken. */
static __u32 fill(const struct swc_code_page *page, __u32 line)
{
	__u64 taken = page->taken[line];

	return taken ? SWC_LINE_BYTES - __builtin_clzll(taken) : 0;
}

/* The next chunk would begin here in @line, counted from the line's start. */
static __u32 begin_of(const struct swc_code_page *page, __u32 line,
		      bool aligned)
{
	__u32 at = fill(page, line);

	return aligned ? round_up_to(at, BLOCK_ALIGNMENT) : at;
}

/*
 * Find out how much fits: code begins in any line, and takes the empty ones
 * that follow.
 */
static void see_room(struct swc_chunks *s, struct swc_code_page *page)
{
	__u32 line = SWC_LINES_PER_PAGE, empty = 0, aligned, at, room;

	page->room[0] = 0;
	page->room[1] = 0;
	while (line--) {
		s->steps++;
		for (aligned = 0; aligned < 2; aligned++) {
			at = begin_of(page, line, aligned);
			room = SWC_LINE_BYTES - at + empty;
			if (at < SWC_LINE_BYTES && room > page->room[aligned])
				page->room[aligned] = room;
		}
		empty = page->taken[line] ? 0 : empty + SWC_LINE_BYTES;
	}
}

/*
 * Return: the place in the page where @bytes can begin in @line, or the page's
 * end if they can't.
 */
static __u32 try_line(struct swc_chunks *s, const struct swc_code_page *page,
		      __u32 line, __u32 bytes, bool aligned)
{
	__u32 at = begin_of(page, line, aligned), end;

	s->steps++;
	if (at >= SWC_LINE_BYTES)
		return SWC_PAGE_BYTES;
	at += line * SWC_LINE_BYTES;
	end = (at + bytes - 1) / SWC_LINE_BYTES;
	if (end >= SWC_LINES_PER_PAGE)
		return SWC_PAGE_BYTES;
	while (++line <= end) {
		s->steps++;
		if (page->taken[line])
			return SWC_PAGE_BYTES;
	}
	return at;
}

/*
 * Return: the same for any line of a page with room for it, from @line on and
 * then before it.
 */
static __u32 try_page(struct swc_chunks *s, const struct swc_code_page *page,
		      __u32 line, __u32 bytes, bool aligned)
{
	__u32 i, at = SWC_PAGE_BYTES;

	for (i = 0; i < SWC_LINES_PER_PAGE && at == SWC_PAGE_BYTES; i++)
		at = try_line(s, page, (line + i) % SWC_LINES_PER_PAGE, bytes,
			      aligned);
	return at;
}

/* The bits of @line that the bytes from @at to @end take. */
static __u64 bits_of(__u32 line, __u32 at, __u32 end)
{
	__u32 first = line * SWC_LINE_BYTES, n;
	__u64 bits = ~0ull;

	if (at > first)
		bits <<= at - first;
	n = end - first;
	return n < SWC_LINE_BYTES ? bits & ((1ull << n) - 1) : bits;
}

/* Are @bytes from @at on free, in the page? */
static bool is_free(struct swc_chunks *s, const struct swc_code_page *page,
		    __u32 at, __u32 bytes)
{
	__u32 end = at + bytes, line;

	if (end > SWC_PAGE_BYTES)
		return false;
	for (line = at / SWC_LINE_BYTES; line * SWC_LINE_BYTES < end; line++) {
		s->steps++;
		if (page->taken[line] & bits_of(line, at, end))
			return false;
	}
	return true;
}

/* Take @bytes from @at of the first page on, into further pages if need be. */
static void take(struct swc_chunks *s, struct swc_code_page *pages, __u32 at,
		 __u32 bytes, bool aligned, bool exact)
{
	__u32 end = at + bytes, line = at / SWC_LINE_BYTES, n;
	struct swc_code_page *page;

	if (aligned)
		pages->aligned |= 1ull << line;
	for (; line * SWC_LINE_BYTES < end; line++) {
		page = &pages[line / SWC_LINES_PER_PAGE];
		n = line % SWC_LINES_PER_PAGE;
		page->taken[n] |= bits_of(line, at, end);
		page->exact |= (__u64)exact << n;
	}
	for (n = 0; n * SWC_PAGE_BYTES < end; n++)
		see_room(s, &pages[n]);
}

/*
 * The first page for @hint with room for @bytes, or @npages. Pages know their room,
 * lest each chunk of an unrolled loop try all the lines of all pages before its own.
 */
static __u32 find_page(struct swc_chunks *s, __u32 hint, __u32 bytes,
		       bool aligned, __u32 npages)
{
	__u32 n;

	for (n = 0; n < npages; n++) {
		s->steps++;
		if (s->pages[n].recorded == page_of(hint) &&
		    s->pages[n].room[aligned] >= bytes)
			break;
	}
	return n;
}

/* The page that stands for @hint's first, if the byte's place in it is free. */
static __u32 find_exact(struct swc_chunks *s, __u32 hint, __u32 bytes,
			__u32 npages)
{
	__u32 n;

	for (n = 0; n < npages; n++) {
		s->steps++;
		if (s->pages[n].recorded == page_of(hint))
			return is_free(s, &s->pages[n], SWC_CODE_BYTE(hint),
				       bytes)
				       ? n
				       : npages;
	}
	return npages;
}

static bool slots_are_free(const struct swc_chunks *s, __u32 npages, __u32 slot,
			   __u32 n)
{
	while (npages--) {
		if (s->pages[npages].slot - slot < n)
			return false;
	}
	return true;
}

/*
 * A place for @n adjoining pages, the first of which stands for @recorded: as far from
 * the first of all as recorded, modulo SWC_CODE_SPREAD; a second page for the same
 * goes wherever there is room.
 */
static __u32 find_slot(const struct swc_chunks *s, __u32 npages, __u32 recorded,
		       __u32 n)
{
	__u32 i, slot, first = npages ? s->pages[0].recorded : recorded;
	bool again = false;

	if (!s->spread)
		return npages;
	for (i = 0; i < npages; i++)
		again |= s->pages[i].recorded == recorded;
	slot = (recorded - first) % SWC_CODE_SPREAD;
	for (i = 0; !again && i < MAX_LAPS; i++, slot += SWC_CODE_SPREAD) {
		if (slots_are_free(s, npages, slot, n))
			return slot;
	}
	for (slot = 0; !slots_are_free(s, npages, slot, n); slot++)
		;
	return slot;
}

/* Begin @n pages for @hint. Return: false if there may be no more. */
static bool add_pages(struct swc_chunks *s, __u32 hint, __u32 n, __u32 *npages)
{
	struct swc_code_page *page = &s->pages[*npages];
	__u32 slot;

	if (n > SWC_MAX_CODE_PAGES - *npages)
		return false;
	slot = find_slot(s, *npages, page_of(hint), n);
	memset(page, 0, n * sizeof(*page));
	for (; n; n--, page++, ++*npages) {
		page->recorded = page_of(hint);
		page->slot = slot++;
	}
	return true;
}

/*
 * A chunk's place, as an offset in the pages; more pages if there is none in
 * those of its recorded page. Return: false if there may be no more.
 */
static bool place_chunk(struct swc_chunks *s, __u32 chunk, bool aligned,
			__u32 *npages)
{
	__u32 hint = s->hint[chunk], line = line_of(hint), n = *npages, at;
	__u32 bytes = s->used[chunk] + GUARD_BYTES;
	bool exact = SWC_CODE_EXACT(hint);

	/* Code that lies as recorded has other code behind it. */
	if (exact)
		n = find_exact(s, hint, s->used[chunk], *npages);
	if (n < *npages) {
		bytes = s->used[chunk];
		at = SWC_CODE_BYTE(hint);
		goto found;
	}
	n = find_page(s, hint, bytes, aligned, *npages);
	if (n < *npages) {
		at = try_page(s, &s->pages[n], line, bytes, aligned);
		goto found;
	}
	if (exact)
		bytes = s->used[chunk];
	/* Code that fits into a page shall not reach into the next. */
	at = exact ? SWC_CODE_BYTE(hint) : line * SWC_LINE_BYTES;
	if (at + bytes > SWC_PAGE_BYTES)
		at = bytes < SWC_PAGE_BYTES
			     ? (SWC_PAGE_BYTES - bytes) & ~(SWC_LINE_BYTES - 1u)
			     : 0;
	if (!add_pages(s, hint,
		       (at + bytes + SWC_PAGE_BYTES - 1) / SWC_PAGE_BYTES,
		       npages))
		return false;
found:
	take(s, &s->pages[n], at, bytes, aligned, exact);
	s->start[chunk] = n * SWC_PAGE_BYTES + at;
	return true;
}

/* A number that is different for each line and @offset, and means nothing else. */
static __u32 scatter(__u32 offset, __u32 line)
{
	__u32 x = (offset + 1) * 0x9e3779b1u ^ (line + 1) * 0x85ebca77u;

	x ^= x >> 15;
	return x * 0xc2b2ae3du >> 12;
}

/*
 * Results depend on how code lies in its lines, and in the same way in each round
 * (docs/measuring.md). Where the recording knows the line only, each stretch of
 * lines is moved by as many bytes as its last line has left, at most.
 */
static void move_within_lines(struct swc_code_page *pages, __u32 npages,
			      __u32 offset)
{
	__u32 n = npages * SWC_LINES_PER_PAGE, first, line, left = 0, by;
	bool aligned, exact;

	for (first = 0; first < n; first = line + 1) {
		aligned = false;
		exact = false;
		for (line = first; line < n; line++) {
			struct swc_code_page *page =
				&pages[line / SWC_LINES_PER_PAGE];
			__u32 bit = line % SWC_LINES_PER_PAGE;

			aligned |= page->aligned >> bit & 1;
			exact |= page->exact >> bit & 1;
			left = SWC_LINE_BYTES - fill(page, bit);
			if (left)
				break;
		}
		by = left && left < SWC_LINE_BYTES && !exact
			     ? scatter(offset, first) % (left + 1)
			     : 0;
		if (aligned)
			by -= by % BLOCK_ALIGNMENT;
		for (; first <= line && first < n; first++)
			pages[first / SWC_LINES_PER_PAGE]
				.moved[first % SWC_LINES_PER_PAGE] = by;
	}
}

static __u32 find_recorded(struct swc_chunks *s, __u32 offset)
{
	__u32 base, chunk, at, npages = 0, end;
	const struct swc_code_page *page;

	base = round_up_to(offset + s->used[0] + GUARD_BYTES, SWC_PAGE_BYTES) -
	       offset;
	end = base;
	s->start[0] = 0;
	for (chunk = 1; chunk < s->nchunks; chunk++) {
		if (!place_chunk(s, chunk, s->begins[chunk], &npages))
			return 0;
	}
	move_within_lines(s->pages, npages, offset);
	for (chunk = 1; chunk < s->nchunks; chunk++) {
		page = &s->pages[s->start[chunk] / SWC_PAGE_BYTES];
		at = s->start[chunk] % SWC_PAGE_BYTES;
		at += base + page->slot * SWC_PAGE_BYTES +
		      page->moved[at / SWC_LINE_BYTES];
		s->start[chunk] = at;
		if (end < at + s->used[chunk] + GUARD_BYTES)
			end = at + s->used[chunk] + GUARD_BYTES;
	}
	return end;
}

__u32 swc_chunks_find(struct swc_chunks *s, __u32 offset)
{
	return s->recorded ? find_recorded(s, offset) : find_packed(s);
}
