// SPDX-License-Identifier: GPL-2.0
#include "emit.h"

#include "emitframe.h"
#include "emitop.h"
#include "emitturns.h"
#include "chunks.h"
#include "shape.h"
#include "slots.h"

#define INT3 0xcc

/**
 * struct emitter - the state of one emission
 * @proof: of the verified program
 * @binding: the addresses
 * @places: of the code; starts are 0 while sizes are being found
 * @lines: of the pages that the code lies in: where operations are; or NULL
 * @head: offset of the loop's head
 * @nindirect: indirect calls and jumps so far
 * @landing: the next operation is the target of one, and begins with a landing pad
 * @turns: the loop that comes next, or is under way
 * @turn: offset of its turns' begin
 * @shared: lines of calls' shared code that operations come by, at most
 * @turned: likewise of loops', that are fetched again
 * @passing: chunk of the shared code that the last operation was in
 * @writing: code is written, and so are pointers
 * @checking: the places are known, and whether jumps reach
 * @misses: jumps that don't, with 8 bits
 */
struct emitter {
	const struct swc_proof *proof;
	const struct swc_binding *binding;
	struct swc_chunks places;
	__u64 *lines;
	__u32 head;
	__u32 nindirect;
	bool landing;
	const struct swc_turns *turns;
	__u32 turn;
	__u32 shared;
	__u32 turned;
	__u32 passing;
	bool writing;
	bool checking;
	__u32 misses;
};

/*
 * Is all memory in reach of a sign-extended 32-bit address, and of such a
 * displacement from RSP in any other region? So all of it has to lie in the
 * same half.
 */
static bool reachable(const struct swc_binding *binding, __u64 address,
		      __u32 bytes)
{
	__u64 end = address + bytes;

	return (__s64)address == (__s32)address && (__s64)end == (__s32)end &&
	       address >> 63 == binding->context >> 63;
}

/* Likewise by a displacement from the segment's base. */
static bool reachable_by_segment(const struct swc_binding *binding,
				 __u64 address)
{
	return reachable(binding, address - SWC_SEGMENT_BASE, 0);
}

/* A window into @code where chunk @chunk continues. */
static struct swc_code at_chunk(const struct emitter *e,
				const struct swc_code *code, __u32 chunk)
{
	__u32 at = e->places.start[chunk] + e->places.used[chunk];
	struct swc_code c = {.bytes = NULL, .capacity = 0, .used = 0};

	if (code->bytes && at < code->capacity) {
		c.bytes = code->bytes + at;
		c.capacity = code->capacity - at;
	}
	return c;
}

/* Note where code is that belongs to operations. */
static void mark_lines(struct emitter *e, __u32 at, __u32 bytes)
{
	__u32 line = (e->binding->offset + at) / SWC_LINE_BYTES;
	__u32 end = e->binding->offset + at + bytes;

	for (; e->lines && bytes && line * SWC_LINE_BYTES < end; line++)
		e->lines[line / SWC_LINES_PER_PAGE] |=
			1ull << line % SWC_LINES_PER_PAGE;
}

#define JUMP_BYTES 2u /* with a displacement of 8 bits */

/*
 * Does a jump reach @to whose displacement counts from @behind? What leaves a chunk has
 * 8 bits at first, as most recorded jumps have; if it doesn't reach, 32, once it
 * is known where chunks lie.
 */
static bool reaches(struct emitter *e, __u32 chunk, __u32 behind, __u32 to)
{
	if (e->places.far[chunk])
		return false;
	if (e->checking && to - behind + 128 >= 256) {
		e->places.far[chunk] = true;
		e->misses++;
		return false;
	}
	return true;
}

/* The chunk goes on at offset @to of the code. */
static void put_link(struct emitter *e, const struct swc_code *code,
		     __u32 chunk, __u32 to)
{
	__u32 at = e->places.start[chunk] + e->places.used[chunk];
	struct swc_code c = at_chunk(e, code, chunk);

	if (reaches(e, chunk, at + JUMP_BYTES, to)) {
		swc_put_u8(&c, 0xeb);
		swc_put_u8(&c, to - (at + JUMP_BYTES));
	} else {
		swc_put_u8(&c, 0xe9);
		swc_put_u32(&c, to - (at + 5));
	}
	e->places.used[chunk] += c.used;
	if (chunk) /* the prologue's is none of the operations' */
		mark_lines(e, at, c.used);
}

