// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "machine.h"
#include "measure.h"
#include "tlbsize.h"

/*
 * The capacity that is found follows the one that is planted: pages kept in use
 * are taken from it. Neighbours on a shared machine may hide it; then there is
 * nothing to compare.
 */

#define OCCUPIED 40u

/* If a neighbour holds part of the TLB, intervals show that by their width. */
#define NARROW 20.0

static struct tlbsize measured(unsigned int occupied, uint32_t tsc_step)
{
	const struct geometry geometry = {.ntlbs = 0};
	struct error err = {0};
	struct tlbsize t;

	if (tlbsize_measure(&t, measure_default_cpu(), occupied, tsc_step,
			    &geometry, &err))
		fail_msg("%s", err.text);
	return t;
}

/* Nothing is reported, so nothing agrees; what isn't found says why. */
static void check_levels(const struct tlbsize *t)
{
	size_t i;

	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		assert_int_equal(t->levels[i].reported, 0);
		assert_false(t->levels[i].agrees);
		assert_true(t->levels[i].found == !*t->levels[i].why);
	}
}

static bool is_narrow(const struct estimate *e)
{
	return e->hi - e->lo <= NARROW;
}

static void test_planted(void **state)
{
	struct machine machine;
	struct tlbsize all, less;
	const struct estimate *a = &all.levels[0].entries;
	const struct estimate *b = &less.levels[0].entries;

	(void)state;
	machine_describe(&machine);
	if (machine_is_emulated(&machine))
		skip();
	all = measured(0, 0);
	less = measured(OCCUPIED, 0);
	assert_int_equal(less.occupied, OCCUPIED);
	check_levels(&all);
	check_levels(&less);
	if (!all.levels[0].found || !less.levels[0].found || !is_narrow(a) ||
	    !is_narrow(b))
		skip();
	if (b->lo > a->hi - OCCUPIED || b->hi < a->lo - OCCUPIED)
		fail_msg("%.1f [%.0f, %.0f] without, %.1f [%.0f, %.0f] with %u",
			 a->mean, a->lo, a->hi, b->mean, b->lo, b->hi,
			 OCCUPIED);
}

/* Does one interval begin where the other has ended for long? */
static bool differ(const struct tlbsize_level *a, const struct tlbsize_level *b)
{
	return a->entries.lo > b->entries.hi + NARROW ||
	       b->entries.lo > a->entries.hi + NARROW;
}

/*
 * A clock whose steps are larger than a level's difference finds the same, if
 * less sharply. A neighbour that comes or goes meanwhile holds part of the TLB in some of the
 * measurements: then two by the fine clock, before and after, differ as well.
 */
static void test_coarse(void **state)
{
	struct tlbsize before, coarse, after;
	struct machine machine;
	size_t i;

	(void)state;
	machine_describe(&machine);
	if (machine_is_emulated(&machine))
		skip();
	before = measured(0, 0);
	coarse = measured(0, 26);
	after = measured(0, 0);
	check_levels(&coarse);
	for (i = 0; i < TLBSIZE_LEVELS; i++) {
		const struct tlbsize_level *a = &before.levels[i];
		const struct tlbsize_level *b = &coarse.levels[i];
		const struct tlbsize_level *c = &after.levels[i];

		if (!a->found || !b->found || !c->found || differ(a, c))
			skip();
		if (differ(a, b))
			fail_msg("level %zu: [%.0f, %.0f] and [%.0f, %.0f]",
				 i + 1, a->entries.lo, a->entries.hi,
				 b->entries.lo, b->entries.hi);
	}
}

static void test_no_such_cpu(void **state)
{
	const struct geometry geometry = {.ntlbs = 0};
	struct error err = {0};
	struct tlbsize t;

	(void)state;
	assert_int_equal(tlbsize_measure(&t, 4096, 0, 0, &geometry, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_coarse),
		cmocka_unit_test(test_no_such_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
