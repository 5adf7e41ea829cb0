// SPDX-License-Identifier: GPL-2.0
#include "eviction.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fdr.h"

int evictions_init(struct evictions *e, struct victims *victims,
		   struct error *err)
{
	*e = (struct evictions){
		.level = victims->level,
		.victims = *victims,
		.list = calloc(victims->n + 1, sizeof(*e->list)),
	};
	*victims = (struct victims){0};
	if (e->list)
		return 0;
	evictions_free(e);
	return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
}

void evictions_free(struct evictions *e)
{
	victims_close(&e->victims);
	free(e->list);
	free(e->lost);
	e->list = NULL;
	e->lost = NULL;
}

static void count(struct evictions *e, struct proportion *sums,
		  const struct boundary *b,
		  const struct swc_trial_sample *sample)
{
	bool beyond = boundary_is_beyond(b, sample);
	struct eviction *v;

	if (sample->arm >= EVICTION_ARMS)
		return;
	v = &e->list[e->victims.order[sample->victim]];
	v->counts[sample->arm].n++;
	v->counts[sample->arm].k += beyond;
	sums[sample->arm].n++;
	sums[sample->arm].k += beyond;
}

/*
 * Victims lost in a replay, by one round: the excess of all victims together, of
 * whom none can be lost twice. Loads of one trial, and trials of one round, are
 * not independent; rounds are.
 */
static double lost_in_round(const struct evictions *e,
			    const struct proportion *counts,
			    const struct boundary *b)
{
	double control = proportion_rate(&counts[EVICTION_CONTROL]);
	double treated = proportion_rate(&counts[EVICTION_SEQUENCE]);
	double share =
		(treated - control) / (proportion_rate(&b->far) - control);

	return fmin(share, 1) * e->victims.n;
}

static int add_round(struct evictions *e, const struct proportion *counts,
		     const struct boundary *b, struct error *err)
{
	double *lost = realloc(e->lost, (e->rounds + 1) * sizeof(*lost));

	if (!lost)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	e->lost = lost;
	e->lost[e->rounds++] = lost_in_round(e, counts, b);
	return 0;
}

int evictions_count(struct evictions *e, const struct swc_trial_sample *samples,
		    size_t n, const struct boundary_arms *arms,
		    struct error *err)
{
	struct proportion sums[EVICTION_ARMS] = {0};
	struct boundary b;
	size_t i;

	if (boundary_find(&b, samples, n, arms, err))
		return -1;
	e->near.k += b.near.k;
	e->near.n += b.near.n;
	e->far.k += b.far.k;
	e->far.n += b.far.n;
	e->near_ticks = b.near_ticks;
	e->far_ticks = b.far_ticks;
	if (!boundary_is_sharp(&b)) {
		e->blurred++;
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (!boundary_is_usable(&b, &samples[i])) {
			e->dropped++;
			continue;
		}
		e->samples++;
		count(e, sums, &b, &samples[i]);
	}
	return add_round(e, sums, &b, err);
}

/* Which victims an arm has evicted, by the one procedure for all arms. */
static long call_evicted(const struct evictions *e, enum eviction_arm arm,
			 double rate, double *p, bool *selected)
{
	size_t i;

	for (i = 0; i < e->victims.n; i++)
		p[i] = proportion_p_value(&e->list[i].counts[arm],
					  &e->list[i].counts[EVICTION_CONTROL]);
	return fdr_select(p, e->victims.n, rate, selected);
}

static void judge_sequence(struct evictions *e, const double *p,
			   const bool *selected)
{
	double sensitivity = proportion_rate(&e->far), told;
	struct eviction *v;
	size_t i, n = 0;

	for (i = 0; i < e->victims.n; i++) {
		v = &e->list[i];
		v->p_value = p[i];
		v->share = proportion_excess(&v->counts[EVICTION_SEQUENCE],
					     &v->counts[EVICTION_CONTROL],
					     sensitivity, EVICTION_CONFIDENCE);
		/* Of what the control loses anyway nothing is said. */
		v->evicted = selected[i] && !isnan(v->share.mean);
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

bool evictions_found_planted(const struct evictions *e,
			     const struct planted *planted)
{
	double *p = calloc(e->victims.n, sizeof(*p));
	bool *selected = calloc(e->victims.n, sizeof(*selected));
	struct eviction_check c = {0};

	if (p && selected) {
		call_evicted(e, EVICTION_PLANTED, EVICTION_FDR, p, selected);
		c = check_planted(e, planted, selected);
	}
	free(p);
	free(selected);
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
	double *p = calloc(e->victims.n, sizeof(*p));
	bool *selected = calloc(e->victims.n, sizeof(*selected));
	int rc = 0;

	if (!p || !selected)
		rc = error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	if (!rc) {
		call_evicted(e, EVICTION_SEQUENCE, EVICTION_FDR, p, selected);
		judge_sequence(e, p, selected);
		call_evicted(e, EVICTION_PLANTED, EVICTION_FDR, p, selected);
		e->planted = check_planted(e, planted, selected);
		judge_null(e, call_evicted(e, EVICTION_NULL, EVICTION_NULL_FDR,
					   p, selected));
		refuse(e);
	}
	free(p);
	free(selected);
	return rc;
}
