// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/slots.h"

/*
 * The verifier on operations by themselves, member by member, and on the frame
 * of a program: its sizes, regions and entry.
 */

#define M "region a 4; "

/* Each operation at its smallest, and the members that it uses. */
#define USES_DST   0x01u
#define USES_SRC   0x02u
#define USES_BASE  0x04u
#define USES_PLACE 0x08u /* region, offset */
#define USES_SIZE  0x10u
#define USES_IMM   0x20u
#define USES_MEM   (USES_PLACE | USES_BASE)
#define OPTIONAL   0x40u /* the source may be none */
#define VECTOR_DST 0x80u
#define VECTOR_SRC 0x100u
#define VECTOR	   (VECTOR_DST | VECTOR_SRC)
#define USES_FROM  0x200u

#define SEG SWC_OPF_SEGMENT

struct shape {
	const char *text;
	__u32 uses;
	__u8 flags;
	__u8 sizes; /* the sum of all legal ones */
};

static const struct shape shapes[] = {
	{"nop 1", USES_IMM, 0, 0},
	{"mark x", USES_IMM, 0, 0},
	{"chain 1", USES_DST | USES_IMM, 0, 0},
	{"imm", USES_DST, 0, 0},
	{"mov", USES_DST | USES_SRC | USES_SIZE, 0, 12},
	{"lea", USES_DST | USES_SRC | USES_BASE | USES_SIZE, 0, 12},
	{"alu", USES_DST | USES_SRC | OPTIONAL | USES_SIZE, 0, 12},
	{"mul", USES_DST | USES_SRC | USES_SIZE, 0, 12},
	{"test", USES_DST | USES_SRC | OPTIONAL | USES_SIZE, 0, 12},
	{"load a+0", USES_DST | USES_MEM | USES_SIZE, SEG, 15},
	{"store a+0", USES_SRC | OPTIONAL | USES_MEM | USES_SIZE, SEG, 15},
	{"nt store a+0 src=rcx", USES_SRC | USES_MEM | USES_SIZE,
	 SWC_OPF_NT | SEG, 12},
	{"segment store a+0 src=rcx",
	 USES_SRC | OPTIONAL | USES_MEM | USES_SIZE, SWC_OPF_NT | SEG, 15},
	{"aluload a+0", USES_DST | USES_MEM | USES_SIZE, SEG, 12},
	{"testload a+0", USES_SRC | OPTIONAL | USES_MEM | USES_SIZE, SEG, 15},
	{"rmw a+0", USES_SRC | OPTIONAL | USES_MEM | USES_SIZE,
	 SWC_OPF_LOCK | SEG, 15},
	{"cmpxchg a+0", USES_SRC | USES_MEM | USES_SIZE, SWC_OPF_LOCK | SEG,
	 15},
	{"xadd a+0", USES_DST | USES_MEM | USES_SIZE, SWC_OPF_LOCK | SEG, 15},
	{"segment xadd a+0", USES_DST | USES_MEM | USES_SIZE,
	 SWC_OPF_LOCK | SEG, 15},
	{"xchg a+0", USES_DST | USES_MEM | USES_SIZE, SEG, 15},
	{"push", USES_SRC | OPTIONAL, 0, 0},
	{"pop", USES_DST, 0, 0},
	{"call", 0, SWC_OPF_NEXT | SWC_OPF_INDIRECT, 0},
	{"call indirect", USES_BASE, SWC_OPF_NEXT | SWC_OPF_INDIRECT, 0},
	{"ret", 0, 0, 0},
	{"branch taken", 0, SWC_OPF_TAKEN, 0},
	{"jump", 0, SWC_OPF_INDIRECT, 0},
	{"jump indirect", USES_BASE, SWC_OPF_INDIRECT, 0},
	{"switch a+0", USES_MEM, 0, 0}, /* BACK comes with no place: below */
	{"sp 8", USES_IMM, 0, 0},
	{"align 16", USES_IMM, 0, 0},
	{"save a+0 rax", USES_MEM | USES_IMM, 0, 0},
	{"restore a+0 rax", USES_MEM | USES_IMM, 0, 0},
	{"fxsave a+0", USES_MEM, 0, 0},
	{"fxrstor a+0", USES_MEM, 0, 0},
	{"xsave a+0 3", USES_MEM | USES_IMM, 0, 0},
	{"xrstor a+0 3", USES_MEM | USES_IMM, 0, 0},
	{"vload a+0", USES_DST | USES_MEM | USES_SIZE | VECTOR, SEG, 124},
	{"segment vload a+0", USES_DST | USES_MEM | USES_SIZE | VECTOR, SEG,
	 124},
	{"vstore a+0", USES_SRC | USES_MEM | USES_SIZE | VECTOR,
	 SWC_OPF_NT | SEG, 124},
	{"nt vstore a+0", USES_SRC | USES_MEM | USES_SIZE | VECTOR,
	 SWC_OPF_NT | SEG, 112},
	{"valu", USES_DST | USES_SRC | USES_SIZE | VECTOR, 0, 112},
	{"lfence", 0, 0, 0},
	{"mfence", 0, 0, 0},
	{"sfence", 0, 0, 0},
	{"pause", 0, 0, 0},
	{"clflush a+0", USES_MEM, 0, 0},
	{"prefetch a+0", USES_MEM, 0, 0},
	{"invlpg a+0", USES_MEM, 0, 0},
	{"trap", 0, 0, 0},
	{"cmov", USES_DST | USES_SRC | USES_SIZE, 0, 12},
	{"div", USES_SRC | USES_SIZE, 0, 12},
	{"vmul", USES_DST | USES_SRC | USES_SIZE | VECTOR, 0, 112},
	{"vget", USES_DST | USES_SRC | USES_SIZE | VECTOR_SRC, 0, 12},
	{"vput", USES_DST | USES_SRC | USES_SIZE | VECTOR_DST, 0, 12},
	{"vzero", 0, 0, 0},
	{"fill a+0 8", USES_MEM | USES_IMM | USES_SIZE, 0, 15},
	{"copy a+0 8 from=a+0x40", USES_MEM | USES_IMM | USES_SIZE | USES_FROM,
	 0, 15},
	{"aim a+0", USES_DST | USES_SRC | OPTIONAL | USES_MEM, SWC_OPF_DUE, 0},
};

