// SPDX-License-Identifier: GPL-2.0
#include "chunks.h"

#include "slots.h"

/*
 * Blocks begin where compilers let functions begin, so that calls in a replay
 * find their targets on fetch boundaries as they did in the recording.
 */
#define BLOCK_ALIGNMENT 32u

/* An INT3 follows each chunk, against running on. */
#define GUARD_BYTES 1u

#define NO_HINT 0u

/**
 * struct swc_code_page - a page of code under way
 * @recorded: the page that it stands for, as in SWC_CODE()
 * @fill: bytes taken of each line, always from its start; in the end what the
 *	line is moved by
 * @aligned: bit set: a block begins in this line
 * @room: bytes of the largest chunk that fits; [1]: that begins a block
 */
struct swc_code_page {
	__u32 recorded;
	__u8 fill[SWC_LINES_PER_PAGE];
	__u64 aligned;
	__u32 room[2];
};

static __u32 page_of(__u32 hint)
{
	return hint / SWC_LINES_PER_PAGE;
}

static __u32 line_of(__u32 hint)
{
	return hint % SWC_LINES_PER_PAGE;
}

static __u32 round_up_to(__u32 n, __u32 unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

__u64 swc_chunks_bytes(const struct swc_proof *proof)
{
	__u64 nops = proof->program->nops, nchunks = nops + 2;

	return (nops + proof->nblocks + 3 * nchunks) * sizeof(__u32) +
	       SWC_MAX_CODE_PAGES * sizeof(struct swc_code_page) +
	       sizeof(__u64); /* of which the pages are aligned to */
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

/*
 * Does operation @i leave the chunk of the one before it in the same block,
 * whose hint is @hint? Code leaves a page by a jump only; within a page, it is
 * parted only where the recorded code jumped over a line at least.
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
	return before->code && op->code > before->code + 1;
}

/* Is the last block without an operation: a callee, or where a return went? */
static bool ends_in_new_block(const struct swc_proof *proof)
{
	return proof->last_block == proof->nblocks - 1 &&
	       proof->ops[proof->program->nops - 1].block != proof->last_block;
}

static void divide_recorded(struct swc_chunks *s, const struct swc_proof *proof)
{
	__u32 last = SWC_CODE(0, 0), i, hint, *chunk;

	s->nchunks = 1;
	s->hint[0] = NO_HINT;
	for (i = 0; i < s->nops; i++) {
		chunk = &s->current[proof->ops[i].block];
		hint = proof->program->ops[i].code;
		if (hint)
			last = hint;
		if (*chunk == SWC_NO_CHUNK || !*chunk ||
		    parts(proof, i, s->hint[*chunk])) {
			*chunk = s->nchunks++;
			s->hint[*chunk] = last;
		}
		s->chunk[i] = *chunk;
	}
	if (ends_in_new_block(proof))
		s->hint[s->nchunks++] = last;
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
		       void *workspace, bool packed)
{
	__u32 nops = proof->program->nops;

	s->nops = nops;
	s->nblocks = proof->nblocks;
	s->nchunks = nops + 2; /* the frame's, and that of a call at the end */
	s->recorded = !packed && tells_code(proof->program);
	s->steps = 0;
	s->chunk = workspace;
	s->current = s->chunk + nops;
	s->start = s->current + s->nblocks;
	s->used = s->start + s->nchunks;
	s->hint = s->used + s->nchunks;
	workspace = s->hint + s->nchunks;
	workspace += -(unsigned long)workspace % sizeof(__u64);
	s->pages = workspace;
	swc_chunks_rewind(s);
	if (s->recorded)
		divide_recorded(s, proof);
	else
		divide_packed(s, proof);
	memset(s->start, 0, s->nchunks * sizeof(*s->start));
	swc_chunks_rewind(s);
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

/* The next chunk would begin here in @line, counted from the line's start. */
static __u32 begin_of(const struct swc_code_page *page, __u32 line,
		      bool aligned)
{
	__u32 at = page->fill[line];

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
		empty = page->fill[line] ? 0 : empty + SWC_LINE_BYTES;
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
		if (page->fill[line])
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

/* Take @bytes from @at of the first page on, into further pages if need be. */
static void take(struct swc_chunks *s, struct swc_code_page *pages, __u32 at,
		 __u32 bytes, bool aligned)
{
	__u32 end = at + bytes, line = at / SWC_LINE_BYTES, n;

	if (aligned)
		pages->aligned |= 1ull << line;
	for (; line * SWC_LINE_BYTES < end; line++) {
		__u32 left = end - line * SWC_LINE_BYTES;

		pages[line / SWC_LINES_PER_PAGE]
			.fill[line % SWC_LINES_PER_PAGE] =
			left < SWC_LINE_BYTES ? left : SWC_LINE_BYTES;
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

/*
 * A chunk's place, as an offset in the pages; more pages if there is none in
 * those of its recorded page. Return: false if there may be no more.
 */
static bool place_chunk(struct swc_chunks *s, __u32 chunk, bool aligned,
			__u32 *npages)
{
	__u32 hint = s->hint[chunk], line = line_of(hint), n, at, more;
	__u32 bytes = s->used[chunk] + GUARD_BYTES;

	n = find_page(s, hint, bytes, aligned, *npages);
	if (n < *npages) {
		at = try_page(s, &s->pages[n], line, bytes, aligned);
		goto found;
	}
	/* Code that fits into a page shall not reach into the next. */
	at = line * SWC_LINE_BYTES;
	if (at + bytes > SWC_PAGE_BYTES)
		at = bytes < SWC_PAGE_BYTES
			     ? (SWC_PAGE_BYTES - bytes) & ~(SWC_LINE_BYTES - 1)
			     : 0;
	more = (at + bytes + SWC_PAGE_BYTES - 1) / SWC_PAGE_BYTES;
	if (more > SWC_MAX_CODE_PAGES - *npages)
		return false;
	memset(&s->pages[n], 0, more * sizeof(*s->pages));
	while (more--)
		s->pages[(*npages)++].recorded = page_of(hint);
found:
	take(s, &s->pages[n], at, bytes, aligned);
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
 * (docs/measuring.md). The recording knows the line only: so each stretch of
 * lines is moved by as many bytes as its last line has left, at most.
 */
static void move_within_lines(struct swc_code_page *pages, __u32 npages,
			      __u32 offset)
{
	__u32 n = npages * SWC_LINES_PER_PAGE, first, line, left = 0, by;
	bool aligned;

	for (first = 0; first < n; first = line + 1) {
		aligned = false;
		for (line = first; line < n; line++) {
			struct swc_code_page *page =
				&pages[line / SWC_LINES_PER_PAGE];

			aligned |= page->aligned >> line % SWC_LINES_PER_PAGE &
				   1;
			left = SWC_LINE_BYTES -
			       page->fill[line % SWC_LINES_PER_PAGE];
			if (left)
				break;
		}
		by = left && left < SWC_LINE_BYTES
			     ? scatter(offset, first) % (left + 1)
			     : 0;
		if (aligned)
			by -= by % BLOCK_ALIGNMENT;
		for (; first <= line && first < n; first++)
			pages[first / SWC_LINES_PER_PAGE]
				.fill[first % SWC_LINES_PER_PAGE] = by;
	}
}

/* Does the next block, @block, begin here? */
static bool begins_block(const struct swc_chunks *s, __u32 chunk, __u32 *block)
{
	if (*block >= s->nblocks || s->current[*block] != chunk)
		return false;
	++*block;
	return true;
}

/* The first chunk of each block, in the order of blocks. */
static void find_first_chunks(struct swc_chunks *s,
			      const struct swc_proof *proof)
{
	__u32 i = s->nops;

	memset(s->current, 0xff, s->nblocks * sizeof(*s->current));
	/* A call at the end has a callee, though none of its operations. */
	if (ends_in_new_block(proof))
		s->current[s->nblocks - 1] = s->nchunks - 1;
	while (i--)
		s->current[proof->ops[i].block] = s->chunk[i];
}

static __u32 find_recorded(struct swc_chunks *s, const struct swc_proof *proof,
			   __u32 offset)
{
	/* Block 0 is the caller's: it begins wherever the caller calls. */
	__u32 base, chunk, line, at, npages = 0, block = 1, end;

	base = round_up_to(offset + s->used[0] + GUARD_BYTES, SWC_PAGE_BYTES) -
	       offset;
	end = base;
	s->start[0] = 0;
	find_first_chunks(s, proof);
	for (chunk = 1; chunk < s->nchunks; chunk++) {
		if (!place_chunk(s, chunk, begins_block(s, chunk, &block),
				 &npages))
			return 0;
	}
	move_within_lines(s->pages, npages, offset);
	for (chunk = 1; chunk < s->nchunks; chunk++) {
		line = s->start[chunk] / SWC_LINE_BYTES;
		at = base + s->start[chunk] +
		     s->pages[line / SWC_LINES_PER_PAGE]
			     .fill[line % SWC_LINES_PER_PAGE];
		s->start[chunk] = at;
		if (end < at + s->used[chunk] + GUARD_BYTES)
			end = at + s->used[chunk] + GUARD_BYTES;
	}
	return end;
}

__u32 swc_chunks_find(struct swc_chunks *s, const struct swc_proof *proof,
		      __u32 offset)
{
	if (!s->recorded)
		return find_packed(s);
	return find_recorded(s, proof, offset);
}
