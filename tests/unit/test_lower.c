// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lowered.h"

/*
 * Planted calls of several instructions are made a trace and lowered: stacks, regions,
 * alignment, loops. Each instruction alone is test_lowerinstruction.c's.
 */

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
