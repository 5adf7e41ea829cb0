/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_WITHHOLD_H
#define SWC_LIB_WITHHOLD_H

#include "clock.h"
#include "estimate.h"
#include "machine.h"
#include "selftest.h"
#include "witness.h"

/*
 * The one place that says why figures aren't shown. Each of these looks for one reason:
 * it returns 0 if there is none, or -1 with @why filled.
 */

#define WITHHOLD_WHY 256

/* The word for it, in reasons, and in text where the reason stands elsewhere. */
#define WITHHELD "withheld"

/* withhold() - for a reason that the caller has found. Return: -1 */
int withhold(char why[WITHHOLD_WHY], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* withhold_emulated() - is the CPU emulated? Its cycles are those of software. */
int withhold_emulated(const struct machine *machine, char why[WITHHOLD_WHY]);

/*
 * withhold_by_clock() - is the clock found impossible? An addition takes a
 * cycle, which is some tenths of a tick.
 */
int withhold_by_clock(const struct clock *clock, char why[WITHHOLD_WHY]);

/* withhold_by_selftests() - has one of the run's own failed? */
int withhold_by_selftests(const struct selftests *tests,
			  char why[WITHHOLD_WHY]);

/* withhold_by_witness() - has a state not come about? */
int withhold_by_witness(const struct witness_result *w, char why[WITHHOLD_WHY]);

/*
 * withhold_unbounded() - an estimate without an interval says nothing; @remedy: what
 * the user can do, or "".
 */
int withhold_unbounded(const struct estimate *e, const char *remedy,
		       char why[WITHHOLD_WHY]);

#endif