/* The chunk that operation @i is emitted into; the one before leads there. */
static __u32 enter_chunk(struct emitter *e, const struct swc_code *code,
			 __u32 i)
{
	__u32 *current = &e->places.current[e->proof->ops[i].block];
	__u32 chunk = e->places.chunk[i];

	if (*current != chunk && *current != SWC_NO_CHUNK)
		put_link(e, code, *current, e->places.start[chunk]);
	*current = chunk;
	return chunk;
}

/* The chunk that the path ends in. */
static __u32 last_chunk(const struct emitter *e)
{
	__u32 chunk = e->places.current[e->proof->last_block];

	return chunk == SWC_NO_CHUNK ? e->places.nchunks - 1 : chunk;
}

/* The target of an indirect call or jump begins so, where the host enforces IBT. */
static void put_landing_pad(struct emitter *e, struct swc_code *c)
{
	if (e->landing && e->binding->landing_pad)
		swc_put(c, "\xf3\x0f\x1e\xfa", 4); /* endbr64 */
	e->landing = false;
}

/*
 * If the end is open and the code packed, the clock stops right after the last
 * operation, in whatever block that is: a jump to a common epilogue would cost
 * some prefixes more than others. The way out, whose return no call predicts,
 * follows. If code lies as recorded, no operation is where the epilogue is: all
 * prefixes, and the whole, jump there once.
 */
static void put_open_end(struct emitter *e, const struct swc_code *code)
{
	__u32 last = last_chunk(e);
	struct swc_code c = at_chunk(e, code, last);

	put_landing_pad(e, &c);
	swc_emit_epilogue(e->binding, &c);
	e->places.used[last] += c.used;
}

/* After the last operation comes the next iteration, or the epilogue. */
static void put_end(struct emitter *e, const struct swc_code *code)
{
	__u32 last = last_chunk(e), epilogue;
	struct swc_code c = at_chunk(e, code, last);

	put_landing_pad(e, &c);
	e->places.used[last] += c.used;
	c = at_chunk(e, code, 0);
	epilogue = e->places.start[0] + e->places.used[0];
	if (e->binding->loop.iterations)
		swc_loop_tail(&e->binding->loop, e->proof, e->binding->context,
			      &c, (__s32)(e->head - e->places.used[0]));
	swc_emit_epilogue(e->binding, &c);
	e->places.used[0] += c.used;
	if (last)
		put_link(e, code, last, epilogue);
}

/* The offset after the call by which control has left @block. */
static __u32 behind_block(const struct swc_chunks *places, __u32 block)
{
	__u32 chunk = places->current[block];

	return places->start[chunk] + places->used[chunk];
}

/* The block that the return address of operation @i leads to, or the call itself. */
static __u32 target_of(const struct emitter *e, __u32 i, __u32 here)
{
	const struct swc_chunks *places = &e->places;
	const struct swc_op *op = &e->proof->program->ops[i];
	__u32 leads = e->proof->ops[i].leads;

	if (op->kind == SWC_OP_CALL)
		return op->flags & SWC_OPF_NEXT
			       ? here + SWC_CALL_BYTES
			       : places->start[swc_chunks_callee(places, i)];
	if (op->kind != SWC_OP_AIM || !leads)
		return here;
	if (leads & SWC_LEADS_BACK)
		return behind_block(places, leads & ~SWC_LEADS_BACK);
	return places->start[swc_chunks_callee(places, leads - 1)];
}

/*
 * Segment overrides, which mean nothing here but before a jump: a hint that it is
 * taken. More make some decoders slow.
 */
#define PAD	 0x3e /* DS */
#define MAX_PADS 3u

/* Longest operation that may get some: an instruction has 15 bytes. */
#define MAX_PADDED 11u

/*
 * By how much is an operation of @bytes, after @before that are its own, too, shorter than
 * the instruction that it stands for, and what comes after it early? That instruction's end
 * is known from the place of the next.
 */
