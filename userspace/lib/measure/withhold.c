// SPDX-License-Identifier: GPL-2.0
#include "withhold.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

int withhold(char why[WITHHOLD_WHY], const char *fmt, ...)
{
	char reason[WITHHOLD_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(why, WITHHOLD_WHY, WITHHELD ": %.240s", reason);
	return -1;
}

int withhold_emulated(const struct machine *machine, char why[WITHHOLD_WHY])
{
	if (!machine_is_emulated(machine))
		return 0;
	return withhold(why, "emulated CPU (%s)", machine->hypervisor);
}

int withhold_by_clock(const struct clock *clock, char why[WITHHOLD_WHY])
{
	if (clock_is_plausible(clock))
		return 0;
	return withhold(why,
			"a dependent addition takes %.3g ticks; this CPU is "
			"emulated or disturbed",
			clock->ticks_per_cycle);
}

int withhold_by_selftests(const struct selftests *tests, char why[WITHHOLD_WHY])
{
	const struct selftest *t = selftest_failed(tests);

	if (!t)
		return 0;
	snprintf(why, WITHHOLD_WHY,
		 "self-test \"%s\": %g cycles were measured as %.2f [%.2f, "
		 "%.2f]; this CPU is disturbed, or hides such work",
		 t->name, t->known, t->found.mean, t->found.lo, t->found.hi);
	return -1;
}

int withhold_unbounded(const struct estimate *e, const char *remedy,
		       char why[WITHHOLD_WHY])
{
	if (isfinite(e->lo) && isfinite(e->hi))
		return 0;
	return withhold(why, "too few samples for an interval%s", remedy);
}

int withhold_by_witness(const struct witness_result *w, char why[WITHHOLD_WHY])
{
	if (w->passed)
		return 0;
	return withhold(why,
			"state %s didn't come about: an access of its witness "
			"takes %.1f [%.1f, %.1f] cycles more than warm, not "
			"%g or more",
			state_kind_name(w->kind), w->extra.mean, w->extra.lo,
			w->extra.hi, w->least);
}