/* The answer to one operation, where memory and stack are fit for it. */
static __u32 answer(struct swc_op op, const struct swc_caps *caps)
{
	struct swc_region regions[] = {{.pages = 4}, {.pages = 4}};
	struct swc_op ops[] = {
		sequence_op(SWC_OP_FXSAVE), sequence_op(SWC_OP_XSAVE),
		sequence_op(SWC_OP_IMM),    sequence_op(SWC_OP_IMM),
		sequence_op(SWC_OP_CALL),   op,
		sequence_op(SWC_OP_SWITCH),
	};
	struct swc_program p = {
		.ops = ops,
		.regions = regions,
		.nops = ARRAY_SIZE(ops),
		.nregions = ARRAY_SIZE(regions),
		.entry_region = 1,
		.entry_offset = 0x2000,
	};
	struct verified v;

	ops[1].imm = caps->xstate_mask;
	if (op.kind == SWC_OP_SWITCH) /* makes all below RSP unknown */
		ops[0] = ops[1] = sequence_op(SWC_OP_LFENCE);
	ops[2].dst = SWC_REG_RAX;
	ops[3].dst = SWC_REG_RDX;
	ops[6].flags = SWC_OPF_BACK;
	verify(&v, &p, caps);
	verified_free(&v);
	assert_true(v.accepted || v.error.op == 5);
	return v.error.code;
}

static struct swc_op one_op(const char *text)
{
	char lines[128];
	struct sequence s;
	struct swc_op op;

	snprintf(lines, sizeof(lines), M "%s", text);
	sequence_from(&s, lines);
	assert_int_equal(s.nops, 1);
	op = s.ops[0];
	sequence_free(&s);
	return op;
}

