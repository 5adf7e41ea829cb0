// SPDX-License-Identifier: GPL-2.0
#include "recordedlayout.h"

#include <stdlib.h>
#include <string.h>

#include "engine/slots.h"
#include "helper.h"

/* Regions whose page tables shall be as they were: where do they lie? */

#define TABLE 512u
#define BASE  RECORDED_LAYOUT_UNIT

enum { A, B, C, NEXT, STACK, ABOVE, REGIONS };

static const char text[] =
	"region a 1; region b 2; region c 1; region next 1; region stack 1; "
	"region above 1; entry stack+0x800; load a+8; load b+8; load c+8; load next+8; "
	"load above+8; call; ret";

/* A, B and C in one table, C where B's second page is; NEXT's follows, the others' doesn't. */
static const uint32_t places[REGIONS] = {
	[A] = 7 * TABLE + 88,  [B] = 7 * TABLE + 101,
	[C] = 7 * TABLE + 102, [NEXT] = 8 * TABLE + 88,
	[STACK] = 10 * TABLE,  [ABOVE] = 10 * TABLE + 300,
};

struct laid {
	struct sequence sequence;
	struct swc_program program;
	struct verified verified;
	__u64 region[SWC_MAX_REGIONS];
	uint32_t pages;
};

static void lay(struct laid *l)
{
	const struct swc_caps caps = caps_all();

	sequence_from(&l->sequence, text);
	l->program = sequence_program(&l->sequence);
	l->sequence.places = malloc(sizeof(places));
	assert_non_null(l->sequence.places);
	memcpy(l->sequence.places, places, sizeof(places));
	if (!verify(&l->verified, &l->program, &caps))
		fail_msg("op %u: %s", l->verified.error.op,
			 swc_error_text(l->verified.error.code));
	l->pages = recorded_layout(&l->sequence, &l->verified.proof, BASE,
				   l->region);
}

static void done(struct laid *l)
{
	verified_free(&l->verified);
	sequence_free(&l->sequence);
}

static uint64_t page_of(const struct laid *l, int region)
{
	return l->region[region] / SWC_PAGE_BYTES;
}

static uint64_t table_of(const struct laid *l, int region)
{
	return page_of(l, region) / TABLE;
}

/* One table's pages are in one, a neighbour's in the next, others' far away. */
static void test_tables(void **state)
{
	struct laid l;

	(void)state;
	lay(&l);
	assert_int_equal(table_of(&l, A), table_of(&l, B));
	assert_int_equal(table_of(&l, A), table_of(&l, C));
	assert_int_equal(table_of(&l, NEXT), table_of(&l, A) + 1);
	assert_int_equal(table_of(&l, ABOVE), table_of(&l, STACK));
	assert_true(l.region[STACK] / RECORDED_LAYOUT_UNIT >
		    l.region[NEXT] / RECORDED_LAYOUT_UNIT);
	done(&l);
}

/* A page keeps its number modulo 512, unless another one has it. */
static void test_pages(void **state)
{
	struct laid l;

	(void)state;
	lay(&l);
	assert_int_equal(page_of(&l, A) % TABLE, 88);
	assert_int_equal(page_of(&l, B) % TABLE, 101);
	assert_int_equal(page_of(&l, C) % TABLE, 103);
	assert_int_equal(page_of(&l, NEXT) % TABLE, 88);
	assert_int_equal(page_of(&l, ABOVE) % TABLE, 300);
	done(&l);
}

/* Nothing lies in another's pages, nor in the context's, nor below a stack. */
static void test_apart(void **state)
{
	struct laid l;
	uint64_t from, end;
	int i, j;

	(void)state;
	lay(&l);
	for (i = 0; i < REGIONS; i++) {
		from = l.region[i];
		end = from + l.sequence.regions[i].pages * SWC_PAGE_BYTES;
		if (i == STACK)
			from -= SWC_STACK_HEADROOM_PAGES * SWC_PAGE_BYTES;
		assert_true(from >= BASE + SWC_PAGE_BYTES);
		assert_true(end <= BASE + (uint64_t)l.pages * SWC_PAGE_BYTES);
		for (j = 0; j < REGIONS; j++) {
			if (j != i)
				assert_true(l.region[j] >= end ||
					    l.region[j] < from);
		}
	}
	done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
