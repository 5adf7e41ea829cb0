// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>

#include "engine/bound.h"
#include "engine/slots.h"

/*
 * The model of a replay's time, compared with known times of adversarial sequences.
 * Each planted truth is a time that hardware was seen to take, or a count of lines,
 * walks and bytes that a sequence can't avoid. The bound has to lie above it.
 */

/* A line from memory, 60 ns at 4 GHz: less than any machine needs. */
#define LINE 240u

/* Two references of a page walk that nobody else's page shares, both from memory. */
#define WALK (2 * LINE)

#define PAGES 4096u

/* A sequence that is made operation by operation. */
struct made {
	struct swc_op *ops;
	struct swc_region regions[2];
	struct swc_program program;
};

static void make(struct made *m, __u32 pages, __u32 room)
{
	m->ops = calloc(room, sizeof(*m->ops));
	assert_non_null(m->ops);
	m->regions[0] = (struct swc_region){.pages = pages};
	m->regions[1] = (struct swc_region){.pages = 2};
	m->program = (struct swc_program){
		.ops = m->ops,
		.regions = m->regions,
		.nregions = 2,
		.entry_region = 1,
		.entry_offset = SWC_PAGE_BYTES,
	};
}

static struct swc_op *append(struct made *m, enum swc_op_kind kind,
			     __u32 offset)
{
	struct swc_op *op = &m->ops[m->program.nops++];

	*op = sequence_op(kind);
	op->offset = offset;
	op->size = 8;
	return op;
}

static void append_load(struct made *m, __u32 offset)
{
	append(m, SWC_OP_LOAD, offset)->dst = SWC_REG_RAX;
}

static void append_nt(struct made *m, __u32 offset)
{
	struct swc_op *op = append(m, SWC_OP_STORE, offset);

	op->src = SWC_REG_RAX;
	op->flags = SWC_OPF_NT;
}

static void append_copy(struct made *m, __u32 to, __u32 from, __u32 bytes)
{
	struct swc_op *op = append(m, SWC_OP_COPY, to);

	op->size = 1;
	op->imm = bytes;
	op->from = SWC_FROM(0, from);
}

static __u64 cycles(const struct swc_cost *cost)
{
	return cost->core + cost->memory;
}

/* The bound; the sequence has to be accepted. */
static struct swc_bound bound_of(struct made *m)
{
	struct swc_caps caps = caps_all();
	struct swc_bound bound;
	struct verified v;

	if (!verify(&v, &m->program, &caps))
		fail_msg("refused: %s at %u", swc_error_text(v.error.code),
			 v.error.op);
	bound = v.proof.bound;
	verified_free(&v);
	free(m->ops);
	return bound;
}

/*
 * Return: the operation that it is refused at for its time; the number of
 * operations: it isn't.
 */
static __u32 refused_at(struct made *m)
{
	struct swc_caps caps = caps_all();
	struct verified v;
	__u32 at = m->program.nops;

	if (!verify(&v, &m->program, &caps)) {
		assert_int_equal(v.error.code, SWC_ERR_TIME);
		at = v.error.op;
	}
	verified_free(&v);
	free(m->ops);
	return at;
}

/* The page that comes as number @i, far from the last one. */
static __u32 scattered(__u32 i, __u32 pages)
{
	return i * 1627u % pages * SWC_PAGE_BYTES +
	       i % SWC_LINES_PER_PAGE * SWC_LINE_BYTES;
}

/* Each page costs a walk and a line, in each replay, as no TLB holds them all. */
static void test_pages(void **state)
{
	struct swc_bound bound;
	struct made m;
	__u32 i;

	(void)state;
	make(&m, PAGES, PAGES);
	for (i = 0; i < PAGES; i++)
		append_load(&m, scattered(i, PAGES));
	bound = bound_of(&m);
	assert_true(cycles(&bound.first) > PAGES * (LINE + WALK));
	assert_true(cycles(&bound.again) > PAGES * (LINE + WALK));

	/* As many pages as there may be, twice, take longer than a replay may. */
	make(&m, SWC_MAX_PAGES - 2, 2 * SWC_MAX_PAGES);
	for (i = 0; i < 2 * SWC_MAX_PAGES; i++)
		append_load(&m, scattered(i, SWC_MAX_PAGES - 2));
	assert_true(refused_at(&m) < 2 * SWC_MAX_PAGES);
}

