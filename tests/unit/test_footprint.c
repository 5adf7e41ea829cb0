// SPDX-License-Identifier: GPL-2.0
#include "engine/footprint.h"

#include "check.h"
#include "generate.h"
#include "helper.h"

/*
 * Lines that a program touches: given by hand, and, for random programs, as
 * another decoder finds them in the emitted code.
 */

#define MAX_PAGES 8

struct touched {
	const char *text;
	__u64 lines[MAX_PAGES];
};

#define LINE(n) (1ull << (n))

static void check_program(const struct swc_program *program,
			  const struct swc_caps *caps, const __u64 *expected,
			  const char *name)
{
	struct guarded lines;
	struct verified v;
	__u64 bytes, page;

	if (!verify(&v, program, caps))
		fail_msg("%s: op %u: %s", name, v.error.op,
			 swc_error_text(v.error.code));
	bytes = swc_footprint_bytes(program);
	guarded_alloc(&lines, bytes);
	memset(lines.bytes, 0xa5, bytes);
	swc_footprint(&v.proof, lines.bytes);
	for (page = 0; page < bytes / sizeof(__u64); page++) {
		if (((__u64 *)lines.bytes)[page] != expected[page])
			fail_msg("%s: page %llu: %#llx, not %#llx", name, page,
				 ((__u64 *)lines.bytes)[page], expected[page]);
	}
	guarded_free(&lines);
	verified_free(&v);
}

static void check_list(const struct touched *list, size_t n)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;

	for (; n; n--, list++) {
		sequence_from(&s, list->text);
		program = sequence_program(&s);
		assert_in_range(swc_footprint_bytes(&program), 0,
				sizeof(list->lines));
		check_program(&program, &caps, list->lines, list->text);
		sequence_free(&s);
	}
}

static void test_accesses(void **state)
{
	static const struct touched list[] = {
		{"region a 1; load a+0 1", {LINE(0)}},
		{"region a 1; load a+63 1", {LINE(0)}},
		{"region a 1; load a+64 1", {LINE(1)}},
		{"region a 1; load a+4095 1", {LINE(63)}},
		{"region a 1; load a+62 2", {LINE(0)}},
		{"region a 1; load a+63 2", {LINE(0) | LINE(1)}},
		{"region a 1; load a+60 4", {LINE(0)}},
		{"region a 1; load a+61 4", {LINE(0) | LINE(1)}},
		{"region a 1; store a+56 8", {LINE(0)}},
		{"region a 1; store a+57 8", {LINE(0) | LINE(1)}},
		{"region a 1; rmw a+126 4", {LINE(1) | LINE(2)}},
		{"region a 1; lock cmpxchg a+120 8", {LINE(1)}},
		{"region a 1; testload a+4088 8", {LINE(63)}},
		{"region a 1; vload a+48 16", {LINE(0)}},
		{"region a 1; vload a+49 16", {LINE(0) | LINE(1)}},
		{"region a 1; vstore a+33 32", {LINE(0) | LINE(1)}},
		{"region a 1; vload a+64 64", {LINE(1)}},
		{"region a 1; vload a+65 64", {LINE(1) | LINE(2)}},
		{"region a 1; clflush a+100", {LINE(1)}},
		{"region a 1; prefetch a+191", {LINE(2)}},
		/* Across pages, and into the last byte. */
		{"region a 2; load a+4095 2", {LINE(63), LINE(0)}},
		{"region a 2; vstore a+4064 64", {LINE(63), LINE(0)}},
		{"region a 2; load a+8184 8", {0, LINE(63)}},
		/* Region after region; those that aren't touched stay empty. */
		{"region a 2; region b 1; region c 1; load b+64 8",
		 {0, 0, LINE(1), 0}},
		{"region a 1; region b 3; load b+8192; load a+128; load b+0",
		 {LINE(2), LINE(0), 0, LINE(0)}},
		/* Twice is once. */
		{"region a 1; load a+0; store a+8; load a+0", {LINE(0)}},
	};

	(void)state;
	check_list(list, ARRAY_SIZE(list));
}

