// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <string.h>

#include "codelayout.h"

/* Checks the lines that a sequence names of its code, and those emitted for it. */

#define TWO_PAGES                                                      \
	"alu dst=rax src=rcx code=4.5; alu dst=rax src=rcx code=4.6; " \
	"jump code=4.6; alu dst=rax src=rcx code=2.6; mark \"end\""

static void counts_lines_and_pages(void **state)
{
	struct swc_caps caps = caps_all();
	struct code_layout layout;
	struct error err = {0};
	struct sequence s;

	(void)state;
	sequence_from(&s, TWO_PAGES);
	assert_int_equal(code_layout_of(&layout, &s, &caps, &err), 0);
	assert_true(layout.recorded);
	assert_int_equal(layout.recorded_lines, 3);
	assert_int_equal(layout.recorded_pages, 2);
	assert_int_equal(layout.emitted_lines, 2); /* small: 4.5 holds both */
	assert_int_equal(layout.emitted_pages, 2);

	assert_int_equal(code_layout_pack(&layout, &s, &caps, &err), 0);
	assert_false(layout.recorded);
	assert_int_equal(layout.recorded_lines, 3);
	assert_int_equal(layout.recorded_pages, 2);
	assert_in_range(layout.emitted_lines, 1, 2);
	assert_int_equal(layout.emitted_pages, 1);

	/* It has forgotten. */
	assert_int_equal(code_layout_of(&layout, &s, &caps, &err), 0);
	assert_false(layout.recorded);
	assert_int_equal(layout.recorded_lines, 0);
	sequence_free(&s);
}

/* Code that was executed again is there again: from some lines on, that is told. */
static void tells_of_long_code(void **state)
{
	struct swc_caps caps = caps_all();
	struct code_layout layout;
	static char text[100000];
	struct error err = {0};
	struct sequence s;
	__u32 turns, i;
	int at;

	(void)state;
	for (turns = 1; turns <= 4; turns *= 4) {
		for (at = 0, i = 0; i < turns * 400; i++)
			at += sprintf(text + at, "nop 9 code=%x.%u+%u;%s",
				      1 + i % 400 / 400, i % 400 * 9 / 64,
				      i % 400 * 9 % 64,
				      i % 400 == 399 ? "jump code=1.63+32;"
						     : "");
		sequence_from(&s, text);
		assert_int_equal(code_layout_of(&layout, &s, &caps, &err), 0);
		assert_true(layout.recorded);
		assert_in_range(layout.recorded_lines, 57, 58);
		assert_int_equal(layout.twice, (turns - 1) * 401);
		assert_int_equal(layout.long_call, turns > 1);
		if (turns > 1) {
			assert_true(layout.excess > 2.7);
			assert_true(layout.excess < 3.3);
		}
		sequence_free(&s);
	}
}

static void says_what_is_refused(void **state)
{
	struct swc_caps caps = caps_all();
	struct code_layout layout;
	struct error err = {0};
	struct sequence s;

	(void)state;
	sequence_from(&s, "ret code=1.1");
	assert_int_equal(code_layout_of(&layout, &s, &caps, &err), -1);
	assert_non_null(strstr(err.text, "op 0"));
	assert_int_equal(layout.recorded_lines, 0);
	sequence_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_lines_and_pages),
		cmocka_unit_test(tells_of_long_code),
		cmocka_unit_test(says_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
