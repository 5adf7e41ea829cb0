// SPDX-License-Identifier: GPL-2.0
#include "validity.h"

#include "withhold.h"

static int judge_witnesses(struct measurement *m)
{
	const struct witness_result *w;

	for (w = m->witnesses; w < m->witnesses + m->nwitnesses; w++) {
		if (withhold_by_witness(w, m->why))
			return -1;
	}
	return 0;
}

static int judge_counting(struct measurement *m)
{
	if (!m->counts.events)
		return 0;
	return withhold(m->why, "counters are read beside each replay, which "
				"disturbs it: replay without --events");
}

static int judge_subjects(struct measurement *m)
{
	const struct measured *d;
	size_t i;

	for (i = 0; i < m->nsubjects; i++) {
		if (m->arms.list[m->arm_of[i]].sequence->touch_only)
			return withhold(m->why,
					"a touch-only sequence has the call's "
					"accesses and nothing else: it has "
					"footprint and evictions, no cycles");
	}
	for (d = m->subjects; d < m->subjects + m->nsubjects; d++) {
		if (withhold_unbounded(&d->cycles, "", m->why))
			return -1;
	}
	return 0;
}

void validity_judge(struct measurement *m)
{
	m->valid =
		!withhold_emulated(&m->machine, m->why) && !judge_counting(m) &&
		!withhold_by_clock(&m->clock, m->why) && !judge_subjects(m) &&
		!withhold_by_selftests(&m->selftests, m->why) &&
		!judge_witnesses(m);
}
