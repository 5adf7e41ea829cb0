// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "engine/prepare.h"
#include "engine/slots.h"
#include "touches.h"

/*
 * Touches become steps: which places, in which order. A sequence of two regions is
 * pretended, the second with two pages.
 */

#define ELSEWHERE SWC_TOUCH_NO_REGION

static __u8 memory[4][SWC_PAGE_BYTES] __attribute__((aligned(4096)));
static __u64 region[2];
static const struct swc_region regions[2] = {{.pages = 1}, {.pages = 2}};

static struct swc_state state_of(const struct swc_touch *list, __u32 n)
{
	region[0] = (uintptr_t)memory[0];
	region[1] = (uintptr_t)memory[1];
	return (struct swc_state){
		.flags = SWC_STATE_RECORDED,
		.touches = (uintptr_t)list,
		.ntouches = n,
	};
}

/* The places that the steps go to, in order. */
static unsigned int places_of(const struct swc_step *steps, __u32 n,
			      __u64 *places, unsigned int most)
{
	unsigned int used = 0;
	__u64 at;
	__u32 i, k;

	for (i = 0; i < n; i++) {
		at = steps[i].base;
		for (k = 0; k < steps[i].count && used < most; k++) {
			if (steps[i].kind == SWC_STEP_SWEEP)
				at = steps[i].base + k * steps[i].stride;
			else if (steps[i].kind != SWC_STEP_CHASE)
				at = steps[i].list[k];
			places[used++] = at;
			if (steps[i].kind == SWC_STEP_CHASE)
				at = *(const __u64 *)(uintptr_t)at;
		}
	}
	return used;
}

struct made {
	struct touches *all;
	const struct touches *memory;
	struct swc_step *steps;
	__u32 n;
};

static void make(struct made *m, const struct swc_state *state)
{
	const struct touches_places places = {
		.region = region, .regions = regions, .nregions = 2};
	struct error err = {0};

	*m = (struct made){.all = NULL};
	m->memory = touches_provide(&m->all, state, &err);
	if (!m->memory)
		fail_msg("%s", err.text);
	m->steps = touches_steps(m->memory, state, &places, &m->n);
	assert_non_null(m->steps);
}

static void unmake(struct made *m)
{
	free(m->steps);
	touches_free(&m->all);
	assert_null(m->all);
}

static __u64 elsewhere(const struct made *m, __u32 page, __u32 line)
{
	return (uintptr_t)m->memory->memory + (__u64)page * SWC_PAGE_BYTES +
	       line * SWC_LINE_BYTES;
}

/* Anywhere, in the order of the list; some lie in the sequence's regions. */
static void test_order(void **unused)
{
	static const struct swc_touch list[] = {
		{7, ELSEWHERE, 3, 0}, {0, ELSEWHERE, 63, 0},
		{1, 1, 5, 0},	      {2, ELSEWHERE, 9, SWC_TOUCH_CODE},
		{9, ELSEWHERE, 1, 0}, {9, ELSEWHERE, 2, SWC_TOUCH_ZERO},
		{0, 0, 0, 0},
	};
	const struct swc_state state = state_of(list, 7);
	__u64 places[16];
	struct made m;

	(void)unused;
	make(&m, &state);
	assert_int_equal(places_of(m.steps, m.n, places, 16), 7);
	assert_int_equal(places[0], elsewhere(&m, 7, 3));
	assert_int_equal(places[1], elsewhere(&m, 0, 63));
	assert_int_equal(places[2], (uintptr_t)&memory[2][5 * SWC_LINE_BYTES]);
	assert_int_equal(places[3], elsewhere(&m, 2, 9));
	assert_int_equal(places[4], elsewhere(&m, 9, 1));
	assert_int_equal(places[5], elsewhere(&m, 9, 2));
	assert_int_equal(places[6], (uintptr_t)memory[0]);
	swc_step_do(&(struct swc_step){
		.kind = SWC_STEP_STEPS, .count = m.n, .steps = m.steps});
	unmake(&m);
}

