// SPDX-License-Identifier: GPL-2.0
#include "sharing.h"

#include "optable.h"

#define NONE 0xffffffffu

/* Places of the table that are looked at for one block: a bound, not a need. */
#define MAX_PROBES 8u

/*
 * A class has a number below that of blocks, and is a place in the table. A block that
 * is like no other has this bit, and its own number.
 */
#define ALONE 0x80000000u

/**
 * struct sharing - the search for calls that are the same
 * @proof: of the program
 * @next: of each operation, the next of its block, or NONE
 * @first: of each block, its first operation, or NONE
 * @parent: of each block that was called, the block that called it
 * @class: of each block
 * @table: of each class, its earliest block so far, or NONE
 * @size: of the table, a power of two
 */
struct sharing {
	const struct swc_proof *proof;
	__u32 *next;
	__u32 *first;
	__u32 *parent;
	__u32 *class;
	__u32 *table;
	__u32 size;
};

static const struct swc_op *op_of(const struct sharing *s, __u32 i)
{
	return &s->proof->program->ops[i];
}

static bool is_last(const struct sharing *s, __u32 i)
{
	return i + 1 == s->proof->program->nops;
}

/* The block that the operation after @i is in. */
static __u32 block_after(const struct sharing *s, __u32 i)
{
	return is_last(s, i) ? s->proof->last_block
			     : s->proof->ops[i + 1].block;
}

static bool enters_block(const struct swc_op *op)
{
	return op->kind == SWC_OP_CALL && !(op->flags & SWC_OPF_NEXT);
}

/* Lists each block's operations. */
static void link_operations(struct sharing *s)
{
	__u32 i = s->proof->program->nops, *first;

	memset(s->first, 0xff, s->proof->nblocks * sizeof(*s->first));
	while (i--) {
		first = &s->first[s->proof->ops[i].block];
		s->next[i] = *first;
		*first = i;
	}
}

/*
 * Finds the blocks that begin with a call and end with its return, with nothing in
 * between but such blocks: of these alone one can say where they end. The others are
 * left alone: coroutines', those of returns to elsewhere, and what has no end.
 */
static void find_calls(struct sharing *s)
{
	__u32 i, block, top = NONE, parent;

	for (block = 0; block < s->proof->nblocks; block++)
		s->class[block] = ALONE | block;
	for (i = 0; i < s->proof->program->nops; i++) {
		block = s->proof->ops[i].block;
		if (block != top) {
			top = block;
			s->parent[block] = NONE;
		}
		if (enters_block(op_of(s, i))) {
			top = block_after(s, i);
			s->parent[top] = block;
		} else if (op_of(s, i)->kind == SWC_OP_AIM) {
			s->parent[block] = NONE;
		} else if (op_of(s, i)->kind == SWC_OP_RET) {
			parent = s->parent[block];
			if (parent != NONE && parent == block_after(s, i))
				s->class[block] = 0;
			top = parent;
		}
	}
}

/* The class of what operation @i calls. */
static __u32 callee_class(const struct sharing *s, __u32 i)
{
	return enters_block(op_of(s, i)) ? s->class[block_after(s, i)] : 0;
}

static bool counts_from_sp(const struct swc_op *op)
{
	return op->base == SWC_REG_RSP ||
	       ((swc_op_traits(op->kind)->traits & SWC_SRC_SP) &&
		op->src == SWC_REG_RSP);
}

/* Is the operand as far from RSP, in one region? */
static bool same_distance(const struct sharing *s, __u32 i, __u32 k)
{
	const struct swc_proof_op *a = &s->proof->ops[i],
				  *b = &s->proof->ops[k];
	const struct swc_op *x = op_of(s, i), *y = op_of(s, k);

	return x->region == a->sp_region && y->region == b->sp_region &&
	       x->offset - a->sp_offset == y->offset - b->sp_offset;
}

static bool same_sp(const struct sharing *s, __u32 i, __u32 k)
{
	const struct swc_proof_op *a = &s->proof->ops[i],
				  *b = &s->proof->ops[k];

	return a->sp_region == b->sp_region && a->sp_offset == b->sp_offset;
}