static __u32 missing_bytes(const struct emitter *e, __u32 i, __u32 before,
			   __u32 bytes)
{
	const struct swc_chunks *places = &e->places;
	__u32 chunk = places->chunk[i], end, at;

	if (!places->length[i] || !bytes)
		return 0;
	end = SWC_CODE_BYTE(e->proof->program->ops[i].code) + places->length[i];
	at = places->from[chunk] + places->used[chunk] + before + bytes;
	return end > at ? end - at : 0;
}

static bool is_jump(const struct swc_op *op)
{
	return op->kind == SWC_OP_BRANCH || op->kind == SWC_OP_JUMP ||
	       op->kind == SWC_OP_CALL;
}

/* Emit one operation, as long as recorded where that is possible. */
static void put_sized(struct emitter *e, struct swc_site *site, __u32 i)
{
	struct swc_code count = {.bytes = NULL, .capacity = 0, .used = 0};
	struct swc_site trial = *site;
	__u32 missing, n;

	trial.code = &count;
	swc_emit_op(&trial);
	missing = missing_bytes(e, i, site->code->used, count.used);
	site->stretched = missing >= SWC_LONG_BRANCH &&
			  site->op->kind == SWC_OP_BRANCH &&
			  !(site->op->flags & SWC_OPF_TAKEN);
	/* Nor does one stand beside an override that means something. */
	if (is_jump(site->op) || swc_op_segment(site->op, e->proof->caps))
		missing = 0;
	for (n = 0; n < missing && n < MAX_PADS && count.used <= MAX_PADDED;
	     n++)
		swc_put_u8(site->code, PAD);
	site->here += n;
	swc_emit_op(site);
}

/*
 * An indirect call or jump, which ends at @end, gets a pointer to where a direct one
 * would lead. If the next operation lies elsewhere, the jump has left its chunk, and no
 * other jump follows it.
 */
static void put_pointer(struct emitter *e, const struct swc_site *site,
			__u32 end)
{
	__u32 to = site->op->kind == SWC_OP_CALL ? site->callee
		   : site->away			 ? site->next
						 : end;

	if (e->writing && e->binding->pointers)
		e->binding->pointers[e->nindirect] = e->binding->at + to;
	e->nindirect++;
	e->landing = true;
	if (site->op->kind == SWC_OP_JUMP && site->away)
		e->places.current[site->proved->block] = SWC_NO_CHUNK;
}

/* Operation @i executes an earlier one's code, by that one's pointer. */
static void pass_by(struct emitter *e, __u32 i)
{
	const struct swc_op *op = &e->proof->program->ops[i];

	if (swc_op_is_indirect(op) && !e->proof->caps->direct)
		e->nindirect++;
	e->landing = false;
	/* A chunk's bytes take so many lines, wherever they begin. */
	if (e->passing != e->places.chunk[i])
		e->shared +=
			e->places.used[e->places.chunk[i]] / SWC_LINE_BYTES + 2;
	e->passing = e->places.chunk[i];
}

/*
 * A turn's branch back. While sizes are being found, only in its own chunk does one
 * know how far that is.
 */
static void put_back(struct emitter *e, struct swc_site *site, __u32 chunk)
{
	const struct swc_turns *t = site->turns;
	bool near = e->places.chunk[t->first] == chunk;

	swc_turns_emit_back(t, (__s32)(e->turn - site->here), near, site->code);
}

#define WAYS 8u /* of every core's second-level cache, at least */

/*
 * A turn's lines are fetched again when others have taken their places: that takes as
 * many accesses to new lines as the cache has ways.
 */
static void count_again(struct emitter *e, const struct swc_turns *t)
{
	__u32 i, moving = 0;

	for (i = t->first; i <= swc_turns_branch(t); i++)
		moving += swc_turns_stride(t, e->proof, i) != 0;
	e->turned += (__u64)t->count * moving / WAYS * (t->length + 1);
}

/* The loop that operation @i is in the first turn of; what begins it. */
static void enter_turns(struct emitter *e, struct swc_site *site, __u32 i)
{
	const struct swc_chunks *places = &e->places;
	const struct swc_turns *end = places->turns + places->nturns;
	struct swc_code *c = site->code;
	__u32 before = c->used;

	while (e->turns < end && i >= swc_turns_end(e->turns))
		e->turns++;
	if (e->turns == end || i < e->turns->first)
		return;
	site->turns = e->turns;
	site->stride = swc_turns_stride(e->turns, e->proof, i);
	if (i != e->turns->first)
		return;
	swc_turns_emit_begin(e->turns, c);
	site->here += c->used - before;
	e->turn = site->here;
	count_again(e, e->turns);
}

