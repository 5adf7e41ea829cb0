// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>

#include "check.h"
#include "engine/site.h"
#include "engine/optable.h"
#include "engine/slots.h"
#include "generate.h"

/*
 * Another decoder reads what the emitter has written: see check.h. Here are
 * the programs and the places they are emitted for.
 */

#define LOW  0x20000000ull
#define HIGH 0xffffffffa0000000ull
#define SP   0x2000u /* where RSP is, in region 1 */

/* One operation, where memory and stack are fit for it. */
struct single {
	struct swc_op ops[7];
	struct swc_region regions[2];
	struct swc_program program;
};

static void single_init(struct single *s, const struct swc_op *op)
{
	struct swc_op *ops = s->ops;

	ops[0] = sequence_op(SWC_OP_FXSAVE);
	ops[1] = sequence_op(SWC_OP_XSAVE);
	ops[2] = sequence_op(SWC_OP_IMM);
	ops[3] = sequence_op(SWC_OP_IMM);
	ops[4] = sequence_op(SWC_OP_CALL);
	ops[5] = *op;
	ops[6] = sequence_op(SWC_OP_SWITCH);
	/* The area that a restore needs is the one it restores from. */
	ops[0].region = ops[1].region = op->region;
	if (op->kind == SWC_OP_FXRSTOR || op->kind == SWC_OP_XRSTOR)
		ops[0].offset = ops[1].offset = op->offset;
	else if (op->region == 1)
		ops[0].offset = ops[1].offset = SP;
	ops[1].imm = 7;
	ops[2].dst = SWC_REG_RAX;
	ops[3].dst = SWC_REG_RDX;
	ops[6].flags = SWC_OPF_BACK;
	if (op->kind == SWC_OP_SWITCH)
		ops[0] = ops[1] = sequence_op(SWC_OP_MARK);
	s->regions[0] = (struct swc_region){.pages = 4};
	s->regions[1] = (struct swc_region){.pages = 4};
	s->program = (struct swc_program){
		.ops = ops,
		.regions = s->regions,
		.nops = ARRAY_SIZE(s->ops),
		.nregions = ARRAY_SIZE(s->regions),
		.entry_region = 1,
		.entry_offset = SP,
	};
}

/* Return: whether the verifier took it, for the caller to count. */
static bool check_single(const struct swc_op *op, __u64 at)
{
	struct swc_caps caps = caps_all();
	struct swc_binding binding = {.pedestal = 4};
	__u64 region[2];
	struct single s;
	struct emitted e;
	struct verified v;

	single_init(&s, op);
	verify(&v, &s.program, &caps);
	if (v.accepted) {
		bind_at(&binding, region, &s.program, at);
		assert_true(emit(&e, &v.proof, &binding));
		check_code(&s.program, &caps, &binding, e.code.bytes, e.bytes);
		emitted_free(&e);
	}
	verified_free(&v);
	return v.accepted;
}

static __u32 immediate_of(enum swc_op_kind kind)
{
	switch (kind) {
	case SWC_OP_CHAIN:
	case SWC_OP_NOP:
		return 3;
	case SWC_OP_SP:
	case SWC_OP_ALIGN:
		return 8;
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		return 0xf7c1; /* neither RCX, RBX, nor R11 */
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return 7;
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		return 24;
	default:
		return 0;
	}
}

static struct swc_op basic(enum swc_op_kind kind)
{
	const struct swc_op_traits *t = swc_op_traits(kind);
	struct swc_op op = sequence_op(kind);

	op.imm = immediate_of(kind);
	op.size = t->traits & SWC_HAS_SIZE ? 8 : 0;
	if (t->sizes & 16)
		op.size = 16;
	if (t->traits & SWC_HAS_DST)
		op.dst = SWC_REG_RSI;
	if (t->traits & SWC_HAS_SRC)
		op.src = SWC_REG_RDI;
	return op;
}

/* Every size with every register as destination, source and both. */
static __u32 check_registers(struct swc_op op, const struct swc_op_traits *t)
{
	bool dst = t->traits & SWC_HAS_DST;
	bool src = t->traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT);
	__u32 reg, flags, n = 0;

	for (reg = 0; reg <= 16; reg++) {
		if (dst)
			op.dst = reg & 15;
		if (src)
			op.src = reg == 16 ? SWC_REG_NONE : 15 - reg;
		for (flags = 0; flags <= t->flags; flags += t->flags ?: 1) {
			op.flags = flags & ~SWC_OPF_BACK;
			n += check_single(&op, LOW);
		}
		if (!dst && !src)
			break;
	}
	return n;
}

