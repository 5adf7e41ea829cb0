// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "opclass.h"

/* Every operation has one class, and the right one. */

#define FRAME "region s 2; region t 1; region h 1; entry s+0x1000; "

/* Each operation of @text, after FRAME, by its class's name, in order. */
static void want(const char *text, const char *expected)
{
	char seen[512] = "", frame[1024];
	unsigned char classes[64];
	struct error err = {0};
	struct verified v;
	struct sequence s;
	struct swc_program program;
	struct swc_caps caps = caps_all();
	size_t i;

	snprintf(frame, sizeof(frame), FRAME "%s", text);
	sequence_from(&s, frame);
	program = sequence_program(&s);
	assert_true(verify(&v, &program, &caps));
	assert_int_equal(opclass_assign(&v.proof, classes, &err), 0);
	for (i = 0; i < s.nops; i++) {
		strcat(seen, i ? " " : "");
		strcat(seen, opclass_name(classes[i]));
	}
	assert_string_equal(seen, expected);
	verified_free(&v);
	sequence_free(&s);
}

static void test_kinds(void **state)
{
	(void)state;
	want("switch t+0x800; switch back", "switch switch");
	want("call; ret", "calls calls");
	want("branch taken; jump", "branches branches");
	want("mfence; pause; xchg h+0", "sync sync sync");
	want("mark x; nop 3; chain 5; alu; sp -8; sp 8",
	     "arithmetic arithmetic arithmetic arithmetic arithmetic arithmetic");
	want("save h+0 rbx,r12; restore h+0 rbx,r12", "registers registers");
	want("load h+0; prefetch h+64; clflush h+0", "heap heap heap");
	want("load s+0x1008; copy s+0 64 from=h+0; copy h+0 64 from=s+0",
	     "stack stack heap");
}

/* A region is a stack if RSP is ever in it, before or after. */
static void test_stacks(void **state)
{
	(void)state;
	want("load t+8; switch t+0x800; switch back", "stack switch switch");
	want("load t+8", "heap");
}

static void test_status(void **state)
{
	(void)state;
	/* Before it, after it, and in part. */
	want("load h+0x10 4; lock cmpxchg h+0x10 4; store h+0x17 1; "
	     "store h+0x18 8",
	     "sync sync sync heap");
	/* Also on a stack, where a register would be saved. */
	want("lock rmw s+0xff8; push src=rbx; pop dst=rbx", "sync sync sync");
}

static void test_saves(void **state)
{
	(void)state;
	want("push src=rbx; pop dst=rbx", "registers registers");
	want("sp -16; store s+0xff8 src=r12; load s+0xff8 dst=r12; sp 16",
	     "arithmetic registers registers arithmetic");
	want("sp -16; vstore s+0xff0 src=xmm3; vload s+0xff0 dst=xmm3; sp 16",
	     "arithmetic registers registers arithmetic");
	/* It is saved once and brought back twice. */
	want("push src=rbx; load s+0xff8 dst=rbx; pop dst=rbx",
	     "registers registers registers");
	/* On another stack. */
	want("push src=rbx; switch t+0x800; switch s+0xff8; pop dst=rbx",
	     "registers switch switch registers");
}

static void test_no_saves(void **state)
{
	(void)state;
	/* An argument, a constant, what is never read. */
	want("push src=rbx; pop dst=rcx", "stack stack");
	want("push; pop dst=rcx", "stack stack");
	want("push src=rbx; sp 8", "stack arithmetic");
	/* Overwritten in between, wholly or in part. */
	want("push src=rbx; store s+0xff8; pop dst=rbx", "stack stack stack");
	want("push src=rbx; store s+0xffc 4; pop dst=rbx", "stack stack stack");
	want("sp -16; vstore s+0xff0 src=xmm3; store s+0xff8; "
	     "vload s+0xff0 dst=xmm3; sp 16",
	     "arithmetic stack stack stack arithmetic");
	/* Not all of it, and not the vector register of that number. */
	want("sp -8; store s+0xff8 4 src=rbx; load s+0xff8 4 dst=rbx; sp 8",
	     "arithmetic stack stack arithmetic");
	want("sp -8; store s+0xff8 src=rbx; vload s+0xff8 8 dst=xmm3; sp 8",
	     "arithmetic stack stack arithmetic");
	want("sp -16; vstore s+0xff0 src=xmm3; vload s+0xff0 8 dst=xmm3; sp 16",
	     "arithmetic stack stack arithmetic");
	/* Memory that is no stack. */
	want("store h+0 src=rbx; load h+0 dst=rbx", "heap heap");
}

static void test_names(void **state)
{
	enum opclass c;

	(void)state;
	for (c = 0; c < OPCLASSES; c++) {
		assert_int_equal(opclass_find(opclass_name(c)), c);
		assert_int_equal(opclass_find(opclass_title(c)), c);
	}
	assert_int_equal(opclass_find("magic"), OPCLASSES);
	assert_int_equal(opclass_find(""), OPCLASSES);
}

/* Whatever the verifier accepts is classified, and nothing after it touched. */
static void test_random(void **state)
{
	struct random random = {.state = 0x5eed9};
	struct swc_caps caps = caps_all();
	struct error err = {0};
	struct generated g;
	struct guarded classes;
	struct verified v;
	unsigned char *c;
	__u32 i, j;

	(void)state;
	for (i = 0; i < 1000; i++) {
		generate(&g, &random, &caps);
		assert_true(verify(&v, &g.program, &caps));
		guarded_alloc(&classes, g.program.nops);
		c = classes.bytes;
		memset(c, OPCLASSES, g.program.nops);
		assert_int_equal(opclass_assign(&v.proof, c, &err), 0);
		for (j = 0; j < g.program.nops; j++)
			assert_true(c[j] < OPCLASSES);
		guarded_free(&classes);
		verified_free(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	 cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_status),	 cmocka_unit_test(test_saves),
		cmocka_unit_test(test_no_saves), cmocka_unit_test(test_names),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
