// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/chunks.h"

/* The operations that execute the code of earlier ones, and that they do. */

#define S "region s 2; region d 1; entry s+0x1000; "

/* A function of page 2, its calls of page 1. */
#define CALL_1	 "call code=1.0+0; "
#define CALL_2	 "call code=1.0+5; "
#define BODY(op) op " code=2.0+0; ret code=2.0+9; "
#define TWICE(op, op2)    \
	S CALL_1 BODY(op) \
	CALL_2 BODY(op2)

/* Twice the same, the second time 16 bytes deeper. */
#define DEEPER(op)                                             \
	S CALL_1 BODY(op) "sp -16 code=1.1+0;"                 \
			  "call code=1.1+5;" BODY(op) "sp 16 " \
						      "code=1.2+0"

/* One that calls another: first the call, then what the other does. */
#define OUTER(op) \
	"call code=2.0+0; " op " code=3.0+0; ret code=3.0+9; ret code=2.0+5; "

/* @same: of each operation, the one whose code it executes. */
static const struct {
	const char *text;
	const char *same;
} cases[] = {
	{TWICE("nop 3", "nop 3"), "0 1 2 3 1 2 "},
	{TWICE("load d+0x10", "load d+0x10"), "0 1 2 3 1 2 "},
	/* Another operand, register, size, or place. */
	{TWICE("load d+0x10", "load d+0x18"), "0 1 2 3 4 5 "},
	{TWICE("load d+0x10 dst=rcx", "load d+0x10 dst=rdx"), "0 1 2 3 4 5 "},
	{TWICE("load d+0x10 4", "load d+0x10 8"), "0 1 2 3 4 5 "},
	{TWICE("load d+0x10 base=rbx", "load d+0x10"), "0 1 2 3 4 5 "},
	{S CALL_1 BODY("nop 3") CALL_2 "nop 3 code=2.0+1; ret code=2.0+9",
	 "0 1 2 3 4 5 "},
	/* One of them does more. */
	{S CALL_1 BODY("nop 3") CALL_2 "nop 3 code=2.0+0; nop 3 code=2.0+3;"
				       "ret code=2.0+9",
	 "0 1 2 3 4 5 6 "},
	/* As far from RSP, which is elsewhere. */
	{S CALL_1 BODY(
		 "load s+0xff8 base=rsp") "sp -16 code=1.1+0;"
					  "call code=1.1+5;" BODY(
						  "load s+0xfe8 base=rsp") "sp 16 code=1.2+0",
	 "0 1 2 3 4 1 2 7 "},
	{S CALL_1 BODY(
		 "load s+0xff8 base=rsp") "sp -16 code=1.1+0;"
					  "call code=1.1+5;" BODY(
						  "load s+0xff8 base=rsp") "sp 16 code=1.2+0",
	 "0 1 2 3 4 5 6 7 "},
	/* Another region has another distance. */
	{S CALL_1 BODY(
		 "load d+0x10 base=rsp") "sp -16 code=1.1+0;"
					 "call code=1.1+5;" BODY(
						 "load d+0x10 base=rsp") "sp 16 code=1.2+0",
	 "0 1 2 3 4 5 6 7 "},
	/* A copy of RSP, which is elsewhere; with another register its value is taken off. */
	{TWICE("lea 8 dst=rbp src=rsp", "lea 8 dst=rbp src=rsp"),
	 "0 1 2 3 1 2 "},
	{DEEPER("lea 8 dst=rbp src=rsp"), "0 1 2 3 4 1 2 7 "},
	{TWICE("lea 8 dst=rbp src=rsp base=rbx",
	       "lea 8 dst=rbp src=rsp base=rbx"),
	 "0 1 2 3 1 2 "},
	{DEEPER("lea 8 dst=rbp src=rsp base=rbx"), "0 1 2 3 4 5 6 7 "},
	/* Nested: all of it, or what is called alone. */
	{S CALL_1 OUTER("nop 3") CALL_2 OUTER("nop 3"), "0 1 2 3 4 5 1 2 3 4 "},
	{S CALL_1 OUTER("nop 3") CALL_2 OUTER("nop 2"), "0 1 2 3 4 5 6 7 8 9 "},
	{S CALL_1 OUTER("nop 3") "call code=1.1+0; nop 3 code=3.0+0;"
				 "ret code=3.0+9",
	 "0 1 2 3 4 5 2 3 "},
	/* A third one shares the first one's code, too. */
	{TWICE("nop 3", "nop 3") "call code=1.0+10; " BODY("nop 3"),
	 "0 1 2 3 1 2 6 1 2 "},
	/* The way in may need a landing pad. */
	{S "call indirect code=1.0+0; " BODY(
		 "nop 3") "call indirect code=1.0+8; " BODY("nop 3"),
	 "0 1 2 3 1 2 "},
	{S CALL_1 BODY("nop 3") "call indirect code=1.0+8; " BODY("nop 3"),
	 "0 1 2 3 4 5 "},
	/* A pointer in it is the same one. */
	{S CALL_1 "jump indirect base=rbx code=2.0+0; nop 1 code=2.9+0;"
		  "ret code=2.9+1;" CALL_2
		  "jump indirect base=rbx code=2.0+0; nop 1 code=2.9+0;"
		  "ret code=2.9+1; jump indirect code=1.0+10",
	 "0 1 2 3 4 1 2 3 8 "},
	/* Jumps within it, and to another page. */
	{S CALL_1 "branch taken code=2.0+0; nop 1 code=2.5+0; jump code=2.5+1;"
		  "ret code=4.0+0;" CALL_2
		  "branch taken code=2.0+0; nop 1 code=2.5+0; jump code=2.5+1;"
		  "ret code=4.0+0",
	 "0 1 2 3 4 5 1 2 3 4 "},
	/* Taken by flags that are known, and by others. */
	{S CALL_1 "branch taken code=2.0+0; ret code=2.5+0;"
		  "load s+0xff8 dst=rdx code=1.0+5; test 8 dst=rdx code=1.0+9;"
		  "call code=1.0+12;"
		  "branch taken code=2.0+0; ret code=2.5+0",
	 "0 1 2 3 4 5 6 7 "},
	/* The return was moved, or leads elsewhere. */
	{S CALL_1 "aim s+0xff8 due code=2.0+0; ret code=2.0+9;" CALL_2
		  "aim s+0xff8 due code=2.0+0; ret code=2.0+9",
	 "0 1 2 3 4 5 "},
	{S CALL_1 "aim s+0xff8 code=2.0+0; ret code=2.0+9; nop 1 code=1.9+0;"
		  "call code=1.0+5; nop 3 code=2.1+0; ret code=2.1+9",
	 "0 1 2 3 4 5 6 "},
	/* More than half are calls, of which most don't return: there is no room to look. */
	{S "call code=1.0+0; call code=2.0+0; sp 16 code=3.0+0;"
	   "call code=3.0+4; ret code=4.0+0; call code=3.0+9; ret code=4.0+0",
	 "0 1 2 3 4 5 6 "},
	/* No place, no sharing: packed code is there once for each. */
	{S "call; nop 3; ret; call; nop 3; ret", "0 1 2 3 4 5 "},
};

