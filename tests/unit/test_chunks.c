// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>

#include "check.h"
#include "engine/chunks.h"
#include "engine/slots.h"
#include "generate.h"

/*
 * Checks where emitted code lies, for operations with planted pages and lines,
 * and for random programs: as recorded, or packed if nothing is known of it.
 */

#define LOW	  0x20000000
#define MAX_PAGES 400

/* A program in all its forms. */
struct subject {
	struct swc_caps caps;
	struct sequence sequence;
	struct swc_program program;
	struct swc_binding binding;
	__u64 region[SWC_MAX_REGIONS];
	struct verified v;
	struct emitted e;
	__u64 lines[MAX_PAGES]; /* of the operations */
	__u32 npages;
	bool recorded;
};

static void emit_subject(struct subject *s)
{
	bind_at(&s->binding, s->region, &s->program, LOW);
	if (!verify(&s->v, &s->program, &s->caps))
		fail_msg("op %u: %s", s->v.error.op,
			 swc_error_text(s->v.error.code));
	assert_true(emit(&s->e, &s->v.proof, &s->binding));
	s->npages = swc_code_pages(s->binding.offset, s->e.bytes);
	assert_in_range(s->npages, 1, MAX_PAGES);
	s->recorded = swc_emit_lines(&s->v.proof, &s->binding,
				     s->e.workspace.bytes, s->lines);
}

static void open_subject(struct subject *s, const char *text, __u32 offset)
{
	*s = (struct subject){
		.caps = caps_all(),
		.binding = {.pedestal = 40, .offset = offset},
	};
	sequence_from(&s->sequence, text);
	s->program = sequence_program(&s->sequence);
	emit_subject(s);
}

static void check_subject(struct subject *s)
{
	check_code(&s->program, &s->caps, &s->binding, s->e.code.bytes,
		   s->e.bytes);
}

static void close_subject(struct subject *s)
{
	emitted_free(&s->e);
	verified_free(&s->v);
	sequence_free(&s->sequence);
}

/* The pages that operations lie in, and their lines, in order. */
static __u32 used_pages(const struct subject *s, __u64 *lines)
{
	__u32 i, n = 0;

	for (i = 0; i < s->npages; i++) {
		if (s->lines[i])
			lines[n++] = s->lines[i];
	}
	return n;
}

#define LINE(n) (1ull << (n))