static void test_registers(void **state)
{
	const struct swc_op_traits *t;
	enum swc_op_kind kind;
	struct swc_op op;
	__u32 size, n, least;

	(void)state;
	for (kind = 1; kind < SWC_OP_KINDS; kind++) {
		t = swc_op_traits(kind);
		op = basic(kind);
		n = least = 0;
		for (size = t->sizes ? 1 : 0; size <= 64; size *= 2) {
			op.size = size;
			n += check_registers(op, t);
			if (!size)
				break;
		}
		least = t->sizes ? __builtin_popcount(t->sizes) : 1;
		if (t->traits & (SWC_HAS_DST | SWC_HAS_SRC | SWC_HAS_SRC_OPT))
			least *= 12; /* of 15 or 16, in either role */
		assert_in_range(n, least, 1000);
	}
}

/* RSP as a value, which is taken off again, with and without a second source. */
static void test_sp_value(void **state)
{
	struct swc_op op = basic(SWC_OP_LEA);
	__u32 dst, base, n = 0;

	(void)state;
	op.src = SWC_REG_RSP;
	for (dst = 0; dst <= 15; dst++) {
		for (base = 0; base <= 16; base++) {
			op.dst = dst;
			op.base = base == 16 ? SWC_REG_NONE : base;
			op.size = base % 2 ? 4 : 8;
			n += check_single(&op, LOW);
			n += check_single(&op, HIGH);
		}
	}
	assert_int_equal(n, 2 * 15 * 16);
}

/* Every register as base, and RSP with displacements of every length. */
static void test_addresses(void **state)
{
	static const __u32 offsets[] = {0,	   0x40,	SP - 0x88,
					SP - 0x90, SP - 0x80,	SP - 8,
					SP,	   SP + 0x70,	SP + 0x77,
					SP + 0x78, SP + 0x1000, SP - 0x40,
					SP + 0x40, SP + 0x80};
	enum swc_op_kind kind;
	struct swc_op op;
	__u32 base, i, n;

	(void)state;
	for (kind = 1; kind < SWC_OP_KINDS; kind++) {
		if (!(swc_op_traits(kind)->traits & SWC_HAS_MEM))
			continue;
		op = basic(kind);
		for (n = 0, base = 0; base <= 16; base++) {
			op.base = base == 16 ? SWC_REG_NONE : base;
			for (i = 0; i < ARRAY_SIZE(offsets); i++) {
				op.offset = offsets[i];
				op.region = i % 2;
				n += check_single(&op, LOW);
				n += check_single(&op, HIGH);
				op.region = 1;
				n += check_single(&op, LOW);
			}
		}
		assert_in_range(n, 14 * 12, 1000);
	}
}

static void test_immediates(void **state)
{
	static const __u32 masks[] = {1, 0xffef, 0x8000, 0x1000, 0xc8, 0x100};
	struct swc_op op;
	__u32 i;

	(void)state;
	op = basic(SWC_OP_NOP);
	for (op.imm = 1; op.imm <= 9; op.imm++)
		assert_true(check_single(&op, LOW));
	op = basic(SWC_OP_CHAIN);
	for (op.imm = 1; op.imm <= 4096; op.imm *= 2)
		assert_true(check_single(&op, LOW));
	op = basic(SWC_OP_SP);
	for (i = 0; i < 0x2000; i += 0xff8) {
		op.imm = i;
		assert_true(check_single(&op, LOW));
		op.imm = -i;
		assert_int_equal(check_single(&op, LOW), i < SP);
	}
	op = basic(SWC_OP_ALIGN);
	for (op.imm = 8; op.imm <= SWC_MAX_ALIGNMENT; op.imm *= 2)
		assert_true(check_single(&op, LOW));
	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		op = basic(SWC_OP_SAVE);
		op.imm = masks[i];
		assert_true(check_single(&op, LOW));
		op.kind = SWC_OP_RESTORE;
		assert_true(check_single(&op, LOW));
	}
	op = basic(SWC_OP_XSAVE);
	for (op.imm = 1; op.imm < 0xe8; op.imm++) {
		if (!(op.imm & ~0xe7u))
			assert_true(check_single(&op, LOW));
	}
	/* LEA and SWITCH with a second source that needs REX.X or REX.B. */
	op = basic(SWC_OP_LEA);
	for (i = 0; i < 16 * 16; i++) {
		op.src = i / 16;
		op.base = i % 16;
		check_single(&op, LOW);
	}
}

