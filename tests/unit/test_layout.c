// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>

#include "engine/access.h"
#include "engine/disasm.h"
#include "engine/layout.h"
#include "engine/optable.h"

/* A program is described without executing it: that, against lists by hand. */

static void test_layout(void **state)
{
	static const __u32 pages[] = {3, 1, 2}, stacks[] = {1, 0, 1};
	struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS], at = 0x10000, next;
	struct swc_program program;
	struct sequence s;
	struct verified v;
	__u32 i;

	(void)state;
	sequence_from(&s, "region s 3; region m 1; region t 2; entry s+0x1000;"
			  "switch t+0x800; push; pop; switch back");
	program = sequence_program(&s);
	assert_true(verify(&v, &program, &caps));
	/* The context's page, then all in order, a stack with headroom below it. */
	next = at + SWC_PAGE_BYTES;
	for (i = 0; i < SWC_MAX_REGIONS; i++)
		region[i] = 1;
	assert_int_equal(swc_layout(&v.proof, at, region),
			 1 + 6 + 2 * SWC_STACK_HEADROOM_PAGES);
	for (i = 0; i < 3; i++) {
		next += stacks[i] * SWC_STACK_HEADROOM_PAGES * SWC_PAGE_BYTES;
		assert_int_equal(region[i], next);
		next += pages[i] * SWC_PAGE_BYTES;
	}
	assert_int_equal(region[3], 1);
	verified_free(&v);
	sequence_free(&s);
}

/* Operations that access memory, how, and what counts as what. */
struct effect {
	const char *text;
	__u32 flags[SWC_OP_ACCESSES]; /* of the last operation's accesses, in order */
	struct swc_op_counts counts;
};

#define R SWC_ACCESS_READ
#define W SWC_ACCESS_WRITE
#define H SWC_ACCESS_HINT

static const struct effect effects[] = {
	{"load m+8 dst=rax", {R}, {.ops = 1, .loads = 1}},
	{"store m+8 src=rax", {W}, {.ops = 1, .stores = 1}},
	{"testload m+8", {R}, {.ops = 1, .loads = 1}},
	{"rmw m+8", {R | W}, {.ops = 1, .loads = 1, .stores = 1}},
	{"lock rmw m+8",
	 {R | W},
	 {.ops = 1, .loads = 1, .stores = 1, .atomics = 1}},
	{"xchg m+8 dst=rax",
	 {R | W},
	 {.ops = 1, .loads = 1, .stores = 1, .atomics = 1}},
	{"clflush m+8", {H}, {.ops = 1}},
	{"prefetch m+8", {H}, {.ops = 1}},
	{"vload m+0 16 dst=xmm1", {R}, {.ops = 1, .loads = 1}},
	{"vstore m+0 16 src=xmm1", {W}, {.ops = 1, .stores = 1}},
	{"save m+0 rax,rcx,rdx", {W}, {.ops = 1, .stores = 3}},
	{"restore m+0 rcx,rdx", {R}, {.ops = 1, .loads = 2}},
	{"fxsave m+0", {W}, {.ops = 1, .stores = 1}},
	{"copy m+64 16 from=m+0", {R, W}, {.ops = 1, .loads = 1, .stores = 1}},
	{"fill m+64 16", {W}, {.ops = 1, .stores = 1}},
	{"push", {W}, {.ops = 1, .stores = 1}},
	{"push; pop dst=rax", {R}, {.ops = 2, .loads = 1, .stores = 1}},
	{"call; ret",
	 {R},
	 {.ops = 2, .loads = 1, .stores = 1, .calls = 1, .rets = 1}},
	{"branch not-taken", {0}, {.ops = 1, .branches = 1}},
	{"jump", {0}, {.ops = 1}},
	{"switch t+64; switch back", {0}, {.ops = 2, .switches = 2}},
	{"sp -8", {0}, {.ops = 1}},
	{"mov dst=rax src=rcx", {0}, {.ops = 1}},
};

static void check_effect(const struct effect *e)
{
	struct swc_access accesses[SWC_OP_ACCESSES];
	struct swc_caps caps = caps_all();
	struct swc_op_counts counts;
	struct swc_program program;
	struct sequence s;
	struct verified v;
	char text[200];
	__u32 i, n;

	snprintf(text, sizeof(text),
		 "region m 1; region s 1; region t 1; entry s+0x800; %s",
		 e->text);
	sequence_from(&s, text);
	program = sequence_program(&s);
	program.open_end = true;
	if (!verify(&v, &program, &caps))
		fail_msg("%s: %s", e->text, swc_error_text(v.error.code));
	n = swc_op_accesses(&v.proof, program.nops - 1, accesses);
	for (i = 0; i < SWC_OP_ACCESSES; i++) {
		if ((i < n ? accesses[i].flags : 0) != e->flags[i])
			fail_msg("%s: access %u isn't as it should be", e->text,
				 i);
	}
	swc_op_count(&program, &counts);
	if (memcmp(&counts, &e->counts, sizeof(counts)) != 0)
		fail_msg("%s: the counts aren't as they should be", e->text);
	verified_free(&v);
	sequence_free(&s);
}

static void test_effects(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(effects); i++)
		check_effect(&effects[i]);
}

/*
 * The reader knows one encoding of each instruction: what the CPU ignores is refused, or
 * two codes would be read as one.
 */
static void test_prefixes(void **state)
{
	static const __u8 known[][10] = {
		{0x41, 0x55},		  /* push r13 */
		{0x41, 0xb9, 0, 0, 0, 0}, /* mov r9d, 0 */
		{0x48, 0x01, 0xc8},	  /* add rax, rcx */
		{0x6a, 0},		  /* push 0 */
		{0xc3},			  /* ret */
	};
	static const __u8 refused[][10] = {
		{0x45, 0x55}, /* REX.R, which PUSH has no use for */
		{0x43, 0x55}, /* REX.X */
		{0x45, 0xb9, 0, 0, 0, 0},
		{0x41, 0x6a, 0}, /* REX.B */
		{0x41, 0xc3},
		{0xf4},	      /* HLT */
		{0x0f, 0x30}, /* WRMSR */
	};
	struct swc_disasm d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		assert_true(swc_disasm(known[i], sizeof(known[i]), &d));
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		assert_false(swc_disasm(refused[i], sizeof(refused[i]), &d));
}

/* Immediates are signed, whatever their size. */
static void test_immediates(void **state)
{
	static const struct {
		__u8 code[12];
		__s32 imm;
	} cases[] = {
		{{0x6a, 0x80}, -128},			  /* push */
		{{0x83, 0xc0, 0x7f}, 127},		  /* add eax */
		{{0x81, 0xc0, 0, 0, 0, 0x80}, INT32_MIN}, /* add eax */
		{{0x66, 0xc7, 0x04, 0x25, 0, 0, 0, 0, 0x00, 0x80},
		 -32768}, /* mov word */
		{{0x66, 0xc7, 0x04, 0x25, 0, 0, 0, 0, 0xff, 0x7f}, 32767},
		{{0x66, 0xc7, 0x04, 0x25, 0, 0, 0, 0, 0xff, 0xff}, -1},
	};
	struct swc_disasm d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(
			swc_disasm(cases[i].code, sizeof(cases[i].code), &d));
		assert_int_equal(d.imm, cases[i].imm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_immediates),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
