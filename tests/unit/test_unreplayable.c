// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lowered.h"
#include "seqtext.h"
#include "unreplayable.h"

/*
 * Planted instructions that no replay has: each is counted by its kind, by the
 * trace alone and by the lowering, and travels with the sequence's text.
 */

#define NONE -1

struct expectation {
	struct planted planted;
	int kind; /* NONE: it is replayed */
};

static const struct expectation expectations[] = {
	/* syscall, int 0x80 */
	{{2, {0x0f, 0x05}, ENTRY, 0, {{0}}}, NOTREPLAYED_SYSCALL},
	{{2, {0xcd, 0x80}, ENTRY, 0, {{0}}}, NOTREPLAYED_SYSCALL},
	/* cpuid, serialize */
	{{2, {0x0f, 0xa2}, ENTRY, 0, {{0}}}, NOTREPLAYED_SERIALISING},
	{{3, {0x0f, 0x01, 0xe8}, ENTRY, 0, {{0}}}, NOTREPLAYED_SERIALISING},
	/* rdtsc, rdtscp; rdrand eax */
	{{2, {0x0f, 0x31}, ENTRY, 0, {{0}}}, NOTREPLAYED_TIME},
	{{3, {0x0f, 0x01, 0xf9}, ENTRY, 0, {{0}}}, NOTREPLAYED_TIME},
	{{3, {0x0f, 0xc7, 0xf0}, ENTRY, 0, {{0}}}, NOTREPLAYED_RANDOM},
	/* fldenv [rbx], fnstenv [rbx], fldcw [rbx], fnstcw [rbx] */
	{{2, {0xd9, 0x23}, ENTRY, 0, {{HEAP, 28, R, IN_HEAP}}},
	 NOTREPLAYED_X87},
	{{2, {0xd9, 0x33}, ENTRY, 0, {{HEAP, 28, W, IN_HEAP}}},
	 NOTREPLAYED_X87},
	{{2, {0xd9, 0x2b}, ENTRY, 0, {{HEAP, 2, R, IN_HEAP}}}, NOTREPLAYED_X87},
	{{2, {0xd9, 0x3b}, ENTRY, 0, {{HEAP, 2, W, IN_HEAP}}}, NOTREPLAYED_X87},
	/* fninit, fwait, emms, fnstsw ax */
	{{2, {0xdb, 0xe3}, ENTRY, 0, {{0}}}, NOTREPLAYED_X87},
	{{1, {0x9b}, ENTRY, 0, {{0}}}, NOTREPLAYED_X87},
	{{2, {0x0f, 0x77}, ENTRY, 0, {{0}}}, NOTREPLAYED_X87},
	{{2, {0xdf, 0xe0}, ENTRY, 0, {{0}}}, NOTREPLAYED_X87},
	/* ldmxcsr [rbx], stmxcsr [rbx], vldmxcsr [rbx] */
	{{3, {0x0f, 0xae, 0x13}, ENTRY, 0, {{HEAP, 4, R, IN_HEAP}}},
	 NOTREPLAYED_MXCSR},
	{{3, {0x0f, 0xae, 0x1b}, ENTRY, 0, {{HEAP, 4, W, IN_HEAP}}},
	 NOTREPLAYED_MXCSR},
	{{4, {0xc5, 0xf8, 0xae, 0x13}, ENTRY, 0, {{HEAP, 4, R, IN_HEAP}}},
	 NOTREPLAYED_MXCSR},
	/* fsin, fprem; fld1 and fadd have operations of about their cost */
	{{2, {0xd9, 0xfe}, ENTRY, 0, {{0}}}, NOTREPLAYED_FUNCTION},
	{{2, {0xd9, 0xf8}, ENTRY, 0, {{0}}}, NOTREPLAYED_FUNCTION},
	{{2, {0xd9, 0xe8}, ENTRY, 0, {{0}}}, NONE},
	{{2, {0xd8, 0xc1}, ENTRY, 0, {{0}}}, NONE},
	/* xgetbv, rdfsbase rax, wrfsbase rax, popfq, std, cld */
	{{3, {0x0f, 0x01, 0xd0}, ENTRY, 0, {{0}}}, NOTREPLAYED_REGISTER},
	{{5, {0xf3, 0x48, 0x0f, 0xae, 0xc0}, ENTRY, 0, {{0}}},
	 NOTREPLAYED_REGISTER},
	{{5, {0xf3, 0x48, 0x0f, 0xae, 0xd0}, ENTRY, 0, {{0}}},
	 NOTREPLAYED_REGISTER},
	{{1, {0xfd}, ENTRY, 0, {{0}}}, NOTREPLAYED_REGISTER},
	{{1, {0xfc}, ENTRY, 0, {{0}}}, NOTREPLAYED_REGISTER},
	/* repe cmpsb, rep movsb of nothing; rep movsb, rep stosq */
	{{2,
	  {0xf3, 0xa6},
	  ENTRY,
	  0,
	  {{HEAP, 2, R, IN_HEAP}, {HEAP + 64, 2, R, IN_HEAP}}},
	 NOTREPLAYED_STRING},
	{{2, {0xf3, 0xa4}, ENTRY, 0, {{0}}}, NOTREPLAYED_STRING},
	{{2,
	  {0xf3, 0xa4},
	  ENTRY,
	  0,
	  {{HEAP, 24, R, IN_HEAP}, {HEAP + 64, 24, W, IN_HEAP}}},
	 NONE},
	{{3, {0xf3, 0x48, 0xab}, ENTRY, 0, {{HEAP, 24, W, IN_HEAP}}}, NONE},
	/* lock inc dword [rbx + 3], and aligned */
	{{4,
	  {0xf0, 0xff, 0x43, 0x03},
	  ENTRY,
	  0,
	  {{HEAP + 3, 4, R | W | A, IN_HEAP}}},
	 NOTREPLAYED_LOCK},
	{{4,
	  {0xf0, 0xff, 0x43, 0x04},
	  ENTRY,
	  0,
	  {{HEAP + 4, 4, R | W | A, IN_HEAP}}},
	 NONE},
	/* prefetcht0 [rbx] */
	{{3, {0x0f, 0x18, 0x0b}, ENTRY, 0, {{0}}}, NOTREPLAYED_PREFETCH},
	/* clflushopt [rbx], clflush [rbx] */
	{{4, {0x66, 0x0f, 0xae, 0x3b}, ENTRY, 0, {{HEAP, 64, R, IN_HEAP}}},
	 NOTREPLAYED_FLUSH},
	{{3, {0x0f, 0xae, 0x3b}, ENTRY, 0, {{HEAP, 64, R, IN_HEAP}}}, NONE},
	/* stc: no register shows that it does anything */
	{{1, {0xf9}, ENTRY, 0, {{0}}}, NOTREPLAYED_OTHER},
	/* nop, endbr64, lfence, mfence, sfence, pause, vzeroupper, je, add */
	{{1, {0x90}, ENTRY, 0, {{0}}}, NONE},
	{{4, {0xf3, 0x0f, 0x1e, 0xfa}, ENTRY, 0, {{0}}}, NONE},
	{{3, {0x0f, 0xae, 0xe8}, ENTRY, 0, {{0}}}, NONE},
	{{3, {0x0f, 0xae, 0xf0}, ENTRY, 0, {{0}}}, NONE},
	{{3, {0x0f, 0xae, 0xf8}, ENTRY, 0, {{0}}}, NONE},
	{{2, {0xf3, 0x90}, ENTRY, 0, {{0}}}, NONE},
	{{3, {0xc5, 0xf8, 0x77}, ENTRY, 0, {{0}}}, NONE},
	{{2, {0x74, 0x00}, ENTRY, 0, {{0}}}, NONE},
	{{4, {0x48, 0x83, 0xc0, 0x08}, ENTRY, 0, {{0}}}, NONE},
};

