// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "decode.h"
#include "traceformat.h"

/* Planted instructions, and what the CPU does with memory for each of them. */

#define R TRACE_ACCESS_READ
#define W TRACE_ACCESS_WRITE
#define A TRACE_ACCESS_ATOMIC
#define I TRACE_ACCESS_IMPLICIT

#define ADDRESS 0x1000ull
#define RSP	0x7000ull
#define FS	0x90000ull

static const struct user_regs_struct registers = {
	.rax = 0x100,
	.rbx = 0x2000,
	.rcx = 3,
	.rdx = 0,
	.rsi = 0x4000,
	.rdi = 0x5000,
	.rbp = 0x8000,
	.rsp = RSP,
	.r12 = 0xffffffff00003000,
	.fs_base = FS,
};

struct planted {
	const char *name;
	uint8_t length;
	uint8_t bytes[12];
	enum insn_kind kind;
	bool atomic;
	struct insn_access accesses[INSN_MAX_MEMORY]; /* size 0: none */
};

static const struct planted planted[] = {
	{"push rax", 1, {0x50}, INSN_PLAIN, false, {{RSP - 8, 8, W | I}}},
	{"pushfq", 1, {0x9c}, INSN_PLAIN, false, {{RSP - 8, 8, W | I}}},
	{"push [rsp+8]",
	 4,
	 {0xff, 0x74, 0x24, 0x08},
	 INSN_PLAIN,
	 false,
	 {{RSP + 8, 8, R}, {RSP - 8, 8, W | I}}},
	{"pop rax", 1, {0x58}, INSN_PLAIN, false, {{RSP, 8, R | I}}},
	{"pop [rsp+8]",
	 4,
	 {0x8f, 0x44, 0x24, 0x08},
	 INSN_PLAIN,
	 false,
	 {{RSP, 8, R | I}, {RSP + 16, 8, W}}},
	{"call rel",
	 5,
	 {0xe8, 0, 0, 0, 0},
	 INSN_CALL,
	 false,
	 {{RSP - 8, 8, W | I}}},
	{"call [rbx]",
	 2,
	 {0xff, 0x13},
	 INSN_CALL,
	 false,
	 {{0x2000, 8, R}, {RSP - 8, 8, W | I}}},
	{"ret", 1, {0xc3}, INSN_RET, false, {{RSP, 8, R | I}}},
	{"leave", 1, {0xc9}, INSN_PLAIN, false, {{0x8000, 8, R | I}}},
	{"enter 16",
	 4,
	 {0xc8, 16, 0, 0},
	 INSN_PLAIN,
	 false,
	 {{RSP - 8, 8, W | I}}},
	{"enter 16, 1",
	 4,
	 {0xc8, 16, 0, 1},
	 INSN_PLAIN,
	 false,
	 {{RSP - 8, 8, W | I}, {RSP - 16, 8, W | I}}},
	{"jne", 2, {0x75, 0}, INSN_BRANCH, false, {{0}}},
	{"jmp [rbx]", 2, {0xff, 0x23}, INSN_JUMP, false, {{0x2000, 8, R}}},
	{"syscall", 2, {0x0f, 0x05}, INSN_SYSCALL, false, {{0}}},
	{"xchg [rbx], rax",
	 3,
	 {0x48, 0x87, 0x03},
	 INSN_PLAIN,
	 true,
	 {{0x2000, 8, R | W | A}}},
	{"xchg rbx, rcx", 3, {0x48, 0x87, 0xcb}, INSN_PLAIN, false, {{0}}},
	{"lock cmpxchg [rbx], ecx",
	 4,
	 {0xf0, 0x0f, 0xb1, 0x0b},
	 INSN_PLAIN,
	 true,
	 {{0x2000, 4, R | W | A}}},
	{"cmpxchg [rbx], ecx",
	 3,
	 {0x0f, 0xb1, 0x0b},
	 INSN_PLAIN,
	 false,
	 {{0x2000, 4, R | W}}},
	{"lock xadd [rbx], rax",
	 5,
	 {0xf0, 0x48, 0x0f, 0xc1, 0x03},
	 INSN_PLAIN,
	 true,
	 {{0x2000, 8, R | W | A}}},
	{"nop [rax]", 3, {0x0f, 0x1f, 0x00}, INSN_PLAIN, false, {{0}}},
	{"prefetcht0 [rbx]", 3, {0x0f, 0x18, 0x0b}, INSN_PLAIN, false, {{0}}},
	{"prefetchw [rbx]", 3, {0x0f, 0x0d, 0x0b}, INSN_PLAIN, false, {{0}}},
	{"lea rax, [rbx+rcx*4]",
	 4,
	 {0x48, 0x8d, 0x04, 0x8b},
	 INSN_PLAIN,
	 false,
	 {{0}}},
	{"mov rax, [rbx+rcx*4+16]",
	 5,
	 {0x48, 0x8b, 0x44, 0x8b, 0x10},
	 INSN_PLAIN,
	 false,
	 {{0x2000 + 12 + 16, 8, R}}},
	{"mov eax, [r12d]",
	 5,
	 {0x67, 0x41, 0x8b, 0x04, 0x24},
	 INSN_PLAIN,
	 false,
	 {{0x3000, 4, R}}},
	{"mov rax, [rip+0x10]",
	 7,
	 {0x48, 0x8b, 0x05, 0x10, 0, 0, 0},
	 INSN_PLAIN,
	 false,
	 {{ADDRESS + 7 + 0x10, 8, R}}},
	{"mov rax, fs:-8",
	 9,
	 {0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff},
	 INSN_PLAIN,
	 false,
	 {{FS - 8, 8, R}}},
	{"movups [rsp+16], xmm0",
	 5,
	 {0x0f, 0x11, 0x44, 0x24, 0x10},
	 INSN_PLAIN,
	 false,
	 {{RSP + 16, 16, W}}},
	{"movsq",
	 2,
	 {0x48, 0xa5},
	 INSN_PLAIN,
	 false,
	 {{0x4000, 8, R | I}, {0x5000, 8, W | I}}},
	{"rep stosq",
	 3,
	 {0xf3, 0x48, 0xab},
	 INSN_PLAIN,
	 false,
	 {{0x5000, 24, W | I}}},
	{"rep movsb",
	 2,
	 {0xf3, 0xa4},
	 INSN_PLAIN,
	 false,
	 {{0x4000, 3, R | I}, {0x5000, 3, W | I}}},
	{"bt [rbx], rax: bit 256",
	 4,
	 {0x48, 0x0f, 0xa3, 0x03},
	 INSN_PLAIN,
	 false,
	 {{0x2000 + 32, 8, R}}},
	{"fxsave [rbx]",
	 3,
	 {0x0f, 0xae, 0x03},
	 INSN_PLAIN,
	 false,
	 {{0x2000, 512, W}}},
};