/* Are the bytes of operations @i and @k the same, wherever their code lies? */
static bool same_bytes(const struct sharing *s, __u32 i, __u32 k)
{
	struct swc_op x = *op_of(s, i), y = *op_of(s, k);

	if (x.kind == SWC_OP_BRANCH &&
	    s->proof->ops[i].zero_flags != s->proof->ops[k].zero_flags)
		return false;
	if (counts_from_sp(&x) && !swc_op_is_sp_copy(&x, s->proof->caps) &&
	    !same_sp(s, i, k)) {
		if (x.src == SWC_REG_RSP || !same_distance(s, i, k))
			return false;
		x.offset = y.offset;
	}
	return !memcmp(&x, &y, sizeof(x));
}

/* Begins the block with a landing pad, if the host wants them? */
static bool is_landed_on(const struct sharing *s, __u32 block)
{
	return swc_op_is_indirect(op_of(s, s->first[block] - 1));
}

/* Do both blocks execute the same code? A call leads to what is of the same class. */
static bool same_code(const struct sharing *s, __u32 a, __u32 b)
{
	__u32 i = s->first[a], k = s->first[b];

	if (is_landed_on(s, a) != is_landed_on(s, b))
		return false;
	for (; i != NONE && k != NONE; i = s->next[i], k = s->next[k]) {
		if (!same_bytes(s, i, k) ||
		    callee_class(s, i) != callee_class(s, k))
			return false;
	}
	return i == k;
}

static __u32 mix(__u32 hash, __u32 n)
{
	hash = (hash ^ n) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

/* A number that is the same for blocks with the same code. */
static __u32 hash_of(const struct sharing *s, __u32 block)
{
	__u32 i, hash = 0;

	for (i = s->first[block]; i != NONE; i = s->next[i]) {
		hash = mix(hash, op_of(s, i)->code);
		hash = mix(hash, op_of(s, i)->kind);
		hash = mix(hash, callee_class(s, i));
	}
	return hash;
}

/* Finds a block's class; those that it calls have theirs already. */
static void classify(struct sharing *s, __u32 block)
{
	__u32 i, at = hash_of(s, block) & (s->size - 1);

	s->class[block] |= ALONE | block;
	for (i = 0; i < MAX_PROBES; i++, at = (at + 1) & (s->size - 1)) {
		if (s->table[at] != NONE && !same_code(s, s->table[at], block))
			continue;
		s->class[block] = at;
		s->table[at] = block;
		return;
	}
}

/* The operations of @block share the code of its class's earliest one. */
static void share(const struct sharing *s, __u32 block, __u32 *same)
{
	__u32 i = s->first[block], k = s->first[s->table[s->class[block]]];

	for (; i != NONE; i = s->next[i], k = s->next[k])
		same[i] = k;
}

/* The turns of a loop share the first one's code. */
static void share_turns(const struct swc_turns *t, __u32 *same)
{
	__u32 i;

	for (i = t->first + t->length; i < swc_turns_end(t); i++)
		same[i] = same[i - t->length];
}

void swc_sharing_find(const struct swc_proof *proof,
		      const struct swc_turns *turns, __u32 nturns,
		      __u32 *scratch, __u32 *same)
{
	__u32 nops = proof->program->nops, n = proof->nblocks, i, block;
	struct sharing s = {.proof = proof, .next = scratch, .size = 1};

	s.first = s.next + nops;
	s.parent = s.first + n;
	s.class = s.parent + n;
	s.table = s.class + n;
	while (s.size <= n)
		s.size *= 2;
	memset(s.table, 0xff, s.size * sizeof(*s.table));
	link_operations(&s);
	find_calls(&s);
	for (i = 0; i < nturns; i++) {
		block = proof->ops[turns[i].first].block;
		s.class[block] = ALONE | block;
	}
	/* A call has a higher number than its caller. */
	for (block = n; block--;) {
		if (!(s.class[block] & ALONE))
			classify(&s, block);
	}
	for (i = 0; i < nops; i++)
		same[i] = i;
	for (block = 0; block < n; block++) {
		if (!(s.class[block] & ALONE))
			share(&s, block, same);
	}
	for (i = 0; i < nturns; i++)
		share_turns(&turns[i], same);
}
