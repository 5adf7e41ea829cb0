// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/optable.h"
#include "lowered.h"

/*
 * Calls and jumps through pointers: they lead where direct ones would, by a pointer that
 * no operation can write, and wait for the register that they waited for.
 */

#define S "region s 2; entry s+0x1000; "
/* RDX isn't known to be 0. */
#define DIRTY S "call; pop dst=rdx; "

static const struct refusal refusals[] = {
	{DIRTY "jump indirect base=rdx", SWC_ERR_BASE, 2,
	 DIRTY "jump indirect base=rbx"},
	{DIRTY "call indirect base=rdx; ret", SWC_ERR_BASE, 2,
	 DIRTY "call indirect base=rbx; ret"},
	{S "jump indirect base=rsp", SWC_ERR_REGISTER, 0, S "jump indirect"},
	/* An indirect call has pushed its own return address. */
	{S "call indirect; store s+0xff8; ret", SWC_ERR_RETURN, 2,
	 S "call indirect; store s+0xff0; ret"},
	{S "call indirect; ret; sp -8; ret", SWC_ERR_RETURN, 3,
	 S "call indirect; ret; call indirect; ret"},
	/* The pointers lie on the page before the regions, and are in none. */
	{S "store s+0xfffff030 src=rax; jump indirect", SWC_ERR_BOUNDS, 0,
	 S "store s+0x30 src=rax; jump indirect"},
};

static void test_refusals(void **state)
{
	(void)state;
	check_refusals(refusals, ARRAY_SIZE(refusals));
}

/* Packed, in their places, and in others: before and after, in one page and two. */
static const char *const texts[] = {
	S "jump indirect",
	S "call indirect",
	S "call indirect; ret",
	S "jump indirect; nop 3; jump indirect base=r12; call; ret",
	S "call indirect base=r13; call indirect base=rax; ret; nop 1; ret",
	S
	"jump indirect code=1.4+3; nop 1 code=1.9+7; jump indirect code=1.9+8;"
	"nop 1 code=1.4+10; call indirect code=2.0+0; ret code=1.60+63",
	S "jump indirect code=1.4+3; nop 1 code=1.4+5; jump; nop 1 code=3.0",
	S "call; aim s+0xff8 due; jump indirect; ret",
	S "call; call; call indirect; ret; jump indirect code=9.1; ret; ret",
};

static void check_as(const char *text, const struct swc_caps *caps,
		     const struct swc_binding *as)
{
	struct swc_binding binding = *as;
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct sequence s;
	struct verified v;
	struct emitted e;

	sequence_from(&s, text);
	program = sequence_program(&s);
	for (program.open_end = false;; program.nops--) {
		if (verify(&v, &program, caps)) {
			bind_at(&binding, region, &program, 0x20000000);
			assert_true(emit(&e, &v.proof, &binding));
			check_code(&program, caps, &binding, e.code.bytes,
				   e.bytes);
			emitted_free(&e);
		}
		verified_free(&v);
		if (program.nops == 1)
			break;
		program.open_end = true;
	}
	sequence_free(&s);
}

/* All of them, and their beginnings, with landing pads and without. */
static void test_code(void **state)
{
	struct swc_binding binding = {.pedestal = 4};
	struct swc_caps caps = caps_all();
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		for (k = 0; k < 8; k++) {
			binding.landing_pad = k & 1;
			binding.spread = k & 2;
			/* A kernel may want none at all. */
			caps.direct = k & 4;
			check_as(texts[i], &caps, &binding);
		}
	}
}

static unsigned int count(const __u64 *pointers)
{
	unsigned int n = 0, i;

	for (i = 0; i < SWC_MAX_INDIRECT; i++)
		n += pointers[i] != 0;
	return n;
}

/* As many pointers as there is room for; one more is refused, or lowered as direct. */
static void test_most(void **state)
{
	struct swc_binding binding = {.pedestal = 4};
	struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS];
	struct swc_op ops[SWC_MAX_INDIRECT + 1];
	struct swc_program p = {
		.ops = ops,
		.nops = SWC_MAX_INDIRECT,
		.entry_region = SWC_NO_REGION,
	};
	struct verified v;
	struct emitted e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		ops[i] = sequence_op(SWC_OP_JUMP);
		ops[i].flags = SWC_OPF_INDIRECT;
	}
	check_accepted(&p, &caps);
	assert_true(verify(&v, &p, &caps));
	bind_at(&binding, region, &p, 0x20000000);
	assert_true(emit(&e, &v.proof, &binding));
	assert_int_equal(count(binding.pointers), SWC_MAX_INDIRECT);
	/* They end in the context's page. */
	assert_true(SWC_POINTERS_BYTES + 8 * SWC_MAX_INDIRECT <= 4096);
	emitted_free(&e);
	verified_free(&v);
	p.nops++;
	check_verdict(&p, &caps,
		      (struct swc_error){SWC_ERR_INDIRECT, SWC_MAX_INDIRECT},
		      "one more");
}

#define STEP(n, ...) .length = (n), .bytes = {__VA_ARGS__}, .rsp = ENTRY

/* By register, by memory, by a place in memory that a register or RSP gives. */
static void test_lowered(void **state)
{
	static const struct planted steps[] = {
		{STEP(2, 0xff, 0xe0)},	     /* jmp rax */
		{STEP(3, 0x41, 0xff, 0xe4)}, /* jmp r12 */
		{STEP(2, 0xff, 0xe5)},	     /* jmp rbp */
		{STEP(3, 0xff, 0x63, 0x08),  /* jmp [rbx+8] */
		 .accesses = {{HEAP + 0x38, 8, R, IN_HEAP}}},
		{STEP(4, 0xff, 0x64, 0x24, 0xf0), /* jmp [rsp-0x10] */
		 .accesses = {{ENTRY - 0x10, 8, R, IN_STACK}}},
		{STEP(6, 0xff, 0x25, 0, 0, 0, 0), /* jmp [rip] */
		 .accesses = {{HEAP + 0x40, 8, R, IN_HEAP}}},
		{STEP(1, 0xc3), .accesses = {{ENTRY, 8, R, IN_STACK}}},
		{.length = 0},
	};
	static const char *const expected[] = {
		"call",
		"jump indirect base=rax",
		"jump indirect base=r12",
		"jump indirect base=rbp",
		"testload heap+0x38 8 base=rbx",
		"jump indirect base=rbx",
		"testload gstack+0xdf0 8 base=rsp",
		"jump indirect",
		"testload heap+0x40 8",
		"jump indirect",
		"ret",
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	planted_texts(&l, expected, ARRAY_SIZE(expected));
	assert_int_equal(l.lowering.count[LOWER_INDIRECT], 0);
	assert_int_equal(l.lowering.count[LOWER_RENAMED], 0);
	planted_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_lowered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
