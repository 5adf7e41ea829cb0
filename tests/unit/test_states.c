// SPDX-License-Identifier: GPL-2.0
#include "states.h"

#include <stdio.h>
#include <string.h>

#include "helper.h"

/* States as people write them: what is taken, what is refused and why. */

static const struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = 48 << 10, .ways = 12},
	.cache[GEOMETRY_L2] = {.bytes = 2 << 20, .ways = 16},
};

#define SEQUENCE "region a 1; region b 2; region c 1; load a+0; load c+0"

/* Add each state of a list that "|" separates. Return: the last answer. */
static int add_all(struct states *states, const char *list, struct error *err)
{
	char copy[512], *one, *rest = NULL;
	int rc = 0;

	*states = (struct states){.warm = false};
	strcpy(copy, list);
	for (one = strtok_r(copy, "|", &rest); one && !rc;
	     one = strtok_r(NULL, "|", &rest))
		rc = states_add(states, one, err);
	return rc;
}

static void check_taken(const char *list, const char *printed)
{
	char text[STATE_KINDS * STATES_TEXT];
	struct states states, again;
	struct error err = {0};
	char *plus;

	if (add_all(&states, list, &err))
		fail_msg("%s: %s", list, err.text);
	states_print(&states, text, sizeof(text));
	assert_string_equal(text, printed);
	/* And back. */
	while ((plus = strstr(text, " + ")) != NULL) {
		*plus = '|';
		memmove(plus + 1, plus + 3, strlen(plus + 3) + 1);
	}
	assert_int_equal(add_all(&again, text, &err), 0);
	assert_memory_equal(again.given, states.given, sizeof(again.given));
	assert_memory_equal(again.regions, states.regions,
			    sizeof(again.regions));
}

static void test_taken(void **state)
{
	enum state_kind kind;

	(void)state;
	check_taken("", "warm");
	check_taken("warm", "warm");
	check_taken("warm|warm", "warm");
	for (kind = 0; kind < STATE_KINDS; kind++)
		check_taken(state_kind_name(kind), state_kind_name(kind));
	check_taken("cold-l1d:a", "cold-l1d:a");
	check_taken("cold-all:a,b,c", "cold-all:a,b,c");
	check_taken("cold-dtlb|cold-all:b", "cold-all:b + cold-dtlb");
	check_taken("cold-code|cold-itlb|cold-dtlb:a|cold-all:a|cold-l2:b|"
		    "cold-l1d:c",
		    "cold-l1d:c + cold-l2:b + cold-all:a + cold-dtlb:a + "
		    "cold-itlb + cold-code");
}

static void test_refused(void **state)
{
	static const struct {
		const char *list;
		const char *why;
	} bad[] = {
		{"cold", "no state"},
		{"cold-l1", "no state"},
		{"cold-l1dd", "no state"},
		{"COLD-L1D", "no state"},
		{":a", "no state"},
		{"warm:a", "no state"},
		{" cold-l1d", "no state"},
		{"cold-l1d:", "which regions"},
		{"cold-l1d:,", "which regions"},
		{"cold-l1d:a,,b", "which regions"},
		{"cold-l1d:a,", "which regions"},
		{"cold-l1d:,a", "which regions"},
		{"cold-itlb:a", "in no region"},
		{"cold-code:a", "in no region"},
		{"cold-itlb:", "which regions"},
		{"cold-l1d|cold-l1d", "twice"},
		{"cold-l1d:a|cold-l1d:b", "twice"},
		{"cold-code|cold-code", "twice"},
		{"warm|cold-l1d", "contradicts"},
		{"cold-code|warm", "contradicts"},
		{"cold-l1d:a|cold-l2:b|warm", "contradicts"},
	};
	struct states states;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = (struct error){0};
		if (!add_all(&states, bad[i].list, &err))
			fail_msg("%s is taken", bad[i].list);
		assert_int_equal(err.code, EXIT_USAGE);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s: %s", bad[i].list, err.text);
	}
}

