// SPDX-License-Identifier: GPL-2.0
#include "loopskip.h"

#include <string.h>

#include "operands.h"

/* Longer bodies are rare, and stepping them is no great loss. */
#define MAX_LENGTH 16u

#define NEWEST (LOOPSKIP_TURNS - 1)

/* By their number in instructions. */
static const size_t registers[] = {
	offsetof(struct user_regs_struct, rax),
	offsetof(struct user_regs_struct, rcx),
	offsetof(struct user_regs_struct, rdx),
	offsetof(struct user_regs_struct, rbx),
	offsetof(struct user_regs_struct, rsp),
	offsetof(struct user_regs_struct, rbp),
	offsetof(struct user_regs_struct, rsi),
	offsetof(struct user_regs_struct, rdi),
	offsetof(struct user_regs_struct, r8),
	offsetof(struct user_regs_struct, r9),
	offsetof(struct user_regs_struct, r10),
	offsetof(struct user_regs_struct, r11),
	offsetof(struct user_regs_struct, r12),
	offsetof(struct user_regs_struct, r13),
	offsetof(struct user_regs_struct, r14),
	offsetof(struct user_regs_struct, r15),
};

#define REGISTERS (sizeof(registers) / sizeof(*registers))

static uint64_t value(const struct user_regs_struct *regs, size_t i)
{
	uint64_t v;

	memcpy(&v, (const char *)regs + registers[i], sizeof(v));
	return v;
}

size_t loopskip_length(const struct loopskip *l)
{
	return l->steps[NEWEST] - l->steps[NEWEST - 1];
}

size_t loopskip_touched(const struct loopskip *l)
{
	return l->accesses[NEWEST] - l->accesses[NEWEST - 1];
}

static void remember(struct loopskip *l, const struct stream *stream,
		     uint64_t branch)
{
	if (l->branch != branch)
		l->turns = 0;
	l->branch = branch;
	memmove(l->ends, l->ends + 1, NEWEST * sizeof(*l->ends));
	memmove(l->steps, l->steps + 1, NEWEST * sizeof(*l->steps));
	memmove(l->accesses, l->accesses + 1, NEWEST * sizeof(*l->accesses));
	l->ends[NEWEST] = stream->regs;
	l->steps[NEWEST] = stream->nsteps;
	l->accesses[NEWEST] = stream->naccesses;
	if (l->turns < LOOPSKIP_TURNS)
		l->turns++;
}

/* Nothing of a turn but its last step may lead elsewhere, nor be entered by the kernel. */
static bool is_plain(const struct stream *stream, const struct code *code,
		     size_t step)
{
	const struct stream_step *s = &stream->steps[step];
	const struct insn *insn = &code->list[s->code]->insn;

	return insn->kind == INSN_PLAIN && !insn->rep && !s->flags;
}

/* Have the last two turns the same steps? */
static bool same_steps(const struct loopskip *l, const struct stream *stream,
		       const struct code *code)
{
	size_t length = loopskip_length(l), last = l->steps[NEWEST] - length, i;

	if (!length || length > MAX_LENGTH ||
	    l->steps[NEWEST - 1] - l->steps[NEWEST - 2] != length)
		return false;
	for (i = last; i < l->steps[NEWEST]; i++) {
		const struct stream_step *now = &stream->steps[i];
		const struct stream_step *before = now - length;

		if (now->code != before->code || now->rsp != before->rsp ||
		    now->naccesses != before->naccesses)
			return false;
		if (i + 1 < l->steps[NEWEST] && !is_plain(stream, code, i))
			return false;
	}
	return true;
}

/* How far access number @i of a turn moved from the turn before the last to the last. */
static uint64_t distance(const struct loopskip *l, const struct stream *stream,
			 size_t i)
{
	const struct stream_access *now =
		&stream->accesses[l->accesses[NEWEST] - loopskip_touched(l) + i];

	return now->address - (now - loopskip_touched(l))->address;
}

static bool same_accesses(const struct loopskip *l, const struct stream *stream)
{
	size_t n = loopskip_touched(l), i;

	if (l->accesses[NEWEST - 1] - l->accesses[NEWEST - 2] != n)
		return false;
	for (i = 0; i < n; i++) {
		const struct stream_access *now =
			&stream->accesses[l->accesses[NEWEST] - n + i];

		if (now->size != (now - n)->size ||
		    now->flags != (now - n)->flags)
			return false;
	}
	return true;
}

