// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cpulist.h"
#include "engine/freestanding.h"

static void test_has(void **state)
{
	(void)state;
	assert_true(cpulist_has("0-3,8\n", 0));
	assert_true(cpulist_has("0-3,8\n", 3));
	assert_true(cpulist_has("0-3,8\n", 8));
	assert_false(cpulist_has("0-3,8\n", 4));
	assert_false(cpulist_has("0-3,8\n", 80));
	assert_false(cpulist_has("", 0));
	assert_false(cpulist_has("\n", 0));
	assert_false(cpulist_has("(null)\n", 0));
}

static void test_count(void **state)
{
	(void)state;
	assert_int_equal(cpulist_count("0-3,8\n"), 5);
	assert_int_equal(cpulist_count("7"), 1);
	assert_int_equal(cpulist_count("\n"), 0);
	assert_int_equal(cpulist_count("3-1"), 0);
}

static void test_without(void **state)
{
	static const struct {
		const char *list;
		unsigned int cpu;
		const char *left;
	} cases[] = {
		{"0-3\n", 0, "1-3"},   {"0-3\n", 3, "0-2"},
		{"0-3\n", 1, "0,2-3"}, {"0-3\n", 9, "0-3"},
		{"0-1\n", 1, "0"},     {"2,4-5,9", 2, "4-5,9"},
		{"2,4", 4, "2"},       {"1-3,5", 2, "1,3,5"},
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(cpulist_without(cases[i].list, cases[i].cpu, out,
					    sizeof(out)));
		assert_string_equal(out, cases[i].left);
	}
	assert_false(cpulist_without("1", 1, out, sizeof(out)));
	assert_false(cpulist_without("", 1, out, sizeof(out)));
	/* A list that doesn't fit isn't cut short. */
	assert_false(cpulist_without("0-3,100-200", 1, out, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
