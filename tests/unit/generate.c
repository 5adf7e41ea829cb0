// SPDX-License-Identifier: GPL-2.0
#include "generate.h"

#include <stdlib.h>

#include "engine/optable.h"
#include "engine/slots.h"
#include "helper.h"

#define PAGE	       4096u
#define MAX_PAGES_EACH 2u
#define TRIES	       (4 * GENERATED_OPS)

/* xorshift64: Marsaglia, Journal of Statistical Software 8 (14), 2003. */
__u32 random_below(struct random *r, __u32 n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (r->state >> 32) % n;
}

static bool one_in(struct random *r, __u32 n)
{
	return !random_below(r, n);
}

static __u8 random_register(struct random *r, bool vector)
{
	static const __u8 few[] = {SWC_REG_RAX, SWC_REG_RCX, SWC_REG_RDX,
				   SWC_REG_RDI, 12,	     13};

	if (vector || one_in(r, 4))
		return random_below(r, 16);
	/* Few registers, so that one operation writes another one's base. */
	return few[random_below(r, ARRAY_SIZE(few))];
}

static __u32 random_immediate(struct random *r, const struct swc_op_traits *t)
{
	switch ((enum swc_imm)t->imm) {
	case SWC_IMM_COUNT:
		return 1 + random_below(r, t->most < 20 ? t->most : 20);
	case SWC_IMM_STEP:
		return 8 * (random_below(r, 40) - 20);
	case SWC_IMM_ALIGNMENT:
		return 8u << random_below(r, 5);
	case SWC_IMM_REGISTERS:
		return random_below(r, 0x10000) & 0xffef;
	case SWC_IMM_BYTES:
		return 8 * (1 + random_below(r, one_in(r, 4) ? 200 : 8));
	case SWC_IMM_COMPONENTS:
		return one_in(r, 4) ? random_below(r, 256) & 0xe7 : 7;
	case SWC_IMM_INDEX:
	case SWC_IMM_NONE:
		break;
	}
	return 0;
}

/* Few places, so that operations meet; now and then anywhere. */
static __u32 random_offset(struct random *r, enum swc_op_kind kind, __u32 pages)
{
	__u32 middle = pages * PAGE / 2;

	switch (kind) {
	case SWC_OP_SWITCH:
		if (one_in(r, 8)) /* to either end */
			return one_in(r, 2) ? 0 : pages * PAGE;
		return middle + 8 * random_below(r, 16);
	case SWC_OP_FXSAVE:
	case SWC_OP_FXRSTOR:
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return 64 * random_below(r, 12);
	default:
		if (one_in(r, 4))
			return random_below(r, pages * PAGE);
		return middle - 64 + 8 * random_below(r, 32);
	}
}

static enum swc_op_kind random_kind(struct random *r)
{
	if (one_in(r, 12))
		return SWC_OP_ALIGN;
	if (one_in(r, 3)) /* what moves RSP interacts most */
		return SWC_OP_PUSH +
		       random_below(r, SWC_OP_SP - SWC_OP_PUSH + 1);
	if (one_in(r, 8))
		return SWC_OP_FXSAVE + random_below(r, 4);
	if (one_in(r, 8))
		return SWC_OP_AIM;
	if (one_in(r, 3))
		return SWC_OP_CMOV +
		       random_below(r, SWC_OP_KINDS - SWC_OP_CMOV);
	return SWC_OP_NOP + random_below(r, SWC_OP_TRAP - SWC_OP_NOP);
}

static void random_operand(struct random *r, const struct swc_program *frame,
			   struct swc_op *op, __u32 traits)
{
	if (op->kind == SWC_OP_SWITCH && one_in(r, 3)) {
		op->flags = SWC_OPF_BACK;
		return;
	}
	if (one_in(r, 3))
		op->base = random_register(r, false);
	else if ((traits & SWC_HAS_MEM) && one_in(r, 3))
		op->base = SWC_REG_RSP;
	if (!(traits & SWC_HAS_BASE) && op->base != SWC_REG_NONE &&
	    one_in(r, 3))
		op->index = random_register(r, false);
	if (!(traits & SWC_HAS_MEM))
		return;
	op->region = random_below(r, frame->nregions);
	op->offset =
		random_offset(r, op->kind, frame->regions[op->region].pages);
	if (traits & SWC_HAS_FROM)
		op->from =
			SWC_FROM(frame->nregions - 1, 8 * random_below(r, 300));
}