/* Sums and copies: what they make moves evenly where their operands do. */
static bool is_sum(const struct insn *insn)
{
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_INC:
	case ZYDIS_MNEMONIC_DEC:
	case ZYDIS_MNEMONIC_LEA:
	case ZYDIS_MNEMONIC_MOV:
		return !insn->nmemory && insn->zydis.operand_width == 64;
	default:
		return false;
	}
}

static uint32_t register_bit(ZydisRegister reg)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, reg);

	return ZydisRegisterGetClass(whole) == ZYDIS_REGCLASS_GPR64
		       ? 1u << ZydisRegisterGetId(whole)
		       : 0;
}

static uint32_t address_registers(const struct insn *insn)
{
	uint32_t set = 0;
	unsigned int k;

	for (k = 0; k < insn->zydis.operand_count; k++) {
		const ZydisDecodedOperand *o = &insn->operands[k];

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY)
			set |= register_bit(o->mem.base) |
			       register_bit(o->mem.index);
	}
	return set;
}

/* Registers that move otherwise than evenly behind @insn, if @set did before it. */
static uint32_t uneven_behind(const struct insn *insn, uint32_t set)
{
	uint32_t in = address_registers(insn), out = 0;
	struct operands o;
	unsigned int k;

	operands_find(&o, insn);
	for (k = 0; k < o.ngpr_in; k++)
		in |= 1u << o.gpr_in[k];
	for (k = 0; k < o.ngpr_out; k++)
		out |= 1u << o.gpr_out[k];
	return is_sum(insn) && !(in & set) ? set & ~out : set | out;
}

/*
 * Of nodes that a pointer leads to, three may lie at one distance, and the fourth
 * anywhere. So no address may depend on what was read, masked or multiplied.
 */
static bool has_even_addresses(struct loopskip *l, const struct stream *stream,
			       const struct code *code)
{
	size_t length = loopskip_length(l), pass, i;
	bool even = true;

	l->uneven = 0;
	for (pass = 0; pass <= length; pass++) {
		even = true;
		for (i = l->steps[NEWEST] - length; i < l->steps[NEWEST]; i++) {
			const struct insn *insn =
				&code->list[stream->steps[i].code]->insn;

			even = even && !(address_registers(insn) & l->uneven);
			l->uneven = uneven_behind(insn, l->uneven);
		}
	}
	return even;
}

static uint64_t moved(const struct loopskip *l, unsigned int turn, size_t i)
{
	return value(&l->ends[turn], i) - value(&l->ends[turn - 1], i);
}

static bool is_even(const struct loopskip *l, size_t i)
{
	return moved(l, NEWEST, i) == moved(l, NEWEST - 1, i);
}

uint64_t loopskip_ready(struct loopskip *l, const struct stream *stream,
			const struct code *code)
{
	const struct stream_step *last = &stream->steps[stream->nsteps - 1];
	const struct insn *insn = &code->list[last->code]->insn;

	if (insn->kind != INSN_BRANCH || !(last->flags & TRACE_STEP_TAKEN) ||
	    stream->regs.rip > insn->address)
		return 0;
	remember(l, stream, insn->address);
	if (l->turns < LOOPSKIP_TURNS || !same_steps(l, stream, code) ||
	    !same_accesses(l, stream) || !has_even_addresses(l, stream, code))
		return 0;
	return insn->address + insn->zydis.length;
}

size_t loopskip_turns(const struct loopskip *l,
		      const struct user_regs_struct *exit)
{
	uint64_t each, all, turns = 0;
	size_t i;

	for (i = 0; i < REGISTERS; i++) {
		each = moved(l, NEWEST, i);
		all = value(exit, i) - value(&l->ends[NEWEST], i);
		if (l->uneven & 1u << i || !is_even(l, i) || !each)
			continue;
		if ((int64_t)each < 0) {
			each = -each;
			all = -all;
		}
		if (all % each || (turns && all / each != turns))
			return 0;
		turns = all / each;
	}
	return turns;
}

void loopskip_fill(const struct loopskip *l, struct stream *stream,
		   size_t turns)
{
	size_t length = loopskip_length(l), touched = loopskip_touched(l), i, k;

	for (i = 0; i < turns * length; i++, stream->nsteps++)
		stream->steps[stream->nsteps] =
			stream->steps[stream->nsteps - length];
	for (i = 0; i < turns; i++) {
		for (k = 0; k < touched; k++, stream->naccesses++) {
			struct stream_access *a =
				&stream->accesses[stream->naccesses];

			*a = a[-(ptrdiff_t)touched];
			a->address += distance(l, stream, k);
		}
	}
	stream->steps[stream->nsteps - 1].flags &= ~TRACE_STEP_TAKEN;
}
