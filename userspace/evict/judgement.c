// SPDX-License-Identifier: GPL-2.0
#include "judgement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clusters.h"
#include "fdr.h"

/**
 * struct judging - what judging needs in between
 * @p: by victim, p-values of one arm
 * @selected: by victim, called evicted by that arm
 * @rounds: by round, one victim's trials with one arm
 * @control: likewise with the control
 */
struct judging {
	double *p;
	bool *selected;
	struct proportion *rounds;
	struct proportion *control;
};

/* An arm's trials of one victim, round by round. */
static void gather(const struct evictions *e, size_t victim,
		   enum eviction_arm arm, struct proportion *rounds)
{
	const struct eviction_tally *t;
	unsigned int i;

	for (i = 0; i < e->rounds; i++) {
		t = &e->tallies[i * e->victims.n + victim];
		rounds[i] = (struct proportion){t->k[arm], t->n[arm]};
	}
}

/* Which victims an arm has evicted, by the one procedure for all arms. */
static long call_evicted(const struct evictions *e, enum eviction_arm arm,
			 double rate, struct judging *j)
{
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		gather(e, i, arm, j->rounds);
		gather(e, i, EVICTION_CONTROL, j->control);
		j->p[i] = clusters_p_value(j->rounds, j->control, e->rounds);
	}
	return fdr_select(j->p, e->victims.n, rate, j->selected);
}

/* Of all victims together. */
static double general_effect(const struct evictions *e, enum eviction_arm arm,
			     struct judging *j)
{
	struct dispersion d = {0};
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		gather(e, i, arm, j->rounds);
		clusters_dispersion(&d, j->rounds, e->rounds);
	}
	return clusters_design_effect(&d);
}

static double own_effect(const struct evictions *e, size_t victim,
			 enum eviction_arm arm, struct judging *j)
{
	struct dispersion d = {0};

	gather(e, victim, arm, j->rounds);
	clusters_dispersion(&d, j->rounds, e->rounds);
	return clusters_design_effect(&d);
}

/*
 * The share of each, whose interval is as wide as rounds make it: by what this
 * victim shows, but no less than by all of them, as one that was never lost, or
 * always, shows nothing.
 */
static void estimate_shares(struct evictions *e, struct judging *j)
{
	double general[2] = {general_effect(e, EVICTION_SEQUENCE, j),
			     general_effect(e, EVICTION_CONTROL, j)};
	double effect[2];
	struct eviction *v;
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		v = &e->list[i];
		effect[0] = fmax(general[0],
				 own_effect(e, i, EVICTION_SEQUENCE, j));
		effect[1] =
			fmax(general[1], own_effect(e, i, EVICTION_CONTROL, j));
		v->share = proportion_excess(&v->counts[EVICTION_SEQUENCE],
					     &v->counts[EVICTION_CONTROL],
					     proportion_rate(&e->far),
					     EVICTION_CONFIDENCE, effect);
	}
}

static void judge_sequence(struct evictions *e, struct judging *j)
{
	struct eviction *v;
	double told;
	size_t i, n = 0;

	estimate_shares(e, j);
	for (i = 0; i < e->victims.n; i++) {
		v = &e->list[i];
		v->p_value = j->p[i];
		/* Of what the control loses anyway nothing is said. */
		v->evicted = j->selected[i] && !isnan(v->share.mean);
		e->evicted += v->evicted;
		n += !isnan(v->share.mean);
	}
	/* Of rounds is known what share goes of what the control keeps. */
	told = (double)n / e->victims.n;
	e->expected = stats_mean(e->lost, e->rounds);
	e->expected.mean *= told;
	e->expected.lo *= told;
	e->expected.hi *= told;
}

/*
 * Can the planted sequence be seen to evict it? Of a working set larger than its
 * cache, priming alone evicts a part. Of others the control loses none but by
 * noise, in which the self-test must fail.
 */
static bool can_be_seen(const struct evictions *e, size_t i)
{
	return !e->victims.crowded ||
	       proportion_rate(&e->list[i].counts[EVICTION_CONTROL]) <=
		       proportion_rate(&e->far) / 2;
}

static struct eviction_check check_planted(const struct evictions *e,
					   const struct planted *planted,
					   const bool *selected)
{
	struct eviction_check c = {0};
	enum planted_truth truth;
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		truth = planted_truth(planted, &e->victims.list[i]);
		if (truth == PLANTED_EVICTED && !can_be_seen(e, i))
			continue;
		c.expected += truth == PLANTED_EVICTED;
		c.found += truth == PLANTED_EVICTED && selected[i];
		c.spared += truth == PLANTED_SPARED;
		c.wrong += truth == PLANTED_SPARED && selected[i];
	}
	c.passed = c.expected &&
		   c.found >= EVICTION_PLANTED_FOUND * c.expected &&
		   c.wrong <= EVICTION_PLANTED_WRONG * c.spared;
	return c;
}