/* The lines that the text plants, page by page as each is met first. */
static const struct {
	const char *name;
	const char *text;
	__u64 lines[4];
	__u32 npages;
} planted[] = {
	{"a line", "alu dst=rax src=rcx code=7.5", {LINE(5)}, 1},
	{"lines that follow without a jump are one stretch",
	 "alu dst=rax src=rcx code=0.5; alu dst=rax src=rcx code=0.6; "
	 "alu dst=rax src=rcx code=0.7",
	 {LINE(5)},
	 1},
	{"a jump over lines",
	 "jump code=0.5; alu dst=rax src=rcx code=0.40",
	 {LINE(5) | LINE(40)},
	 1},
	{"a taken branch over lines",
	 "test dst=rax src=rax code=0.5; branch taken code=0.5; "
	 "alu dst=rax src=rcx code=0.40",
	 {LINE(5) | LINE(40)},
	 1},
	{"a branch that isn't taken leads nowhere",
	 "branch not-taken code=0.5; alu dst=rax src=rcx code=0.40",
	 {LINE(5)},
	 1},
	{"a jump into the next line parts nothing",
	 "jump code=0.5; alu dst=rax src=rcx code=0.6",
	 {LINE(5)},
	 1},
	{"a jump back is a loop, which is unrolled",
	 "alu dst=rax src=rcx code=0.5; jump code=0.9; "
	 "alu dst=rax src=rcx code=0.5; jump code=0.9; "
	 "alu dst=rax src=rcx code=0.5",
	 {LINE(5)},
	 1},
	{"pages, whether control jumps to them or runs into them",
	 "alu dst=rax src=rcx code=3.63; alu dst=rax src=rcx code=1.0; "
	 "jump code=1.0; alu dst=rax src=rcx code=2.9; jump code=2.9; "
	 "alu dst=rax src=rcx code=3.2",
	 {LINE(63) | LINE(2), LINE(0), LINE(9)},
	 3},
	{"an operation without a line stays with the one before",
	 "alu dst=rax src=rcx code=3.6; alu dst=rax src=rcx; jump; "
	 "alu dst=rax src=rcx; alu dst=rax src=rcx code=1.1",
	 {LINE(6), LINE(1)},
	 2},
	{"functions, and back",
	 "region s 1; entry s+0x800; alu dst=rax src=rcx code=0.1; "
	 "call code=0.1; alu dst=rax src=rcx code=1.2; call code=1.2; "
	 "ret code=2.3; ret code=1.2; alu dst=rax src=rcx code=0.1",
	 {LINE(1), LINE(2), LINE(3)},
	 3},
	{"the same function thrice: once",
	 "region s 1; entry s+0x800; call code=0.1; ret code=1.2; "
	 "call code=0.1; ret code=1.2; call code=0.1; ret code=1.2",
	 {LINE(1), LINE(2)},
	 2},
	{"the same function, which does something else: after itself, aligned",
	 "region s 1; entry s+0x800; call code=0.1; ret code=1.2; "
	 "call code=0.1; nop 1 code=1.2; ret code=1.2; "
	 "call code=0.1; nop 2 code=1.2; ret code=1.2",
	 {LINE(1), LINE(2) | LINE(3)},
	 2},
	{"a line that is taken",
	 "nop 9 code=0.1; nop 9 code=0.1; nop 9 code=0.1; nop 9 code=0.1; "
	 "nop 9 code=0.1; nop 9 code=0.1; nop 9 code=0.1; "
	 "jump code=0.1; nop 9 code=0.9; jump code=0.9; "
	 "jump code=1.1; nop 9 code=0.1",
	 {LINE(1) | LINE(2) | LINE(9), LINE(1)},
	 2},
	{"one that reaches into the next page would be another page",
	 "nop 9 code=0.63; nop 9 code=0.63; nop 9 code=0.63; "
	 "nop 9 code=0.63; nop 9 code=0.63; nop 9 code=0.63; "
	 "nop 9 code=0.63; nop 9 code=0.63",
	 {LINE(62) | LINE(63)},
	 1},
};

static void lies_as_recorded(void **state)
{
	__u64 lines[MAX_PAGES];
	struct subject s;
	__u32 offset, n, i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(planted); i++) {
		for (offset = 0; offset < 4096; offset += 97) {
			open_subject(&s, planted[i].text, offset);
			check_subject(&s);
			assert_true(s.recorded);
			n = used_pages(&s, lines);
			if (n != planted[i].npages)
				fail_msg("%s, offset %u: %u pages",
					 planted[i].name, offset, n);
			for (k = 0; k < n; k++) {
				if (lines[k] != planted[i].lines[k])
					fail_msg(
						"%s, offset %u, page %u: %#llx",
						planted[i].name, offset, k,
						lines[k]);
			}
			close_subject(&s);
		}
	}
}

