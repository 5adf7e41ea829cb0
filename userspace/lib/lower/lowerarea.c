// SPDX-License-Identifier: GPL-2.0
#include "lowerarea.h"

#include "unreplayable.h"

#define XSAVE_ALIGNMENT 64u
#define XSAVE_BV	512u /* XSTATE_BV and XCOMP_BV */
#define XSTATE_X87_SSE	0x3u
#define XSTATE_AVX	0x4u

bool lower_is_xstate(const struct insn *insn)
{
	switch (insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_XSAVE:
	case ZYDIS_CATEGORY_XSAVEOPT:
		return insn->nmemory; /* not XGETBV */
	default:
		return insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXSAVE ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXSAVE64 ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXRSTOR ||
		       insn->zydis.mnemonic == ZYDIS_MNEMONIC_FXRSTOR64;
	}
}

/*
 * XSAVEC writes the whole of the header's first 16 bytes. The XSAVE that stands
 * for it merges the first 8 with what it finds there, so clear them.
 */
static int clear_header(struct lower_state *l, const struct swc_op *area)
{
	struct swc_op op = sequence_op(SWC_OP_STORE);

	op.base = area->base;
	op.region = area->region;
	op.size = 8;
	for (op.offset = area->offset + XSAVE_BV;
	     op.offset < area->offset + XSAVE_BV + 16; op.offset += op.size) {
		if (lower_emit(l, op))
			return -1;
	}
	return 0;
}

static struct swc_op area_op(struct lower_state *l, const struct lower_insn *i)
{
	bool restore = i->accesses[0].flags & TRACE_ACCESS_READ &&
		       !(i->accesses[0].flags & TRACE_ACCESS_WRITE);
	struct swc_op op;

	switch (i->m) {
	case ZYDIS_MNEMONIC_FXSAVE:
	case ZYDIS_MNEMONIC_FXSAVE64:
		return sequence_op(SWC_OP_FXSAVE);
	case ZYDIS_MNEMONIC_FXRSTOR:
	case ZYDIS_MNEMONIC_FXRSTOR64:
		return sequence_op(SWC_OP_FXRSTOR);
	default:
		break;
	}
	op = sequence_op(restore ? SWC_OP_XRSTOR : SWC_OP_XSAVE);
	/*
	 * The mask was in EDX:EAX, which the trace doesn't hold. Most programs
	 * have nothing beyond AVX to save, and then nothing more is written.
	 */
	op.imm = (XSTATE_X87_SSE | XSTATE_AVX) & l->caps->xstate_mask;
	if (swc_xsave_bytes(l->caps, op.imm) > i->accesses[0].size)
		op.imm = XSTATE_X87_SSE;
	lower_count(l, LOWER_CLASS);
	return op;
}

int lower_xstate(struct lower_state *l, const struct lower_insn *i,
		 bool touch_only)
{
	const struct trace_access *a = i->accesses;
	uint8_t base = lower_base(l, i->insn, 0);
	uint32_t region, offset;
	struct swc_op op;

	if (!i->n)
		return lower_elide(l, i->insn);
	/* The operation sets EAX and EDX before it uses the address. */
	if (base == SWC_REG_RAX || base == SWC_REG_RDX) {
		base = SWC_REG_NONE;
		lower_count(l, LOWER_BASE);
	}
	if (touch_only || (a->address & (XSAVE_ALIGNMENT - 1)) ||
	    pagemap_find(&l->map, a->address, a->size, &region, &offset) <
		    a->size) {
		lower_count(l, LOWER_COST);
		l->s->not_replayed.count[NOTREPLAYED_STATE]++;
		return lower_pieces(l, a,
				    (struct lower_address){base, SWC_REG_NONE,
							   false});
	}
	op = area_op(l, i);
	op.base = base;
	op.region = region;
	op.offset = offset;
	if (op.kind == SWC_OP_XSAVE && !(a->flags & TRACE_ACCESS_READ) &&
	    clear_header(l, &op))
		return -1;
	return lower_emit(l, op);
}