static void want_answer(struct swc_op op, __u32 expected, const char *text,
			const char *member)
{
	struct swc_caps caps = caps_all();
	__u32 code = answer(op, &caps);

	if (code != expected)
		fail_msg("%s, %s: %s", text, member, swc_error_text(code));
}

static bool is_general(__u32 reg)
{
	return reg < 16 && reg != SWC_REG_RSP;
}

static __u32 judge_value(bool used, bool vector, bool sp, __u32 reg)
{
	if (used && sp && reg == SWC_REG_RSP)
		return SWC_OK;
	if (!used)
		return reg == SWC_REG_NONE ? SWC_OK : SWC_ERR_OPERAND;
	if (vector)
		return reg < 16 ? SWC_OK : SWC_ERR_REGISTER;
	return is_general(reg) ? SWC_OK : SWC_ERR_REGISTER;
}

static __u32 judge_base(const struct shape *s, const struct swc_op *op,
			__u32 reg)
{
	enum swc_op_kind kind = op->kind;
	bool loaded = false;

	if (reg == SWC_REG_NONE)
		return SWC_OK;
	if (!(s->uses & USES_BASE))
		return SWC_ERR_OPERAND;
	/* Overwritten before the last instruction has used it as a base. */
	if (kind == SWC_OP_RESTORE || kind == SWC_OP_XSAVE ||
	    kind == SWC_OP_XRSTOR)
		loaded = reg == SWC_REG_RAX ||
			 (reg == SWC_REG_RDX && kind != SWC_OP_RESTORE);
	/* The address goes through RAX, AIM's destination here. */
	if (kind == SWC_OP_AIM)
		loaded = reg == SWC_REG_RAX;
	if (loaded)
		return SWC_ERR_REGISTER;
	if (reg == SWC_REG_RSP && (s->uses & USES_PLACE) &&
	    kind != SWC_OP_SWITCH && !(op->flags & SEG))
		return SWC_OK;
	return is_general(reg) ? SWC_OK : SWC_ERR_REGISTER;
}

/* An index stands beside a base; where that may be, any register but RSP may. */
static void check_index(const struct shape *s, struct swc_op op, __u32 reg)
{
	__u32 expected = reg == SWC_REG_NONE ? SWC_OK : SWC_ERR_OPERAND;

	op.index = reg;
	want_answer(op, expected, s->text, "index alone");
	if (!(s->uses & USES_BASE) || op.kind == SWC_OP_LEA)
		return;
	op.base = SWC_REG_RBX;
	expected = judge_base(s, &op, reg);
	if (reg == SWC_REG_RSP)
		expected = SWC_ERR_REGISTER;
	want_answer(op, expected, s->text, "index");
}

static void test_registers(void **state)
{
	const struct shape *s;
	struct swc_op original, op;
	__u32 reg, expected;

	(void)state;
	for (s = shapes; s < shapes + ARRAY_SIZE(shapes); s++) {
		original = one_op(s->text);
		for (reg = 0; reg < 256; reg++) {
			op = original;
			op.dst = reg;
			expected = judge_value(s->uses & USES_DST,
					       s->uses & VECTOR_DST, false,
					       reg);
			want_answer(op, expected, s->text, "dst");
			op = original;
			op.src = reg;
			expected = judge_value(s->uses & USES_SRC,
					       s->uses & VECTOR_SRC,
					       op.kind == SWC_OP_LEA, reg);
			/* The dividend's own registers. */
			if (op.kind == SWC_OP_DIV &&
			    (reg == SWC_REG_RAX || reg == SWC_REG_RDX))
				expected = SWC_ERR_REGISTER;
			if (op.kind == SWC_OP_AIM && reg == SWC_REG_RAX)
				expected = SWC_ERR_REGISTER;
			if (reg == SWC_REG_NONE && (s->uses & OPTIONAL))
				expected = SWC_OK;
			want_answer(op, expected, s->text, "src");
			op = original;
			op.base = reg;
			expected = judge_base(s, &op, reg);
			want_answer(op, expected, s->text, "base");
			check_index(s, original, reg);
		}
	}
}