static void check(const struct planted *p)
{
	struct insn_access accesses[INSN_MAX_ACCESSES];
	unsigned int n, expected = 0, i;
	struct insn insn;

	if (insn_decode(&insn, ADDRESS, p->bytes, p->length))
		fail_msg("%s: not decoded", p->name);
	if (insn.zydis.length != p->length || insn.kind != p->kind ||
	    insn.atomic != p->atomic || insn.opaque)
		fail_msg("%s: length %u kind %d atomic %d opaque %d", p->name,
			 insn.zydis.length, insn.kind, insn.atomic,
			 insn.opaque);
	n = insn_accesses(&insn, &registers, NULL, registers.rcx, accesses);
	while (expected < INSN_MAX_MEMORY && p->accesses[expected].size)
		expected++;
	if (n != expected)
		fail_msg("%s: %u accesses, expected %u", p->name, n, expected);
	for (i = 0; i < n; i++)
		if (accesses[i].address != p->accesses[i].address ||
		    accesses[i].size != p->accesses[i].size ||
		    accesses[i].flags != p->accesses[i].flags)
			fail_msg("%s: access %u: 0x%llx %llu bytes, flags 0x%x",
				 p->name, i,
				 (unsigned long long)accesses[i].address,
				 (unsigned long long)accesses[i].size,
				 accesses[i].flags);
}

static void knows_what_the_cpu_does(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		check(&planted[i]);
}