struct swc_op random_op(struct random *r, const struct swc_program *frame)
{
	enum swc_op_kind kind = random_kind(r);
	const struct swc_op_traits *t = swc_op_traits(kind);
	struct swc_op op = sequence_op(kind);

	if (t->traits & SWC_HAS_DST)
		op.dst = random_register(r, t->traits & SWC_VECTOR_DST);
	if ((t->traits & SWC_HAS_SRC) ||
	    ((t->traits & SWC_HAS_SRC_OPT) && one_in(r, 2)))
		op.src = random_register(r, t->traits & SWC_VECTOR_SRC);
	while ((t->traits & SWC_HAS_SIZE) && !(op.size & t->sizes))
		op.size = 1u << random_below(r, 7);
	op.imm = random_immediate(r, t);
	op.flags = one_in(r, 2) ? t->flags & ~SWC_OPF_BACK : 0;
	if (kind == SWC_OP_CALL && op.flags) /* either, not both */
		op.flags = one_in(r, 3) ? SWC_OPF_NEXT : SWC_OPF_INDIRECT;
	if ((t->traits & (SWC_HAS_MEM | SWC_HAS_BASE)) ||
	    swc_op_is_indirect(&op))
		random_operand(r, frame, &op, t->traits);
	if (kind == SWC_OP_LEA && op.src % 3 == 1)
		op.src = SWC_REG_RSP;
	if (one_in(r, 4))
		op.code = SWC_CODE(random_below(r, one_in(r, 2) ? 3 : 1000),
				   random_below(r, 64));
	return op;
}

void generate_frame(struct generated *g, struct random *r)
{
	struct swc_program *p = &g->program;
	__u32 i;

	*p = (struct swc_program){
		.ops = g->ops,
		.regions = g->regions,
		.nregions = GENERATED_REGIONS,
		.entry_region = SWC_NO_REGION,
	};
	for (i = 0; i < p->nregions; i++)
		g->regions[i] = (struct swc_region){
			.pages = 1 + random_below(r, MAX_PAGES_EACH)};
	if (one_in(r, 4))
		return;
	p->entry_region = random_below(r, p->nregions);
	p->entry_offset = random_offset(r, SWC_OP_SWITCH,
					g->regions[p->entry_region].pages);
}

/* Is it accepted with @op and then the way back to where it began? */
static bool acceptable(struct generated *g, const struct swc_op *op,
		       const struct swc_caps *caps, void *workspace)
{
	struct swc_program p = g->program;
	struct swc_error error;
	struct swc_proof proof;

	g->ops[p.nops++] = *op;
	g->ops[p.nops] = sequence_op(SWC_OP_SWITCH);
	g->ops[p.nops++].flags = SWC_OPF_BACK;
	return !swc_verify(&p, caps, workspace, &proof, &error);
}

/* A call that is there already, once more, as far as the verifier accepts it. */
static void repeat_call(struct generated *g, struct random *r,
			const struct swc_caps *caps, void *workspace, __u32 n)
{
	struct swc_program *p = &g->program;
	__u32 end = p->nops, i = end ? random_below(r, end) : 0, depth = 0;
	struct swc_op op;

	while (i < end && p->nops < n) {
		op = g->ops[i];
		depth += op.kind == SWC_OP_CALL && op.flags != SWC_OPF_NEXT;
		if (!depth || !acceptable(g, &op, caps, workspace))
			return;
		depth -= op.kind == SWC_OP_RET;
		g->copied[p->nops++] = i++;
	}
}

