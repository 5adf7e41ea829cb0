// SPDX-License-Identifier: GPL-2.0
#include "witness.h"

#include <math.h>
#include <string.h>

#include "engine/footprint.h"
#include "engine/slots.h"
#include "helper.h"

/*
 * A witness proves that a state has come about. So all its accesses must suffer
 * from the state, each must be counted once, and its verdict must follow from
 * the interval alone.
 */

static const struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = 48 << 10, .ways = 12},
	.cache[GEOMETRY_L2] = {.bytes = 2 << 20, .ways = 16},
};

static void make(struct witness *w, enum state_kind kind)
{
	struct error err = {0};

	if (witness_make(w, kind, &geometry, &err))
		fail_msg("%s: %s", state_kind_name(kind), err.text);
	assert_int_equal(w->kind, kind);
}

/* Lines and pages of data that a witness touches. */
static void count_lines(const struct witness *w, unsigned int *nlines,
			unsigned int *npages, unsigned int *nneighbours)
{
	struct swc_program program = sequence_program(&w->sequence);
	struct swc_caps caps = caps_all();
	__u64 lines[SWC_MAX_REGIONS];
	struct verified v;
	size_t page;

	*nlines = *npages = *nneighbours = 0;
	assert_true(verify(&v, &program, &caps));
	assert_in_range(swc_footprint_bytes(&program), 1, sizeof(lines));
	swc_footprint(&v.proof, lines);
	for (page = 0; page < swc_footprint_bytes(&program) / 8; page++) {
		*nlines += __builtin_popcountll(lines[page]);
		*npages += lines[page] != 0;
		*nneighbours += __builtin_popcountll(
			lines[page] & lines[page] >> 1 & 0x5555555555555555ull);
	}
	verified_free(&v);
}

static void test_data(void **state)
{
	static const enum state_kind kinds[] = {
		STATE_COLD_L1D, STATE_COLD_L2, STATE_COLD_ALL, STATE_COLD_DTLB};
	unsigned int nlines, npages, nneighbours;
	struct witness w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		make(&w, kinds[i]);
		count_lines(&w, &nlines, &npages, &nneighbours);
		assert_int_equal(nneighbours, 0);
		/* Each access is the first to its line, or to its page. */
		if (kinds[i] == STATE_COLD_DTLB)
			assert_int_equal(npages, w.accesses);
		else
			assert_int_equal(nlines, w.accesses);
		witness_free(&w);
	}
}

/* Loads wait for one another, or they would overlap. */
static void test_dependent(void **state)
{
	struct witness w;
	size_t i;

	(void)state;
	make(&w, STATE_COLD_ALL);
	assert_int_equal(w.sequence.nops, w.accesses);
	for (i = 0; i < w.sequence.nops; i++) {
		assert_int_equal(w.sequence.ops[i].kind, SWC_OP_LOAD);
		assert_int_equal(w.sequence.ops[i].base, w.sequence.ops[i].dst);
		assert_int_equal(w.sequence.ops[i].dst, w.sequence.ops[0].dst);
	}
	/* Nor may a prefetcher see a constant distance. */
	for (i = 2; i < w.sequence.nops; i++)
		assert_int_not_equal(w.sequence.ops[i].offset -
					     w.sequence.ops[i - 1].offset,
				     w.sequence.ops[i - 1].offset -
					     w.sequence.ops[i - 2].offset);
	witness_free(&w);
}

static void test_code(void **state)
{
	struct swc_caps caps = caps_all();
	struct swc_binding binding = {.context = 0x10000000};
	struct swc_program program;
	struct verified v;
	struct emitted e;
	struct witness w;

	(void)state;
	make(&w, STATE_COLD_CODE);
	program = sequence_program(&w.sequence);
	assert_true(verify(&v, &program, &caps));
	assert_true(emit(&e, &v.proof, &binding));
	assert_in_range(e.bytes, w.accesses * SWC_LINE_BYTES - 64,
			32 << 10); /* the smallest L1i */
	emitted_free(&e);
	verified_free(&v);
	witness_free(&w);
}

/* Each access to a page of its own, with nothing between them that hides a walk. */
static void test_code_pages(void **state)
{
	struct witness w;
	size_t i;

	(void)state;
	make(&w, STATE_COLD_ITLB);
	assert_int_equal(w.state.flags, SWC_STATE_COLD_ITLB);
	assert_int_equal(w.sequence.nops, w.accesses);
	for (i = 0; i < w.sequence.nops; i++)
		assert_int_equal(w.sequence.ops[i].code / SWC_CODE(0, 0),
				 i + 1);
	witness_free(&w);
}

/* Each is in its own state and in no other. */
static void test_states(void **state)
{
	enum state_kind kind;
	struct witness w;

	(void)state;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		make(&w, kind);
		assert_int_equal(w.state.l1d.bits[0], kind == STATE_COLD_L1D);
		assert_int_equal(w.state.l2.bits[0], kind == STATE_COLD_L2);
		assert_int_equal(w.state.memory.bits[0],
				 kind == STATE_COLD_ALL);
		assert_int_equal(w.state.dtlb.bits[0], kind == STATE_COLD_DTLB);
		assert_int_equal(!!(w.state.flags & SWC_STATE_COLD_CODE),
				 kind == STATE_COLD_CODE);
		assert_int_equal(!!(w.state.flags & SWC_STATE_COLD_ITLB),
				 kind == STATE_COLD_ITLB);
		witness_free(&w);
	}
}

static void test_unknown_geometry(void **state)
{
	struct geometry nothing = {.ntlbs = 0};
	struct error err = {0};
	struct witness w;

	(void)state;
	assert_int_equal(witness_make(&w, STATE_COLD_L2, &nothing, &err), -1);
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_int_equal(witness_make(&w, STATE_COLD_ALL, &nothing, &err), 0);
	witness_free(&w);
}

/* The lower limit decides, and a figure that isn't a number never passes. */
static void test_judge(void **state)
{
	const struct estimate warm = {80, 79, 81};
	struct witness_result r;
	struct estimate e;
	struct witness w;

	(void)state;
	make(&w, STATE_COLD_L2);
	e = (struct estimate){w.accesses * 50.0, w.accesses * 40.0,
			      w.accesses * 60.0};
	witness_judge(&w, false, &warm, &e, &r);
	assert_true(r.passed);
	assert_true(r.extra.mean == 50 && r.extra.lo == 40 && r.extra.hi == 60);
	assert_true(r.warm.mean == warm.mean);
	e.lo = w.accesses * r.least;
	witness_judge(&w, false, &warm, &e, &r);
	assert_true(r.passed);
	e.lo = w.accesses * (r.least - 0.01);
	witness_judge(&w, false, &warm, &e, &r);
	assert_false(r.passed);
	e = (struct estimate){NAN, NAN, NAN};
	witness_judge(&w, false, &warm, &e, &r);
	assert_false(r.passed);
	witness_free(&w);
}

/* The result says how the state was made in that ring. */
static void test_made_by(void **state)
{
	const struct estimate e = {0, 0, 0};
	struct witness_result user, kernel;
	enum state_kind kind;
	struct witness w;

	(void)state;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		make(&w, kind);
		witness_judge(&w, false, &e, &e, &user);
		witness_judge(&w, true, &e, &e, &kernel);
		assert_non_null(user.made_by);
		assert_non_null(kernel.made_by);
		assert_null(strstr(user.made_by, "INVLPG"));
		if (kind == STATE_COLD_DTLB || kind == STATE_COLD_ITLB)
			assert_string_equal(kernel.made_by, "INVLPG");
		witness_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_dependent),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_code_pages),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_unknown_geometry),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_made_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