static void rep_counts_iterations(void **state)
{
	static const uint8_t stosq[] = {0xf3, 0x48, 0xab};
	struct user_regs_struct backwards = registers;
	struct insn_access accesses[INSN_MAX_ACCESSES];
	struct insn insn;

	(void)state;
	assert_int_equal(insn_decode(&insn, ADDRESS, stosq, 3), 0);
	assert_true(insn.rep);
	assert_int_equal(insn_accesses(&insn, &registers, NULL, 0, accesses),
			 0);
	backwards.eflags = 1 << 10;
	assert_int_equal(insn_accesses(&insn, &backwards, NULL, 4, accesses),
			 1);
	assert_int_equal(accesses[0].address, 0x5000 - 3 * 8);
	assert_int_equal(accesses[0].size, 4 * 8);
}

#define LEVELS 4
#define WORDS  32
#define FRAME  28 /* where RBP points to, below the end */
#define TOP    16 /* where RSP does */

/* Execute ENTER with a stack of our own. */
static void enter(uint64_t *stack)
{
	__asm__ volatile("mov %%rsp, %%r12; mov %%rbp, %%r13\n\t"
			 "mov %0, %%rbp; mov %1, %%rsp\n\t"
			 "enter $0, %2\n\t"
			 "mov %%r12, %%rsp; mov %%r13, %%rbp"
			 :
			 : "r"(stack + FRAME), "r"(stack + TOP), "i"(LEVELS)
			 : "r12", "r13", "memory", "cc");
}

/* Compared with what the CPU itself does: every word has a value of its own. */
static void enter_copies_frame_pointers(void **state)
{
	static const uint8_t code[] = {0xc8, 0, 0, 32 + LEVELS};
	struct insn_access accesses[INSN_MAX_ACCESSES];
	struct user_regs_struct before = registers;
	uint64_t stack[WORDS], expected[WORDS];
	struct insn insn;
	unsigned int n, i;

	(void)state;
	for (i = 0; i < WORDS; i++)
		stack[i] = expected[i] = 1000 + i;
	before.rbp = (uintptr_t)(stack + FRAME);
	before.rsp = (uintptr_t)(stack + TOP);
	assert_int_equal(insn_decode(&insn, ADDRESS, code, sizeof(code)), 0);
	n = insn_accesses(&insn, &before, NULL, 1, accesses);
	assert_int_equal(n, 2 * LEVELS);
	for (i = 0; i < n; i++) {
		uint64_t *at = (uint64_t *)(uintptr_t)accesses[i].address;

		assert_int_equal(accesses[i].size, 8);
		assert_int_equal(accesses[i].flags & R,
				 i % 2 && i < n - 1 ? R : 0);
		if (i == 0)
			*(expected + (at - stack)) = before.rbp;
		else if (i == n - 1)
			*(expected + (at - stack)) = before.rsp - 8;
		else if (accesses[i].flags & W)
			*(expected + (at - stack)) =
				*(uint64_t *)(uintptr_t)accesses[i - 1].address;
	}
	enter(stack);
	for (i = 0; i < WORDS; i++)
		assert_int_equal(stack[i], expected[i]);
}

static void bit_strings_reach_backwards(void **state)
{
	static const uint8_t bt[] = {0x48, 0x0f, 0xa3, 0x03};
	struct user_regs_struct before = registers;
	struct insn_access accesses[INSN_MAX_ACCESSES];
	struct insn insn;

	(void)state;
	before.rax = (unsigned long long)-1;
	assert_int_equal(insn_decode(&insn, ADDRESS, bt, sizeof(bt)), 0);
	assert_int_equal(insn_accesses(&insn, &before, NULL, 1, accesses), 1);
	assert_int_equal(accesses[0].address, 0x2000 - 8);
}