static void check_same(const struct swc_program *program,
		       const struct swc_caps *caps, const char *expected)
{
	char text[1024] = "";
	struct swc_chunks places;
	struct verified v;
	void *workspace;
	__u32 i;

	assert_true(verify(&v, program, caps));
	workspace = malloc(swc_chunks_bytes(&v.proof));
	assert_non_null(workspace);
	swc_chunks_divide(&places, &v.proof, workspace,
			  &(struct swc_binding){.packed = false});
	for (i = 0; i < program->nops; i++)
		sprintf(text + strlen(text), "%u ", places.same[i]);
	assert_string_equal(text, expected);
	swc_chunks_divide(&places, &v.proof, workspace,
			  &(struct swc_binding){.packed = true});
	for (i = 0; i < program->nops; i++)
		assert_int_equal(places.same[i], i);
	free(workspace);
	verified_free(&v);
}

static void test_cases(void **state)
{
	const struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sequence_from(&s, cases[i].text);
		program = sequence_program(&s);
		check_same(&program, &caps, cases[i].same);
		/* It, and its beginnings. */
		check_every_way(&program);
		for (program.open_end = true; --program.nops;)
			check_every_way(&program);
		sequence_free(&s);
	}
}

/* A return to the caller's caller, and two coroutines: no block is a whole call. */
static void test_no_calls(void **state)
{
	static const char *const texts[] = {
		S CALL_1
		"call code=2.0+0; sp 8 code=3.0+0; ret code=3.0+4;" CALL_2
		"call code=2.0+0; sp 8 code=3.0+0; ret code=3.0+4",
		S CALL_1
		"switch d+0x800 code=2.0+0; call code=2.0+7;"
		"switch s+0xff8 code=3.0+0; ret code=3.0+7; nop 1 code=1.0+5;"
		"switch d+0x7f8 code=1.0+6; ret code=1.0+20; nop 1 code=2.1+0;"
		"switch back code=2.1+1",
	};
	const struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;
	char same[64];
	size_t i;
	__u32 k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		sequence_from(&s, texts[i]);
		program = sequence_program(&s);
		for (*same = '\0', k = 0; k < program.nops; k++)
			sprintf(same + strlen(same), "%u ", k);
		check_same(&program, &caps, same);
		check_every_way(&program);
		sequence_free(&s);
	}
}

