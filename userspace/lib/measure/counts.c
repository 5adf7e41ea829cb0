// SPDX-License-Identifier: GPL-2.0
#include "counts.h"

#include "arms.h"
#include "selftest.h"
#include "withhold.h"

#define LEVEL 0.95

int counts_init(struct counts *c, const struct events *events,
		unsigned int narms, struct error *err)
{
	unsigned int i;

	*c = (struct counts){.events = events};
	for (i = 0; events && i < events->n; i++) {
		c->list[i].stats = stats_new(narms, NULL, err);
		if (!c->list[i].stats) {
			counts_free(c);
			return -1;
		}
	}
	return 0;
}

void counts_free(struct counts *c)
{
	unsigned int i;

	for (i = 0; i < EVENTS_MAX; i++) {
		stats_free(c->list[i].stats);
		c->list[i].stats = NULL;
	}
	c->events = NULL;
}

void counts_ask(struct counts *c, struct backend_run *run)
{
	unsigned int first;

	if (!c->events)
		return;
	c->turn.n = events_of_round(c->events, c->rounds, &first);
	c->turn.events = &c->events->list[first];
	run->counting = &c->turn;
}

void counts_take(struct counts *c)
{
	unsigned int first, i;

	if (!c->events)
		return;
	first = c->turn.events - c->events->list;
	for (i = 0; i < c->turn.n; i++)
		stats_add_sums(c->list[first + i].stats, &c->turn.sums[i],
			       c->turn.n, c->turn.samples);
	c->rounds++;
}

struct estimate counts_estimate(const struct counts *c, unsigned int i,
				struct contrast_arms *arms)
{
	return stats_estimate(c->list[i].stats, contrast_ticks, arms,
			      STATS_POOLED, LEVEL);
}

/*
 * The null sequence is the control over again. If it counts more than the
 * control, by more than chance leaves once in a thousand runs, the event counts
 * something else than what sequences do.
 */
void counts_judge(struct counts *c)
{
	struct contrast_arms arms = {
		.one = {.arm = ARM_NULL, .control = {ARM_CONTROL, ARM_CONTROL}},
	};
	struct counted *e;
	unsigned int i;

	c->valid = c->events;
	for (i = 0; c->events && i < c->events->n; i++) {
		e = &c->list[i];
		e->null = stats_estimate(e->stats, contrast_ticks, &arms,
					 STATS_POOLED, SELFTEST_LEVEL);
		e->passed = selftest_passes(0, SELFTEST_TOLERANCE, &e->null);
		if (e->passed || !c->valid)
			continue;
		c->valid = false;
		if (!withhold_unbounded(&e->null, "", c->why))
			withhold(c->why,
				 "event %s counts %.3g [%.3g, %.3g] where "
				 "nothing is replayed; this CPU is disturbed",
				 c->events->list[i].name, e->null.mean,
				 e->null.lo, e->null.hi);
	}
}