static void test_saves(void **state)
{
	static const struct touched list[] = {
		{"region a 1; save a+0 rax,rcx,rdx", {LINE(0)}},
		{"region a 1; save a+48 rax,rcx", {LINE(0)}},
		{"region a 1; save a+48 rax,rcx,rdx", {LINE(0) | LINE(1)}},
		{"region a 1; fxsave a+64", {0xffull << 1}},
		{"region a 1; fxsave a+0; fxrstor a+0", {0xff}},
		/* x87 and SSE: legacy area and header, 576 bytes. */
		{"region a 1; xsave a+64 3", {0x1ffull << 1}},
		/* AVX: 832 bytes, 13 lines. */
		{"region a 1; xsave a+0 7", {0x1fff}},
		/* AVX-512: 2688 bytes, 42 lines. */
		{"region a 1; xsave a+0 0xe7", {0x3ffffffffff}},
		{"region a 2; xsave a+3584 7", {0xffull << 56, 0x1f}},
	};

	(void)state;
	check_list(list, ARRAY_SIZE(list));
}

static void test_stacks(void **state)
{
	static const struct touched list[] = {
		{"region s 1; entry s+0x800; push; pop", {LINE(31)}},
		{"region s 1; entry s+0x808; push; pop", {LINE(32)}},
		{"region s 2; entry s+0x1000; push; pop", {LINE(63), 0}},
		{"region s 1; entry s+0x808; push; push; pop; pop",
		 {LINE(31) | LINE(32)}},
		{"region s 1; entry s+0x800; call; ret", {LINE(31)}},
		{"region s 1; entry s+0x808; call; call; ret; ret",
		 {LINE(31) | LINE(32)}},
		/* Moving RSP touches nothing. */
		{"region s 1; entry s+0x800; sp -256; sp 256", {0}},
		{"region s 1; entry s+0x800; sp -256; push; sp 264",
		 {LINE(27)}},
		{"region s 1; region t 1; entry s+0x800; switch t+0x100; switch back",
		 {0, 0}},
		{"region s 1; region t 1; entry s+0x800; switch t+0x1000; push; pop; switch back",
		 {0, LINE(63)}},
		{"region t 1; switch t+0x800; push; switch back", {LINE(31)}},
		{"region s 1; entry s+0x800; load s+0x840 8 base=rsp",
		 {LINE(33)}},
	};

	(void)state;
	check_list(list, ARRAY_SIZE(list));
}

static void test_nothing(void **state)
{
	static const struct touched list[] = {
		{"region a 2; nop 4", {0, 0}},
		{"region a 1; lea; alu; imm; chain 7; mark \"x\"", {0}},
		{"region a 1; mfence; pause; branch taken; jump", {0}},
		/* It names a page, and reads none of its lines. */
		{"region a 1; invlpg a+64", {0}},
		{"chain 1", {0}},
	};

	(void)state;
	check_list(list, ARRAY_SIZE(list));
}

/* The lines that the decoder finds in the emitted code. */
static void check_generated(const struct generated *g,
			    const struct swc_caps *caps)
{
	struct swc_binding binding = {.pedestal = 8};
	__u64 region[GENERATED_REGIONS], lines[MAX_PAGES] = {0};
	struct verified v;
	struct emitted e;

	assert_true(verify(&v, &g->program, caps));
	bind_at(&binding, region, &g->program, 0x20000000);
	assert_true(emit(&e, &v.proof, &binding));
	check_code_lines(&g->program, caps, &binding, e.code.bytes, e.bytes,
			 lines);
	check_program(&g->program, caps, lines, "random");
	emitted_free(&e);
	verified_free(&v);
}

static void test_random(void **state)
{
	struct random random = {.state = 0xf007};
	struct swc_caps caps = caps_all();
	struct generated g;
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		generate(&g, &random, &caps);
		check_generated(&g, &caps);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accesses), cmocka_unit_test(test_saves),
		cmocka_unit_test(test_stacks),	 cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