static size_t total(const struct notreplayed *n)
{
	size_t sum = 0, kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++)
		sum += n->count[kind];
	return sum;
}

/* Exactly one of @kind, or nothing at all. */
static void check_one(const struct notreplayed *n, int kind, size_t i)
{
	if (total(n) != (kind != NONE) || (kind != NONE && n->count[kind] != 1))
		fail_msg("expectation %zu: %zu found, of %s", i, total(n),
			 kind == NONE ? "none" : notreplayed_what(kind));
}

static void test_each_kind(void **state)
{
	struct planted steps[3] = {0};
	struct notreplayed found;
	struct error err = {0};
	struct lowered l;
	size_t i, elided;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(expectations); i++) {
		steps[0] = expectations[i].planted;
		steps[1] = planted_ret;
		planted_lower(&l, steps, false);
		check_one(&l.sequence.not_replayed, expectations[i].kind, i);
		assert_int_equal(unreplayable_count(&l.trace,
						    &l.trace.variants[0],
						    &found, &err),
				 0);
		check_one(&found, expectations[i].kind, i);
		/* Nothing becomes a no-op, or cheaper, without being counted. */
		elided = l.lowering.count[LOWER_ELIDED] +
			 l.lowering.count[LOWER_SYSCALL] +
			 l.lowering.count[LOWER_COST];
		assert_true(elided <= total(&found));
		planted_done(&l);
	}
}