/* Bytes of code at the places that the recording knows, in the first page of operations. */
static const struct {
	const char *text;
	struct {
		__u32 byte;
		__u32 n;
		__u8 bytes[10];
	} found[3];
} exact[] = {
	/* A register's addition, and behind a jump of 8 bits another. */
	{"alu 4 dst=rax src=rcx code=5.3+2; jump code=5.3+4; "
	 "alu 4 dst=rax src=rdx code=5.3+40",
	 {{194, 4, {0x01, 0xc8, 0xeb, 34}}, {232, 2, {0x01, 0xd0}}}},
	/* Out of reach of 8 bits. */
	{"jump code=5.0+0; alu 4 dst=rax src=rdx code=5.9+1",
	 {{0, 5, {0xe9, 0x3c, 2, 0, 0}}, {577, 2, {0x01, 0xd0}}}},
	/* Back, and where it has been before: wherever there is room. */
	{"alu 4 dst=rax src=rcx code=5.1+6; jump code=5.1+8; "
	 "alu 4 dst=rax src=rdx code=5.1+0; jump code=5.1+2; "
	 "alu 4 dst=rax src=rcx code=5.1+6",
	 {{70, 4, {0x01, 0xc8, 0xeb, 0xf6}},
	  {64, 4, {0x01, 0xd0, 0xeb, 6}},
	  {74, 2, {0x01, 0xc8}}}},
	/* Shorter than recorded, by what segment overrides can make up for. */
	{"alu 4 dst=rax src=rcx code=5.0+0; alu 4 dst=rax src=rdx code=5.0+5; "
	 "alu 4 dst=rax src=rdx code=5.0+7",
	 {{0, 9, {0x3e, 0x3e, 0x3e, 0x01, 0xc8, 0x01, 0xd0, 0x01, 0xd0}}}},
	/* A branch that isn't taken, of six bytes. */
	{"branch not-taken code=5.0+0; alu 4 dst=rax src=rcx code=5.0+6",
	 {{0, 8, {0x0f, 0x85, 0, 0, 0, 0, 0x01, 0xc8}}}},
	/* Zeroing, by two bytes and by five. */
	{"imm dst=rdx code=5.0+0; imm dst=rdx code=5.0+2; nop 1 code=5.0+7",
	 {{0, 8, {0x31, 0xd2, 0xba, 0, 0, 0, 0, 0x90}}}},
	/* One that overran its bytes: the next is behind it, and catches up. */
	{"region m 1; load m 8 dst=rax code=5.0+0; "
	 "alu 4 dst=rax src=rcx code=5.0+7; alu 4 dst=rax src=rdx code=5.0+10; "
	 "alu 4 dst=rax src=rdx code=5.0+12",
	 {{8, 6, {0x01, 0xc8, 0x01, 0xd0, 0x01, 0xd0}}}},
};

static void lies_at_its_byte(void **state)
{
	const __u8 *page;
	struct subject s;
	__u32 offset, i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(exact); i++) {
		for (offset = 0; offset < 2048; offset += 97) {
			open_subject(&s, exact[i].text, offset);
			check_subject(&s);
			assert_true(s.recorded);
			page = (const __u8 *)s.e.code.bytes + SWC_PAGE_BYTES -
			       offset;
			for (k = 0; k < 3; k++) {
				if (memcmp(page + exact[i].found[k].byte,
					   exact[i].found[k].bytes,
					   exact[i].found[k].n))
					fail_msg("%s, offset %u: %u",
						 exact[i].text, offset, k);
			}
			close_subject(&s);
		}
	}
}

/* Pages keep their distances modulo 64, where there is room for that. */
static void keeps_distances(void **state)
{
	static const char text[] =
		"nop 1 code=1005.0; nop 1 code=1009.0; nop 1 code=1004.0; "
		"nop 1 code=1045.0; nop 1 code=2.1; nop 1 code=6a.0";
	/* 1005 is the first; 1045 is a lap later, where 2 and 6a go round. */
	static const __u32 apart[] = {0, 4, 63, 64, 61, 37 + 64};
	struct subject s;
	__u32 i, n;

	(void)state;
	open_subject(&s, text, 0);
	assert_int_equal(s.npages, 7);
	emitted_free(&s.e);
	verified_free(&s.v);
	s.binding.spread = true;
	emit_subject(&s);
	check_subject(&s);
	for (i = 0, n = 0; i < s.npages; i++)
		n += !!s.lines[i];
	assert_int_equal(n, 6);
	for (i = 0; i < 5; i++)
		assert_true(s.lines[1 + apart[i]]);
	close_subject(&s);
}