static void test_sizes_and_flags(void **state)
{
	const struct shape *s;
	struct swc_op original, op;
	__u32 value, expected;

	(void)state;
	for (s = shapes; s < shapes + ARRAY_SIZE(shapes); s++) {
		original = one_op(s->text);
		for (value = 0; value < 256; value++) {
			op = original;
			op.size = value;
			expected = SWC_ERR_SIZE;
			if (__builtin_popcount(value) == 1 &&
			    (s->sizes & value))
				expected = SWC_OK;
			if (!(s->uses & USES_SIZE))
				expected = value ? SWC_ERR_OPERAND : SWC_OK;
			want_answer(op, expected, s->text, "size");
			if (op.kind == SWC_OP_SWITCH)
				continue;
			op = original;
			op.flags = value;
			expected = value & ~s->flags ? SWC_ERR_FLAGS : SWC_OK;
			/* A plain store has no source here. */
			if (op.kind == SWC_OP_STORE && s->flags == SEG &&
			    (value & ~SEG) == SWC_OPF_NT)
				expected = SWC_ERR_REGISTER;
			/* It goes to the next instruction, or by a pointer. */
			if (op.kind == SWC_OP_CALL && value == s->flags)
				expected = SWC_ERR_FLAGS;
			want_answer(op, expected, s->text, "flags");
		}
	}
}

/* The regions have 4 pages, and there are two of them. */
static __u32 judge_from(const struct shape *s, __u32 bit)
{
	if (!(s->uses & USES_FROM))
		return SWC_ERR_RESERVED;
	if (bit >= 24)
		return bit == 24 ? SWC_OK : SWC_ERR_REGION;
	return bit < 14 ? SWC_OK : SWC_ERR_BOUNDS;
}

static void test_unused_members(void **state)
{
	const struct shape *s;
	struct swc_op original, op;
	__u32 bit;

	(void)state;
	for (s = shapes; s < shapes + ARRAY_SIZE(shapes); s++) {
		original = one_op(s->text);
		for (bit = 0; bit < 32; bit++) {
			op = original;
			op.from = 1u << bit;
			want_answer(op, judge_from(s, bit), s->text, "from");
			op = original;
			op.code = 1u << bit;
			want_answer(op, SWC_OK, s->text, "code");
			op = original;
			op.imm |= 1u << bit;
			if (!(s->uses & USES_IMM))
				want_answer(op, SWC_ERR_OPERAND, s->text,
					    "imm");
			op = original;
			op.offset = 1u << bit;
			if (!(s->uses & USES_PLACE))
				want_answer(op, SWC_ERR_OPERAND, s->text,
					    "offset");
			op = original;
			op.region = 1u << (bit % 8);
			if (!(s->uses & USES_PLACE))
				want_answer(op, SWC_ERR_OPERAND, s->text,
					    "region");
			else if (op.region >= 2)
				want_answer(op, SWC_ERR_REGION, s->text,
					    "region");
		}
	}
}

static void test_kinds(void **state)
{
	struct swc_op op = sequence_op(SWC_OP_LFENCE);
	bool covered[SWC_OP_KINDS] = {false};
	__u32 kind;
	size_t i;

	(void)state;
	for (kind = SWC_OP_KINDS; kind <= 256; kind++) {
		op.kind = kind;
		want_answer(op, SWC_ERR_KIND, "a number", "kind");
	}
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		covered[one_op(shapes[i].text).kind] = true;
	for (kind = 1; kind < SWC_OP_KINDS; kind++)
		assert_true(covered[kind]);
}