/* One operation, or what stands for it in a loop. */
static void put_any(struct emitter *e, struct swc_site *site, __u32 i,
		    __u32 chunk)
{
	const struct swc_turns *t = site->turns;

	if (t && i == swc_turns_branch(t))
		put_back(e, site, chunk);
	else if (!t || !t->tests || i + 1 != swc_turns_branch(t))
		put_sized(e, site, i);
}

static void put_op(struct emitter *e, const struct swc_code *code, __u32 i)
{
	const struct swc_chunks *places = &e->places;
	__u32 chunk = enter_chunk(e, code, i);
	struct swc_code c = at_chunk(e, code, chunk);
	struct swc_site site = {
		.op = &e->proof->program->ops[i],
		.code = &c,
		.proof = e->proof,
		.binding = e->binding,
		.proved = &e->proof->ops[i],
		.here = places->start[chunk] + places->used[chunk],
		.length = places->length[i],
	};
	__u32 here = site.here;

	e->passing = SWC_NO_CHUNK;
	put_landing_pad(e, &c);
	site.here += c.used;
	enter_turns(e, &site, i);
	site.callee = target_of(e, i, site.here);
	if (swc_op_is_indirect(site.op) && !e->proof->caps->direct)
		site.pointer = e->binding->context + SWC_POINTERS_BYTES +
			       e->nindirect * sizeof(__u64);
	/* Only after a branch may another chunk of its block follow. */
	if (i + 1 < places->nops && places->chunk[i + 1] != chunk) {
		site.away = true;
		site.next = places->start[places->chunk[i + 1]];
		site.near =
			!site.pointer &&
			reaches(e, chunk, site.here + JUMP_BYTES, site.next);
	}
	put_any(e, &site, i, chunk);
	places->used[chunk] += c.used;
	mark_lines(e, here, c.used);
	if (site.pointer)
		put_pointer(e, &site, here + c.used);
}

/* Emit everything at the places in e->places. */
static void put_all(struct emitter *e, const struct swc_code *code)
{
	struct swc_code c;
	__u32 i;

	swc_chunks_rewind(&e->places);
	e->nindirect = 0;
	e->landing = false;
	e->turns = e->places.turns;
	e->shared = 0;
	e->turned = 0;
	e->passing = SWC_NO_CHUNK;
	c = at_chunk(e, code, 0);
	e->head = swc_emit_prologue(e->proof, e->binding, &c);
	e->places.used[0] = c.used;
	for (i = 0; i < e->places.nops; i++) {
		if (e->places.same[i] == i)
			put_op(e, code, i);
		else
			pass_by(e, i);
	}
	if (e->proof->program->open_end && !e->places.recorded)
		put_open_end(e, code);
	else
		put_end(e, code);
}

static bool has_segments(const struct swc_proof *proof)
{
	__u32 i;

	for (i = 0; i < proof->program->nops; i++) {
		if (swc_op_segment(&proof->program->ops[i], proof->caps))
			return true;
	}
	return false;
}

static bool all_reachable(const struct swc_proof *proof,
			  const struct swc_binding *binding)
{
	bool segments = has_segments(proof);
	__u32 i;

	for (i = 0; i < proof->program->nregions; i++) {
		if (!reachable(binding, binding->region[i],
			       proof->program->regions[i].pages *
				       SWC_PAGE_BYTES) ||
		    (segments &&
		     !reachable_by_segment(binding, binding->region[i])))
			return false;
	}
	return reachable(binding, binding->context,
			 SWC_POINTERS_BYTES + SWC_MAX_INDIRECT * sizeof(__u64));
}