/* A list as long as it may be, and one that is longer by one. */
static void test_length(void **state)
{
	char text[STATES_TEXT + 64] = "cold-all:";
	char printed[STATE_KINDS * STATES_TEXT];
	size_t used = strlen(text);
	struct states states = {.warm = false};
	struct error err = {0};

	(void)state;
	memset(text + used, 'a', STATES_TEXT - 1);
	assert_int_equal(states_add(&states, text, &err), 0);
	states_print(&states, printed, sizeof(printed));
	assert_string_equal(printed, text);
	/* The text is cut and doesn't overrun. */
	memset(printed, 'x', sizeof(printed));
	states_print(&states, printed, 16);
	assert_int_equal(printed[15], 0);
	assert_int_equal(printed[16], 'x');
	states = (struct states){.warm = false};
	memset(text + used, 'a', STATES_TEXT);
	assert_int_equal(states_add(&states, text, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_false(states.given[STATE_COLD_ALL]);
}

static int resolve(const char *list, const struct geometry *g,
		   struct swc_state *out, struct error *err)
{
	struct states states;
	struct sequence s;
	int rc;

	assert_int_equal(add_all(&states, list, err), 0);
	sequence_from(&s, SEQUENCE);
	rc = states_resolve(&states, &s, g, out, err);
	sequence_free(&s);
	return rc;
}

static void test_resolved(void **state)
{
	struct error err = {0};
	struct swc_state s;

	(void)state;
	assert_int_equal(resolve("", &geometry, &s, &err), 0);
	assert_true(swc_state_is_warm(&s));
	assert_int_equal(resolve("cold-l1d", &geometry, &s, &err), 0);
	assert_int_equal(s.l1d.bits[0], 7);
	assert_int_equal(s.l1d_bytes, 96 << 10);
	assert_int_equal(s.l2_bytes, 0);
	assert_int_equal(s.flags, 0);
	assert_int_equal(resolve("cold-l2:b|cold-l1d:c,a", &geometry, &s, &err),
			 0);
	assert_int_equal(s.l2.bits[0], 2);
	assert_int_equal(s.l1d.bits[0], 5);
	assert_int_equal(s.l2_bytes, 4 << 20);
	assert_int_equal(s.l2_ways, 16);
	assert_int_equal(s.l2_way_bytes, 128 << 10);
	assert_int_equal(resolve("cold-all:c|cold-dtlb:a|cold-itlb|cold-code",
				 &geometry, &s, &err),
			 0);
	assert_int_equal(s.memory.bits[0], 4);
	assert_int_equal(s.dtlb.bits[0], 1);
	assert_int_equal(s.flags, SWC_STATE_COLD_CODE | SWC_STATE_COLD_ITLB);
	assert_int_equal(s.l1d_bytes, 0);
	/* The engine takes what it gives. */
	assert_int_equal(swc_state_check(&s, 3), SWC_OK);
}

static void test_unresolved(void **state)
{
	static const struct {
		const char *list;
		const char *why;
	} bad[] = {
		{"cold-all:d", "\"d\""},
		{"cold-all:a,bb", "\"bb\""},
		{"cold-dtlb:A", "\"A\""},
		{"cold-l1d|cold-l2", "region a can't be cold in two"},
		{"cold-l1d:b|cold-all", "region b can't be cold in two"},
		{"cold-l2:a,c|cold-all:b,c", "region c can't be cold in two"},
	};
	struct error err;
	struct swc_state s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = (struct error){0};
		if (!resolve(bad[i].list, &geometry, &s, &err))
			fail_msg("%s is taken", bad[i].list);
		assert_int_equal(err.code, EXIT_USAGE);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s: %s", bad[i].list, err.text);
	}
}

/* Sizes that CPUID doesn't report, or that nobody could sweep. */
static void test_geometry(void **state)
{
	struct geometry g = {.ntlbs = 0};
	struct error err = {0};
	struct swc_state s;

	(void)state;
	assert_int_equal(resolve("cold-l1d", &g, &s, &err), -1);
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_int_equal(resolve("cold-l2", &g, &s, &err), -1);
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_int_equal(resolve("cold-all|cold-dtlb|cold-itlb|cold-code", &g,
				 &s, &err),
			 0);
	g.cache[GEOMETRY_L2].bytes = 64 << 20;
	assert_int_equal(resolve("cold-l2", &g, &s, &err), -1);
	/* A hashed L2 can't be evicted set by set. */
	g = geometry;
	g.cache[GEOMETRY_L2].hashed = GEOMETRY_YES;
	assert_int_equal(resolve("cold-l2", &g, &s, &err), 0);
	assert_int_equal(s.l2_ways, 0);
	assert_int_equal(s.l2_way_bytes, 0);
	assert_int_equal(s.l2_bytes, 4 << 20);
}

/* Whatever size of L2 CPUID reports, the engine must take the state. */
static void test_odd_l2(void **state)
{
	static const struct geometry_cache odd[] = {
		{.bytes = 1280 << 10, .ways = 20}, /* Ice Lake client, server */
		{.bytes = 1280 << 10, .ways = 10}, /* Tiger Lake */
		{.bytes = 3 << 20, .ways = 12},	   /* Arrow Lake */
		{.bytes = 2560 << 10, .ways = 10}, /* Lunar Lake */
		{.bytes = 512 << 10, .ways = 8},   /* Zen */
		{.bytes = 6 << 20, .ways = 24},	   /* Core 2 */
		{.bytes = 3 << 20, .ways = 16},	   /* ways of 192 KiB */
		{.bytes = 8 << 10, .ways = 8},	   /* ways of 1 KiB */
		{.bytes = 16 << 20, .ways = 8},	   /* ways of 2 MiB */
		{.bytes = 4 << 20, .ways = 128},
	};
	struct geometry g = {.ntlbs = 0};
	struct error err = {0};
	struct swc_state s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		g.cache[GEOMETRY_L2] = odd[i];
		if (resolve("cold-l2", &g, &s, &err))
			fail_msg("%zu: %s", i, err.text);
		if (swc_state_check(&s, 3) != SWC_OK)
			fail_msg("%zu: the engine refuses it", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_resolved),
		cmocka_unit_test(test_unresolved),
		cmocka_unit_test(test_geometry),
		cmocka_unit_test(test_odd_l2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
