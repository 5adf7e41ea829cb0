// SPDX-License-Identifier: GPL-2.0
#include "reader.h"

#define REX_BARE 0x40
#define PAD	 0x3e
#define MAX_PADS 3u

/*
 * Goes over @n bytes, which belong to an instruction, and to no other. It may have been
 * executed before.
 */
static void see(struct swc_reader *r, __u32 n)
{
	__u32 at = r->at;
	__u64 *word = &r->seen[at / SWC_SEEN_BITS];
	__u32 bit = at % SWC_SEEN_BITS;
	__u64 mask = (1ull << n) - 1, low = mask << bit, high = 0;
	bool again = swc_is_begun(r);

	if (bit + n > SWC_SEEN_BITS)
		high = mask >> (SWC_SEEN_BITS - bit);
	swc_want(r, (word[0] & low) == (again ? low : 0));
	swc_want(r, (word[1] & high) == (again ? high : 0));
	word[0] |= low;
	word[1] |= high;
	r->begun[at / SWC_SEEN_BITS] |= 1ull << bit;
	r->at += n;
}

bool swc_read(struct swc_reader *r)
{
	if (r->wrong ||
	    !swc_want(r, swc_disasm(r->code + r->at, r->bytes - r->at, &r->d)))
		return false;
	/* Pads stand before an operation that would come early. */
	swc_want(r, !r->d.pads || r->at == r->begin);
	swc_want(r, r->d.segment == r->segment);
	see(r, r->d.bytes);
	return !r->wrong;
}

bool swc_read_these(struct swc_reader *r, const char *bytes, __u32 n)
{
	__u32 at = r->at;

	/* DS prefixes may come first, as with all instructions. */
	while (at < r->bytes && at - r->begin < MAX_PADS && r->code[at] == PAD)
		at++;
	if (r->wrong ||
	    !swc_want(r, n <= r->bytes - at && !memcmp(r->code + at, bytes, n)))
		return false;
	see(r, at - r->at + n);
	return !r->wrong;
}

bool swc_same_insn(const struct swc_disasm *d, const struct swc_insn *insn)
{
	const struct swc_insn *i = &d->insn;

	return i->prefix == insn->prefix && i->lock == insn->lock &&
	       i->wide == insn->wide && i->escape == insn->escape &&
	       i->opcode == insn->opcode && i->reg == insn->reg;
}

bool swc_is_insn(const struct swc_disasm *d, const struct swc_insn *insn)
{
	/* Without a REX prefix, byte registers 4 to 7 are AH to BH. */
	bool bare = insn->byte_reg && insn->reg >= 4 && insn->reg < 8;

	return d->encoding == SWC_LEGACY && swc_same_insn(d, insn) &&
	       (d->rex ? bare || d->rex != REX_BARE : !bare);
}

bool swc_read_insn(struct swc_reader *r, const struct swc_insn *insn)
{
	return swc_read(r) && swc_want(r, swc_is_insn(&r->d, insn));
}

void swc_want_rm(struct swc_reader *r, __u8 reg)
{
	swc_want(r, !r->d.memory && r->d.rm == reg);
}

void swc_want_imm(struct swc_reader *r, __s32 imm)
{
	swc_want(r, r->d.imm == imm);
}

/* [base + @moved + disp] is @address. */
static void want_address(struct swc_reader *r, __u8 base, __u64 moved,
			 __u64 address)
{
	__u64 from = base == SWC_REG_RSP ? r->rsp : 0;

	if (r->segment)
		from += SWC_SEGMENT_BASE;
	swc_want(r, r->d.memory && r->d.mem.base == base);
	swc_want(r, from + moved + (__u64)(__s64)r->d.mem.disp == address);
}

void swc_want_mem(struct swc_reader *r, __u8 base, __u8 index, __u64 address)
{
	want_address(r, base, 0, address);
	swc_want(r, r->d.index == index && !r->d.scale);
}

/* Likewise of an operand that moves with the turns of a loop. */
static void want_indexed(struct swc_reader *r, __u64 address)
{
	want_address(r, r->op->base, (__u64)r->counted << r->d.scale, address);
	swc_want(r, r->d.index == r->turns->counter);
}

bool swc_in_region(const struct swc_reader *r, __u32 region, __u64 address,
		   __u64 bytes)
{
	const struct swc_program *p = r->proof->program;
	__u64 limit, offset;

	if (region >= p->nregions)
		return false;
	limit = (__u64)p->regions[region].pages * SWC_PAGE_BYTES;
	offset = address - r->binding->region[region];
	return offset <= limit && bytes <= limit - offset;
}

/* Has the operand a loop's counter as an index? */
static bool turns_move(const struct swc_reader *r)
{
	return swc_is_in_turns(r) &&
	       swc_turns_stride(r->turns, r->proof,
				r->turns->first + swc_place_in_turn(r));
}

void swc_want_operand(struct swc_reader *r, __u32 skip, __u32 bytes)
{
	const struct swc_op *op = r->op;
	__u64 address = r->binding->region[op->region] + op->offset + skip;

	if (turns_move(r))
		want_indexed(r, address);
	else
		swc_want_mem(r, op->base, op->index, address);
	swc_want(r, swc_in_region(r, op->region, address, bytes));
}
