// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>
#include <string.h>

#include "engine/chunks.h"
#include "engine/slots.h"
#include "generate.h"

/*
 * Checks where chunks of random sizes are placed, of programs that are nothing
 * but the lines they were recorded at; and how much work that is.
 */

#define MAX_OPS 100000u
#define GUARD	1u /* INT3 after each chunk */

/*
 * For each chunk, all pages that there may be and the lines of one, twice. Before
 * pages knew their room, the same chunks took 4400 steps each.
 */
#define MAX_STEPS (MAX_OPS * (SWC_MAX_CODE_PAGES + 2 * SWC_LINES_PER_PAGE))

/* A program, as far as places depend on it. */
struct subject {
	struct swc_op *ops;
	struct swc_proof_op *proved;
	struct swc_program program;
	struct swc_proof proof;
	void *workspace;
	struct swc_chunks places;
	__u32 offset;
	__u32 bytes; /* of it all; 0: doesn't fit */
};

static void open_subject(struct subject *s, __u32 nops)
{
	*s = (struct subject){
		.ops = calloc(nops, sizeof(*s->ops)),
		.proved = calloc(nops, sizeof(*s->proved)),
		.program.nops = nops,
	};
	assert_non_null(s->ops);
	assert_non_null(s->proved);
	s->program.ops = s->ops;
	s->proof.program = &s->program;
	s->proof.ops = s->proved;
	s->proof.nblocks = 1;
}

static void divide(struct subject *s)
{
	s->workspace = malloc(swc_chunks_bytes(&s->proof));
	assert_non_null(s->workspace);
	swc_chunks_divide(&s->places, &s->proof, s->workspace,
			  &(struct swc_binding){.packed = false});
	assert_true(s->places.recorded);
}

static void close_subject(struct subject *s)
{
	free(s->workspace);
	free(s->proved);
	free(s->ops);
}

/* Calls and returns number the blocks, as the verifier does. */
static void number_blocks(struct subject *s)
{
	static __u32 callers[MAX_OPS];
	__u32 i, depth = 0, block = 0;

	for (i = 0; i < s->program.nops; i++) {
		s->proved[i].block = block;
		if (s->ops[i].kind == SWC_OP_CALL) {
			callers[depth++] = block;
			block = s->proof.nblocks++;
		} else if (s->ops[i].kind == SWC_OP_RET && depth) {
			block = callers[--depth];
		}
	}
	s->proof.last_block = block;
}

static __u32 random_bytes(struct random *r, __u32 large)
{
	if (!random_below(r, large))
		return random_below(r, 5000);
	return random_below(r, random_below(r, 4) ? 24 : 150);
}

/* Jumps about within @pages pages and between them, calls and returns. */
static void open_random(struct subject *s, struct random *r)
{
	static const __u8 kinds[] = {SWC_OP_JUMP, SWC_OP_JUMP, SWC_OP_LFENCE,
				     SWC_OP_CALL, SWC_OP_RET};
	__u32 nops = 1 + random_below(r, 3000);
	__u32 pages = 1 + random_below(r, random_below(r, 2) ? 4 : 60);
	__u32 lines = 1 + random_below(r, SWC_LINES_PER_PAGE);
	__u32 large = 1 + random_below(r, 400), i;

	open_subject(s, nops);
	for (i = 0; i < nops; i++) {
		s->ops[i].kind = kinds[random_below(r, ARRAY_SIZE(kinds))];
		s->ops[i].imm = i; /* none shares another's code */
		if (!i || random_below(r, 4))
			s->ops[i].code = SWC_CODE(random_below(r, pages),
						  random_below(r, lines));
	}
	number_blocks(s);
	divide(s);
	for (i = 0; i < s->places.nchunks; i++)
		s->places.used[i] = random_bytes(r, large);
	s->offset = random_below(r, SWC_PAGE_BYTES);
	s->bytes = swc_chunks_find(&s->places, s->offset);
}

static const struct swc_chunks *sorted; /* for by_start() */

static int by_start(const void *a, const void *b)
{
	__u32 x = sorted->start[*(const __u32 *)a];
	__u32 y = sorted->start[*(const __u32 *)b];

	return x < y ? -1 : x > y;
}

/* Chunks don't overlap, and end where the code does at the latest. */
static void check_apart(const struct subject *s)
{
	const struct swc_chunks *p = &s->places;
	__u32 *order = calloc(p->nchunks, sizeof(*order)), i, end = 0;

	assert_non_null(order);
	for (i = 0; i < p->nchunks; i++)
		order[i] = i;
	sorted = p;
	qsort(order, p->nchunks, sizeof(*order), by_start);
	for (i = 0; i < p->nchunks; i++) {
		assert_true(p->start[order[i]] >= end);
		end = p->start[order[i]] + p->used[order[i]] + GUARD;
	}
	assert_int_equal(end, s->bytes);
	free(order);
}

