// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
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

/* How far the two findings of a level are apart; 0: not at all. -1: one wasn't found. */
static double apart(const struct tlbsize_level *a,
		    const struct tlbsize_level *b)
{
	if (!a->found || !b->found)
		return -1;
	return fmax(0, fmax(a->entries.lo - b->entries.hi,
			    b->entries.lo - a->entries.hi));
}

/*
 * A clock whose steps are larger than a level's difference finds the same, if
 * less sharply. A neighbour that comes between the two measurements holds part of the
 * TLB in one of them: it has to come three times to be taken for a fault.
 */
static void test_coarse(void **state)
{
	struct machine machine;
	struct tlbsize fine, coarse;
	unsigned int tries;
	double most = 0;
	size_t i;

	(void)state;
	machine_describe(&machine);
	if (machine_is_emulated(&machine))
		skip();
	for (tries = 0; tries < 3; tries++) {
		fine = measured(0, 0);
		coarse = measured(0, 26);
		check_levels(&coarse);
		most = 0;
		for (i = 0; i < TLBSIZE_LEVELS; i++) {
			double d = apart(&fine.levels[i], &coarse.levels[i]);

			if (d < 0)
				skip();
			most = fmax(most, d);
		}
		if (most <= NARROW)
			return;
	}
	fail_msg(
		"%.0f entries apart: [%.0f, %.0f] and [%.0f, %.0f], [%.0f, %.0f] and [%.0f, %.0f]",
		most, fine.levels[0].entries.lo, fine.levels[0].entries.hi,
		coarse.levels[0].entries.lo, coarse.levels[0].entries.hi,
		fine.levels[1].entries.lo, fine.levels[1].entries.hi,
		coarse.levels[1].entries.lo, coarse.levels[1].entries.hi);
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
