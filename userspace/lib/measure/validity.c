// SPDX-License-Identifier: GPL-2.0
#include "validity.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static int withhold(struct measurement *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int withhold(struct measurement *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	m->valid = false;
	return -1;
}

static int judge_selftests(struct measurement *m)
{
	const struct selftest *t = selftest_failed(&m->selftests);

	if (!t)
		return 0;
	selftest_explain(t, m->why, sizeof(m->why));
	m->valid = false;
	return -1;
}

static int judge_witnesses(struct measurement *m)
{
	const struct witness_result *w;

	for (w = m->witnesses; w < m->witnesses + m->nwitnesses; w++) {
		if (!w->passed)
			return withhold(
				m,
				"state %s didn't come about: an access of its "
				"witness takes %.1f [%.1f, %.1f] cycles more "
				"than warm, not %g or more",
				state_kind_name(w->kind), w->extra.mean,
				w->extra.lo, w->extra.hi, w->least);
	}
	return 0;
}

static int judge_subjects(struct measurement *m)
{
	const struct measured *d;
	size_t i;

	for (i = 0; i < m->nsubjects; i++) {
		if (m->arms.list[m->arm_of[i]].sequence->touch_only)
			return withhold(m,
					"withheld: a touch-only sequence has "
					"the call's accesses and nothing "
					"else: it tells footprint and "
					"evictions, no cycles");
	}

	for (d = m->subjects; d < m->subjects + m->nsubjects; d++) {
		if (!isfinite(d->cycles.lo) || !isfinite(d->cycles.hi))
			return withhold(m, "withheld: too few samples for an "
					   "interval");
	}
	return 0;
}

void validity_judge(struct measurement *m)
{
	m->valid = true;
	if (machine_is_emulated(&m->machine)) {
		withhold(m, "withheld: emulated CPU (%s)",
			 m->machine.hypervisor);
		return;
	}
	if (m->counts.events) {
		withhold(m, "withheld: counters are read beside each replay, "
			    "which disturbs it: replay without --events");
		return;
	}
	if (!clock_is_plausible(&m->clock)) {
		withhold(m,
			 "withheld: a dependent addition takes %.3g ticks; "
			 "this CPU is emulated or disturbed",
			 m->clock.ticks_per_cycle);
		return;
	}
	if (!judge_subjects(m) && !judge_selftests(m))
		judge_witnesses(m);
}