/* A few pages: walked for once, and near ever after. */
static void test_few_pages(void **state)
{
	struct swc_bound bound;
	struct made m;
	__u32 i, j;

	(void)state;
	make(&m, 64, 64 * 50);
	for (j = 0; j < 50; j++)
		for (i = 0; i < 64; i++)
			append_load(&m, scattered(i, 64));
	bound = bound_of(&m);
	assert_true(cycles(&bound.first) > 64 * (LINE + WALK));
	assert_true(cycles(&bound.first) < 64 * 10000 + 50 * 64 * 150);
	/* An answer of the shared cache each: 75 cycles. */
	assert_true(cycles(&bound.again) > 50 * 64 * 75);
	assert_true(cycles(&bound.again) < 50 * 64 * 150);
}

/* Lines that no second-level cache holds are fetched each time. */
static void test_large_footprint(void **state)
{
	const __u32 lines = 8192;
	struct swc_bound bound;
	struct made m;
	__u32 i;

	(void)state;
	make(&m, lines / SWC_LINES_PER_PAGE, 2 * lines);
	for (i = 0; i < 2 * lines; i++)
		append_load(&m, i % lines * SWC_LINE_BYTES);
	bound = bound_of(&m);
	assert_true(cycles(&bound.first) > 2 * lines * LINE * 3 / 4);
	assert_true(cycles(&bound.again) > 2 * lines * LINE);
}

/* Each store goes out to memory by itself, however often the line was touched. */
static void test_nt_stores(void **state)
{
	struct swc_bound bound;
	struct made m;
	__u32 i;

	(void)state;
	make(&m, 1024, 2048);
	for (i = 0; i < 2048; i++)
		append_nt(&m, scattered(i, 1024));
	bound = bound_of(&m);
	assert_true(cycles(&bound.first) > 2048 * LINE + 1024 * WALK);
	assert_true(cycles(&bound.again) > 2048 * LINE + 1024 * WALK);

	/* Two lines in turns: nothing combines, and each load has to fetch. */
	make(&m, 2, 3000);
	for (i = 0; i < 1000; i++) {
		append_nt(&m, 0);
		append_nt(&m, SWC_PAGE_BYTES);
		append_load(&m, SWC_PAGE_BYTES);
	}
	bound = bound_of(&m);
	assert_true(cycles(&bound.again) > 3000 * LINE);

	/* A line as a whole is one transfer. */
	make(&m, 1, 8);
	for (i = 0; i < 8; i++)
		append_nt(&m, 8 * i);
	bound = bound_of(&m);
	assert_true(cycles(&bound.again) < 8 * LINE);
}

/*
 * A line that was flushed comes from memory, and a translation that was invalidated is
 * walked for, after each such operation. CLFLUSH writes the line back besides.
 */
static void test_forgotten(void **state)
{
	static const struct {
		enum swc_op_kind kind;
		__u32 cycles; /* of the operation and the load after it */
	} forgetting[] = {
		{SWC_OP_CLFLUSH, 2 * LINE},
		{SWC_OP_INVLPG, 300 + WALK},
	};
	const __u32 n = 1000;
	struct swc_bound bound;
	struct made m;
	__u32 i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forgetting); i++) {
		make(&m, 1, 2 * n);
		for (j = 0; j < n; j++) {
			append(&m, forgetting[i].kind, 0)->size = 0;
			append_load(&m, 0);
		}
		bound = bound_of(&m);
		assert_true(cycles(&bound.again) > n * forgetting[i].cycles);
	}
}