/* Immediates: the last legal one, and the first that isn't. */
static void test_immediates(void **state)
{
	static const struct {
		const char *text;
		__u32 good[2], bad[6];
	} cases[] = {
		{"nop 1", {1, 9}, {0, 10, 255, 256, 1u << 31, ~0u}},
		{"mark x", {0, 0xffff}, {0x10000, 1u << 31, ~0u}},
		{"chain 1", {1, 4096}, {0, 4097, 1u << 31, ~0u}},
		{"sp 8",
		 {0, -8u},
		 {4, -4u, 0x1200008, -0x1200008u, 1u << 31, 1}},
		{"align 16", {8, 128}, {0, 4, 24, 256, 1u << 31, ~0u}},
		{"save a+0 rax", {1, 0xffef}, {0, 0x10, 0x10001, ~0u}},
		{"restore a+0 rax", {1, 0xffef}, {0, 0x30, 1u << 31, ~0u}},
		{"xsave a+0 3", {1, 0xe7}, {0, 8, 0x10, 0x200, 0x40003, ~0u}},
		{"xrstor a+0 3", {1, 0xe7}, {0, 8, 0x200, 0x60003, 1u << 31}},
		{"fill a+0 8",
		 {8, 0x4000},
		 {0, 4, 12, 0x1200008, 1u << 31, ~0u}},
		{"copy a+0 8 2 from=a+0", {2, 0x200}, {0, 1, 3, 1u << 31, ~0u}},
	};
	struct swc_op op;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		op = one_op(cases[i].text);
		for (j = 0; j < 2; j++) {
			op.imm = cases[i].good[j];
			want_answer(op, SWC_OK, cases[i].text, "good imm");
		}
		for (j = 0; j < 6 && (!j || cases[i].bad[j]); j++) {
			op.imm = cases[i].bad[j];
			want_answer(op, SWC_ERR_IMMEDIATE, cases[i].text,
				    "bad imm");
		}
	}
}

/* Offsets: the last that fits is good, the next and those that wrap are bad. */
static void test_bounds(void **state)
{
	static const struct {
		const char *text;
		__u32 bytes, alignment;
	} cases[] = {
		{"load a+0 8", 8, 1},	      {"load a+0 1", 1, 1},
		{"store a+0 2", 2, 1},	      {"testload a+0 4", 4, 1},
		{"aluload a+0 8", 8, 1},      {"rmw a+0 8", 8, 1},
		{"lock rmw a+0 8", 8, 8},     {"lock cmpxchg a+0 4", 4, 4},
		{"lock xadd a+0 2", 2, 2},    {"xchg a+0 8", 8, 8},
		{"xchg a+0 1", 1, 1},	      {"vload a+0 4", 4, 1},
		{"vstore a+0 16", 16, 1},     {"vstore a+0 64", 64, 1},
		{"save a+0 rax", 8, 8},	      {"save a+0 rax,rcx,r15", 24, 8},
		{"restore a+0 rax", 8, 8},    {"fxsave a+0", 512, 64},
		{"xsave a+0 3", 576, 64},     {"xsave a+0 4", 832, 64},
		{"xsave a+0 0x80", 2688, 64}, {"clflush a+0", 1, 1},
		{"prefetch a+0", 1, 1},	      {"invlpg a+0", 1, 1},
		{"switch a+0", 0, 8},
	};
	static const __u32 wraps[] = {0xffffffff, 0xfffffff8, 0xffffffc0,
				      0xfffffe00, 0xfffff000, 0x80000000};
	struct swc_op op;
	__u32 last;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		op = one_op(cases[i].text);
		last = 4 * SWC_PAGE_BYTES - cases[i].bytes;
		op.offset = last & -cases[i].alignment;
		want_answer(op, SWC_OK, cases[i].text, "last offset");
		op.offset = last + 1;
		want_answer(op, SWC_ERR_BOUNDS, cases[i].text, "offset");
		for (j = 0; j < ARRAY_SIZE(wraps); j++) {
			op.offset = wraps[j];
			want_answer(op, SWC_ERR_BOUNDS, cases[i].text, "wrap");
		}
		for (j = 1; j < cases[i].alignment; j++) {
			op.offset = 0x800 + j;
			want_answer(op, SWC_ERR_ALIGNMENT, cases[i].text,
				    "alignment");
		}
	}
}