static void judging_free(struct judging *j)
{
	free(j->p);
	free(j->selected);
	free(j->rounds);
	free(j->control);
}

static int judging_init(struct judging *j, const struct evictions *e,
			struct error *err)
{
	*j = (struct judging){
		.p = calloc(e->victims.n, sizeof(*j->p)),
		.selected = calloc(e->victims.n, sizeof(*j->selected)),
		.rounds = calloc(e->rounds + 1, sizeof(*j->rounds)),
		.control = calloc(e->rounds + 1, sizeof(*j->control)),
	};
	if (j->p && j->selected && j->rounds && j->control)
		return 0;
	judging_free(j);
	return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
}

bool evictions_found_planted(const struct evictions *e,
			     const struct planted *planted)
{
	struct eviction_check c;
	struct error err = {0};
	struct judging j;

	/* Without memory the run goes on, and is judged at its end. */
	if (judging_init(&j, e, &err))
		return false;
	call_evicted(e, EVICTION_PLANTED, EVICTION_FDR, &j);
	c = check_planted(e, planted, j.selected);
	judging_free(&j);
	return c.passed && c.found >= EVICTION_PLANTED_ENOUGH * c.expected;
}

static void judge_null(struct evictions *e, long found)
{
	e->null = (struct eviction_check){
		.spared = e->victims.n,
		.wrong = found,
		.passed = !found,
	};
}

/* Trials of a victim, on average, in the arm that has fewest. */
static double trials_each(const struct evictions *e)
{
	double fewest = INFINITY, sum;
	unsigned int arm;
	size_t i;

	for (arm = 0; arm < EVICTION_ARMS; arm++) {
		for (i = 0, sum = 0; i < e->victims.n; i++)
			sum += e->list[i].counts[arm].n;
		fewest = fmin(fewest, sum / e->victims.n);
	}
	return fewest;
}

static void refuse(struct evictions *e)
{
	double trials = trials_each(e);

	e->valid = false;
	if (!e->rounds)
		snprintf(e->why, sizeof(e->why),
			 "%s: loads from within and from beyond can't be told "
			 "apart here: %.0f and %.0f ticks; %.0f %% and %.0f %% "
			 "are told as from beyond",
			 eviction_level_name(e->level), e->near_ticks,
			 e->far_ticks, 100 * proportion_rate(&e->near),
			 100 * proportion_rate(&e->far));
	else if (e->rounds < EVICTION_LEAST_ROUNDS)
		snprintf(e->why, sizeof(e->why),
			 "%s: loads from within and from beyond could be told "
			 "apart in %u rounds only, not in %u: give more time "
			 "(--time-limit)",
			 eviction_level_name(e->level), e->rounds, e->blurred);
	else if (trials < EVICTION_LEAST_TRIALS)
		snprintf(e->why, sizeof(e->why),
			 "%s: only %.1f trials of each victim: give more time "
			 "(--time-limit), or ask for fewer victims",
			 eviction_level_name(e->level), trials);
	else if (!e->planted.expected)
		snprintf(e->why, sizeof(e->why),
			 "%s: of the victims that planted evictions are to be "
			 "found by, none stays until the replay",
			 eviction_level_name(e->level));
	else if (!e->planted.passed)
		snprintf(e->why, sizeof(e->why),
			 "%s: self-test: of %zu planted evictions %zu were "
			 "found, and %zu of %zu that aren't there",
			 eviction_level_name(e->level), e->planted.expected,
			 e->planted.found, e->planted.wrong, e->planted.spared);
	else if (!e->null.passed)
		snprintf(
			e->why, sizeof(e->why),
			"%s: self-test: nothing was found to evict %zu victims",
			eviction_level_name(e->level), e->null.wrong);
	else
		e->valid = true;
}

int evictions_judge(struct evictions *e, const struct planted *planted,
		    struct error *err)
{
	struct judging j;

	if (judging_init(&j, e, err))
		return -1;
	call_evicted(e, EVICTION_SEQUENCE, EVICTION_FDR, &j);
	judge_sequence(e, &j);
	call_evicted(e, EVICTION_PLANTED, EVICTION_FDR, &j);
	e->planted = check_planted(e, planted, j.selected);
	judge_null(e, call_evicted(e, EVICTION_NULL, EVICTION_NULL_FDR, &j));
	judging_free(&j);
	refuse(e);
	return 0;
}