/*
 * A state restored from memory that no save has written: the lowering alone
 * finds it.
 */
static void test_restore(void **state)
{
	const struct planted steps[] = {
		/* xrstor [rbx] */
		{3,
		 {0x0f, 0xae, 0x2b},
		 ENTRY,
		 0,
		 {{HEAP + 0x400, 1024, R, IN_HEAP}}},
		planted_ret,
		{0},
	};
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	check_one(&l.sequence.not_replayed, NOTREPLAYED_STATE, 0);
	planted_done(&l);
}

/* The text names what is missing, and is read back. */
static void test_text(void **state)
{
	const struct planted steps[] = {
		{2, {0x0f, 0x05}, ENTRY, 0, {{0}}}, /* syscall */
		{2, {0x0f, 0xa2}, ENTRY, 0, {{0}}}, /* cpuid */
		{2, {0x0f, 0x05}, ENTRY, 0, {{0}}}, planted_ret, {0},
	};
	char *buffer, words[NOTREPLAYED_TEXT];
	struct error err = {0};
	struct sequence s;
	struct lowered l;
	size_t bytes;
	FILE *f;

	(void)state;
	planted_lower(&l, steps, false);
	assert_string_equal(notreplayed_text(&l.sequence.not_replayed, words,
					     sizeof(words)),
			    "2 system calls, 1 serialising instruction");
	f = open_memstream(&buffer, &bytes);
	assert_int_equal(seqtext_write(&l.sequence, f), 0);
	fclose(f);
	f = fmemopen(buffer, strlen(buffer), "r");
	assert_int_equal(seqtext_read(&s, f, "text", &err), 0);
	fclose(f);
	assert_memory_equal(&s.not_replayed, &l.sequence.not_replayed,
			    sizeof(s.not_replayed));
	free(buffer);
	sequence_free(&s);
	planted_done(&l);
}

static void test_words(void **state)
{
	struct notreplayed n = {0}, other = {0};
	char words[NOTREPLAYED_TEXT];
	int kind;

	(void)state;
	assert_false(notreplayed_any(&n));
	assert_string_equal(notreplayed_text(&n, words, sizeof(words)), "");
	assert_int_equal(notreplayed_find("flying carpet"), -1);
	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		assert_int_equal(notreplayed_find(notreplayed_what(kind)),
				 kind);
		other.count[kind] = 1000000;
	}
	other.count[NOTREPLAYED_FLUSH] = 2;
	n.count[NOTREPLAYED_FLUSH] = 3;
	notreplayed_most(&n, &other);
	assert_true(notreplayed_any(&n));
	notreplayed_text(&n, words, sizeof(words));
	assert_non_null(strstr(words, "3 cache line flushes"));
	/* All of it has room. */
	assert_non_null(strstr(words, "1000000 other instructions"));
	notreplayed_text(&n, words, 10);
	assert_int_equal(strlen(words), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