/* Calls, returns and the end in every nesting. */
static void test_blocks(void **state)
{
#define S "region s 2; region t 2; entry s+0x1000; "
	static const char *const texts[] = {
		S "call; ret",
		S "call; ret; call; ret; nop 1",
		S "call; nop 9; nop 9; nop 9; nop 4; ret",  /* 32 bytes */
		S "call; nop 9; nop 9; nop 1; switch back", /* with its JMP */
		S "call; call; call; ret; ret; ret",
		S "call; call; nop 1; ret; call; ret; nop 2; ret; nop 3",
		S "call; nop 1; switch back", /* never returns */
		S "call; call; nop 1; sp 16; lfence",
		S "call; call; pop; ret; nop 9",
		S "call; call; sp 8; ret; call; ret",
		S "call; switch t+0x1000; call; switch s+0xff8; ret; "
		  "switch t+0xff8; ret; switch back",
		S "call; call; switch s+0xff8; ret; switch s+0xff0; nop 1; "
		  "switch back",
		"region s 1; switch s+0x800; call; nop 5; ret; switch back",
		"region s 1; switch s+0x800; call; nop 5; switch back; nop 5",
		"mark x",
		"branch taken; branch not-taken; jump; nop 1",
		S "alu; branch taken; mul; branch taken; branch not-taken",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		check_text(texts[i], ACCEPTED);
#undef S
}

/* If the flags are those of zero, a taken branch is a JE, else a JMP. */
static void check_taken(const char *before, __u8 opcode)
{
	struct swc_caps caps = caps_all();
	struct swc_binding binding = {.context = LOW};
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct sequence s;
	struct emitted e;
	struct verified v;
	char text[256];
	__u8 *code;
	__u32 i, n = 0;

	snprintf(text, sizeof(text),
		 "region s 2; entry s+0x1000; %s; nop 7; branch taken; nop 7",
		 before);
	sequence_from(&s, text);
	program = sequence_program(&s);
	assert_true(verify(&v, &program, &caps));
	bind_at(&binding, region, &program, LOW);
	assert_true(emit(&e, &v.proof, &binding));
	code = e.code.bytes;
	for (i = 7; i + 9 < e.bytes; i++) {
		if (memcmp(code + i - 7, "\x0f\x1f\x80\0\0\0", 7) ||
		    memcmp(code + i + 2, "\x0f\x1f\x80\0\0\0", 7))
			continue;
		n++;
		if (code[i] != opcode)
			fail_msg("%s: branch is %#x", before, code[i]);
	}
	assert_int_equal(n, 1);
	emitted_free(&e);
	verified_free(&v);
	sequence_free(&s);
}

static void test_branches(void **state)
{
	static const char *const zero[] = {
		"nop 1",
		"alu",
		"test",
		"testload s+0x1800",
		"lock rmw s+0x1800",
		"cmpxchg s+0x1800",
		"mov; push; pop",
		"call; ret",
		"mul; test",
		"sp 0; alu",
		"chain 3",
		"lea; xadd s+0x1800",
		"switch back",
		"aluload s+0x1800",
		"store s+0x1800; lfence",
	};
	static const char *const unknown[] = {
		"sp 8; sp -8",
		"mul",
		"test; mul",
		"call; pop; alu",
		"call; pop; test",
		"call; pop; chain 1",
		"testload s+0x800",
		"aluload s+0x800",
		"rmw s+0x800",
		"load s+0x800; test src=rax dst=rcx",
		"load s+0x800; cmpxchg s+0x1800",
		"load s+0x800; testload s+0x1800 src=rax",
		"vstore s+0x1800; cmpxchg s+0x1800",
		"cmpxchg s+0x800",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(zero); i++)
		check_taken(zero[i], 0x74);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		check_taken(unknown[i], 0xeb);
}

/* Size of a program for these places, checked; 0: refused. */
static __u32 bytes_for(struct swc_binding binding, const __u64 *region)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;
	struct verified v;
	struct emitted e;
	__u32 bytes;

	sequence_from(&s, "region a 2; region s 2; entry s+0x1000;"
			  "load a+0x1ff8; store s+0 base=rsp; call; ret");
	program = sequence_program(&s);
	assert_true(verify(&v, &program, &caps));
	binding.region = region;
	emit(&e, &v.proof, &binding);
	bytes = e.bytes;
	if (bytes)
		check_code(&program, &caps, &binding, e.code.bytes, e.bytes);
	emitted_free(&e);
	verified_free(&v);
	sequence_free(&s);
	return bytes;
}

