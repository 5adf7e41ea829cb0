/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWEROP_H
#define SWC_LIB_LOWEROP_H

#include "lower.h"
#include "operands.h"
#include "pagemap.h"

/**
 * struct lower_state - a lowering under way
 * @trace: being lowered
 * @caps: of the CPU that shall replay it
 * @stacks: that its RSP is on
 * @map: its pages in the sequence's regions
 * @s: being built
 * @report: what was done
 * @details: the same, step by step; NULL: not wanted
 * @err: set on failure
 * @code: code line of the current instruction
 * @note: its function and step
 * @indirect: calls and jumps through pointers so far
 * @emitted: operations made of the current instruction so far
 * @written: by register: after how many operations it was written last
 * @rsp: recorded stack pointer before the instruction
 * @sp_region: where the sequence's RSP is
 * @sp_offset: bytes into that region
 */
struct lower_state {
	const struct trace *trace;
	const struct swc_caps *caps;
	struct stackmap stacks;
	struct pagemap map;
	struct sequence *s;
	struct lowering *report;
	struct lower_details *details;
	struct error *err;
	uint32_t code;
	struct sequence_note note;
	unsigned int indirect;
	unsigned int emitted;
	size_t written[SWC_REG_R15 + 1];
	uint64_t rsp;
	uint32_t sp_region;
	uint32_t sp_offset;
};

/**
 * struct lower_insn - an instruction that is being lowered
 * @insn: decoded
 * @m: its mnemonic
 * @o: its registers, as the sequence has them: RSP left out
 * @sp_values: how often it reads RSP as a value, not only to step it
 * @accesses: its recorded accesses
 * @n: their number
 */
struct lower_insn {
	const struct insn *insn;
	ZydisMnemonic m;
	struct operands o;
	unsigned int sp_values;
	const struct trace_access *accesses;
	unsigned int n;
};

/* lower_count() - count one deviation, of the instruction being lowered. */
void lower_count(struct lower_state *l, enum lower_deviation deviation);

/* lower_count_more() - count @n more, or fewer. */
void lower_count_more(struct lower_state *l, enum lower_deviation deviation,
		      int n);

/* lower_lost_sp() - the current step's RSP has no place in the sequence. Return: -1. */
int lower_lost_sp(struct lower_state *l);

/*
 * lower_emit() - append @op with the current code line, and follow RSP, which has to stay
 * in its region. Return: 0 or -1.
 */
int lower_emit(struct lower_state *l, struct swc_op op);

/* lower_two() - append an operation on two registers. */
int lower_two(struct lower_state *l, enum swc_op_kind kind, uint8_t size,
	      uint8_t dst, uint8_t src);

/* lower_sp_value() - dst = RSP, which counts as 0 but is waited for. */
int lower_sp_value(struct lower_state *l, uint8_t size, uint8_t dst,
		   uint8_t other);

/* lower_nop() - append a NOP of the instruction's length. */
int lower_nop(struct lower_state *l, const struct insn *insn);

/* lower_elide() - the same, counted as elided. */
int lower_elide(struct lower_state *l, const struct insn *insn);

/* lower_insn_init() - find the registers of @insn; counts what is renamed. */
void lower_insn_init(struct lower_state *l, struct lower_insn *i,
		     const struct insn *insn,
		     const struct trace_access *accesses, unsigned int n);

/**
 * struct lower_address - what an address waits for
 * @base: a register, or SWC_REG_NONE
 * @index: a second one, likewise; only beside a base
 * @segment: the base of FS or GS is added to them
 */
struct lower_address {
	uint8_t base;
	uint8_t index;
	bool segment;
};

#define LOWER_NO_REGISTER \
	((struct lower_address){SWC_REG_NONE, SWC_REG_NONE, false})
#define LOWER_WAITS(op)                                \
	((struct lower_address){(op).base, (op).index, \
				(op).flags & SWC_OPF_SEGMENT})

/*
 * lower_address() - what the address of access @index depends on
 *
 * RSP is known to the verifier and addressed as such.
 */
struct lower_address lower_address(const struct insn *insn, unsigned int index);

/* lower_wait() - @op's address waits for these; what it can't wait for is counted. */
void lower_wait(struct lower_state *l, struct swc_op *op,
		struct lower_address address);

/* lower_base() - likewise, where there is room for one: the one that is ready last. */
uint8_t lower_base(struct lower_state *l, const struct insn *insn,
		   unsigned int index);

/* lower_register_bit() - of a general register, whatever its width; else 0. */
uint32_t lower_register_bit(ZydisRegister reg);

/* lower_base_register() - the same of a register by itself. */
uint8_t lower_base_register(ZydisRegister reg);

/* lower_base_of() - the same of one memory operand, or of an LEA's. */
uint8_t lower_base_of(struct lower_state *l, const ZydisDecodedOperandMem *mem);

/*
 * lower_access() - append @op, whose size member is set, at a recorded address;
 * if its bytes don't lie together in the sequence's memory, or aren't a size
 * that the operation has, append plain accesses in pieces. Return: 0 or -1.
 */
int lower_access(struct lower_state *l, struct swc_op op,
		 const struct trace_access *access);

/* lower_pieces() - plain accesses of at most 8 bytes that make up @access. */
int lower_pieces(struct lower_state *l, const struct trace_access *access,
		 struct lower_address address);

/* lower_touch() - the pointer of an indirect call, what push [m] reads. */
int lower_touch(struct lower_state *l, const struct insn *insn,
		const struct trace_access *access, unsigned int index,
		enum swc_op_kind kind);

/* lower_unplaced() - set the error: this access isn't in the sequence's pages. */
int lower_unplaced(struct lower_state *l);

static inline bool lower_is_scalar(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

#endif