/* Many at one distance, either way, need no list: and each is there once. */
static void test_sweep(void **unused)
{
	struct swc_touch list[300];
	const struct swc_state state = state_of(list, 300);
	__u64 places[301];
	struct made m;
	unsigned int i;

	(void)unused;
	for (i = 0; i < 300; i++)
		list[i] = (struct swc_touch){
			.page = i < 150 ? i : 300 - i,
			.region = ELSEWHERE,
			.line = i % 2 ? 0 : 17,
		};
	for (i = 0; i < 300; i++)
		list[i].line = i < 150 ? 4 : 5;
	make(&m, &state);
	assert_true(m.n < 5);
	assert_int_equal(places_of(m.steps, m.n, places, 301), 300);
	for (i = 0; i < 300; i++)
		assert_int_equal(places[i],
				 elsewhere(&m, list[i].page, list[i].line));
	unmake(&m);
}

/* A control has other regions: what isn't there is left out. */
static void test_left_out(void **unused)
{
	static const struct swc_touch list[] = {
		{1, 0, 0, 0}, {0, 2, 0, 0}, {2, 1, 0, 0}, {1, 1, 0, 0}};
	const struct swc_state state = state_of(list, 4);
	__u64 places[5];
	struct made m;

	(void)unused;
	make(&m, &state);
	assert_int_equal(places_of(m.steps, m.n, places, 5), 1);
	assert_int_equal(places[0], (uintptr_t)memory[2]);
	unmake(&m);
}

/* One list has one memory, which another's doesn't replace. */
static void test_two_lists(void **unused)
{
	static const struct swc_touch one[] = {{3, ELSEWHERE, 0, 0}};
	static const struct swc_touch two[] = {{5, ELSEWHERE, 0, 0}};
	const struct swc_state a = state_of(one, 1), b = state_of(two, 1);
	const struct touches *first, *second;
	struct touches *all = NULL;
	struct error err = {0};

	(void)unused;
	first = touches_provide(&all, &a, &err);
	second = touches_provide(&all, &b, &err);
	assert_non_null(first);
	assert_non_null(second);
	assert_ptr_not_equal(first->memory, second->memory);
	assert_ptr_equal(touches_provide(&all, &a, &err), first);
	touches_free(&all);
}

/* Of the sequence's own code: the line where it lies, or the next that there is. */
static void test_own_code(void **unused)
{
	static const struct swc_touch list[] = {
		{0x401, SWC_TOUCH_OWN_CODE, 3, SWC_TOUCH_CODE},
		{0x483, SWC_TOUCH_OWN_CODE, 60, SWC_TOUCH_CODE},
		{0x483, SWC_TOUCH_OWN_CODE, 5, SWC_TOUCH_CODE},
		{0x402, SWC_TOUCH_OWN_CODE, 3, SWC_TOUCH_CODE}};
	static const struct swc_op ops[] = {
		{.code = SWC_CODE_AT(0x483, 60 * SWC_LINE_BYTES + 7)},
		{.code = SWC_CODE(0x483, 2)},
		{.code = SWC_CODE(0x401, 3)},
		{.code = 0},
	};
	/* Line 60 was taken by what came before, so it lies in the next. */
	static const __u64 lines[] = {1 << 3 | 1 << 4, 1ull << 61 | 1 << 2};
	const struct swc_state state = state_of(list, 4);
	const struct touches_places places = {
		.region = region,
		.regions = regions,
		.nregions = 2,
		.ops = ops,
		.nops = 4,
		.code = {(uintptr_t)memory, 2 * SWC_PAGE_BYTES, lines},
	};
	__u64 found[4];
	struct made m = {.all = NULL};
	struct error err = {0};

	(void)unused;
	m.memory = touches_provide(&m.all, &state, &err);
	assert_non_null(m.memory);
	m.steps = touches_steps(m.memory, &state, &places, &m.n);
	assert_non_null(m.steps);
	assert_int_equal(places_of(m.steps, m.n, found, 4), 2);
	assert_ptr_equal(found[0], &memory[0][3 * SWC_LINE_BYTES]);
	assert_ptr_equal(found[1], &memory[1][61 * SWC_LINE_BYTES]);
	unmake(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_two_lists),
		cmocka_unit_test(test_own_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