/* Byte by byte, each waits for the one before: 5 cycles at least. */
static void test_copy(void **state)
{
	const __u32 bytes = 100000;
	static const __s32 distances[] = {1, 8, 63, -1, -63, 4096, 99999};
	struct swc_bound bound, apart;
	struct made m;
	__u32 i;

	(void)state;
	make(&m, 128, 1);
	append_copy(&m, 2048, 64 * SWC_PAGE_BYTES, bytes);
	apart = bound_of(&m);
	/* 10 GB/s at 4 GHz, read and written, and far below a byte at a time. */
	assert_true(cycles(&apart.first) > 2 * bytes / 64 * 25);
	assert_true(cycles(&apart.again) < 5 * bytes);
	for (i = 0; i < ARRAY_SIZE(distances); i++) {
		make(&m, 128, 1);
		append_copy(&m, 30 * SWC_PAGE_BYTES + distances[i],
			    30 * SWC_PAGE_BYTES, bytes);
		bound = bound_of(&m);
		assert_true(cycles(&bound.again) > 5 * bytes);
	}
	/* It only seems to overlap, by the low bits of the addresses. */
	make(&m, 128, 1);
	append_copy(&m, 16, 64 * SWC_PAGE_BYTES, bytes);
	bound = bound_of(&m);
	assert_true(cycles(&bound.again) > 5 * bytes);
	/* So many, which take 2 ms and more, are refused. */
	make(&m, 1024, 1);
	append_copy(&m, 1, 0, 2000000);
	assert_int_equal(refused_at(&m), 0);
}

/* 14 registers each: a core stores two a cycle at most. */
static void test_save_spam(void **state)
{
	const __u32 n = 10000;
	struct swc_bound bound;
	struct made m;
	struct swc_op *op;
	__u32 i;

	(void)state;
	make(&m, 1, n);
	for (i = 0; i < n; i++) {
		op = append(&m, i % 2 ? SWC_OP_RESTORE : SWC_OP_SAVE, 0);
		op->size = 0;
		op->imm = 0xffef & ~1u;
	}
	bound = bound_of(&m);
	assert_true(cycles(&bound.again) > n * 13 / 2);
	/* No number of them that is accepted takes 2 ms of a core at 3 GHz. */
	make(&m, 1, SWC_MAX_OPS);
	for (i = 0; i < SWC_MAX_OPS; i++) {
		op = append(&m, SWC_OP_SAVE, 0);
		op->size = 0;
		op->imm = 0xffef;
	}
	assert_true(refused_at(&m) < 6000000 / 7);
}

/* The core's cycles are worth more ticks, the memory's aren't. */
static void test_ticks(void **state)
{
	struct swc_cost cost = {.core = 1000, .memory = 600};
	struct swc_bound bound = {.first = {0}};

	(void)state;
	assert_int_equal(swc_cost_ticks(&cost), 4600);
	swc_bound_code(&bound, 100, 0, 3);
	assert_true(cycles(&bound.first) > 100 * LINE / 4 + 3 * WALK);
	assert_true(cycles(&bound.again) > 100 * 14);
	assert_true(cycles(&bound.again) < cycles(&bound.first) / 10);
	/* A loop's lines are fetched again from the shared cache, not from memory. */
	bound = (struct swc_bound){.first = {0}};
	swc_bound_code(&bound, 0, 16384, 0);
	assert_true(cycles(&bound.again) > 16384 * 14);
	assert_true(cycles(&bound.again) < 16384 * LINE / 4);
	/* Code that doesn't fit is fetched each time. */
	bound = (struct swc_bound){.first = {0}};
	swc_bound_code(&bound, 16384, 0, 256);
	assert_true(cycles(&bound.again) > 16384 * LINE / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_few_pages),
		cmocka_unit_test(test_large_footprint),
		cmocka_unit_test(test_nt_stores),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_save_spam),
		cmocka_unit_test(test_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