static void test_bindings(void **state)
{
	const __u64 good[][3] = {
		/* context, region a, region s */
		{0x10000, 0x20000, 0x30000},
		{0x7fff0000, 0x7fffd000, 0x10000},
		{0x10000, 0x30000, 0x7fffd000},
		{0xffffffff80000000, 0xffffffff90000000, 0xffffffffa0000000},
		{0xffffffffffff0000, 0xffffffffffffd000, 0xffffffff80000000},
	};
	const __u64 bad[][3] = {
		{0x10000, 0x20000, 0x7fffe000}, /* RSP may be at the end */
		{0x10000, 0x20000, 0x7ffff000},
		{0x10000, 0x20000, 0x80000000},
		{0x10000, 0x100000000, 0x20000},
		{0x10000, 0x7f0000000000, 0x20000},
		{0x10000, 0xffffffff7ffff000, 0x20000},
		{0x80000000, 0x10000, 0x20000},
		{0x7ffffff0, 0x10000, 0x20000},
		{0xffffffff7ffffff8, 0x10000, 0x20000},
		/* RSP-relative from one half to the other is out of reach. */
		{0x7fff0000, 0x7fff1000, 0xffffffff80000000},
		{0x7fff0000, 0xffffffff80000000, 0x7fff1000},
		{0xffffffff80000000, 0x10000, 0x20000},
	};
	struct swc_binding binding = {.pedestal = 0};
	__u32 i, bare;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		binding.context = good[i][0];
		if (!bytes_for(binding, good[i] + 1))
			fail_msg("binding %u is refused", i);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		binding.context = bad[i][0];
		if (bytes_for(binding, bad[i] + 1))
			fail_msg("bad binding %u isn't refused", i);
	}
	binding.context = good[0][0];
	bare = bytes_for(binding, good[0] + 1);
	binding.landing_pad = true;
	assert_in_range(bytes_for(binding, good[0] + 1), bare, bare + 32);
	for (i = 0; i < 40; i++) {
		binding.pedestal = i;
		assert_true(bytes_for(binding, good[0] + 1));
	}
	binding.pedestal = SWC_MAX_PEDESTAL;
	assert_in_range(bytes_for(binding, good[0] + 1), bare + 2900,
			bare + 3200);
}

/* Back to back, the loop's own instructions once and twice. */
static void test_loops(void **state)
{
	static const char *const texts[] = {
		"nop 1",
		"region s 2; entry s+0x1000; call; push src=rbx; pop; ret",
		"region s 2; region t 2; entry s+0x1000; call; switch t+0x800;"
		"call; nop 3; switch back", /* ends elsewhere than in block 0 */
	};
	struct swc_caps caps = caps_all();
	struct swc_binding binding = {.pedestal = 0};
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct sequence s;
	struct verified v;
	struct emitted e;
	__u32 i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(texts); i++) {
		sequence_from(&s, texts[i / 2]);
		program = sequence_program(&s);
		assert_true(verify(&v, &program, &caps));
		bind_at(&binding, region, &program, i % 2 ? LOW : HIGH);
		binding.loop.iterations = 1000;
		for (binding.loop.copies = 1; binding.loop.copies <= 2;
		     binding.loop.copies++) {
			assert_true(emit(&e, &v.proof, &binding));
			check_code(&program, &caps, &binding, e.code.bytes,
				   e.bytes);
			emitted_free(&e);
		}
		verified_free(&v);
		sequence_free(&s);
	}
}

/*
 * Code that lies as recorded is called from the loop itself: between the call, which the
 * recording doesn't place, and the counter there is no jump, nor before it.
 */
static void test_loop_joins(void **state)
{
	static const __u8 turn[] = {0x31, 0xc0, 0xe8}, counter[] = {0x83, 0x2c};
	struct swc_binding binding = {.loop = {.iterations = 9, .copies = 1}};
	struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	const __u8 *call;
	struct sequence s;
	struct verified v;
	struct emitted e;

	(void)state;
	sequence_from(&s, "region s 2; entry s+0x1000; call; fn f;"
			  "nop 1 code=5.3+7; ret code=5.3+8");
	program = sequence_program(&s);
	assert_true(verify(&v, &program, &caps));
	bind_at(&binding, region, &program, LOW);
	assert_true(emit(&e, &v.proof, &binding));
	call = memmem(e.code.bytes, e.bytes, turn, sizeof(turn));
	assert_non_null(call);
	assert_memory_equal(call + 2 + SWC_CALL_BYTES, counter,
			    sizeof(counter));
	check_code(&program, &caps, &binding, e.code.bytes, e.bytes);
	emitted_free(&e);
	verified_free(&v);
	sequence_free(&s);
}

