// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lowered.h"

/*
 * Each instruction alone: planted with its accesses, made a trace and lowered, it must
 * become exactly the operations that are expected, and its deviation be counted.
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