static void test_capabilities(void **state)
{
	struct swc_caps all = caps_all(), caps = all;

	(void)state;
	caps.avx = false;
	assert_int_equal(answer(one_op("vload a+0 32"), &all), SWC_OK);
	assert_int_equal(answer(one_op("vload a+0 32"), &caps),
			 SWC_ERR_UNSUPPORTED);
	assert_int_equal(answer(one_op("valu 32"), &caps), SWC_ERR_UNSUPPORTED);
	assert_int_equal(answer(one_op("vload a+0 16"), &caps), SWC_OK);
	caps = all;
	caps.avx512 = false;
	assert_int_equal(answer(one_op("vstore a+0 64"), &caps),
			 SWC_ERR_UNSUPPORTED);
	assert_int_equal(answer(one_op("vstore a+0 32"), &caps), SWC_OK);
	caps = all;
	caps.xstate_mask = 7;
	assert_int_equal(answer(one_op("xsave a+0 0x27"), &caps),
			 SWC_ERR_UNSUPPORTED);
	assert_int_equal(answer(one_op("xsave a+0 7"), &caps), SWC_OK);
	caps = all;
	caps.privileged = false;
	assert_int_equal(answer(one_op("invlpg a+0"), &caps),
			 SWC_ERR_PRIVILEGED);
	caps = all;
	caps.trap = false;
	assert_int_equal(answer(one_op("trap"), &caps), SWC_ERR_UNSUPPORTED);
}

/* SWITCH back names no place. */
static void test_switch_back(void **state)
{
	struct swc_op op = one_op("switch back");

	(void)state;
	want_answer(op, SWC_OK, "switch back", "");
	op.base = SWC_REG_RCX;
	want_answer(op, SWC_ERR_OPERAND, "switch back", "base");
	op = one_op("switch back");
	op.region = 1;
	want_answer(op, SWC_ERR_OPERAND, "switch back", "region");
	op = one_op("switch a+8");
	op.flags = SWC_OPF_BACK;
	want_answer(op, SWC_ERR_OPERAND, "switch back", "offset");
	op.flags = SWC_OPF_BACK | SWC_OPF_LOCK;
	want_answer(op, SWC_ERR_FLAGS, "switch back", "flags");
	op.flags = SWC_OPF_TAKEN;
	want_answer(op, SWC_ERR_FLAGS, "switch back", "flags");
}

struct frame {
	__u32 nops, nregions, entry_region, entry_offset;
	struct swc_region regions[3];
	__u32 code;
};

/* Operations and regions that must not be looked at lie after the end. */
static void check_frame(const struct frame *f)
{
	struct swc_op op = sequence_op(SWC_OP_LFENCE);
	struct swc_region *regions = calloc(SWC_MAX_REGIONS, sizeof(*regions));
	struct swc_caps caps = caps_all();
	struct swc_program p = {
		.ops = &op,
		.regions = regions,
		.nops = f->nops,
		.nregions = f->nregions,
		.entry_region = f->entry_region,
		.entry_offset = f->entry_offset,
	};
	struct swc_proof proof;
	struct swc_error error;
	__u32 i;

	assert_non_null(regions);
	for (i = 0; i < SWC_MAX_REGIONS; i++)
		regions[i].pages = 1;
	memcpy(regions, f->regions, sizeof(f->regions));
	if (f->nregions > 3)
		regions[2].pages = regions[1].pages = regions[0].pages;
	check_verdict(&p, &caps, REFUSED(f->code, f->nops), "frame");
	/* The verifier checks the frame itself, before it touches the workspace. */
	if (f->code)
		assert_int_equal(swc_verify(&p, &caps, NULL, &proof, &error),
				 -1);
	free(regions);
}

