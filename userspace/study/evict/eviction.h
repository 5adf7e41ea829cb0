/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_EVICTION_H
#define SWC_EVICT_EVICTION_H

#include "planted.h"
#include "run.h"
#include "scale.h"
#include "scores.h"
#include "victims.h"

/* Arms whose trials are counted victim by victim. */
enum eviction_arm {
	EVICTION_CONTROL,  /* the frame of a replay around nothing */
	EVICTION_SEQUENCE, /* what is asked about */
	EVICTION_NULL,	   /* the control once more: must evict nothing */
	EVICTION_PLANTED,  /* must evict what is known */
	EVICTION_ARMS
};

/* On average, at most this share of the victims that are called evicted are not. */
#define EVICTION_FDR 0.05

/*
 * The rate for the null's self-test: so chance alone fails it once in a thousand
 * runs.
 */
#define EVICTION_NULL_FDR 0.001

#define EVICTION_CONFIDENCE 0.95

/*
 * The least share of the planted victims that must be found; the largest of the
 * spared ones that may be.
 */
#define EVICTION_PLANTED_ENOUGH 0.99 /* to end a run early */
#define EVICTION_PLANTED_FOUND	0.95
#define EVICTION_PLANTED_WRONG	0.05

/*
 * Fewest trials of each victim in each arm, on average. The planted evictions
 * show whether that is enough to find others.
 */
#define EVICTION_LEAST_TRIALS 4u

/*
 * Trials of one round are not independent: many have the same disturbance, or lose the
 * same victims to an arm's pages. So a round is one piece of evidence, and no victim's
 * p-value is less than 2^-rounds. Rounds beyond the most that are counted by
 * themselves are added to these, one after the other.
 */
#define EVICTION_LEAST_ROUNDS 8u
#define EVICTION_MAX_ROUNDS   24u

/*
 * A scale needs so many references of each kind, pedestal and half: rounds wait
 * for one another until they have them. At the end fewer must do.
 */
#define EVICTION_REFERENCES 32u

/* The references' difference, in standard errors, from which on they differ. */
#define EVICTION_LEAST_CONTRAST 5

/**
 * struct eviction - what became of one victim
 * @scores: by enum eviction_arm, of the loads that asked for it
 * @share: of the replays, in which the sequence has evicted it, with its interval
 * @p_value: of its trials against the control's, round by round, one-sided
 * @evicted: at EVICTION_FDR over all victims of the level, and @share is known
 */
struct eviction {
	struct scores scores[EVICTION_ARMS];
	struct estimate share;
	double p_value;
	bool evicted;
};

/* Scores of one victim in one round, by arm; as struct scores, but small. */
struct eviction_tally {
	float sum[EVICTION_ARMS];
	float squares[EVICTION_ARMS];
	uint32_t n[EVICTION_ARMS];
};

/**
 * struct eviction_waiting - loads of rounds whose references are too few yet
 * @list: the loads
 * @n: how many
 * @room: for so many
 * @rounds: that they are of
 */
struct eviction_waiting {
	struct reading *list;
	size_t n;
	size_t room;
	unsigned int rounds;
};

/**
 * struct eviction_reference - loads whose place is known
 * @all: what they score
 * @rounds: likewise, by round
 * @ticks: how many take so many ticks
 */
struct eviction_reference {
	struct scores all;
	struct scores rounds[EVICTION_MAX_ROUNDS];
	uint32_t ticks[SCALE_TICKS];
};

/* How a planted or null sequence was judged, by the same procedure. */
struct eviction_check {
	size_t expected; /* victims that it must evict, and the control keeps */
	size_t found;	 /* those of them called evicted */
	size_t spared;	 /* victims that it must not evict */
	size_t wrong;	 /* those of them called evicted */
	bool passed;
};

/**
 * struct evictions - what a sequence evicts from one level
 * @level: which
 * @victims: of it
 * @list: what became of each
 * @near: loads from within
 * @far: loads from beyond
 * @references: what they score
 * @evicted: victims called evicted
 * @expected: victims lost in one replay, on average, of those that the control
 *	does not lose anyway
 * @planted: self-test
 * @null: self-test
 * @tallies: [round * victims + victim], of EVICTION_MAX_ROUNDS
 * @waiting: loads that aren't counted yet
 * @rounds: that were counted
 * @blurred: rounds left out as they had too few references
 * @trials: of all arms
 * @samples: loads that were kept
 * @dropped: loads left out as something disturbed them or their trial
 * @isolation: of the trials, enum swc_isolation
 * @seconds: of the whole experiment
 * @cpu_seconds: likewise, that CPUs worked for it
 * @valid: may the figures be read?
 * @why: if not, why
 */
struct evictions {
	enum eviction_level level;
	struct victims victims;
	struct eviction *list;
	struct eviction_reference near;
	struct eviction_reference far;
	struct score_references references;
	size_t evicted;
	struct estimate expected;
	struct eviction_check planted;
	struct eviction_check null;
	struct eviction_tally *tallies;
	struct eviction_waiting waiting;
	unsigned int rounds;
	unsigned int blurred;
	uint64_t trials;
	uint64_t samples;
	uint64_t dropped;
	uint32_t isolation;
	double seconds;
	double cpu_seconds;
	bool valid;
	char why[256];
};

/* evictions_init() - takes @victims over. Return: 0, or -1 with @err set. */
int evictions_init(struct evictions *e, struct victims *victims,
		   struct error *err);
void evictions_free(struct evictions *e);

/**
 * evictions_count() - add a round
 * @e: added to
 * @round: a row for each load, whose unit is the victim
 * @loads: of each row, what else is known of it
 * @arms: which are the references
 * @err: set on failure: no memory
 *
 * A round with too few references for a scale waits for the next: clocks and neighbours
 * change, so references of about the same time decide what a load means.
 */
int evictions_count(struct evictions *e, const struct run_table *round,
		    const struct swc_trial_sample *loads,
		    const struct scale_arms *arms, struct error *err);

/*
 * evictions_finish() - no more rounds: count those that wait if they can be.
 * Return: 0, or -1 with @err set.
 */
int evictions_finish(struct evictions *e, const struct scale_arms *arms,
		     struct error *err);

/* evictions_counted_rounds() - how many pieces of evidence there are. */
unsigned int evictions_counted_rounds(const struct evictions *e);

/* evictions_scores() - of one victim in one round. */
struct scores evictions_scores(const struct evictions *e, unsigned int round,
			       size_t victim, enum eviction_arm arm);

/* evictions_mean_ticks() - of a reference's loads; NAN without any. */
double evictions_mean_ticks(const struct eviction_reference *r);

/* evictions_median_ticks() - likewise. */
double evictions_median_ticks(const struct eviction_reference *r);

/* evictions_differ() - do the references, so that loads say anything? */
bool evictions_differ(const struct evictions *e);

#endif
