/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_CHUNKS_H
#define SWC_ENGINE_CHUNKS_H

#include "emit.h"
#include "turns.h"

/*
 * The places of emitted code. Code is emitted in chunks: stretches without a gap,
 * between which it jumps. Chunk 0 begins with the prologue and ends with the
 * epilogue; it holds block 0 as well, unless code lies as recorded.
 *
 * Packed, each block is a chunk, one behind the other. As recorded, each page of
 * recorded code gets a page of its own, and in it code begins at the byte or in the
 * line that it was recorded at, or behind the code that is there already. A jump and
 * a taken branch begin a chunk, so that each byte that is known is found again behind
 * them; between them instructions are as long as recorded, if they can be. So the number
 * of pages is the recorded one, where nothing runs over; and so is that of lines,
 * but for what is larger than recorded: turns of a loop and calls of one function are
 * there more than once, if they differ (see turns.h, sharing.h), and an operand's address
 * takes four bytes.
 *
 * The distances between pages count, too: a branch predictor finds its entries by
 * some bits of addresses, of pages, too. On Zen 2 nop took 147 cycles on ten adjoining
 * pages, 136 on ten as far apart as recorded, modulo 64, and no less if modulo 4096.
 */

/*
 * The most pages of one sequence's recorded layout. Code that needs more, such
 * as a loop that was unrolled for long, is packed: the memory for the code of
 * all loaded sequences is limited.
 */
#define SWC_MAX_CODE_PAGES 128u

struct swc_code_page;

/**
 * struct swc_chunks - the chunks of one program
 * @chunk: of each operation
 * @same: of each operation, the one whose code it executes: itself, or an earlier one
 * @current: of each block, while one walks through the operations: the chunk
 *	that it has reached, SWC_NO_CHUNK at first but for block 0
 * @start: of each chunk: offset in the code
 * @used: of each chunk: bytes
 * @hint: of each chunk: swc_op.code of its first operation
 * @from: of each chunk: the byte of its page that it is taken to begin at
 * @length: of each operation: bytes of the recorded instruction; 0: not known
 * @far: of each chunk: the jump that leaves it takes a displacement of 32 bits
 * @begins: of each chunk: a block that was called begins with it
 * @pages: workspace, SWC_MAX_CODE_PAGES of them
 * @turns: loops
 * @nturns: how many
 * @nchunks: how many
 * @nops: of the program
 * @nblocks: likewise
 * @steps: lines and pages that the search for places has looked at so far
 * @recorded: code lies as recorded, not packed
 * @spread: pages keep their distances
 */
struct swc_chunks {
	__u32 *chunk;
	__u32 *same;
	__u32 *current;
	__u32 *start;
	__u32 *used;
	__u32 *hint;
	__u32 *from;
	__u8 *length;
	__u8 *far;
	__u8 *begins;
	struct swc_code_page *pages;
	struct swc_turns *turns;
	__u32 nturns;
	__u32 nchunks;
	__u32 nops;
	__u32 nblocks;
	__u64 steps;
	bool recorded;
	bool spread;
};

#define SWC_NO_CHUNK 0xffffffffu

/* swc_chunks_bytes() - workspace for struct swc_chunks. */
__u64 swc_chunks_bytes(const struct swc_proof *proof);

/**
 * swc_chunks_divide() - divide a program's code into chunks
 * @places: filled; starts and sizes are 0
 * @proof: from swc_verify()
 * @workspace: swc_chunks_bytes() bytes, aligned to 4
 * @binding: packed, or looped: of a loop what comes before the first operation that says
 *	where it was recorded, the caller's call, lies in the frame with the loop's own
 *	instructions, and no jump leads there. Two jumps in each turn are two that the
 *	program's loop doesn't have: 5 cycles of 147 on Zen 5.
 */
void swc_chunks_divide(struct swc_chunks *places, const struct swc_proof *proof,
		       void *workspace, const struct swc_binding *binding);

/* swc_chunks_settle() - take the places found for those that chunks begin at. */
void swc_chunks_settle(struct swc_chunks *places, __u32 offset);

/*
 * swc_chunks_callee() - the chunk that operation @i leads to: if a call, its
 * callee; if a return to where no call was, the code there.
 */
static inline __u32 swc_chunks_callee(const struct swc_chunks *places, __u32 i)
{
	return i + 1 < places->nops ? places->chunk[i + 1]
				    : places->nchunks - 1;
}

/* swc_chunks_rewind() - begin to walk through the operations. */
void swc_chunks_rewind(struct swc_chunks *places);

/**
 * swc_chunks_find() - give each chunk its place
 * @places: with sizes; starts are filled
 * @offset: of the code's first byte in its page. As recorded, also what code is
 *	moved by in its lines, where that takes no line more.
 *
 * Return: the size of it all, or 0: it takes too many pages as recorded.
 */
__u32 swc_chunks_find(struct swc_chunks *places, __u32 offset);

#endif