static void test_frames(void **state)
{
	static const struct frame frames[] = {
		{1, 1, 0, 0, {{1, 0}}, SWC_OK},
		{0, 1, 0, 0, {{1, 0}}, SWC_ERR_EMPTY},
		{SWC_MAX_OPS + 1, 1, 0, 0, {{1, 0}}, SWC_ERR_TOO_LONG},
		{~0u, 1, 0, 0, {{1, 0}}, SWC_ERR_TOO_LONG},
		{1, 0, SWC_NO_REGION, 0, {{0, 0}}, SWC_OK},
		{1, 0, 0, 0, {{0, 0}}, SWC_ERR_REGION},
		{1, 1, 1, 0, {{1, 0}}, SWC_ERR_REGION},
		{1, 1, 0xfffffffe, 0, {{1, 0}}, SWC_ERR_REGION},
		{1, 1, SWC_NO_REGION, 8, {{1, 0}}, SWC_ERR_OPERAND},
		{1, 1, 0, 4096, {{1, 0}}, SWC_OK},
		{1, 1, 0, 4104, {{1, 0}}, SWC_ERR_BOUNDS},
		{1, 1, 0, 0xfffffff8, {{1, 0}}, SWC_ERR_BOUNDS},
		{1, 1, 0, 4, {{1, 0}}, SWC_ERR_ALIGNMENT},
		{1, 2, 0, 0, {{1, 0}, {0, 0}}, SWC_ERR_PAGES},
		{1, 1, 0, 0, {{4608, 0}}, SWC_OK},
		{1, 1, 0, 0, {{4609, 0}}, SWC_ERR_PAGES},
		{1, 2, 0, 0, {{4607, 0}, {1, 0}}, SWC_OK},
		{1, 2, 0, 0, {{4608, 0}, {1, 0}}, SWC_ERR_PAGES},
		{1, 2, 0, 0, {{1, 0}, {~0u, 0}}, SWC_ERR_PAGES},
		{1, 2, 0, 0, {{1u << 31, 0}, {1u << 31, 0}}, SWC_ERR_PAGES},
		{1,
		 3,
		 0,
		 0,
		 {{1u << 30, 0}, {3u << 30, 0}, {1, 0}},
		 SWC_ERR_PAGES},
		{1, 2, 0, 0, {{1, 0}, {1, 1}}, SWC_ERR_RESERVED},
		{1, 1, 0, 0, {{1, 1u << 31}}, SWC_ERR_RESERVED},
		{1, 256, 255, 8, {{1, 0}}, SWC_OK},
		{1, 256, 256, 8, {{1, 0}}, SWC_ERR_REGION},
		{1, 257, 0, 0, {{1, 0}}, SWC_ERR_PAGES},
		{1, ~0u, 0, 0, {{1, 0}}, SWC_ERR_PAGES},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		check_frame(&frames[i]);
}

/* The largest program, and more calls than return addresses have states. */
static void test_largest(void **state)
{
	struct swc_op *ops = calloc(SWC_MAX_OPS, sizeof(*ops));
	struct swc_region region = {.pages = 1};
	struct swc_program p = {
		.ops = ops,
		.regions = &region,
		.nops = SWC_MAX_OPS,
		.nregions = 1,
		.entry_region = 0,
		.entry_offset = 4096,
	};
	struct swc_caps caps = caps_all();
	__u32 i, last = 0;

	(void)state;
	assert_non_null(ops);
	for (i = 0; i < SWC_MAX_OPS; i++) {
		ops[i] = sequence_op(SWC_OP_MARK);
		ops[i].code = i;
	}
	check_verdict(&p, &caps, ACCEPTED, "largest");
	for (i = 0; i + 1 < SWC_MAX_OPS; i += 2) {
		ops[i] = sequence_op(SWC_OP_CALL);
		ops[i + 1] = sequence_op(SWC_OP_RET);
	}
	last = 2 * (SWC_SLOT_MAX - SWC_SLOT_CALL);
	check_verdict(&p, &caps, REFUSED(SWC_ERR_TOO_LONG, last), "calls");
	p.nops = last;
	check_verdict(&p, &caps, ACCEPTED, "calls");
	check_accepted(&p, &caps);
	free(ops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_sizes_and_flags),
		cmocka_unit_test(test_unused_members),
		cmocka_unit_test(test_immediates),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_switch_back),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
