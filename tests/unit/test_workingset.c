// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "tracebuild.h"
#include "workingset.h"
#include "tracefile.h"

/*
 * A trace with known touched lines, and a call that touches some of them again,
 * by accesses that begin in the line before, or reach over it.
 */

#define CODE  0x401000ull
#define HEAP  0xc000100000ull
#define STEPS 1000

static const uint8_t store[] = {0x48, 0x89, 0x03}; /* mov [rbx], rax */

static const struct trace_touched touched[] = {
	{CODE, 1, 0, TRACE_TOUCHED_CODE, 0},
	{CODE + 0x40, 0, 0, TRACE_TOUCHED_CODE, 0},
	{HEAP, 900, 1, TRACE_TOUCHED_READ, 0},
	{HEAP + 0x40, 800, 1, TRACE_TOUCHED_WRITE, 0},
	{HEAP + 0xfc0, 5, 1, TRACE_TOUCHED_READ, 0},
	{HEAP + 0x2000, 7, 1, TRACE_TOUCHED_READ, 0},
	{HEAP + 0x2040, 7, 1, TRACE_TOUCHED_READ, 0},
	{HEAP + 0x5000, 6, 1, TRACE_TOUCHED_READ, 0},
};

static void must(int failed, const struct error *err)
{
	if (failed < 0)
		fail_msg("%s", err->text);
}

static void add_call(struct trace_builder *b, uint16_t heap)
{
	struct error err = {0};
	uint32_t insn;

	/* Its last byte lies in the second line of code. */
	must(trace_builder_insn(b, CODE + 0x3e, store, sizeof(store), "f",
				&insn, &err),
	     &err);
	must(trace_builder_begin(b, &err), &err);
	must(trace_builder_step(b, insn, HEAP, 0, &err), &err);
	must(trace_builder_access(b, HEAP + 0x3c, 8, TRACE_ACCESS_WRITE, heap,
				  &err),
	     &err);
	must(trace_builder_access(b, HEAP + 0x3f0, 8, TRACE_ACCESS_WRITE, heap,
				  &err),
	     &err);
	/* Reaches into the middle of the third page, and not beyond a line. */
	must(trace_builder_access(b, HEAP + 0x1fff, 0x41, TRACE_ACCESS_WRITE,
				  heap, &err),
	     &err);
	assert_int_equal(trace_builder_end(b, &err), 1);
}

static void open_trace(struct trace *t, const char *part)
{
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	uint16_t text, heap;
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), "/tmp/test_workingset.%d", getpid());
	must(trace_builder_region(b, CODE, CODE + 0x1000, TRACE_REGION_TEXT,
				  "text", &text, &err),
	     &err);
	must(trace_builder_region(b, HEAP, HEAP + 0x10000, TRACE_REGION_HEAP,
				  "heap", &heap, &err),
	     &err);
	add_call(b, heap);
	if (part) {
		must(trace_builder_meta(b, "working_part", part, &err), &err);
		must(trace_builder_meta(b, "working_end", "limit", &err), &err);
		must(trace_builder_meta(b, "working_steps", "1000", &err),
		     &err);
		for (i = 0; i < sizeof(touched) / sizeof(*touched); i++)
			must(trace_builder_touched(b, &touched[i], &err), &err);
	}
	must(trace_builder_write(b, path, &err), &err);
	trace_builder_free(b);
	must(trace_open(t, path, &err), &err);
	unlink(path);
}

static void orders_lines_by_the_last_touch(void **state)
{
	static const struct {
		uint64_t address;
		bool shared;
	} expected[] = {
		{HEAP + 0xfc0, false}, {HEAP + 0x5000, false},
		{HEAP + 0x2000, true}, {HEAP + 0x2040, false},
		{HEAP + 0x40, true},   {HEAP, true},
	};
	struct error err = {0};
	struct workingset set;
	struct trace t;
	size_t i;

	(void)state;
	open_trace(&t, "all");
	must(workingset_build(&set, &t, &t.variants[0], &err), &err);
	assert_int_equal(set.part, WORKINGSET_ALL);
	assert_false(workingset_truncated(&set));
	assert_int_equal(set.steps, STEPS);
	assert_string_equal(set.end, "limit");
	assert_int_equal(set.data.nlines, 6);
	for (i = 0; i < 6; i++) {
		const struct workingset_line *line = &set.data.lines[i];

		assert_true(line->address == expected[i].address);
		assert_int_equal(line->shared, expected[i].shared);
		assert_int_equal(line->rank, i);
		assert_int_equal(line->line, line->address / 64 % 64);
		assert_string_equal(line->region, "heap");
	}
	assert_true(set.data.lines[4].written);
	assert_false(set.data.lines[4].read);
	assert_true(set.data.lines[5].read);
	assert_false(set.data.lines[5].written);
	workingset_free(&set);
	trace_close(&t);
}

static void gathers_pages(void **state)
{
	static const struct workingset_page expected[] = {
		{HEAP >> 12, 1ull << 63 | 3, 3, true, 0, 5, NULL},
		{(HEAP >> 12) + 5, 1, 0, false, 1, 6, NULL},
		{(HEAP >> 12) + 2, 3, 1, true, 2, 7, NULL},
	};
	struct error err = {0};
	struct workingset set;
	struct trace t;
	size_t i;

	(void)state;
	open_trace(&t, "first");
	must(workingset_build(&set, &t, &t.variants[0], &err), &err);
	assert_true(workingset_truncated(&set));
	assert_int_equal(set.data.npages, 3);
	for (i = 0; i < 3; i++) {
		const struct workingset_page *page = &set.data.pages[i];

		assert_true(page->page == expected[i].page);
		assert_true(page->lines == expected[i].lines);
		assert_true(page->shared == expected[i].shared);
		assert_int_equal(page->called, expected[i].called);
		assert_int_equal(page->rank, i);
		assert_int_equal(page->age, expected[i].age);
		assert_string_equal(page->region, "heap");
	}
	workingset_free(&set);
	trace_close(&t);
}

static void keeps_code_apart(void **state)
{
	struct error err = {0};
	struct workingset set;
	struct trace t;

	(void)state;
	open_trace(&t, "last");
	must(workingset_build(&set, &t, &t.variants[0], &err), &err);
	assert_int_equal(set.part, WORKINGSET_LAST);
	assert_int_equal(set.code.nlines, 2);
	assert_true(set.code.lines[0].address == CODE + 0x40);
	assert_true(set.code.lines[0].shared);
	assert_true(set.code.lines[1].shared);
	assert_string_equal(set.code.lines[0].region, "text");
	assert_int_equal(set.code.npages, 1);
	assert_true(set.code.pages[0].shared == 3);
	workingset_free(&set);
	trace_close(&t);
}

static void may_be_empty(void **state)
{
	struct error err = {0};
	struct workingset set;
	struct trace t;

	(void)state;
	open_trace(&t, NULL);
	must(workingset_build(&set, &t, &t.variants[0], &err), &err);
	assert_int_equal(set.part, WORKINGSET_NONE);
	assert_string_equal(workingset_part_name(set.part), "none");
	assert_false(workingset_truncated(&set));
	assert_int_equal(set.data.nlines + set.code.nlines, 0);
	workingset_free(&set);
	workingset_free(&set);
	trace_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_lines_by_the_last_touch),
		cmocka_unit_test(gathers_pages),
		cmocka_unit_test(keeps_code_apart),
		cmocka_unit_test(may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