bool lower_is_environment(const struct lower_insn *i)
{
	int kind = unreplayable_kind(i->insn, i->accesses, i->n);

	return kind == NOTREPLAYED_X87 || kind == NOTREPLAYED_MXCSR;
}

/*
 * Its memory, and nothing else: loading the words takes tens of cycles, which no
 * operation has, and a program's exceptions are no business of a replay's.
 */
int lower_environment(struct lower_state *l, const struct lower_insn *i)
{
	unsigned int k;

	lower_count(l, LOWER_COST);
	for (k = 0; k < i->n; k++) {
		if (lower_pieces(l, &i->accesses[k], lower_address(i->insn, k)))
			return -1;
	}
	return 0;
}

bool lower_is_string(const struct insn *insn)
{
	return insn->zydis.meta.category == ZYDIS_CATEGORY_STRINGOP;
}

/* Return: how many adjoining bytes both @a and @b (if any) have, in whole elements. */
static uint64_t run_length(struct lower_state *l, uint64_t to, uint64_t from,
			   bool copy, uint64_t left, uint32_t element,
			   struct swc_op *op)
{
	uint32_t region, offset;
	uint64_t n;

	n = pagemap_find(&l->map, to, left, &region, &offset);
	op->region = region;
	op->offset = offset;
	if (copy && n) {
		n = pagemap_find(&l->map, from, n, &region, &offset);
		op->from = SWC_FROM(region, offset);
	}
	return n - n % element;
}

/* The rest of a string, after its first @done bytes, in plain accesses. */
static int lower_rest(struct lower_state *l, const struct trace_access *to,
		      const struct trace_access *from, uint64_t done)
{
	struct trace_access rest;

	lower_count(l, LOWER_CLASS);
	if (from) {
		rest = *from;
		rest.address += done;
		rest.size -= done;
		if (lower_pieces(l, &rest, LOWER_NO_REGISTER))
			return -1;
	}
	rest = *to;
	rest.address += done;
	rest.size -= done;
	return lower_pieces(l, &rest, LOWER_NO_REGISTER);
}

/*
 * REP STOS, REP MOVS: the same instruction, once for each stretch of memory that
 * lies together.
 */
static int lower_fast_string(struct lower_state *l, const struct lower_insn *i,
			     const struct trace_access *to,
			     const struct trace_access *from)
{
	struct swc_op op = sequence_op(from ? SWC_OP_COPY : SWC_OP_FILL);
	uint8_t base = lower_base(l, i->insn, i->n - 1);
	uint64_t done = 0, n;

	op.size = i->insn->memory[0].size;
	for (; done < to->size; done += n) {
		n = run_length(l, to->address + done,
			       from ? from->address + done : 0, from,
			       to->size - done, op.size, &op);
		if (!n) /* an element lies across two stretches */
			return lower_rest(l, to, from, done);
		op.base = done ? SWC_REG_NONE : base;
		op.imm = n;
		if (lower_emit(l, op))
			return -1;
		if (done) {
			lower_count_more(l, LOWER_SPLIT, -1);
			lower_count(l, LOWER_CHUNKED);
		}
	}
	return 0;
}

int lower_string(struct lower_state *l, const struct lower_insn *i)
{
	const struct trace_access *a = i->accesses;
	unsigned int k;

	if (!i->n)
		return lower_elide(l, i->insn);
	if (i->insn->rep && i->n == 1 && (a[0].flags & TRACE_ACCESS_WRITE))
		return lower_fast_string(l, i, &a[0], NULL);
	if (i->insn->rep && i->n == 2 && (a[1].flags & TRACE_ACCESS_WRITE) &&
	    a[0].size == a[1].size)
		return lower_fast_string(l, i, &a[1], &a[0]);
	/*
	 * The steps of their pointers aren't carried over, nor is the start of
	 * a repetition.
	 */
	lower_count(l, i->insn->rep ? LOWER_COST : LOWER_CLASS);
	for (k = 0; k < i->n; k++) {
		if (lower_pieces(l, &a[k], lower_address(i->insn, k)))
			return -1;
	}
	return 0;
}