/* Likewise what addresses of loops count from: a stride beyond their last turn's. */
static bool turns_reachable(const struct emitter *e)
{
	const struct swc_turns *t = e->places.turns;
	const struct swc_op *op;
	__u64 address;
	__u32 n, i;

	for (n = 0; n < e->places.nturns; n++, t++) {
		for (i = t->first; i <= swc_turns_branch(t); i++) {
			op = &e->proof->program->ops[i];
			address = e->binding->region[op->region] + op->offset;
			address += (__s64)t->count *
				   swc_turns_stride(t, e->proof, i);
			if (swc_turns_stride(t, e->proof, i) &&
			    (!reachable(e->binding, address, 0) ||
			     !reachable_by_segment(e->binding, address)))
				return false;
		}
	}
	return true;
}

/* Jumps that turn out too short are lengthened, and all is placed again. */
#define MAX_TRIES 16u

/*
 * Find sizes, and then places. Where code lies as recorded, sizes depend on places, too:
 * what begins late is padded less, and a jump is as long as it has to be. So sizes
 * are found again for the places that were found first, and then jumps only get longer.
 * Return: bytes, or 0: it takes too many pages.
 */
static __u32 place_as(struct emitter *e, void *workspace, bool packed)
{
	struct swc_code count = {.bytes = NULL, .capacity = 0, .used = 0};
	struct swc_chunks *places = &e->places;
	__u32 bytes, tries, offset = e->binding->offset;
	struct swc_binding as = *e->binding;

	as.packed = packed;
	swc_chunks_divide(places, e->proof, workspace, &as);
	places->spread = places->recorded && e->binding->spread;
	put_all(e, &count);
	bytes = swc_chunks_find(places, offset);
	if (!places->recorded || !bytes)
		return bytes;
	swc_chunks_settle(places, offset);
	put_all(e, &count);
	for (tries = 0; tries <= MAX_TRIES; tries++) {
		bytes = swc_chunks_find(places, offset);
		if (!bytes)
			return 0;
		if (tries == MAX_TRIES)
			memset(places->far, true, places->nchunks);
		e->misses = 0;
		e->checking = true;
		put_all(e, &count);
		e->checking = false;
		if (!e->misses && tries < MAX_TRIES)
			return bytes;
		/* A jump that left a chunk before it was found to be far is short yet. */
		put_all(e, &count);
	}
	return swc_chunks_find(places, offset);
}

static __u32 place(struct emitter *e, void *workspace)
{
	__u32 bytes = place_as(e, workspace, e->binding->packed);

	return bytes && turns_reachable(e) ? bytes
					   : place_as(e, workspace, true);
}

__u64 swc_emit_bytes(const struct swc_proof *proof)
{
	return swc_chunks_bytes(proof);
}

__u32 swc_emit(const struct swc_proof *proof, const struct swc_binding *binding,
	       void *workspace, struct swc_code *code)
{
	struct emitter e = {.proof = proof, .binding = binding};

	/* After an open end RSP isn't where the next iteration needs it. */
	if (!all_reachable(proof, binding) ||
	    (binding->loop.iterations && proof->program->open_end))
		return 0;
	code->used = place(&e, workspace);
	if (code->bytes && code->used <= code->capacity) {
		memset(code->bytes, INT3, code->used);
		e.writing = true;
		put_all(&e, code);
		code->shared = e.shared;
		code->turned = e.turned;
	}
	return code->used;
}

bool swc_emit_lines(const struct swc_proof *proof,
		    const struct swc_binding *binding, void *workspace,
		    __u64 *lines)
{
	struct emitter e = {.proof = proof, .binding = binding};
	struct swc_code count = {.bytes = NULL, .capacity = 0, .used = 0};
	__u32 bytes = place(&e, workspace);

	memset(lines, 0,
	       swc_code_pages(binding->offset, bytes) * sizeof(*lines));
	e.lines = lines;
	put_all(&e, &count);
	return e.places.recorded;
}

void swc_code_lines(const __u8 *bytes, __u32 n, __u32 offset, __u64 *lines)
{
	__u32 i, line;

	memset(lines, 0, swc_code_pages(offset, n) * sizeof(*lines));
	for (i = 0; i < n; i++) {
		line = (offset + i) / SWC_LINE_BYTES;
		if (bytes[i] != INT3)
			lines[line / SWC_LINES_PER_PAGE] |=
				1ull << line % SWC_LINES_PER_PAGE;
	}
}