/* Within its lines code moves: not all offsets begin at the same byte. */
static void moves_within_lines(void **state)
{
	__u8 at[2 * SWC_LINE_BYTES] = {0};
	__u32 offset, i, seen = 0;
	struct subject s;

	(void)state;
	for (offset = 0; offset < 4096; offset += 31) {
		open_subject(&s, "lfence code=0.5", offset);
		/* The first byte after the frame, as an offset in its page. */
		for (i = s.e.bytes; i-- && ((__u8 *)s.e.code.bytes)[i] != 0x0f;)
			;
		at[(offset + i) % SWC_PAGE_BYTES - 5 * SWC_LINE_BYTES] = 1;
		close_subject(&s);
	}
	for (i = 0; i < SWC_LINE_BYTES; i++)
		seen += at[i];
	assert_in_range(seen, 41, 56);
	/* LFENCE, the jump after it, and INT3 fit into the line. */
	for (i = SWC_LINE_BYTES - 8; i < sizeof(at); i++)
		assert_int_equal(at[i], 0);
}

static void packs_what_tells_nothing(void **state)
{
	__u64 lines[MAX_PAGES];
	struct subject s;

	(void)state;
	open_subject(&s, "chain 20; jump; chain 20", 0);
	check_subject(&s);
	assert_false(s.recorded);
	assert_int_equal(s.npages, 1);
	assert_int_equal(used_pages(&s, lines), 1);
	close_subject(&s);
	/* It also packs what it is asked to. */
	open_subject(&s, "chain 20 code=0.1; jump code=0.1; chain 20 code=9.9",
		     0);
	assert_true(s.recorded);
	assert_int_equal(s.npages, 3);
	emitted_free(&s.e);
	verified_free(&s.v);
	s.binding.packed = true;
	emit_subject(&s);
	check_subject(&s);
	assert_false(s.recorded);
	assert_int_equal(s.npages, 1);
	close_subject(&s);
}

/* More pages than there may be: packed. */
static void packs_what_needs_too_many_pages(void **state)
{
	static char text[SWC_MAX_CODE_PAGES * 64];
	struct subject s;
	__u32 n, i;
	int at;

	(void)state;
	for (n = SWC_MAX_CODE_PAGES; n <= SWC_MAX_CODE_PAGES + 1; n++) {
		for (at = 0, i = 0; i < n; i++)
			at += sprintf(text + at,
				      "alu dst=rax src=rcx code=%u.1;", i);
		open_subject(&s, text, 100);
		assert_int_equal(s.recorded, n == SWC_MAX_CODE_PAGES);
		assert_int_equal(s.npages,
				 s.recorded ? 1 + SWC_MAX_CODE_PAGES : 1);
		s.binding.packed = !s.recorded;
		check_subject(&s);
		close_subject(&s);
	}
}

/*
 * A page is full as long as the jump that leaves it is a short one. It leads too far for
 * that, and one page more is too many.
 */
static void packs_what_jumps_make_too_long(void **state)
{
	static char text[SWC_MAX_CODE_PAGES * 64 + SWC_PAGE_BYTES * 4];
	__u32 bytes, recorded = 0, packed = 0, i;
	struct subject s;
	int at;

	(void)state;
	for (bytes = SWC_PAGE_BYTES - 12; bytes <= SWC_PAGE_BYTES; bytes++) {
		for (at = 0, i = 0; i < bytes; i += 9)
			at += sprintf(text + at, "nop %u code=0.0;",
				      bytes - i < 9 ? bytes - i : 9);
		for (i = 1; i < SWC_MAX_CODE_PAGES; i++)
			at += sprintf(text + at,
				      "alu dst=rax src=rcx code=%u.40;", i);
		open_subject(&s, text, 0);
		recorded += s.recorded;
		packed += !s.recorded;
		s.binding.packed = !s.recorded;
		check_subject(&s);
		close_subject(&s);
	}
	assert_true(recorded && packed);
}

