// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"
#include "engine/state.h"

/*
 * The arguments of LOAD: verifier, emitter, reader of what was emitted, preparation. An
 * input is a frame, a state, and operations: as they are in memory, or in short, which
 * finds accepted ones sooner.
 */

#define MAX_OPS	    64u
#define MAX_REGIONS 4u
#define RAW \
	0xff /* a first byte that is no kind: an operation follows as it is */

/* The rest of an input; after its end there are zeros. */
struct input {
	const uint8_t *data;
	size_t left;
};

static void take(struct input *in, void *to, size_t bytes)
{
	size_t n = bytes < in->left ? bytes : in->left;

	memset(to, 0, bytes);
	memcpy(to, in->data, n);
	in->data += n;
	in->left -= n;
}

static __u8 byte(struct input *in)
{
	__u8 b;

	take(in, &b, sizeof(b));
	return b;
}

static __u32 word(struct input *in)
{
	__u16 v;

	take(in, &v, sizeof(v));
	return v;
}

/* A register, or none. */
static __u8 reg(struct input *in)
{
	__u8 b = byte(in);

	return b & 0x10 ? SWC_REG_NONE : b & 15;
}

/* Leaves only what the operation's kind has, as no other is accepted. */
static void fit(struct swc_op *op)
{
	const struct swc_op_traits *t = swc_op_traits(op->kind);
	__u32 traits = t ? t->traits : 0;

	if (!t)
		return;
	if (!(traits & SWC_HAS_DST))
		op->dst = SWC_REG_NONE;
	if (!(traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT)))
		op->src = SWC_REG_NONE;
	if (!(traits & (SWC_HAS_MEM | SWC_HAS_BASE)))
		op->base = SWC_REG_NONE;
	if (!(traits & SWC_HAS_MEM))
		op->region = op->offset = 0;
	if (!(traits & SWC_HAS_SIZE))
		op->size = 0;
	if (!(traits & SWC_HAS_FROM))
		op->from = 0;
	op->flags &= t->flags;
	op->offset &= ~(t->align ? t->align - 1u : 0u);
	if (t->imm == SWC_IMM_NONE)
		op->imm = 0;
	if (t->imm == SWC_IMM_STEP || t->imm == SWC_IMM_BYTES)
		op->imm &= ~7u;
	if (t->imm == SWC_IMM_ALIGNMENT)
		op->imm = SWC_SLOT_BYTES << (op->imm % 5);
	if (t->imm == SWC_IMM_REGISTERS)
		op->imm &= 0xffef;
}

static struct swc_op operation(struct input *in)
{
	__u8 kind = byte(in);
	struct swc_op op = {.kind = kind % (SWC_OP_KINDS + 2)};
	bool as_is;
	__u8 form;

	if (kind == RAW) {
		take(in, &op, sizeof(op));
		return op;
	}
	form = byte(in);
	op.size = form & 7 ? 1u << ((form & 7) - 1) : 0;
	op.region = form >> 3 & 3;
	op.flags = byte(in);
	op.dst = reg(in);
	op.src = reg(in);
	op.base = reg(in);
	as_is = op.dst == SWC_REG_NONE && op.src == SWC_REG_R15;
	op.offset = word(in);
	op.imm = form & 0x80 ? (__u32)(__s16)word(in) : byte(in);
	if (form & 0x40)
		op.code = SWC_CODE_AT(byte(in), word(in));
	if (form & 0x20)
		op.from = SWC_FROM(byte(in) % MAX_REGIONS, word(in));
	if (!as_is)
		fit(&op);
	return op;
}

static struct swc_binding binding(struct input *in, __u8 how)
{
	return (struct swc_binding){
		.pedestal = byte(in) % 8,
		.offset = word(in) % 4096,
		.landing_pad = how & 1,
		.packed = how & 2,
		.spread = how & 4,
		.loop = {.iterations = how & 8 ? 100 : 0,
			 .copies = how & 16 ? 2 : 1},
	};
}

/*
 * Most operations that come by chance are refused where they stand. Each of those is
 * left out, so that at last something is accepted and goes on to the emitter.
 */
static void load_rest(struct swc_program program, const struct swc_op *ops,
		      const struct swc_caps *caps, struct swc_binding where,
		      const struct swc_state *state)
{
	__u32 n = program.nops, refused;
	/* No byte more than there are operations. */
	struct swc_op *exact = malloc(n * sizeof(*ops) + !n);

	memcpy(exact, ops, n * sizeof(*ops));
	for (;;) {
		program.ops = exact;
		program.nops = n;
		refused = fuzz_emit(&program, caps, where, state);
		if (refused >= n)
			break;
		n--;
		memmove(exact + refused, exact + refused + 1,
			(n - refused) * sizeof(*exact));
		exact = realloc(exact, n * sizeof(*exact) + !n);
	}
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input in = {.data = data, .left = bytes};
	struct swc_region regions[MAX_REGIONS] = {0};
	const struct swc_op back = {
		.kind = SWC_OP_SWITCH,
		.flags = SWC_OPF_BACK,
		.dst = SWC_REG_NONE,
		.src = SWC_REG_NONE,
		.base = SWC_REG_NONE,
	};
	struct swc_caps caps = fuzz_caps();
	struct swc_binding where;
	struct swc_op ops[MAX_OPS];
	__u8 how = byte(&in), i;
	struct swc_program program = {
		.regions = regions,
		.nregions = byte(&in) % (MAX_REGIONS + 1),
		.open_end = how & 32,
	};
	struct swc_state state = {.flags = byte(&in) % 16};

	caps.avx = caps.avx512 = caps.andn = !(how & 64);
	caps.privileged = how & 128;
	for (i = 0; i < program.nregions; i++)
		regions[i].pages = (byte(&in) + 1) % 4;
	program.entry_region = byte(&in) % (MAX_REGIONS + 2);
	if (program.entry_region > MAX_REGIONS)
		program.entry_region = SWC_NO_REGION;
	program.entry_offset = word(&in);
	state.l1d.bits[0] = byte(&in);
	state.l2.bits[0] = byte(&in);
	state.memory.bits[0] = byte(&in);
	state.dtlb.bits[0] = byte(&in);
	state.l1d_bytes = word(&in);
	state.l2_bytes = word(&in) << 4;
	where = binding(&in, how);
	while (in.left && program.nops < MAX_OPS - 1)
		ops[program.nops++] = operation(&in);
	if (!program.open_end)
		ops[program.nops++] = back;
	if (swc_state_check(&state, program.nregions))
		memset(&state, 0, sizeof(state));
	load_rest(program, ops, &caps, where, &state);
	return 0;
}
