// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/chunks.h"

/* Loops whose turns are executed by the same code, and those that can't be. */

#define S "region s 2; region d 8; entry s+0x1000; nop 4 code=1.0+0; "

/* A loop of @turns turns: @body, which moves by @stride, then a test and the branch back. */
struct loop {
	const char *body; /* %d: the offset */
	unsigned int turns;
	int from;
	int stride;
	const char *after; /* what follows, or NULL */
	/* first, length, count, step, tests, or "": none */
	const char *found;
};

#define TEST "test 8 dst=rdi src=rcx code=1.1+20; "
#define BACK "branch not-taken code=1.1+23; "

static const struct loop loops[] = {
	/* An array is added up, as by probe_consume(). */
	{"load d+%d 4 dst=rdx base=rdi code=1.1+0; alu 8 dst=rdi code=1.1+3;"
	 "alu 8 dst=rax src=rdx code=1.1+7; " TEST BACK,
	 64, 0x600, 4, "nop 3 code=1.1+25", "1 5 64 1 1"},
	/* Strides of one byte, of lines, of pages, downwards, and none at all. */
	{"load d+%d 1 code=1.1+0; " BACK, 9, 7, 1, NULL, "1 2 9 1 0"},
	{"store d+%d 8 code=1.1+0; " TEST BACK, 100, 0, 64, NULL,
	 "1 3 100 8 1"},
	{"load d+%d 8 code=1.1+0; " TEST BACK, 8, 0, 4096, NULL, "1 3 8 512 1"},
	{"load d+%d 8 code=1.1+0; " TEST BACK, 8, 0x7000, -24, NULL,
	 "1 3 8 -3 1"},
	{"load d+%d 8 code=1.1+0; " TEST BACK, 8, 0x7000, 0, NULL, "1 3 8 1 1"},
	{"alu 8 dst=rax code=1.1+0; " TEST BACK, 1000, 0, 0, NULL,
	 "1 3 1000 1 1"},
	/* By a segment, by RSP, of vectors, locked; the branch by a CMP of memory. */
	{"segment load d+%d 8 code=1.1+0; " BACK, 5, 0, 8, NULL, "1 2 5 1 0"},
	{"load d+%d 8 base=rsp code=1.1+0; " BACK, 5, 0, 8, NULL, "1 2 5 1 0"},
	{"vload d+%d 32 dst=xmm3 code=1.1+0; valu 32 dst=xmm3 src=xmm4 "
	 "code=1.1+5; " TEST BACK,
	 40, 0, 32, NULL, "1 4 40 4 1"},
	{"lock rmw d+%d 8 src=rbx code=1.1+0; testload d+0x40 8 code=1.1+9; " BACK,
	 6, 0, 16, NULL, "1 3 6 2 0"},
	/* A branch inside, and code that jumps to another place. */
	{"load d+%d 8 code=1.1+0; branch not-taken code=1.1+5; "
	 "branch taken code=1.1+7; nop 2 code=1.1+12; " BACK,
	 7, 0, 8, NULL, "1 5 7 1 0"},
	{"load d+%d 8 code=1.1+0; branch taken code=1.1+5; "
	 "nop 2 code=1.1+50; nop 1 code=1.1+52; branch not-taken code=1.1+53;",
	 7, 0, 8, NULL, "1 5 7 1 0"},
	/* An operand that has two registers can stay, but not move; none moves far. */
	{"load d+%d 8 code=1.1+0; load d+0 8 index=rbx base=rbx code=1.1+5;" BACK,
	 7, 0, 8, NULL, "1 3 7 1 0"},
	{"load d+%d 8 index=rbx base=rbx code=1.1+5;" BACK, 7, 0, 8, NULL, ""},
	{"load d+%d 8 code=1.1+0; " TEST BACK, 4, 0, 4104, NULL, ""},
	/* Too few, and what isn't known well enough. */
	{"load d+%d 8 code=1.1+0; " TEST BACK, 3, 0, 8, NULL, ""},
	{"load d+%d 8 code=1.1; " TEST BACK, 9, 0, 8, NULL, ""},
	{"push code=1.1+0; pop dst=rax code=1.1+1; " BACK, 9, 0, 0, NULL, ""},
	{"fxsave d+0 code=1.1+0; " BACK, 9, 0, 0, NULL, ""},
	/* A branch on, not back. */
	{"load d+%d 8 code=1.1+30; " BACK, 9, 0, 8, NULL, ""},
	/* The next turn isn't a whole one. */
	{"load d+%d 8 code=1.1+0; alu 8 dst=rbx code=1.1+9; " BACK, 9, 0, 8,
	 "load d+0x800 8 code=1.1+0; nop 1 code=1.2+0", "1 3 9 1 0"},
};

static void text_of(const struct loop *l, char *text)
{
	unsigned int i;

	strcpy(text, S);
	for (i = 0; i < l->turns; i++)
		sprintf(text + strlen(text), l->body,
			l->from + (int)i * l->stride);
	strcat(text, l->after ? l->after : "");
}

static void check_found(const struct swc_program *program, const char *expected)
{
	struct swc_turns *turns = calloc(program->nops, sizeof(*turns));
	struct swc_caps caps = caps_all();
	struct verified v;
	char found[256];
	__u32 n;

	assert_non_null(turns);
	assert_true(verify(&v, program, &caps));
	n = swc_turns_find(&v.proof, turns);
	assert_int_equal(n, *expected != '\0');
	sprintf(found, "%u %u %u %d %d", turns->first, turns->length,
		turns->count, turns->step, turns->tests);
	if (n)
		assert_string_equal(found, expected);
	verified_free(&v);
	free(turns);
}