/* A few operations and a branch, several times over, with operands that move evenly. */
static void add_turns(struct generated *g, struct random *r,
		      const struct swc_caps *caps, void *workspace, __u32 n)
{
	struct swc_program *p = &g->program;
	__u32 first = p->nops, length = 1 + random_below(r, 3), end, i;
	__u32 tries = TRIES;
	__u32 stride = random_below(r, 3) << random_below(r, 7);
	struct swc_op op;

	end = first + (length + 1) * (4 + random_below(r, 6));
	for (i = first; i < end && i < n && tries--;) {
		if (i < first + length)
			op = random_op(r, p);
		else if (i == first + length)
			op = sequence_op(SWC_OP_BRANCH);
		else
			op = g->ops[i - length - 1];
		if (i > first + length &&
		    (swc_op_traits(op.kind)->traits & SWC_HAS_MEM))
			op.offset += stride;
		/* A turn with a jump is no loop's. */
		if (op.kind != SWC_OP_JUMP &&
		    acceptable(g, &op, caps, workspace)) {
			if (i > first + length)
				g->copied[i] = i - length - 1;
			i = ++p->nops;
		} else if (i > first + length) {
			return;
		}
	}
}

/*
 * As a recorder finds code: instruction behind instruction, elsewhere in the page or in
 * another behind a jump, and at times where it has been before.
 */
static void lay_out(struct generated *g, struct random *r)
{
	__u32 pages = 1 + random_below(r, 5), page = 0, byte = 0, i;

	for (i = 0; i < g->program.nops; i++) {
		struct swc_op *op = &g->ops[i];

		if (g->copied[i] != i) {
			op->code = g->ops[g->copied[i]].code;
			continue;
		}
		if (one_in(r, op->kind == SWC_OP_JUMP ? 2 : 12)) {
			page = random_below(r, pages) * random_below(r, 99);
			byte = random_below(r, one_in(r, 2) ? 64 : 4096);
		}
		op->code = one_in(r, 9) ? SWC_CODE(page, byte / 64)
					: SWC_CODE_AT(page, byte);
		byte = (byte + random_below(r, 12)) % 4096;
	}
}

void generate(struct generated *g, struct random *r,
	      const struct swc_caps *caps)
{
	struct swc_program *p = &g->program;
	__u32 n = 1 + random_below(r, GENERATED_OPS - 2), tries = TRIES, i;
	void *workspace;
	struct swc_op op;

	generate_frame(g, r);
	for (i = 0; i < GENERATED_OPS; i++)
		g->copied[i] = i;
	workspace = malloc(GENERATED_OPS * sizeof(struct swc_proof_op) +
			   2 * GENERATED_OPS * sizeof(__u32) +
			   swc_slots_bytes(GENERATED_REGIONS * MAX_PAGES_EACH));
	assert_non_null(workspace);
	while (p->nops < n && tries--) {
		op = random_op(r, p);
		if (acceptable(g, &op, caps, workspace))
			p->nops++;
		if (one_in(r, 2))
			repeat_call(g, r, caps, workspace, n);
		if (one_in(r, 24))
			add_turns(g, r, caps, workspace, n);
	}
	op = sequence_op(SWC_OP_MARK);
	assert_true(acceptable(g, &op, caps, workspace));
	p->nops += 2;
	if (one_in(r, 2))
		lay_out(g, r);
	free(workspace);
}

void cut(struct generated *g, struct random *r)
{
	g->program.nops = 1 + random_below(r, g->program.nops);
	g->program.open_end = true;
}

void mutate(struct generated *g, struct random *r)
{
	struct swc_program *p = &g->program;
	__u32 at = random_below(r, p->nops), other = random_below(r, p->nops);
	__u8 *byte = (__u8 *)&g->ops[at] + random_below(r, sizeof(*g->ops));
	struct swc_op op = g->ops[at];

	switch (random_below(r, 6)) {
	case 0:
		*byte ^= 1u << random_below(r, 8);
		break;
	case 1:
		*byte = random_below(r, 256);
		break;
	case 2:
		g->ops[at] = g->ops[other];
		g->ops[other] = op;
		break;
	case 3:
		g->ops[at] = g->ops[other];
		break;
	case 4:
		g->ops[at] = random_op(r, p);
		break;
	default:
		p->entry_offset ^= 1u << random_below(r, 32);
		break;
	}
}