#define CALLS 1000u

/* A thousand calls of one function: it is there once, and its pointers are, too. */
static void test_many(void **state)
{
	struct swc_binding binding = {.pedestal = 4};
	struct swc_caps caps = caps_all();
	struct swc_op *ops = calloc(4 * CALLS, sizeof(*ops));
	struct swc_region regions[1] = {{.pages = 1}};
	struct swc_program program = {
		.ops = ops,
		.regions = regions,
		.nregions = 1,
		.entry_offset = 0x800,
		.nops = 4 * CALLS,
	};
	__u64 region[SWC_MAX_REGIONS], lines[64], n = 0;
	struct verified v;
	struct emitted e;
	__u32 i;

	(void)state;
	assert_non_null(ops);
	for (i = 0; i < 4 * CALLS; i += 4) {
		ops[i] = sequence_op(SWC_OP_CALL);
		ops[i].code =
			SWC_CODE_AT(1 + i * 5 / 4 / 4000, i * 5 / 4 % 4000);
		ops[i + 1] = sequence_op(SWC_OP_ALU);
		ops[i + 1].size = 8;
		ops[i + 1].dst = SWC_REG_RCX;
		ops[i + 1].code = SWC_CODE_AT(9, 0);
		ops[i + 2] = sequence_op(SWC_OP_FXSAVE);
		ops[i + 2].code = SWC_CODE_AT(9, 4);
		ops[i + 3] = sequence_op(SWC_OP_RET);
		ops[i + 3].code = SWC_CODE_AT(9, 12);
	}
	assert_true(verify(&v, &program, &caps));
	bind_at(&binding, region, &program, 0x20000000);
	assert_true(emit(&e, &v.proof, &binding));
	check_code(&program, &caps, &binding, e.code.bytes, e.bytes);
	assert_in_range(e.bytes, CALLS * 5, 4 * 4096 + CALLS);
	swc_code_lines(e.code.bytes, e.bytes, 0, lines);
	for (i = 0; i < swc_code_pages(0, e.bytes); i++)
		n += __builtin_popcountll(lines[i]);
	/* The calls, the function, and the frame around all. */
	assert_in_range(n, CALLS * 5 / 64, CALLS * 5 / 64 + 12);
	emitted_free(&e);
	verified_free(&v);
	free(ops);
}

