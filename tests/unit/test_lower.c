// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lowered.h"
#include "seqtext.h"

/*
 * Planted instructions with planted accesses are made a trace and lowered; the
 * operations must be exactly those expected, and every deviation be counted.
 */

/* One instruction, between call and ret, and what it must become. */
struct expectation {
	struct planted planted;
	const char *ops[3];
	int deviation; /* that must have been counted; -1: none at all */
};

#define NONE -1

static const struct expectation expectations[] = {
	/* mov rax, [rbx + 8] */
	{{4, {0x48, 0x8b, 0x43, 0x08}, ENTRY, 0, {{HEAP + 8, 8, R, IN_HEAP}}},
	 {"load heap+0x8 8 dst=rax base=rbx"},
	 NONE},
	/* cmp dword [rip + 0x100], 0 */
	{{7,
	  {0x83, 0x3d, 0x00, 0x01, 0x00, 0x00, 0x00},
	  ENTRY,
	  0,
	  {{HEAP + 0x20, 4, R, IN_HEAP}}},
	 {"testload heap+0x20 4"},
	 NONE},
	/* lock cmpxchg [rcx], edx */
	{{4,
	  {0xf0, 0x0f, 0xb1, 0x11},
	  ENTRY,
	  0,
	  {{HEAP + 0x40, 4, R | W | A, IN_HEAP}}},
	 {"lock cmpxchg heap+0x40 4 src=rdx base=rcx"},
	 NONE},
	/* xchg [rbx], rax */
	{{3,
	  {0x48, 0x87, 0x03},
	  ENTRY,
	  0,
	  {{HEAP + 0x48, 8, R | W | A, IN_HEAP}}},
	 {"xchg heap+0x48 8 dst=rax base=rbx"},
	 NONE},
	/* lock xadd [rbx], rsi */
	{{5,
	  {0xf0, 0x48, 0x0f, 0xc1, 0x33},
	  ENTRY,
	  0,
	  {{HEAP + 0x50, 8, R | W | A, IN_HEAP}}},
	 {"lock xadd heap+0x50 8 dst=rsi base=rbx"},
	 NONE},
	/* lock inc dword [rbx + 3], misaligned: no split lock in ring 0 */
	{{4,
	  {0xf0, 0xff, 0x43, 0x03},
	  ENTRY,
	  0,
	  {{HEAP + 0x53, 4, R | W | A, IN_HEAP}}},
	 {"rmw heap+0x53 4 base=rbx"},
	 LOWER_UNLOCKED},
	/* mov [rsp - 8], rdi */
	{{5,
	  {0x48, 0x89, 0x7c, 0x24, 0xf8},
	  ENTRY,
	  0,
	  {{ENTRY - 8, 8, W, IN_STACK}}},
	 {"store gstack+0xdf8 8 src=rdi base=rsp"},
	 NONE},
	/* movups [rbx], xmm15 */
	{{4, {0x44, 0x0f, 0x11, 0x3b}, ENTRY, 0, {{HEAP + 0x60, 16, W, IN_HEAP}}},
	 {"vstore heap+0x60 16 src=xmm15 base=rbx"},
	 NONE},
	/* movzx eax, byte [rbx + 1] */
	{{4, {0x0f, 0xb6, 0x43, 0x01}, ENTRY, 0, {{HEAP + 1, 1, R, IN_HEAP}}},
	 {"load heap+0x1 1 dst=rax base=rbx"},
	 NONE},
	/* add rax, [rbx + 8] */
	{{4, {0x48, 0x03, 0x43, 0x08}, ENTRY, 0, {{HEAP + 8, 8, R, IN_HEAP}}},
	 {"aluload heap+0x8 8 dst=rax base=rbx"},
	 NONE},
	/* imul rax, [rbx]: the product of a sum */
	{{4, {0x48, 0x0f, 0xaf, 0x03}, ENTRY, 0, {{HEAP, 8, R, IN_HEAP}}},
	 {"aluload heap+0 8 dst=rax base=rbx", "mul 8 dst=rax src=rax"},
	 LOWER_CLASS},
	/* addps xmm0, [rbx]: a product instead, of the same latency */
	{{3, {0x0f, 0x58, 0x03}, ENTRY, 0, {{HEAP, 16, R, IN_HEAP}}},
	 {"vload heap+0 16 dst=xmm13 base=rbx", "vmul 16 dst=xmm0 src=xmm13"},
	 LOWER_CLASS},
	/* inc qword [rbx] */
	{{3, {0x48, 0xff, 0x03}, ENTRY, 0, {{HEAP, 8, R | W, IN_HEAP}}},
	 {"rmw heap+0 8 base=rbx"},
	 NONE},
	/* xor eax, eax */
	{{2, {0x31, 0xc0}, ENTRY, 0, {{0}}}, {"imm dst=rax"}, NONE},
	/* mov eax, 5 */
	{{5, {0xb8, 0x05, 0, 0, 0}, ENTRY, 0, {{0}}}, {"imm dst=rax"}, NONE},
	/* mov rdi, rsi */
	{{3, {0x48, 0x89, 0xf7}, ENTRY, 0, {{0}}},
	 {"mov 8 dst=rdi src=rsi"},
	 NONE},
	/* lea rax, [rbx + rcx * 8] */
	{{4, {0x48, 0x8d, 0x04, 0xcb}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rax src=rbx base=rcx"},
	 NONE},
	/* lea rax, [rsp + 8]; lea rax, [rsp + rcx]; mov rax, rsp */
	{{5, {0x48, 0x8d, 0x44, 0x24, 0x08}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rax src=rsp"},
	 NONE},
	{{4, {0x48, 0x8d, 0x04, 0x0c}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rax src=rsp base=rcx"},
	 NONE},
	{{3, {0x48, 0x89, 0xe0}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rax src=rsp"},
	 NONE},
	/* cmp rsp, rax: the flags don't wait for RSP */
	{{3, {0x48, 0x39, 0xc4}, ENTRY, 0, {{0}}},
	 {"test 8 dst=rax"},
	 LOWER_SP_SOURCE},
	/* imul rax, rbx */
	{{4, {0x48, 0x0f, 0xaf, 0xc3}, ENTRY, 0, {{0}}},
	 {"mul 8 dst=rax src=rbx"},
	 NONE},
	/* nop dword [rax] */
	{{3, {0x0f, 0x1f, 0x00}, ENTRY, 0, {{0}}}, {"nop 3"}, NONE},
	/* je, taken and not */
	{{2, {0x74, 0x00}, ENTRY, TRACE_STEP_TAKEN, {{0}}},
	 {"branch taken"},
	 NONE},
	{{2, {0x74, 0x00}, ENTRY, 0, {{0}}}, {"branch not-taken"}, NONE},
	/* cpuid: must not be replayed */
	{{2, {0x0f, 0xa2}, ENTRY, 0, {{0}}}, {"nop 2"}, LOWER_ELIDED},
	/* mov rax, fs:[-8] */
	{{9,
	  {0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff},
	  ENTRY,
	  0,
	  {{TLS + 0x10, 8, R, IN_TLS}}},
	 {"segment load tls+0x10 8 dst=rax"},
	 NONE},
	/* mov fs:[rax], edx; lock add fs:[rbx + rcx], eax */
	{{3, {0x64, 0x89, 0x10}, ENTRY, 0, {{TLS + 0x10, 4, W, IN_TLS}}},
	 {"segment store tls+0x10 4 src=rdx base=rax"},
	 NONE},
	{{5,
	  {0x64, 0xf0, 0x01, 0x04, 0x0b},
	  ENTRY,
	  0,
	  {{TLS + 0x10, 4, R | W | A, IN_TLS}}},
	 {"lock segment rmw tls+0x10 4 src=rax base=rbx index=rcx"},
	 NONE},
	/* mov rax, fs:[rsp]: RSP is the stack's */
	{{5,
	  {0x64, 0x48, 0x8b, 0x04, 0x24},
	  ENTRY,
	  0,
	  {{TLS + 0x10, 8, R, IN_TLS}}},
	 {"load tls+0x10 8 dst=rax base=rsp"},
	 LOWER_TLS},
	/* mov rax, [rbx + rcx * 8] */
	{{4, {0x48, 0x8b, 0x04, 0xcb}, ENTRY, 0, {{HEAP + 16, 8, R, IN_HEAP}}},
	 {"load heap+0x10 8 dst=rax base=rbx index=rcx"},
	 NONE},
	/* rep stosq of 24 bytes */
	{{3, {0xf3, 0x48, 0xab}, ENTRY, 0, {{HEAP + 0x80, 24, W, IN_HEAP}}},
	 {"fill heap+0x80 24 8 base=rdi"},
	 NONE},
	/* rep movsb of 24 bytes */
	{{2,
	  {0xf3, 0xa4},
	  ENTRY,
	  0,
	  {{HEAP + 0x80, 24, R, IN_HEAP}, {HEAP + 0xc3, 24, W, IN_HEAP}}},
	 {"copy heap+0xc3 24 1 base=rdi from=heap+0x80"},
	 NONE},
	/* repe cmpsb of 2 bytes: no fast string */
	{{2,
	  {0xf3, 0xa6},
	  ENTRY,
	  0,
	  {{HEAP + 0x80, 2, R, IN_HEAP}, {HEAP + 0xc0, 2, R, IN_HEAP}}},
	 {"testload heap+0x80 2 base=rsi", "testload heap+0xc0 2 base=rdi"},
	 LOWER_COST},
	/* movsq */
	{{2,
	  {0x48, 0xa5},
	  ENTRY,
	  0,
	  {{HEAP + 0x80, 8, R, IN_HEAP}, {HEAP + 0xc0, 8, W, IN_HEAP}}},
	 {"testload heap+0x80 8 base=rsi", "store heap+0xc0 8 base=rdi"},
	 LOWER_CLASS},
	/* div rcx, idiv ecx */
	{{3, {0x48, 0xf7, 0xf1}, ENTRY, 0, {{0}}},
	 {"div 8 src=rcx"},
	 LOWER_CLASS},
	{{2, {0xf7, 0xf9}, ENTRY, 0, {{0}}}, {"div 4 src=rcx"}, LOWER_CLASS},
	/* mul rcx: both halves of the product */
	{{3, {0x48, 0xf7, 0xe1}, ENTRY, 0, {{0}}},
	 {"mul 8 dst=rax src=rcx", "mov 8 dst=rdx src=rax"},
	 LOWER_CLASS},
	/* imul rax, rbx, 10: the old rax is no factor */
	{{4, {0x48, 0x6b, 0xc3, 0x0a}, ENTRY, 0, {{0}}},
	 {"mov 8 dst=rax src=rbx", "mul 8 dst=rax src=rax"},
	 LOWER_SPLIT},
	/* cqo */
	{{2, {0x48, 0x99}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rdx src=rax"},
	 LOWER_CLASS},
	/* movsxd rdi, esi: not eliminated as a move is */
	{{3, {0x48, 0x63, 0xfe}, ENTRY, 0, {{0}}},
	 {"lea 8 dst=rdi src=rsi"},
	 NONE},
	/* cmove rax, rbx and sete al wait for the flags */
	{{4, {0x48, 0x0f, 0x44, 0xc3}, ENTRY, 0, {{0}}},
	 {"cmov 8 dst=rax src=rbx"},
	 NONE},
	{{3, {0x0f, 0x94, 0xc0}, ENTRY, 0, {{0}}},
	 {"cmov 4 dst=rax src=rax"},
	 LOWER_CLASS},
	/* shl rax, 3; add rax, 8: only the second may vanish at rename */
	{{4, {0x48, 0xc1, 0xe0, 0x03}, ENTRY, 0, {{0}}},
	 {"alu 8 dst=rax src=rax"},
	 LOWER_CLASS},
	{{4, {0x48, 0x83, 0xc0, 0x08}, ENTRY, 0, {{0}}},
	 {"alu 8 dst=rax"},
	 NONE},
	/* popcnt rax, rbx */
	{{5, {0xf3, 0x48, 0x0f, 0xb8, 0xc3}, ENTRY, 0, {{0}}},
	 {"mov 8 dst=rax src=rbx", "mul 8 dst=rax src=rax"},
	 LOWER_CLASS},
	/* xchg rax, rbx */
	{{2, {0x48, 0x93}, ENTRY, 0, {{0}}},
	 {"alu 8 dst=rbx src=rax", "alu 8 dst=rax src=rbx"},
	 LOWER_CLASS},
	/* cmp rax, rbx; test rax, rax */
	{{3, {0x48, 0x39, 0xd8}, ENTRY, 0, {{0}}},
	 {"test 8 dst=rax src=rbx"},
	 NONE},
	{{3, {0x48, 0x85, 0xc0}, ENTRY, 0, {{0}}}, {"test 8 dst=rax"}, NONE},
	/* movq xmm3, rax; movd eax, xmm3 */
	{{5, {0x66, 0x48, 0x0f, 0x6e, 0xd8}, ENTRY, 0, {{0}}},
	 {"vput 8 dst=xmm3 src=rax"},
	 NONE},
	{{4, {0x66, 0x0f, 0x7e, 0xd8}, ENTRY, 0, {{0}}},
	 {"vget 4 dst=rax src=xmm3"},
	 NONE},
	/* pmovmskb eax, xmm3 */
	{{4, {0x66, 0x0f, 0xd7, 0xc3}, ENTRY, 0, {{0}}},
	 {"vget 4 dst=rax src=xmm3"},
	 LOWER_CLASS},
	/* pxor xmm2, xmm2; movaps xmm1, xmm2 */
	{{4, {0x66, 0x0f, 0xef, 0xd2}, ENTRY, 0, {{0}}},
	 {"valu 16 dst=xmm2 src=xmm2"},
	 NONE},
	{{3, {0x0f, 0x28, 0xca}, ENTRY, 0, {{0}}},
	 {"valu 16 dst=xmm1 src=xmm1", "valu 16 dst=xmm1 src=xmm2"},
	 LOWER_SPLIT},
	/* mulps xmm1, xmm2; divps xmm1, xmm2; pslld xmm1, 3 */
	{{3, {0x0f, 0x59, 0xca}, ENTRY, 0, {{0}}},
	 {"vmul 16 dst=xmm1 src=xmm2"},
	 LOWER_CLASS},
	{{3, {0x0f, 0x5e, 0xca}, ENTRY, 0, {{0}}},
	 {"vmul 16 dst=xmm1 src=xmm2", "vmul 16 dst=xmm1 src=xmm2",
	  "vmul 16 dst=xmm1 src=xmm2"},
	 LOWER_CLASS},
	{{5, {0x66, 0x0f, 0x72, 0xf1, 0x03}, ENTRY, 0, {{0}}},
	 {"valu 16 dst=xmm1 src=xmm13"},
	 LOWER_CLASS},
	/* movntdq [rbx], xmm1; movnti [rbx], rax */
	{{4, {0x66, 0x0f, 0xe7, 0x0b}, ENTRY, 0, {{HEAP + 64, 16, W, IN_HEAP}}},
	 {"nt vstore heap+0x40 16 src=xmm1 base=rbx"},
	 NONE},
	{{4, {0x48, 0x0f, 0xc3, 0x03}, ENTRY, 0, {{HEAP + 64, 8, W, IN_HEAP}}},
	 {"nt store heap+0x40 8 src=rax base=rbx"},
	 NONE},
	/* fld1; fldl [rbx]: the x87 stack is xmm7 */
	{{2, {0xd9, 0xe8}, ENTRY, 0, {{0}}},
	 {"valu 16 dst=xmm7 src=xmm13"},
	 LOWER_CLASS},
	/* cmpxchg16b: the lower half */
	{{5,
	  {0xf0, 0x48, 0x0f, 0xc7, 0x0b},
	  ENTRY,
	  0,
	  {{HEAP + 0x40, 16, R | W | A, IN_HEAP}}},
	 {NULL},
	 LOWER_WIDTH},
	/* xchg [rbx + 3], rax, misaligned */
	{{4,
	  {0x48, 0x87, 0x43, 0x03},
	  ENTRY,
	  0,
	  {{HEAP + 3, 8, R | W | A, IN_HEAP}}},
	 {"rmw heap+0x3 8 base=rbx"},
	 LOWER_UNLOCKED},
	/* syscall; prefetcht0 [rbx]; vzeroupper */
	{{2, {0x0f, 0x05}, ENTRY, 0, {{0}}}, {"nop 2"}, LOWER_SYSCALL},
	{{3, {0x0f, 0x18, 0x0b}, ENTRY, 0, {{0}}}, {"nop 3"}, LOWER_ELIDED},
	{{3, {0xc5, 0xf8, 0x77}, ENTRY, 0, {{0}}}, {"vzero"}, NONE},
	/* xsavec [rbx]: the header is cleared for the xsave that stands for it */
	{{4,
	  {0x0f, 0xc7, 0x63, 0x00},
	  ENTRY,
	  0,
	  {{HEAP + 0x400, 1024, W, IN_HEAP}}},
	 {"store heap+0x600 8 base=rbx", "store heap+0x608 8 base=rbx",
	  "xsave heap+0x400 0x7 base=rbx"},
	 LOWER_CLASS},
	/* xrstor [rbx] of what no save has written: touched in pieces */
	{{3, {0x0f, 0xae, 0x2b}, ENTRY, 0, {{HEAP + 0x400, 1024, R, IN_HEAP}}},
	 {NULL},
	 LOWER_CHUNKED},
	/* fxsave [rbx] */
	{{3, {0x0f, 0xae, 0x03}, ENTRY, 0, {{HEAP + 0x200, 512, W, IN_HEAP}}},
	 {"fxsave heap+0x200 base=rbx"},
	 NONE},
};

static size_t deviations(const struct lowering *l)
{
	size_t i, n = 0;

	for (i = 0; i < LOWER_DEVIATIONS; i++)
		n += i == LOWER_CALLER_CALL ? 0 : l->count[i];
	return n;
}

static void test_each_instruction(void **state)
{
	struct planted steps[3] = {0};
	struct lowered l;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(expectations); i++) {
		const struct expectation *e = &expectations[i];

		steps[0] = e->planted;
		steps[1] = planted_ret;
		planted_lower(&l, steps, false);
		assert_string_equal(planted_text(&l, 0), "call");
		for (k = 0; k < 3 && e->ops[k]; k++)
			assert_string_equal(planted_text(&l, 1 + k), e->ops[k]);
		assert_string_equal(planted_text(&l, l.sequence.nops - 1),
				    "ret");
		if (e->ops[0])
			assert_int_equal(l.sequence.nops, k + 2);
		if (e->deviation == NONE)
			assert_int_equal(deviations(&l.lowering), 0);
		else
			assert_true(l.lowering.count[e->deviation] > 0);
		planted_done(&l);
	}
}

/* Frames, a call, a stack switch there and back: RSP follows the recording. */
static void test_stacks(void **state)
{
	static const struct planted steps[MAX_STEPS] = {
		/* push rbp */
		{1, {0x55}, ENTRY, 0, {{ENTRY - 8, 8, W, IN_STACK}}},
		/* sub rsp, 0x18 */
		{4, {0x48, 0x83, 0xec, 0x18}, ENTRY - 8, 0, {{0}}},
		/* mov rsp, [rbx] */
		{3,
		 {0x48, 0x8b, 0x23},
		 ENTRY - 0x20,
		 0,
		 {{HEAP + 0x38, 8, R, IN_HEAP}}},
		/* call rax */
		{2,
		 {0xff, 0xd0},
		 OTHER,
		 TRACE_STEP_TAKEN,
		 {{OTHER - 8, 8, W, IN_G0STACK}}},
		/* ret */
		{1,
		 {0xc3},
		 OTHER - 8,
		 TRACE_STEP_TAKEN,
		 {{OTHER - 8, 8, R, IN_G0STACK}}},
		/* mov rsp, rdx */
		{3, {0x48, 0x89, 0xd4}, OTHER, 0, {{0}}},
		/* add rsp, 0x18 */
		{4, {0x48, 0x83, 0xc4, 0x18}, ENTRY - 0x20, 0, {{0}}},
		/* pop rbp */
		{1, {0x5d}, ENTRY - 8, 0, {{ENTRY - 8, 8, R, IN_STACK}}},
		/* ret */
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
	};
	static const char *const expected[] = {
		"call",
		"push src=rbp",
		"sp -24",
		"load heap+0x38 8 dst=rbp base=rbx",
		"switch g0stack+0xc00 base=rbp",
		"call indirect base=rax",
		"ret",
		"switch gstack+0xde0 base=rdx",
		"sp 24",
		"pop dst=rbp",
		"ret",
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	planted_texts(&l, expected, ARRAY_SIZE(expected));
	assert_int_equal(l.lowering.instructions, 9);
	assert_int_equal(l.lowering.count[LOWER_SWITCH_SOURCE], 0);
	assert_int_equal(l.lowering.count[LOWER_INDIRECT], 0);
	assert_int_equal(l.lowering.count[LOWER_RENAMED], 0);
	assert_int_equal(l.lowering.ops,
			 l.lowering.instructions +
				 l.lowering.count[LOWER_CALLER_CALL] +
				 l.lowering.count[LOWER_SPLIT] +
				 l.lowering.count[LOWER_CHUNKED]);
	assert_int_equal(l.sequence.entry_offset, ENTRY + 8 - STACK);
	planted_done(&l);
}

/*
 * A register loaded from where a return address lies isn't proved to be 0: the
 * dependency is dropped, counted, and the rest of the chain kept.
 */
static void test_unproved_base(void **state)
{
	static const struct planted steps[MAX_STEPS] = {
		/* mov rbx, [rsp] */
		{4,
		 {0x48, 0x8b, 0x1c, 0x24},
		 ENTRY,
		 0,
		 {{ENTRY, 8, R, IN_STACK}}},
		/* mov rax, [rbx + 8] */
		{4,
		 {0x48, 0x8b, 0x43, 0x08},
		 ENTRY,
		 0,
		 {{HEAP + 8, 8, R, IN_HEAP}}},
		/* add rax, [rax + 8] */
		{4,
		 {0x48, 0x03, 0x40, 0x08},
		 ENTRY,
		 0,
		 {{HEAP + 8, 8, R, IN_HEAP}}},
		/* ret */
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	assert_string_equal(planted_text(&l, 1),
			    "load gstack+0xe00 8 dst=rbx base=rsp");
	assert_string_equal(planted_text(&l, 2), "load heap+0x8 8 dst=rax");
	assert_string_equal(planted_text(&l, 3),
			    "aluload heap+0x8 8 dst=rax base=rax");
	assert_int_equal(l.lowering.count[LOWER_BASE], 1);
	planted_done(&l);
}

/* Page offsets stay, pages of a stack keep their distance, others close up. */
static void test_pages(void **state)
{
	static const struct planted steps[MAX_STEPS] = {
		{4,
		 {0x48, 0x8b, 0x43, 0x08},
		 ENTRY,
		 0,
		 {{HEAP + 0x1123, 8, R, IN_HEAP}}},
		{5,
		 {0x48, 0x89, 0x7c, 0x24, 0xf8},
		 ENTRY,
		 0,
		 {{STACK + 0x1ff8, 8, W, IN_STACK}}},
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
	};
	int heap, stack;
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	heap = names_find(&l.sequence.region_names, "heap");
	stack = names_find(&l.sequence.region_names, "gstack");
	assert_true(heap >= 0 && stack >= 0);
	assert_int_equal(l.sequence.regions[heap].pages, 1);
	assert_int_equal(l.sequence.regions[stack].pages, 2);
	assert_int_equal(l.sequence.ops[1].offset, 0x123);
	assert_int_equal(l.sequence.ops[2].offset, 0x1ff8);
	planted_done(&l);
}

/*
 * RSP is aligned as the program does it, where that leads to the same place; an alignment
 * to 256 bytes, and one by a register, are steps.
 */
static void test_align(void **state)
{
	static const struct planted steps[MAX_STEPS] = {
		/* sub rsp, 0x18 */
		{4, {0x48, 0x83, 0xec, 0x18}, ENTRY, 0, {{0}}},
		/* and rsp, -16 */
		{4, {0x48, 0x83, 0xe4, 0xf0}, ENTRY - 0x18, 0, {{0}}},
		/* and rsp, -64 */
		{4, {0x48, 0x83, 0xe4, 0xc0}, ENTRY - 0x20, 0, {{0}}},
		/* and rsp, -128, by an immediate of 4 bytes */
		{7,
		 {0x48, 0x81, 0xe4, 0x80, 0xff, 0xff, 0xff},
		 ENTRY - 0x40,
		 0,
		 {{0}}},
		/* and rsp, -256 */
		{7,
		 {0x48, 0x81, 0xe4, 0x00, 0xff, 0xff, 0xff},
		 ENTRY - 0x80,
		 0,
		 {{0}}},
		/* mov rsp, rdx */
		{3, {0x48, 0x89, 0xd4}, ENTRY - 0x100, 0, {{0}}},
		/* ret */
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
	};
	static const char *const expected[] = {
		"call",
		"sp -24",
		"align 16",
		"align 64",
		"align 128",
		"sp -128",
		"switch gstack+0xe00 base=rdx",
		"ret",
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	planted_texts(&l, expected, ARRAY_SIZE(expected));
	planted_done(&l);
}

/* RSP may rest on a page that is never accessed, only the one below it. */
static void test_untouched_stack_page(void **state)
{
	static const struct planted steps[MAX_STEPS] = {
		/* mov rsp, rdx: to 16 bytes into a page */
		{3, {0x48, 0x89, 0xd4}, ENTRY, 0, {{0}}},
		/* sub rsp, 0x18: to the page below */
		{4, {0x48, 0x83, 0xec, 0x18}, G0STACK + 0x1010, 0, {{0}}},
		/* mov [rsp - 8], rdi */
		{5,
		 {0x48, 0x89, 0x7c, 0x24, 0xf8},
		 G0STACK + 0xff8,
		 0,
		 {{G0STACK + 0xff0, 8, W, IN_G0STACK}}},
		/* mov rsp, rdx */
		{3, {0x48, 0x89, 0xd4}, G0STACK + 0xff8, 0, {{0}}},
		/* ret */
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	assert_string_equal(planted_text(&l, 1),
			    "switch g0stack+0x1010 base=rdx");
	assert_string_equal(planted_text(&l, 2), "sp -24");
	assert_string_equal(planted_text(&l, 3),
			    "store g0stack+0xff0 8 src=rdi base=rsp");
	assert_string_equal(planted_text(&l, 4),
			    "switch gstack+0xe00 base=rdx");
	planted_done(&l);
}

/* RBP is a register as any other. */
static void test_rbp(void **state)
{
	const struct planted steps[] = {
		/* mov ebp, 5 */
		{5, {0xbd, 5, 0, 0, 0}, ENTRY, 0, {{0}}},
		/* xchg [rbx], rbp */
		{3,
		 {0x48, 0x87, 0x2b},
		 ENTRY,
		 0,
		 {{HEAP, 8, R | W | A, IN_HEAP}}},
		/* mov [rbp + 8], rax */
		{4, {0x48, 0x89, 0x45, 0x08}, ENTRY, 0, {{HEAP, 8, W, IN_HEAP}}},
		/* mov rbp, rsp */
		{3, {0x48, 0x89, 0xe5}, ENTRY, 0, {{0}}},
		/* lea rax, [rcx + rbp] */
		{4, {0x48, 0x8d, 0x04, 0x29}, ENTRY, 0, {{0}}},
		/* leave */
		{1, {0xc9}, ENTRY, 0, {{ENTRY - 8, 8, R, IN_STACK}}},
		planted_ret,
		{0},
	};
	static const char *const expected[] = {
		"call",
		"imm dst=rbp",
		"xchg heap+0 8 dst=rbp base=rbx",
		"store heap+0 8 src=rax base=rbp",
		"lea 8 dst=rbp src=rsp",
		"lea 8 dst=rax src=rcx base=rbp",
		"switch gstack+0xdf8 base=rbp",
		"pop dst=rbp",
		"ret",
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	planted_texts(&l, expected, ARRAY_SIZE(expected));
	assert_int_equal(l.lowering.count[LOWER_RENAMED], 0);
	planted_done(&l);
}

/* mov rsp, [rsi + 8], to the other stack, then one more instruction, and back. */
static size_t switch_with(struct lowered *l, struct planted behind)
{
	const struct planted steps[] = {
		{4,
		 {0x48, 0x8b, 0x66, 0x08},
		 ENTRY,
		 0,
		 {{HEAP + 8, 8, R, IN_HEAP}}},
		behind,
		/* mov rsp, rdi */
		{3, {0x48, 0x89, 0xfc}, OTHER, 0, {{0}}},
		planted_ret,
		{0},
	};

	planted_lower(l, steps, false);
	return l->lowering.count[LOWER_SWITCH_SOURCE];
}

/*
 * RSP waits for the memory that it is loaded from, by a register that isn't
 * needed: one that is written, as a whole, before it is read.
 */
static void test_spare_register(void **state)
{
	static const struct {
		struct planted behind;
		const char *load; /* NULL: no register is to be had */
	} cases[] = {
		{{5, {0xb9, 1, 0, 0, 0}, OTHER, 0, {{0}}}, /* mov ecx, 1 */
		 "load heap+0x8 8 dst=rcx base=rsi"},
		/* lea rcx, [rdx + 8]: rdx is needed */
		{{4, {0x48, 0x8d, 0x4a, 0x08}, OTHER, 0, {{0}}},
		 "load heap+0x8 8 dst=rcx base=rsi"},
		/* mov cl, 1 keeps the rest of RCX */
		{{2, {0xb1, 0x01}, OTHER, 0, {{0}}}, NULL},
		/* add rcx, 8 reads it */
		{{4, {0x48, 0x83, 0xc1, 0x08}, OTHER, 0, {{0}}}, NULL},
		/* mov rcx, [rcx]: an address is needed, too */
		{{3, {0x48, 0x8b, 0x09}, OTHER, 0, {{HEAP + 16, 8, R, IN_HEAP}}},
		 NULL},
	};
	struct lowered l;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		n = switch_with(&l, cases[i].behind);
		assert_int_equal(n, cases[i].load ? 0 : 1);
		assert_string_equal(planted_text(&l, 1),
				    cases[i].load
					    ? cases[i].load
					    : "testload heap+0x8 8 base=rsi");
		assert_string_equal(planted_text(&l, 2),
				    cases[i].load
					    ? "switch g0stack+0xc00 base=rcx"
					    : "switch g0stack+0xc00");
		planted_done(&l);
	}
}

/* The address waits for both of its registers, whichever was written last. */
static void test_address_registers(void **state)
{
	/* mov rbx, 0; mov rcx, 0; then mov rax, [rbx + rcx * 8] */
	const struct planted rbx = {5, {0xbb}, ENTRY, 0, {{0}}};
	const struct planted rcx = {5, {0xb9}, ENTRY, 0, {{0}}};
	const struct planted use = {
		4, {0x48, 0x8b, 0x04, 0xcb}, ENTRY, 0, {{HEAP, 8, R, IN_HEAP}}};
	const struct planted first[] = {rcx, rbx, use, planted_ret, {0}};
	const struct planted second[] = {rbx, rcx, use, planted_ret, {0}};
	struct lowered l;

	(void)state;
	planted_lower(&l, first, false);
	assert_string_equal(planted_text(&l, 3),
			    "load heap+0 8 dst=rax base=rbx index=rcx");
	planted_done(&l);
	planted_lower(&l, second, false);
	assert_string_equal(planted_text(&l, 3),
			    "load heap+0 8 dst=rax base=rbx index=rcx");
	assert_int_equal(l.lowering.count[LOWER_ADDRESS_REGISTER], 0);
	planted_done(&l);
}

/* Accesses and nothing else, and the sequence says so. */
/*
 * A loop of two turns: the branch back isn't taken, as the next turn follows. One back
 * to where control hasn't been is taken, and so is one forward.
 */
static void test_loop(void **state)
{
	static const struct planted steps[] = {
		{3, {0x48, 0x01, 0xc8}, ENTRY, 0, {{0}}}, /* add rax, rcx */
		{2, {0x75, 0xee}, ENTRY, TRACE_STEP_TAKEN, {{0}}},
		{3, {0x48, 0x01, 0xc8}, ENTRY, PLANTED_AGAIN(0), {{0}}},
		{2, {0x75, 0xee}, ENTRY, PLANTED_AGAIN(1), {{0}}},
		{2, {0x75, 0x0e}, ENTRY, TRACE_STEP_TAKEN, {{0}}},
		{1, {0xc3}, ENTRY, 0, {{ENTRY, 8, R, IN_STACK}}},
		{0}};
	static const char *const told[] = {"call",
					   "alu 8 dst=rax src=rcx",
					   "branch not-taken",
					   "alu 8 dst=rax src=rcx",
					   "branch not-taken",
					   "branch taken",
					   "ret"};
	struct lowered l;
	size_t i;

	(void)state;
	planted_lower(&l, steps, false);
	assert_int_equal(l.sequence.nops, ARRAY_SIZE(told));
	for (i = 0; i < ARRAY_SIZE(told); i++)
		assert_string_equal(planted_text(&l, i), told[i]);
	assert_int_equal(l.lowering.count[LOWER_LOOP], 1);
	planted_done(&l);
}

static void test_touch_only(void **state)
{
	const struct planted steps[] = {
		/* add rax, [rbx + 8]; lock inc dword [rcx]; mov [rdi], al */
		{4,
		 {0x48, 0x03, 0x43, 0x08},
		 ENTRY,
		 0,
		 {{HEAP + 8, 8, R, IN_HEAP}}},
		{3,
		 {0xf0, 0xff, 0x01},
		 ENTRY,
		 0,
		 {{HEAP + 0x40, 4, R | W | A, IN_HEAP}}},
		{2, {0x88, 0x07}, ENTRY, 0, {{HEAP + 0x81, 1, W, IN_HEAP}}},
		{4, {0x48, 0x83, 0xc1, 0x08}, ENTRY, 0, {{0}}}, /* add rcx, 8 */
		planted_ret,
		{0},
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, true);
	assert_true(l.sequence.touch_only);
	assert_int_equal(l.sequence.entry_region, SWC_NO_REGION);
	assert_int_equal(l.sequence.nops, 4);
	assert_string_equal(planted_text(&l, 0), "testload heap+0x8 8");
	assert_string_equal(planted_text(&l, 1), "rmw heap+0x40 4");
	assert_string_equal(planted_text(&l, 2), "store heap+0x81 1");
	assert_string_equal(planted_text(&l, 3), "testload gstack+0xe00 8");
	planted_done(&l);
	planted_lower(&l, steps, false);
	assert_false(l.sequence.touch_only);
	planted_done(&l);
}

/* Is it a line that an operation names? */
static bool is_of_op(const struct sequence *s, const struct swc_touch *touch)
{
	size_t i;

	for (i = 0; i < s->nops; i++) {
		if (SWC_CODE_PAGE(s->ops[i].code) == touch->page + 1 &&
		    SWC_CODE_LINE(s->ops[i].code) % 64 == touch->line)
			return true;
	}
	return false;
}

/* Own code that the program had fetched is named as operations name it. */
static void test_own_code(void **state)
{
	const struct planted steps[] = {
		{4, {0x48, 0x83, 0xc1, 0x08}, ENTRY, 0, {{0}}}, /* add rcx, 8 */
		{4, {0x48, 0x83, 0xc1, 0x08}, ENTRY, 0, {{0}}},
		{4, {0x48, 0x83, 0xc1, 0x08}, ENTRY, 0, {{0}}},
		{4, {0x48, 0x83, 0xc1, 0x08}, ENTRY, 0, {{0}}},
		planted_ret, /* in the second line */
		{0},
	};
	struct lowered l;
	size_t i;

	(void)state;
	planted_lower(&l, steps, false);
	assert_int_equal(l.sequence.ntouches, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(l.sequence.touches[i].region,
				 SWC_TOUCH_OWN_CODE);
		assert_true(is_of_op(&l.sequence, &l.sequence.touches[i]));
	}
	planted_done(&l);
}

/* With touches, each region says which page of its table its first one is. */
static void test_places(void **state)
{
	const struct planted steps[] = {
		/* mov rcx, [rbx]: in the page after the stack's */
		{3,
		 {0x48, 0x8b, 0x0b},
		 ENTRY,
		 0,
		 {{HEAP + 0x18, 8, R, IN_HEAP}}},
		planted_ret,
		{0},
	};
	const struct sequence *s;
	struct lowered l;
	int heap, stack;

	(void)state;
	planted_lower(&l, steps, false);
	s = &l.sequence;
	heap = names_find(&s->region_names, "heap");
	stack = names_find(&s->region_names, "gstack");
	assert_true(heap >= 0 && stack >= 0);
	assert_int_equal(s->places[heap] % 512, HEAP / 4096 % 512);
	assert_int_equal(s->places[stack] % 512, STACK / 4096 % 512);
	assert_int_not_equal(s->places[heap], s->places[stack]);
	planted_done(&l);
}

/* One instruction may access more than a sequence holds, and that is soon seen. */
static void test_too_long(void **state)
{
	const struct planted steps[] = {
		/* repe scasb */
		{2, {0xf3, 0xae}, ENTRY, 0, {{HEAP, 16u << 20, R, IN_HEAP}}},
		planted_ret,
		{0},
	};
	struct lowered l;

	(void)state;
	planted_refused(&l, steps, "2 instructions make more than");
	assert_true(l.lowering.ops <= SWC_MAX_OPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_instruction),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_unproved_base),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_rbp),
		cmocka_unit_test(test_align),
		cmocka_unit_test(test_untouched_stack_page),
		cmocka_unit_test(test_spare_register),
		cmocka_unit_test(test_address_registers),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_touch_only),
		cmocka_unit_test(test_own_code),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