static void xsave_has_the_size_of_its_components(void **state)
{
	static const uint8_t xsave[] = {0x0f, 0xae, 0x23};
	struct user_regs_struct x87 = registers, all = registers;
	struct insn_access accesses[INSN_MAX_ACCESSES];
	struct insn insn;

	(void)state;
	x87.rax = 1;
	all.rax = 0xffffffff;
	assert_int_equal(insn_decode(&insn, ADDRESS, xsave, 3), 0);
	assert_int_equal(insn_accesses(&insn, &x87, NULL, 1, accesses), 1);
	assert_int_equal(accesses[0].size, 512 + 64);
	assert_int_equal(insn_accesses(&insn, &all, NULL, 1, accesses), 1);
	assert_true(accesses[0].size >= 512 + 64);
	assert_int_equal(accesses[0].size % 8, 0);
}

/*
 * The truth comes from this CPU: an image of its own registers, loaded with
 * known values. Components that it lacks aren't tested.
 */
__attribute__((target("xsave,avx512f,avx512bw,avx512vl"))) static bool
own_vectors(struct vectors *vectors)
{
	static const int32_t index[16] = {0, 1, -1, 3,	4,  5,	6,  7,
					  8, 9, 10, 11, 12, 13, 14, 15};
	static const int64_t wide[8] = {-2, 1, 2, 3, 4, 5, 6, 7};
	static const uint32_t mask[8] = {1u << 31, 0, 1u << 31, 0,
					 0,	   0, 1u << 31, 0};

	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512vl"))
		return false;
	memset(vectors, 0, sizeof(*vectors));
	vectors->bytes = sizeof(vectors->image);
	__asm__ volatile("vmovdqu64 %1, %%zmm2\n\t"
			 "vmovdqu64 %2, %%zmm18\n\t"
			 "vmovdqu %3, %%ymm3\n\t"
			 "kmovq %4, %%k1\n\t"
			 "kmovq %5, %%k2\n\t"
			 "xsave %0"
			 : "=m"(vectors->image)
			 : "m"(index), "m"(wide), "m"(mask), "r"(0x8005ull),
			   "r"(0ull), "a"(0xe7), "d"(0)
			 : "xmm2", "xmm3", "xmm18", "k1", "k2", "memory");
	return true;
}

struct vector_case {
	const char *name;
	uint8_t length;
	uint8_t bytes[8];
	unsigned int n;
	struct insn_access accesses[4];
};

/* RAX is 0x100, RBX 0x2000. k1 is 0x8005, k2 is 0. */
static const struct vector_case vector_cases[] = {
	{"vgatherdps ymm1, [rax+ymm2*4], ymm3",
	 6,
	 {0xc4, 0xe2, 0x65, 0x92, 0x0c, 0x90},
	 3,
	 {{0x100, 4, R}, {0xfc, 4, R}, {0x118, 4, R}}},
	{"vgatherdps zmm1{k1}, [rax+zmm2*4]",
	 7,
	 {0x62, 0xf2, 0x7d, 0x49, 0x92, 0x0c, 0x90},
	 3,
	 {{0x100, 4, R}, {0xfc, 4, R}, {0x13c, 4, R}}},
	{"vpgatherqd ymm1{k1}, [rax+zmm18*8]",
	 7,
	 {0x62, 0xf2, 0x7d, 0x41, 0x91, 0x0c, 0xd0},
	 2,
	 {{0xf0, 4, R}, {0x110, 4, R}}},
	{"vpscatterqq [rax+zmm18*8]{k1}, zmm1",
	 7,
	 {0x62, 0xf2, 0xfd, 0x41, 0xa1, 0x0c, 0xd0},
	 2,
	 {{0xf0, 8, W}, {0x110, 8, W}}},
	{"vgatherdps zmm1{k2}, [rax+zmm2*4]",
	 7,
	 {0x62, 0xf2, 0x7d, 0x4a, 0x92, 0x0c, 0x90},
	 0,
	 {{0}}},
	{"vmovdqu8 [rbx]{k1}, ymm1",
	 6,
	 {0x62, 0xf1, 0x7f, 0x29, 0x7f, 0x0b},
	 1,
	 {{0x2000, 16, W}}},
	{"vmovdqu64 zmm1{k1}, [rbx]",
	 6,
	 {0x62, 0xf1, 0xfe, 0x49, 0x6f, 0x0b},
	 1,
	 {{0x2000, 24, R}}},
	{"vmovdqu64 zmm1{k2}, [rbx]",
	 6,
	 {0x62, 0xf1, 0xfe, 0x4a, 0x6f, 0x0b},
	 0,
	 {{0}}},
	{"vmovdqu64 zmm1, [rbx]",
	 6,
	 {0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x0b},
	 1,
	 {{0x2000, 64, R}}},
	{"vpcompressd [rbx]{k1}, zmm1",
	 6,
	 {0x62, 0xf2, 0x7d, 0x49, 0x8b, 0x0b},
	 1,
	 {{0x2000, 12, W}}},
	{"vpmaskmovd [rbx], ymm3, ymm1",
	 5,
	 {0xc4, 0xe2, 0x65, 0x8e, 0x0b},
	 1,
	 {{0x2000, 28, W}}},
};