/*
 * An iteration begins with zeros as the verifier's proof does: what an earlier iteration
 * may leave otherwise is cleared, what is proved to be 0 isn't, but for RAX.
 */
static void test_loop_clears(void **state)
{
	static const struct {
		const char *text;
		__u32 clears;
	} cases[] = {
		{"nop 1", 1},
		{"alu dst=rbx src=rcx; load s+0x1800 dst=rdx", 1},
		{"load s+0x10 dst=rdx; load s+0x18 dst=r15", 1 | 4 | 0x8000},
		{"load s+0x10 dst=rdx; imm dst=rdx", 1},
	};
	struct swc_caps caps = caps_all();
	struct swc_code code = {.bytes = NULL};
	struct swc_program program;
	struct sequence s;
	struct verified v;
	char text[256];
	__u32 i, reg;
	__u8 bytes[64];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "region s 2; entry s+0x1000; %s",
			 cases[i].text);
		sequence_from(&s, text);
		program = sequence_program(&s);
		assert_true(verify(&v, &program, &caps));
		code = (struct swc_code){.bytes = bytes,
					 .capacity = sizeof(bytes)};
		swc_loop_head(&v.proof, &code);
		for (reg = 0; reg < 16; reg++)
			assert_int_equal(!!(v.proof.zero_end & (1u << reg)),
					 !(cases[i].clears & ~1u &
					   (1u << reg)));
		assert_int_equal(
			code.used,
			2 * __builtin_popcount(cases[i].clears & 0xff) +
				3 * __builtin_popcount(cases[i].clears &
						       0xff00));
		verified_free(&v);
		sequence_free(&s);
	}
}

/* No sample takes longer than a replay may. */
static void test_loop_iterations(void **state)
{
	struct swc_proof proof = {.bound.again = {.core = 900, .memory = 60}};

	(void)state;
	assert_int_equal(swc_loop_iterations(&proof, 7), 7);
	assert_int_equal(swc_loop_iterations(&proof, 1u << 30),
			 1 + SWC_MAX_CYCLES / 1000);
	proof.bound.first.memory = SWC_MAX_CYCLES;
	assert_int_equal(swc_loop_iterations(&proof, 7), 1);
}

/* A buffer that is too small: the size is returned, and nothing is written. */
static void test_capacity(void **state)
{
	struct swc_caps caps = caps_all();
	struct random random = {.state = 0x5eed3};
	struct swc_binding binding = {.pedestal = 40};
	__u64 region[GENERATED_REGIONS];
	struct swc_code code;
	struct generated g;
	struct guarded small;
	struct emitted e;
	struct verified v;

	(void)state;
	generate(&g, &random, &caps);
	assert_true(verify(&v, &g.program, &caps));
	bind_at(&binding, region, &g.program, LOW);
	assert_true(emit(&e, &v.proof, &binding));
	guarded_alloc(&small, e.bytes - 8);
	code = (struct swc_code){.bytes = small.bytes, .capacity = e.bytes - 8};
	assert_int_equal(swc_emit(&v.proof, &binding, e.workspace.bytes, &code),
			 e.bytes);
	assert_int_equal(((__u8 *)small.bytes)[0], 0);
	guarded_free(&small);
	emitted_free(&e);
	verified_free(&v);
}

static void test_random(void **state)
{
	struct random random = {.state = 0x5eed4};
	struct swc_caps caps = caps_all();
	struct generated g;
	__u32 i;

	(void)state;
	for (i = 0; i < 300; i++) {
		generate(&g, &random, &caps);
		check_accepted(&g.program, &caps);
	}
}

/*
 * A taken branch and the jump after it lead to the same place, of which one may be within
 * reach of a short jump and the other not.
 */
static void test_reach(void **state)
{
	struct swc_program program;
	struct sequence s;
	char text[128];
	unsigned int at;

	(void)state;
	for (at = 10 * 64; at < 17 * 64; at++) {
		snprintf(text, sizeof(text),
			 "nop 1 code=1.13+0; branch taken code=1.13+1; "
			 "nop 1 code=1.%u+%u",
			 at / 64, at % 64);
		sequence_from(&s, text);
		program = sequence_program(&s);
		check_every_way(&program);
		sequence_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_sp_value),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_immediates),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_bindings),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_loop_joins),
		cmocka_unit_test(test_loop_clears),
		cmocka_unit_test(test_loop_iterations),
		cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
