/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_READER_H
#define SWC_ENGINE_READER_H

#include "disasm.h"
#include "optable.h"
#include "readback.h"
#include "turns.h"

/* Stands for the host's RSP, which nobody knows: no region's end, as it is odd. */
#define SWC_HOST_RSP 1ull

#define SWC_NO_PLACE 0xffffffffu

/* Bits in a word of those that say which bytes were read. */
#define SWC_SEEN_BITS 64u

/**
 * struct swc_resume - where the way goes on after a block's call has returned
 * @at: offset in the code, or SWC_NO_PLACE
 * @moved: an AIM has stored the address elsewhere, too
 * @slot: address that the call has pushed it to
 */
struct swc_resume {
	__u32 at;
	__u32 moved;
	__u64 slot;
};

/**
 * struct swc_reader - the way through the code
 * @proof: of the program
 * @binding: addresses
 * @code: the bytes
 * @bytes: how many
 * @at: offset of the next instruction
 * @begin: offset that the operation begins at
 * @seen: a bit for each byte that belongs to an instruction that was read
 * @begun: a bit for each byte that one begins with
 * @resume: one a block
 * @aimed: one an operation, and the end: where an AIM leads that goes there
 * @npointers: indirect calls and jumps so far
 * @jumps: that may yet be followed: code has one for each operation and one to its
 *	place, at most, so that following them ends
 * @turns: loops that haven't ended yet
 * @nturns: how many
 * @counted: the value of the first one's counter
 * @segment: prefix that each of the operation's instructions has; 0: none
 * @rsp: its value now, or SWC_HOST_RSP
 * @op: that is read
 * @row: of its kind
 * @proved: what the verifier knows of it
 * @index: its number
 * @d: the instruction that was read last
 * @wrong: something isn't as it has to be
 */
struct swc_reader {
	const struct swc_proof *proof;
	const struct swc_binding *binding;
	const __u8 *code;
	__u32 bytes;
	__u32 at;
	__u32 begin;
	__u64 *seen;
	__u64 *begun;
	struct swc_resume *resume;
	__u32 *aimed;
	__u32 npointers;
	__u32 jumps;
	const struct swc_turns *turns;
	__u32 nturns;
	__s64 counted;
	__u8 segment;
	__u64 rsp;
	const struct swc_op *op;
	const struct swc_op_traits *row;
	const struct swc_proof_op *proved;
	__u32 index;
	struct swc_disasm d;
	bool wrong;
};

/* swc_want() - the code isn't accepted unless @ok. Return: @ok. */
static inline bool swc_want(struct swc_reader *r, bool ok)
{
	r->wrong |= !ok;
	return ok;
}

/* swc_is_begun() - has an instruction been read that begins here? */
static inline bool swc_is_begun(const struct swc_reader *r)
{
	return r->at < r->bytes &&
	       (r->begun[r->at / SWC_SEEN_BITS] >> r->at % SWC_SEEN_BITS & 1);
}

/* swc_read() - read an instruction into @d, which has to be a known one. */
bool swc_read(struct swc_reader *r);

/* swc_read_these() - the next bytes have to be these, an instruction or several. */
bool swc_read_these(struct swc_reader *r, const char *bytes, __u32 n);

/* swc_read_insn() - read an instruction, which has to be @insn, in legacy form. */
bool swc_read_insn(struct swc_reader *r, const struct swc_insn *insn);

/* swc_same_insn() - is it @insn, in whatever encoding? */
bool swc_same_insn(const struct swc_disasm *d, const struct swc_insn *insn);

/* swc_is_insn() - is the instruction @insn, in its legacy form? */
bool swc_is_insn(const struct swc_disasm *d, const struct swc_insn *insn);

/* The operand of the instruction that was read: register @reg, or memory. */
void swc_want_rm(struct swc_reader *r, __u8 reg);
/* [base + index + disp], and nothing else; @address is that of the context, say. */
void swc_want_mem(struct swc_reader *r, __u8 base, __u8 index, __u64 address);
void swc_want_imm(struct swc_reader *r, __s32 imm);

/*
 * swc_want_operand() - the operand of the operation, @skip bytes further on: at its
 * place, and @bytes from there in its region.
 */
void swc_want_operand(struct swc_reader *r, __u32 skip, __u32 bytes);

/* swc_in_region() - do these bytes lie in @region? An unknown one has none. */
bool swc_in_region(const struct swc_reader *r, __u32 region, __u64 address,
		   __u64 bytes);

/* swc_read_turns() - where a loop begins, its counter does; it ends where that is 0. */
void swc_read_turns(struct swc_reader *r);

/* swc_read_turned() - is the operation one that a loop's counter stands for? */
bool swc_read_turned(struct swc_reader *r);

/* swc_read_back_branch() - then this is read instead. */
void swc_read_back_branch(struct swc_reader *r);

/* swc_is_in_turns() - is the operation that is read in a loop's turns? */
static inline bool swc_is_in_turns(const struct swc_reader *r)
{
	return r->nturns && r->index >= r->turns->first &&
	       r->index < swc_turns_end(r->turns);
}

/* swc_place_in_turn() - if so: its place in its turn. */
static inline __u32 swc_place_in_turn(const struct swc_reader *r)
{
	return (r->index - r->turns->first) % r->turns->length;
}

/* swc_follow() - follow direct jumps, if there are any. */
void swc_follow(struct swc_reader *r);

/* swc_read_back() - RSP becomes what the replay began with. */
void swc_read_back(struct swc_reader *r);

/* A register of 4 or 8 bytes becomes 0, without touching the flags. */
void swc_read_cleared(struct swc_reader *r, __u8 reg);

#endif