static void gathers_what_the_mask_lets(void **state)
{
	struct insn_access accesses[INSN_MAX_ACCESSES];
	const struct vector_case *p;
	struct vectors vectors;
	struct insn insn;
	unsigned int n, i;

	(void)state;
	if (!own_vectors(&vectors))
		skip(); /* no AVX-512 here */
	for (p = vector_cases;
	     p < vector_cases + sizeof(vector_cases) / sizeof(*p); p++) {
		if (insn_decode(&insn, ADDRESS, p->bytes, p->length) ||
		    insn.opaque || insn.zydis.length != p->length)
			fail_msg("%s: not decoded", p->name);
		n = insn_accesses(&insn, &registers, &vectors, 1, accesses);
		if (n != p->n)
			fail_msg("%s: %u accesses", p->name, n);
		for (i = 0; i < n; i++)
			if (accesses[i].address != p->accesses[i].address ||
			    accesses[i].size != p->accesses[i].size ||
			    accesses[i].flags != p->accesses[i].flags)
				fail_msg(
					"%s: access %u: 0x%llx, %llu bytes",
					p->name, i,
					(unsigned long long)accesses[i].address,
					(unsigned long long)accesses[i].size);
	}
}

static void counts_iterations_of_ecx(void **state)
{
	static const uint8_t wide[] = {0xf3, 0xaa};
	static const uint8_t narrow[] = {0x67, 0xf3, 0xaa};
	struct user_regs_struct before = registers, after = registers;
	struct insn insn;

	(void)state;
	before.rcx = 0x700000005;
	after.rcx = 2; /* a 32-bit count clears the upper half */
	assert_int_equal(insn_decode(&insn, ADDRESS, narrow, 3), 0);
	assert_int_equal(insn_iterations(&insn, &before, &after), 3);
	assert_int_equal(insn_decode(&insn, ADDRESS, wide, 2), 0);
	assert_true(insn_iterations(&insn, &before, &after) == 0x700000003);
}

static void flags_what_it_cannot_tell(void **state)
{
	/* tileloadd tmm0, [rax+rcx] */
	static const uint8_t tile[] = {0xc4, 0xe2, 0x7b, 0x4b, 0x04, 0x08};
	struct insn insn;

	(void)state;
	assert_int_equal(insn_decode(&insn, ADDRESS, tile, sizeof(tile)), 0);
	assert_true(insn.opaque);
}

static void refuses_what_is_no_instruction(void **state)
{
	static const uint8_t cut[] = {0x48, 0x8b};
	static const uint8_t undefined[] = {0x06};
	struct insn insn;

	(void)state;
	assert_int_equal(insn_decode(&insn, ADDRESS, cut, sizeof(cut)), -1);
	assert_int_equal(insn_decode(&insn, ADDRESS, undefined, 1), -1);
	assert_int_equal(insn_decode(&insn, ADDRESS, cut, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_the_cpu_does),
		cmocka_unit_test(rep_counts_iterations),
		cmocka_unit_test(enter_copies_frame_pointers),
		cmocka_unit_test(bit_strings_reach_backwards),
		cmocka_unit_test(xsave_has_the_size_of_its_components),
		cmocka_unit_test(gathers_what_the_mask_lets),
		cmocka_unit_test(counts_iterations_of_ecx),
		cmocka_unit_test(flags_what_it_cannot_tell),
		cmocka_unit_test(refuses_what_is_no_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
