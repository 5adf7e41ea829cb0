/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_EVICTION_H
#define SWC_EVICT_EVICTION_H

#include "boundary.h"
#include "planted.h"
#include "proportion.h"
#include "victims.h"

/* Arms whose trials are counted victim by victim. */
enum eviction_arm {
	EVICTION_CONTROL,  /* the frame of a replay around nothing */
	EVICTION_SEQUENCE, /* what is asked about */
	EVICTION_NULL,	   /* the control once more: must evict nothing */
	EVICTION_PLANTED,  /* must evict what is known */
	EVICTION_ARMS
};

/* Of those that are called evicted, so many are not, on average, at most. */
#define EVICTION_FDR 0.05

/*
 * The rate for the null's self-test, which by chance alone is then failed once in
 * a thousand runs.
 */
#define EVICTION_NULL_FDR 0.001

#define EVICTION_CONFIDENCE 0.95

/* Of planted victims, least share found; of spared ones, largest share found. */
#define EVICTION_PLANTED_ENOUGH 0.99 /* to end a run early */
#define EVICTION_PLANTED_FOUND	0.95
#define EVICTION_PLANTED_WRONG	0.05

/*
 * Fewest trials of each victim in each arm, on average. Whether that is enough to
 * find evictions, the planted ones tell.
 */
#define EVICTION_LEAST_TRIALS 4u

/*
 * Fewest rounds in which hits and misses could be told apart. Trials of one round
 * are not independent: what disturbs one, or is displaced by where an arm's pages
 * lie, is the same in many. So no victim's p-value is less than 2^-rounds.
 */
#define EVICTION_LEAST_ROUNDS 8u

/**
 * struct eviction - what became of one victim
 * @counts: by enum eviction_arm: trials, and those that found it gone
 * @share: of the replays, in which the sequence has evicted it, with its interval
 * @p_value: of its trials against the control's, round by round, one-sided
 * @evicted: at EVICTION_FDR over all victims of the level, and @share is known
 */
struct eviction {
	struct proportion counts[EVICTION_ARMS];
	struct estimate share;
	double p_value;
	bool evicted;
};

/* Trials of one victim in one round, and those that found it gone, by arm. */
struct eviction_tally {
	uint32_t n[EVICTION_ARMS];
	uint32_t k[EVICTION_ARMS];
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
 * @near: loads from within, for the references
 * @far: loads from beyond
 * @near_ticks: median of loads from within, behind the shortest pedestal
 * @far_ticks: likewise from beyond
 * @evicted: victims called evicted
 * @expected: victims lost in one replay, on average, of those that the control
 *	does not lose anyway
 * @planted: self-test
 * @null: self-test
 * @tallies: [round * victims + victim]
 * @lost: by round, victims lost in one replay
 * @rounds: that were used
 * @blurred: rounds left out as their references could not be told apart
 * @trials: of all arms
 * @samples: loads that were kept
 * @dropped: loads left out as something disturbed them or their trial
 * @isolation: of the trials, enum swc_isolation
 * @seconds: of the whole experiment
 * @valid: may the figures be read?
 * @why: if not, why
 */
struct evictions {
	enum eviction_level level;
	struct victims victims;
	struct eviction *list;
	struct proportion near;
	struct proportion far;
	double near_ticks;
	double far_ticks;
	size_t evicted;
	struct estimate expected;
	struct eviction_check planted;
	struct eviction_check null;
	struct eviction_tally *tallies;
	double *lost;
	unsigned int rounds;
	unsigned int blurred;
	uint64_t trials;
	uint64_t samples;
	uint64_t dropped;
	uint32_t isolation;
	double seconds;
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
 * @samples: of the round
 * @n: how many
 * @arms: which are the references
 * @err: set on failure: no memory
 *
 * Victims are known by their order of this round. A round whose references can't
 * be told apart is left out.
 */
int evictions_count(struct evictions *e, const struct swc_trial_sample *samples,
		    size_t n, const struct boundary_arms *arms,
		    struct error *err);

#endif
