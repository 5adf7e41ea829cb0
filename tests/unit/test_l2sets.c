// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>

#include "engine/footprint.h"
#include "engine/slots.h"
#include "engine/state.h"

/* How the lines of an L2 are evicted where physical addresses are known. */

#define WAYS	  4u
#define COLOURS	  8u
#define WAY_BYTES (COLOURS * SWC_PAGE_BYTES)

/* Aligned to a way, as physical blocks are: so an address has its colour in it. */
#define BUFFER 0x40000000ull
#define CODE   0x7000ull

static const __u64 regions[] = {0x100000, 0x200000};

struct built {
	struct sequence sequence;
	struct swc_program program;
	struct verified verified;
	struct guarded workspace;
	struct swc_preparation preparation;
	__u32 error;
};

static struct swc_state cold_l2(__u32 region)
{
	struct swc_state s = {.l2_ways = WAYS, .l2_way_bytes = WAY_BYTES};

	s.l2.bits[0] = 1ull << region;
	return s;
}

static void build(struct built *b, const char *text,
		  const struct swc_state *state, const __u16 *colours)
{
	struct swc_caps caps = caps_all();
	struct swc_binding binding = {.region = regions};
	struct swc_evictors evictors = {
		.buffer = BUFFER,
		.invlpg = true,
		.colours = colours,
	};
	const struct swc_extent code = {.at = CODE, .bytes = SWC_PAGE_BYTES};

	sequence_from(&b->sequence, text);
	b->program = sequence_program(&b->sequence);
	assert_true(verify(&b->verified, &b->program, &caps));
	guarded_alloc(&b->workspace,
		      swc_state_bytes(&b->verified.proof, SWC_PAGE_BYTES));
	b->error = swc_state_build(&b->verified.proof, state, &binding, &code,
				   &evictors, b->workspace.bytes,
				   &b->preparation);
}

static void built_free(struct built *b)
{
	guarded_free(&b->workspace);
	verified_free(&b->verified);
	sequence_free(&b->sequence);
}

/* The next reads of @list are of so many different lines of one set. */
static void check_set(const __u64 *list, __u32 colour, __u32 line,
		      __u32 buffer_bytes)
{
	__u32 i, j;

	for (i = 0; i < 2 * WAYS; i++) {
		assert_true(list[i] >= BUFFER);
		assert_true(list[i] < BUFFER + buffer_bytes);
		assert_int_equal(list[i] / SWC_PAGE_BYTES % COLOURS, colour);
		assert_int_equal(list[i] % SWC_PAGE_BYTES,
				 line * SWC_LINE_BYTES);
		for (j = 0; j < i; j++)
			assert_int_not_equal(list[i], list[j]);
	}
}

static void test_sets(void **context)
{
	static const __u16 colours[] = {3, 5, 1};
	struct swc_state state = cold_l2(0);
	__u32 bytes = swc_state_buffer_bytes(&state, true);
	const struct swc_step *step;
	struct built b;

	(void)context;
	build(&b,
	      "region a 2; region b 1; store a+0; load b+0x40; "
	      "store a+0x1fc0",
	      &state, colours);
	assert_int_equal(b.error, SWC_OK);
	assert_int_equal(bytes, 2 * WAYS * WAY_BYTES);
	step = &b.preparation.steps[0];
	assert_int_equal(step->kind, SWC_STEP_TOUCH);
	assert_int_equal(step->count, 2 * 2 * WAYS);
	check_set(step->list, 3, 0, bytes);
	check_set(step->list + 2 * WAYS, 5, 63, bytes);

	/* The other lines that it touches come back, and only those. */
	step = &b.preparation.steps[1];
	assert_int_equal(b.preparation.nsteps, 2);
	assert_int_equal(step->kind, SWC_STEP_TOUCH);
	assert_int_equal(step->count, 3);
	assert_int_equal(step->list[2], regions[1] + 0x40);
	built_free(&b);
}

/* Without colours all of L2 is swept, if its size is known. */
static void test_no_colours(void **context)
{
	struct swc_state state = cold_l2(0);
	struct built b;

	(void)context;
	build(&b, "region a 1; store a+0", &state, NULL);
	assert_int_equal(b.error, SWC_ERR_STATE);
	built_free(&b);
	state.l2_bytes = 1 << 20;
	assert_int_equal(swc_state_buffer_bytes(&state, false), 1 << 20);
	build(&b, "region a 1; store a+0", &state, NULL);
	assert_int_equal(b.error, SWC_OK);
	assert_int_equal(b.preparation.steps[0].kind, SWC_STEP_SWEEP);
	assert_int_equal(b.preparation.steps[0].count, (1 << 20) / 64);
	built_free(&b);
}

/* 64 ways: 128 reads a line, so that 128 lines are the most. */
static void test_too_many(void **context)
{
	static const __u16 colours[4];
	struct swc_state state = cold_l2(0);
	char text[8192] = "region a 4", *end = text + strlen(text);
	struct built b;
	__u32 i;

	(void)context;
	state.l2_ways = SWC_MAX_L2_WAYS;
	for (i = 0; i < 128; i++)
		end += sprintf(end, "; store a+%u", i * SWC_LINE_BYTES);
	build(&b, text, &state, colours);
	assert_int_equal(b.error, SWC_OK);
	assert_true(swc_prepare_cycles(&b.preparation) < SWC_MAX_CYCLES);
	built_free(&b);
	sprintf(end, "; store a+%u", i * SWC_LINE_BYTES);
	build(&b, text, &state, colours);
	assert_int_equal(b.error, SWC_ERR_TIME);
	built_free(&b);
}

static void test_geometry(void **context)
{
	static const struct {
		__u32 ways, way_bytes, wanted;
	} cases[] = {
		{0, 0, SWC_OK},
		{8, 0x8000, SWC_OK},
		{20, 0x20000, SWC_OK},
		{32, SWC_MAX_L2_WAY_BYTES, SWC_OK},
		{0, 0x8000, SWC_ERR_STATE},
		{8, 0, SWC_ERR_STATE},
		{8, 0x800, SWC_ERR_STATE},
		{8, 0x9000, SWC_ERR_STATE},
		{SWC_MAX_L2_WAYS + 1, 0x1000, SWC_ERR_STATE},
		{0xffffffff, 0x1000, SWC_ERR_STATE},
		{1, 2 * SWC_MAX_L2_WAY_BYTES, SWC_ERR_STATE},
		{1, 1u << 31, SWC_ERR_STATE},
		{33, SWC_MAX_L2_WAY_BYTES, SWC_ERR_STATE},
	};
	struct swc_state state = cold_l2(0);
	size_t i;

	(void)context;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		state.l2_ways = cases[i].ways;
		state.l2_way_bytes = cases[i].way_bytes;
		assert_int_equal(swc_state_check(&state, 1), cases[i].wanted);
		if (cases[i].wanted == SWC_OK)
			assert_true(swc_state_buffer_bytes(&state, true) <=
				    SWC_MAX_SWEEP_BYTES);
	}
	state = cold_l2(1);
	assert_int_equal(swc_state_check(&state, 1), SWC_ERR_REGION);
	assert_int_equal(swc_state_check(&state, 2), SWC_OK);
	state.l1d = state.l2;
	assert_int_equal(swc_state_check(&state, 2), SWC_ERR_STATE);
	state = cold_l2(0);
	state.ntouches = 1;
	assert_int_equal(swc_state_check(&state, 1), SWC_ERR_RESERVED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_no_colours),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_geometry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