/* An unrolled loop fills its page and goes on in further ones. */
static void runs_over_into_further_pages(void **state)
{
	static char text[200000];
	__u64 lines[MAX_PAGES];
	struct subject s;
	int at = 0, i;

	(void)state;
	for (i = 0; i < 1500; i++)
		at += sprintf(text + at,
			      "nop 9 code=0.9; jump code=0.60; "
			      "nop 9 code=1.%d; jump code=1.8;",
			      i % 8);
	open_subject(&s, text, 0);
	check_subject(&s);
	assert_true(s.recorded);
	/* Each stretch is a NOP, a jump, and INT3. */
	assert_in_range(used_pages(&s, lines), 2 * (1500 * 15 / 4096 + 1),
			2 * (1500 * 15 / 4096 + 2));
	close_subject(&s);
}

/* A stretch that is longer than a page. */
static void takes_adjoining_pages(void **state)
{
	static char text[40000];
	__u64 lines[MAX_PAGES];
	struct subject s;
	int at = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++)
		at += sprintf(text + at, "nop 9 code=0.33;");
	at += sprintf(text + at, "jump code=0.33; nop 9 code=1.33;");
	open_subject(&s, text, 0);
	check_subject(&s);
	assert_true(s.recorded);
	assert_int_equal(used_pages(&s, lines), 4);
	assert_true(lines[3] == LINE(33));
	close_subject(&s);
}

/* The lines found from the code's bytes are those of the operations and the frame. */
static void tells_lines_of_code(void **state)
{
	struct random r = {4711};
	__u64 lines[MAX_PAGES];
	struct generated g;
	struct subject s;
	__u32 round, i, more;

	(void)state;
	for (round = 0; round < 3000; round++) {
		s = (struct subject){
			.caps = caps_all(),
			.binding = {.pedestal = random_below(&r, 60),
				    .offset = random_below(&r, 4096)},
		};
		generate(&g, &r, &s.caps);
		s.program = g.program;
		emit_subject(&s);
		check_subject(&s);
		swc_code_lines(s.e.code.bytes, s.e.bytes, s.binding.offset,
			       lines);
		for (i = 0, more = 0; i < s.npages; i++) {
			assert_true((lines[i] & s.lines[i]) == s.lines[i]);
			more += __builtin_popcountll(lines[i] & ~s.lines[i]);
		}
		/* Prologue, epilogue and 60 additions. */
		assert_in_range(more, s.recorded ? 2 : 0, 8);
		emitted_free(&s.e);
		verified_free(&s.v);
	}
}

/* Code that lies as recorded may end so near to the epilogue that 8 bits lead there. */
static void ends_near_and_far(void **state)
{
	struct random r = {0x5eed1234};
	__u32 round, seen[2] = {0};
	struct generated g;
	struct subject s;

	(void)state;
	for (round = 0; round < 1000; round++) {
		s = (struct subject){.caps = caps_all(),
				     .binding = {.pedestal = 5}};
		generate(&g, &r, &s.caps);
		if (!random_below(&r, 4))
			cut(&g, &r);
		s.binding.offset = random_below(&r, 4096);
		s.program = g.program;
		emit_subject(&s);
		check_subject(&s);
		seen[s.recorded]++;
		emitted_free(&s.e);
		verified_free(&s.v);
	}
	assert_true(seen[0] > 100 && seen[1] > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lies_as_recorded),
		cmocka_unit_test(lies_at_its_byte),
		cmocka_unit_test(keeps_distances),
		cmocka_unit_test(moves_within_lines),
		cmocka_unit_test(packs_what_tells_nothing),
		cmocka_unit_test(packs_what_needs_too_many_pages),
		cmocka_unit_test(packs_what_jumps_make_too_long),
		cmocka_unit_test(runs_over_into_further_pages),
		cmocka_unit_test(takes_adjoining_pages),
		cmocka_unit_test(tells_lines_of_code),
		cmocka_unit_test(ends_near_and_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
