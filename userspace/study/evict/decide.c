// SPDX-License-Identifier: GPL-2.0
#include "decide.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clusters.h"
#include "fdr.h"

/* Standard errors beyond which the control has surely lost a victim. */
#define SURELY 3

/*
 * The control must keep at least this share of the planted victims, or nothing
 * can be said.
 */
#define LEAST_SEEN 0.9

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
	struct scores *rounds;
	struct scores *control;
};

/* An arm's loads of one victim, round by round. */
static void gather(const struct evictions *e, size_t victim,
		   enum eviction_arm arm, struct scores *rounds)
{
	unsigned int i;

	for (i = 0; i < evictions_counted_rounds(e); i++)
		rounds[i] = evictions_scores(e, i, victim, arm);
}

/*
 * Calls victims evicted by an arm, with the one procedure for all arms. Return:
 * how many, or -1.
 */
static long call_evicted(const struct evictions *e, enum eviction_arm arm,
			 double rate, struct judging *j)
{
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		gather(e, i, arm, j->rounds);
		gather(e, i, EVICTION_CONTROL, j->control);
		j->p[i] = clusters_p_value(j->rounds, j->control,
					   evictions_counted_rounds(e));
	}
	return fdr_select(j->p, e->victims.n, rate, j->selected);
}

/* The design effect of all victims together. */
static double general_effect(const struct evictions *e, enum eviction_arm arm,
			     struct judging *j)
{
	struct dispersion d = {0};
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		gather(e, i, arm, j->rounds);
		clusters_dispersion(&d, j->rounds, evictions_counted_rounds(e));
	}
	return clusters_design_effect(&d);
}

static double own_effect(const struct evictions *e, size_t victim,
			 enum eviction_arm arm, struct judging *j)
{
	struct dispersion d = {0};

	gather(e, victim, arm, j->rounds);
	clusters_dispersion(&d, j->rounds, evictions_counted_rounds(e));
	return clusters_design_effect(&d);
}

/*
 * Estimates each victim's share. Its interval is as wide as rounds make it: by
 * this victim's own scatter, but at least by that of all victims, since one
 * that was never lost, or always, has no scatter.
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
		v->share = scores_excess(&v->scores[EVICTION_SEQUENCE],
					 &v->scores[EVICTION_CONTROL],
					 &e->references, EVICTION_CONFIDENCE,
					 effect);
	}
}

/* All victims together, in one round. */
static struct scores sum_round(const struct evictions *e, unsigned int round,
			       enum eviction_arm arm)
{
	struct scores sum = {0}, one;
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		one = evictions_scores(e, round, i, arm);
		scores_merge(&sum, &one);
	}
	return sum;
}

/*
 * The number of victims lost in a replay: the excess of all together, round by
 * round; none can be lost twice. Loads of one trial, and trials of one round, are
 * not independent; rounds are.
 */
static struct estimate lost_in_replay(const struct evictions *e)
{
	const struct score_references *r = &e->references;
	double lost[EVICTION_MAX_ROUNDS], share, error;
	unsigned int i, n = evictions_counted_rounds(e);
	struct scores treated, control;
	struct estimate all;

	for (i = 0; i < n; i++) {
		treated = sum_round(e, i, EVICTION_SEQUENCE);
		control = sum_round(e, i, EVICTION_CONTROL);
		share = (scores_mean(&treated) - scores_mean(&control)) /
			(r->far - scores_mean(&control));
		lost[i] = fmin(share, 1) * e->victims.n;
	}
	all = stats_mean(lost, n);
	/* The shares are at least as uncertain as the references. */
	error = fabs(all.mean) * 1.96 * r->error / (r->far - r->near);
	all.lo = all.mean - hypot(all.mean - all.lo, error);
	all.hi = all.mean + hypot(all.hi - all.mean, error);
	return all;
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
		/* Nothing is said of victims that the control loses anyway. */
		v->evicted = j->selected[i] && !isnan(v->share.mean);
		e->evicted += v->evicted;
		n += !isnan(v->share.mean);
	}
	/* Rounds show the share that goes of the victims that the control keeps. */
	told = (double)n / e->victims.n;
	e->expected = lost_in_replay(e);
	e->expected.mean *= told;
	e->expected.lo *= told;
	e->expected.hi *= told;
}

/*
 * Can the planted sequence be seen to evict it? Priming alone evicts a part of a
 * working set larger than its cache. Of other victims the control loses some by
 * noise only, and the oldest of a set in which the frame of a replay has a line.
 */
static bool can_be_seen(const struct evictions *e, size_t i)
{
	const struct scores *control = &e->list[i].scores[EVICTION_CONTROL];
	const struct score_references *r = &e->references;
	double lost = scores_mean(control) - r->near;
	double error = sqrt(scores_variance(control) / fmax(control->n, 1));

	if (e->victims.crowded)
		return lost <= (r->far - r->near) / 2;
	return lost - SURELY * error <= (r->far - r->near) / 4;
}

static struct eviction_check check_planted(const struct evictions *e,
					   const struct planted *planted,
					   const bool *selected)
{
	struct eviction_check c = {0};
	enum planted_truth truth;
	size_t i, all = 0;

	for (i = 0; i < e->victims.n; i++) {
		truth = planted_truth(planted, &e->victims.list[i]);
		all += truth == PLANTED_EVICTED;
		if (truth == PLANTED_EVICTED && !can_be_seen(e, i))
			continue;
		c.expected += truth == PLANTED_EVICTED;
		c.found += truth == PLANTED_EVICTED && selected[i];
		c.spared += truth == PLANTED_SPARED;
		c.wrong += truth == PLANTED_SPARED && selected[i];
	}
	c.passed = c.expected &&
		   (e->victims.crowded || c.expected >= LEAST_SEEN * all) &&
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
		.rounds = calloc(EVICTION_MAX_ROUNDS, sizeof(*j->rounds)),
		.control = calloc(EVICTION_MAX_ROUNDS, sizeof(*j->control)),
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

	/* If memory is short the run goes on, and is judged at its end. */
	if (e->rounds < EVICTION_LEAST_ROUNDS || judging_init(&j, e, &err))
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
			sum += e->list[i].scores[arm].n;
		fewest = fmin(fewest, sum / e->victims.n);
	}
	return fewest;
}

static void refuse(struct evictions *e)
{
	double trials = trials_each(e);

	e->valid = false;
	if (e->rounds < EVICTION_LEAST_ROUNDS)
		snprintf(e->why, sizeof(e->why),
			 "%s: loads whose place is known are enough in %u "
			 "rounds only, too few in %u: give more time "
			 "(--time-limit)",
			 eviction_level_name(e->level), e->rounds, e->blurred);
	else if (!evictions_differ(e))
		snprintf(e->why, sizeof(e->why),
			 "%s: loads from within and from beyond can't be kept "
			 "apart here: %.1f and %.1f ticks on average; %.1f %% "
			 "and %.1f %% look as if from beyond",
			 eviction_level_name(e->level),
			 evictions_mean_ticks(&e->near),
			 evictions_mean_ticks(&e->far),
			 100 * e->references.near, 100 * e->references.far);
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

int evictions_decide(struct evictions *e, const struct planted *planted,
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