static void test_loops(void **state)
{
	static char text[1 << 20];
	struct swc_program program;
	struct sequence s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(loops); i++) {
		text_of(&loops[i], text);
		sequence_from(&s, text);
		program = sequence_program(&s);
		check_found(&program, loops[i].found);
		check_every_way(&program);
		sequence_free(&s);
	}
}

/* Any part of it, where it may end in the middle of a turn. */
static void test_beginnings(void **state)
{
	static char text[1 << 16];
	struct swc_program program;
	struct sequence s;

	(void)state;
	text_of(&loops[0], text);
	sequence_from(&s, text);
	program = sequence_program(&s);
	for (program.open_end = true; --program.nops > 300;)
		check_every_way(&program);
	sequence_free(&s);
}

/* No register is left: a turn uses all of them. */
static void test_no_counter(void **state)
{
	static const char *const regs[] = {"rax", "rcx", "rdx", "rbx", "rbp",
					   "rsi", "rdi", "r8",	"r9",  "r10",
					   "r11", "r12", "r13", "r14", "r15"};
	static char text[1 << 16];
	struct swc_program program;
	struct sequence s;
	size_t i, k, left;

	(void)state;
	for (left = 0; left < 2; left++) {
		strcpy(text, S);
		for (i = 0; i < 9; i++) {
			for (k = left; k < ARRAY_SIZE(regs); k++)
				sprintf(text + strlen(text),
					"alu 8 dst=%s code=2.1+%zu; ", regs[k],
					3 * k);
			strcat(text, "branch not-taken code=2.1+50; ");
		}
		sequence_from(&s, text);
		program = sequence_program(&s);
		check_found(&program, left ? "1 15 9 1 0" : "");
		check_every_way(&program);
		sequence_free(&s);
	}
}

/* The register that is left isn't known to be 0. */
static void test_unknown(void **state)
{
	static char text[1 << 16];
	struct swc_program program;
	struct sequence s;
	size_t i, k;

	(void)state;
	strcpy(text, "region s 2; entry s+0x1000; call code=1.0+0;"
		     "pop dst=rax code=1.0+5; nop 4 code=1.0+9; ");
	for (i = 0; i < 9; i++) {
		for (k = 8; k < 16; k++)
			sprintf(text + strlen(text),
				"alu 8 dst=r%zu code=2.1+%zu; ", k, 3 * k - 24);
		strcat(text,
		       "alu 8 dst=rcx src=rdx code=2.1+30; alu 8 dst=rbx "
		       "src=rbp code=2.1+33; alu 8 dst=rsi src=rdi code=2.1+36;"
		       "branch not-taken code=2.1+50; ");
	}
	sequence_from(&s, text);
	program = sequence_program(&s);
	check_found(&program, "");
	check_every_way(&program);
	sequence_free(&s);
}

/*
 * Lines that come once more, at most: those of a turn, whenever moving operands have come by
 * as many lines as the smallest second-level cache has ways.
 */
static void test_lines_again(void **state)
{
	static const struct {
		struct loop loop;
		__u32 turned;
	} again[] = {
		/* 64 turns of 5 operations, and 100 of 3, of which one moves. */
		{{"load d+%d 4 dst=rdx base=rdi code=1.1+0; alu 8 dst=rdi "
		  "code=1.1+3; alu 8 dst=rax src=rdx code=1.1+7; " TEST BACK,
		  64, 0x600, 4, NULL, ""},
		 64 / 8 * 6},
		{{"store d+%d 8 code=1.1+0; " TEST BACK, 100, 0, 64, NULL, ""},
		 100 / 8 * 4},
		/* Nothing moves; and there is no loop. */
		{{"alu 8 dst=rax code=1.1+0; " TEST BACK, 1000, 0, 0, NULL, ""},
		 0},
		{{"load d+%d 8 code=1.1+0; " TEST BACK, 3, 0, 8, NULL, ""}, 0},
	};
	struct swc_binding binding = {.pedestal = 4};
	const struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS];
	static char text[1 << 20];
	struct swc_program program;
	struct sequence s;
	struct verified v;
	struct emitted e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(again); i++) {
		text_of(&again[i].loop, text);
		sequence_from(&s, text);
		program = sequence_program(&s);
		assert_true(verify(&v, &program, &caps));
		bind_at(&binding, region, &program, 0x20000000);
		assert_true(emit(&e, &v.proof, &binding));
		assert_int_equal(e.turned, again[i].turned);
		emitted_free(&e);
		verified_free(&v);
		sequence_free(&s);
	}
}

#define LONG 3000u

/* A loop of many turns takes as many bytes as one of a few. */
static void test_long(void **state)
{
	static char text[1 << 20];
	struct loop l = {
		"alu 8 dst=rax code=1.1+0; " TEST BACK, LONG, 0, 0, NULL, ""};
	struct swc_program program;
	struct sequence s;
	__u32 bytes[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++, l.turns = SWC_MIN_TURNS) {
		text_of(&l, text);
		sequence_from(&s, text);
		program = sequence_program(&s);
		bytes[i] = check_every_way(&program);
		sequence_free(&s);
	}
	assert_int_equal(bytes[0], bytes[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_no_counter),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_lines_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