static __u64 add_hash(__u64 hash, __u32 n)
{
	return (hash ^ n) * 0x100000001b3ull;
}

/* Every place of a thousand programs is what it was when these were written. */
static void places_stay(void **state)
{
	__u64 hash = 0xcbf29ce484222325ull;
	struct random r = {815};
	struct subject s;
	__u32 round, i, fit = 0;

	(void)state;
	for (round = 0; round < 1000; round++) {
		open_random(&s, &r);
		hash = add_hash(hash, s.bytes);
		for (i = 0; i < s.places.nchunks && s.bytes; i++)
			hash = add_hash(hash, s.places.start[i]);
		if (s.bytes) {
			check_apart(&s);
			fit++;
		}
		close_subject(&s);
	}
	assert_int_equal(fit, 984); /* others need too many pages */
	if (hash != 0x22f228c873b6c5bdull)
		fail_msg("%#llx", hash);
}

/*
 * A call that is unrolled for long: 100 000 chunks of two recorded pages, as many
 * as the pages that there may be hold of such size.
 */
static void open_long(struct subject *s, __u32 used)
{
	__u32 i;

	open_subject(s, MAX_OPS);
	for (i = 0; i < MAX_OPS; i++) {
		s->ops[i].kind = SWC_OP_JUMP;
		s->ops[i].code = SWC_CODE(i % 2, 5);
	}
	divide(s);
	assert_true(s->places.nchunks > MAX_OPS);
	for (i = 1; i < s->places.nchunks; i++)
		s->places.used[i] = used;
	s->bytes = swc_chunks_find(&s->places, 0);
}

static void many_chunks_take_few_steps(void **state)
{
	struct subject s;

	(void)state;
	/* Some more than there is room for: the last is the one that fails. */
	open_long(&s, 5);
	assert_int_equal(s.bytes, 0);
	assert_in_range(s.places.steps, 1, MAX_STEPS);
	close_subject(&s);
	open_long(&s, 4);
	assert_int_not_equal(s.bytes, 0);
	check_apart(&s);
	assert_in_range(s.places.steps, 1, MAX_STEPS);
	close_subject(&s);
}

/* Looked at for @n operations, each recorded on a page of its own. */
static __u64 steps_for(__u32 n, bool exact)
{
	struct subject s;
	__u64 steps;
	__u32 i;

	open_subject(&s, n);
	for (i = 0; i < n; i++) {
		s.ops[i].kind = SWC_OP_LFENCE;
		s.ops[i].code = exact ? SWC_CODE_AT(i, 64) : SWC_CODE(i, 1);
	}
	divide(&s);
	for (i = 1; i < s.places.nchunks; i++)
		s.places.used[i] = 3;
	assert_int_not_equal(swc_chunks_find(&s.places, 0), 0);
	steps = s.places.steps;
	close_subject(&s);
	return steps;
}

/*
 * Each operation looks at the pages of all before it, so one more takes a step more than
 * the one before: two where bytes are known, as their place is looked for first.
 */
static void each_page_is_a_step(void **state)
{
	__u32 exact, n;

	(void)state;
	for (exact = 0; exact < 2; exact++) {
		for (n = 2; n < 20; n++)
			assert_int_equal(steps_for(n + 1, exact) +
						 steps_for(n - 1, exact),
					 2 * steps_for(n, exact) + 1 + exact);
	}
}

/* A page is full to its last byte; the one behind it isn't in use, and isn't touched. */
static void no_page_behind_is_touched(void **state)
{
	const __u8 untouched = 0xa5;
	struct subject s;
	__u8 *pages;
	size_t bytes, at;

	(void)state;
	open_subject(&s, 1);
	s.ops->kind = SWC_OP_LFENCE;
	s.ops->code = SWC_CODE_AT(0, 0);
	divide(&s);
	assert_int_equal(s.places.nchunks, 2);
	s.places.used[1] = SWC_PAGE_BYTES;
	pages = (__u8 *)s.places.pages;
	bytes = (__u8 *)s.places.turns - pages;
	memset(pages, untouched, bytes);
	assert_int_not_equal(swc_chunks_find(&s.places, 0), 0);
	for (at = bytes / SWC_MAX_CODE_PAGES; at < bytes; at++)
		assert_int_equal(pages[at], untouched);
	close_subject(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_stay),
		cmocka_unit_test(no_page_behind_is_touched),
		cmocka_unit_test(many_chunks_take_few_steps),
		cmocka_unit_test(each_page_is_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
