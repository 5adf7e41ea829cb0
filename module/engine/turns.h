/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_TURNS_H
#define SWC_ENGINE_TURNS_H

#include "proof.h"

/*
 * Turns of a loop. A sequence is straight, so a recorded loop is there turn by turn. Where
 * the turns do the same, at the same recorded places, and their addresses move evenly, the
 * code of one turn can stand for all: a register that nothing there uses counts up to 0,
 * and is an index of the addresses that move.
 *
 *	load heap+0x1600 base=rdi		mov r8, -64
 *	alu 8 dst=rdi			 turn:	mov rdx, [rdi + 4 * r8 + disp]
 *	test 8 dst=rdi src=rcx			add rdi, 0
 *	branch not-taken			inc r8
 *	load heap+0x1604 base=rdi		jne turn
 *	...
 *
 * That register is proved to hold 0 before, and holds 0 afterwards, so nothing that the
 * verifier has found changes. Readback follows the bytes turn by turn, with the register's
 * value, and compares each address with that turn's operation.
 */

/**
 * struct swc_turns - a loop
 * @first: first operation of the first turn
 * @length: operations of a turn; the last one is the branch back
 * @count: turns
 * @step: the counter's, so that it begins with -@count * @step
 * @counter: register
 * @tests: the operation before the branch does nothing but set its flags: the counter's
 *	addition, which does that, too, stands for it
 */
struct swc_turns {
	__u32 first;
	__u32 length;
	__u32 count;
	__s32 step;
	__u8 counter;
	bool tests;
};

/* Fewer turns aren't worth a counter. */
#define SWC_MIN_TURNS 4u

/* A turn has two operations at least. swc_turns_most() - loops that there may be. */
static inline __u32 swc_turns_most(const struct swc_proof *proof)
{
	return proof->program->nops / (2 * SWC_MIN_TURNS);
}

/* swc_turns_bytes() - of such a list, with room for one that turns out to be none. */
static inline __u64 swc_turns_bytes(const struct swc_proof *proof)
{
	return (swc_turns_most(proof) + 1) * sizeof(struct swc_turns);
}

/**
 * swc_turns_find() - find the loops whose turns can be executed by the same code
 * @proof: from swc_verify()
 * @turns: swc_turns_bytes(), filled in order; no two have an operation in common
 *
 * Takes a time that grows as the number of operations does. Return: how many.
 */
__u32 swc_turns_find(const struct swc_proof *proof, struct swc_turns *turns);

/* swc_turns_stride() - bytes that operation @i of the first turn moves in each turn. */
static inline __s32 swc_turns_stride(const struct swc_turns *t,
				     const struct swc_proof *proof, __u32 i)
{
	const struct swc_op *op = &proof->program->ops[i];

	return op[t->length].offset - op->offset;
}

/* swc_turns_branch() - the branch back of the first turn. */
static inline __u32 swc_turns_branch(const struct swc_turns *t)
{
	return t->first + t->length - 1;
}

/* swc_turns_end() - the first operation after the last turn. */
static inline __u32 swc_turns_end(const struct swc_turns *t)
{
	return t->first + t->count * t->length;
}

#endif