#define FUNCTIONS 12u

/* Function @n does something by which functions differ: its place, kind, or what it calls. */
static void put_place(char *text, __u32 n)
{
	sprintf(text, "nop 3 code=2.%u+0; ret code=2.%u+9; ", n, n);
}

static void put_kind(char *text, __u32 n)
{
	static const char *const ops[FUNCTIONS] = {"nop 3",
						   "load d+0",
						   "store d+0",
						   "alu 8",
						   "mul 8 dst=rcx src=rdx",
						   "test 8",
						   "lfence",
						   "mfence",
						   "sfence",
						   "pause",
						   "mov 8 dst=rcx src=rdx",
						   "push"};

	sprintf(text, "%s code=2.0+0; %sret code=2.0+9; ", ops[n],
		strcmp(ops[n], "push") ? "" : "pop dst=rax code=2.0+1; ");
}

static void put_callee(char *text, __u32 n)
{
	sprintf(text,
		"call indirect code=2.0+0; nop 3 code=3.%u+0; ret code=3.%u+9;"
		"ret code=2.0+9; ",
		n, n);
}

/* Each of many functions that are alike but in one thing shares its own code alone. */
static void check_many_functions(void (*put)(char *text, __u32 n))
{
	const struct swc_caps caps = caps_all();
	char text[1 << 14] = S, same[1 << 12] = "";
	struct swc_program program;
	struct sequence s;
	__u32 i, half;

	for (i = 0; i < 2 * FUNCTIONS; i++) {
		sprintf(text + strlen(text), "call code=1.%u+0; ", i);
		put(text + strlen(text), i % FUNCTIONS);
	}
	sequence_from(&s, text);
	program = sequence_program(&s);
	half = program.nops / 2;
	for (i = 0; i < program.nops; i++)
		sprintf(same + strlen(same), "%u ",
			i < half || SWC_CODE_PAGE(program.ops[i].code) ==
						SWC_CODE_PAGE(
							program.ops[0].code)
				? i
				: i - half);
	check_same(&program, &caps, same);
	check_accepted(&program, &caps);
	sequence_free(&s);
}

static void test_many_functions(void **state)
{
	(void)state;
	check_many_functions(put_place);
	check_many_functions(put_kind);
	check_many_functions(put_callee);
}

/* Lines that a replay comes by again: those of each chunk that it enters again, and one. */
static void test_lines_again(void **state)
{
	static const struct {
		const char *text;
		__u32 shared;
	} again[] = {
		{TWICE("nop 3", "nop 2"), 0},
		{TWICE("nop 3", "nop 3"), 2},
		{TWICE("nop 3", "nop 3") "call code=1.0+10; " BODY("nop 3"), 4},
		/* Into the callee, its own callee, and back. */
		{S CALL_1 OUTER("nop 3") CALL_2 OUTER("nop 3"), 6},
	};
	struct swc_binding binding = {.pedestal = 4};
	const struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct sequence s;
	struct verified v;
	struct emitted e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(again); i++) {
		sequence_from(&s, again[i].text);
		program = sequence_program(&s);
		assert_true(verify(&v, &program, &caps));
		bind_at(&binding, region, &program, 0x20000000);
		assert_true(emit(&e, &v.proof, &binding));
		assert_int_equal(e.shared, again[i].shared);
		assert_int_equal(e.turned, 0);
		emitted_free(&e);
		verified_free(&v);
		sequence_free(&s);
	}
}

/* An LEA takes RSP's value off, if there is no ANDN. */
static void test_without_andn(void **state)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;

	(void)state;
	caps.andn = false;
	sequence_from(&s, DEEPER("lea 8 dst=rbp src=rsp"));
	program = sequence_program(&s);
	check_same(&program, &caps, "0 1 2 3 4 5 6 7 ");
	check_accepted(&program, &caps);
	sequence_free(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_without_andn),
		cmocka_unit_test(test_no_calls),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_functions),
		cmocka_unit_test(test_lines_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
