// SPDX-License-Identifier: GPL-2.0
#include "turns.h"

#include "optable.h"
#include "shape.h"

/* A turn's operations at most: how far back its begin is looked for. */
#define MAX_LENGTH 128u

/* Bytes that an address moves in a turn, at most, to either side. */
#define MAX_STRIDE 4096

/* An index counts once, twice, four or eight times. */
#define MAX_SCALE 8

static const struct swc_op *op_of(const struct swc_proof *proof, __u32 i)
{
	return &proof->program->ops[i];
}

/*
 * Can it be part of a turn? Its code is one or two instructions, with at most one operand
 * in memory, at a place that it alone knows, and it leaves RSP alone.
 */
static bool may_turn(const struct swc_op *op)
{
	const struct swc_op_traits *row = swc_op_traits(op->kind);

	if (!SWC_CODE_EXACT(op->code) ||
	    (row->traits & (SWC_STACK | SWC_NAMES)))
		return false;
	switch ((enum swc_imm)row->imm) {
	case SWC_IMM_NONE:
		break;
	case SWC_IMM_COUNT:
		return true;
	default:
		return false;
	}
	switch ((enum swc_op_kind)op->kind) {
	case SWC_OP_FXSAVE:
	case SWC_OP_FXRSTOR:
	case SWC_OP_AIM:
	case SWC_OP_CALL:
	case SWC_OP_JUMP:
	case SWC_OP_DIV:
	case SWC_OP_TRAP:
	case SWC_OP_INVLPG:
		return false;
	default:
		return !row->bytes;
	}
}

/* Does the branch @b lead back, to code that was executed before? */
static bool leads_back(const struct swc_proof *proof, __u32 b)
{
	const struct swc_op *op = op_of(proof, b);

	return op->kind == SWC_OP_BRANCH && SWC_CODE_EXACT(op->code) &&
	       SWC_CODE_EXACT(op[1].code) && op[1].code < op->code &&
	       proof->ops[b].block == proof->ops[b + 1].block;
}

/* The first operation of the turn that ends with @b; after @b: there is none. */
static __u32 find_begin(const struct swc_proof *proof, __u32 b, __u32 from)
{
	__u32 code = op_of(proof, b + 1)->code, i = b;

	for (; b - i < MAX_LENGTH; i--) {
		if (proof->ops[i].block != proof->ops[b].block ||
		    !may_turn(op_of(proof, i)))
			break;
		if (op_of(proof, i)->code == code)
			return i;
		if (i == from)
			break;
	}
	return b + 1;
}

/*
 * Are they the same in two turns, but for where they access memory? Flags matter where a
 * branch is taken by them; the last branch's are the counter's.
 */
static bool is_same(const struct swc_proof *proof, __u32 i, __u32 k, bool last)
{
	struct swc_op x = *op_of(proof, i), y = *op_of(proof, k);

	if (proof->ops[i].block != proof->ops[k].block)
		return false;
	if (last) {
		x.flags &= ~SWC_OPF_TAKEN;
		y.flags &= ~SWC_OPF_TAKEN;
	} else if (x.kind == SWC_OP_BRANCH &&
		   proof->ops[i].zero_flags != proof->ops[k].zero_flags) {
		return false;
	}
	x.offset = y.offset;
	return !memcmp(&x, &y, sizeof(x));
}

/* Does turn @turn, from 0, do what the first two do, a step further? */
static bool is_turn(const struct swc_turns *t, const struct swc_proof *proof,
		    __u32 turn)
{
	__u32 i, at = t->first + turn * t->length;
	__s64 moved;

	if (at + t->length > proof->program->nops)
		return false;
	for (i = 0; i < t->length; i++) {
		if (!is_same(proof, t->first + i, at + i, i + 1 == t->length))
			return false;
		moved = (__s64)turn * swc_turns_stride(t, proof, t->first + i);
		if (op_of(proof, at + i)->offset !=
		    op_of(proof, t->first + i)->offset + (__u64)moved)
			return false;
	}
	return true;
}

static __s32 magnitude(__s32 n)
{
	return n < 0 ? -n : n;
}

/* The least stride, by its magnitude; 0: no address moves. */
static __s32 least_stride(const struct swc_turns *t,
			  const struct swc_proof *proof)
{
	__s32 least = 0, stride;
	__u32 i;

	for (i = 0; i < t->length; i++) {
		stride = swc_turns_stride(t, proof, t->first + i);
		if (stride && (!least || magnitude(stride) < magnitude(least)))
			least = stride;
	}
	return least;
}

/* Is each stride 0, or the step once, twice, four or eight times? */
static bool fits(const struct swc_turns *t, const struct swc_proof *proof,
		 __s32 step)
{
	const struct swc_op *op;
	__s32 stride, scale;
	__u32 i;

	for (i = 0; i < t->length; i++) {
		stride = swc_turns_stride(t, proof, t->first + i);
		op = op_of(proof, t->first + i);
		if (!stride)
			continue;
		scale = stride / step;
		if (stride % step || scale < 1 || scale > MAX_SCALE ||
		    scale & (scale - 1) || op->index != SWC_REG_NONE ||
		    magnitude(stride) > MAX_STRIDE)
			return false;
	}
	return true;
}

static bool find_step(struct swc_turns *t, const struct swc_proof *proof)
{
	__s32 least = least_stride(t, proof), scale;

	for (scale = MAX_SCALE; scale; scale /= 2) {
		if (least % scale)
			continue;
		t->step = least ? least / scale : 1;
		if (fits(t, proof, t->step))
			return true;
	}
	return false;
}

static __u32 bit_of(__u8 reg)
{
	return reg == SWC_REG_NONE ? 0 : 1u << reg;
}

/* Registers that the operation names or uses; vector registers for general ones, too. */
static __u32 uses(const struct swc_op *op)
{
	return bit_of(op->dst) | bit_of(op->src) | bit_of(op->base) |
	       bit_of(op->index) | swc_op_reads(op) | swc_op_writes(op);
}

/* A register that holds 0 before the first turn, and that no operation of it uses. */
static bool find_counter(struct swc_turns *t, const struct swc_proof *proof)
{
	__u32 free = SWC_GPR_MASK & proof->ops[t->first].zero, i;

	for (i = 0; i < t->length; i++)
		free &= ~uses(op_of(proof, t->first + i));
	for (t->counter = SWC_REG_R15; free; t->counter--) {
		if (free & (1u << t->counter))
			return true;
		if (!t->counter)
			break;
	}
	return false;
}

/* The loop whose first turn ends with branch @b, if it is one. */
static bool find_turns(struct swc_turns *t, const struct swc_proof *proof,
		       __u32 b, __u32 from)
{
	t->first = find_begin(proof, b, from);
	t->length = b + 1 - t->first;
	t->count = 1;
	if (t->length < 2)
		return false;
	while (is_turn(t, proof, t->count))
		t->count++;
	t->tests = op_of(proof, b - 1)->kind == SWC_OP_TEST;
	return t->count >= SWC_MIN_TURNS && find_step(t, proof) &&
	       find_counter(t, proof);
}

__u32 swc_turns_find(const struct swc_proof *proof, struct swc_turns *turns)
{
	__u32 n = 0, from = 0, b;
	bool found;

	for (b = 0; b + 1 < proof->program->nops; b++) {
		if (!leads_back(proof, b))
			continue;
		found = find_turns(&turns[n], proof, b, from);
		if (turns[n].count < 2)
			continue;
		/* Neither are the other turns the first of a loop. */
		from = swc_turns_end(&turns[n]);
		b = from - 1;
		n += found;
	}
	return n;
}
