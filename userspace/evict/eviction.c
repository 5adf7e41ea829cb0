// SPDX-License-Identifier: GPL-2.0
#include "eviction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
	free(e->tallies);
	free(e->lost);
	e->list = NULL;
	e->tallies = NULL;
	e->lost = NULL;
}

/* @round: of all victims. */
static void count(struct evictions *e, struct proportion *sums,
		  struct eviction_tally *round, const struct boundary *b,
		  const struct swc_trial_sample *sample)
{
	bool beyond = boundary_is_beyond(b, sample);
	struct eviction *v;
	uint32_t victim;

	if (sample->arm >= EVICTION_ARMS)
		return;
	victim = e->victims.order[sample->victim];
	v = &e->list[victim];
	round[victim].n[sample->arm]++;
	round[victim].k[sample->arm] += beyond;
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

/* Return: the tallies of one more round, all zero; NULL with @err set. */
static struct eviction_tally *new_round(struct evictions *e, struct error *err)
{
	struct eviction_tally *tallies;
	double *lost;

	lost = reallocarray(e->lost, e->rounds + 1, sizeof(*lost));
	if (lost)
		e->lost = lost;
	tallies = reallocarray(e->tallies, (e->rounds + 1) * e->victims.n,
			       sizeof(*tallies));
	if (tallies)
		e->tallies = tallies;
	if (!lost || !tallies) {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
		return NULL;
	}
	tallies += e->rounds * e->victims.n;
	memset(tallies, 0, e->victims.n * sizeof(*tallies));
	return tallies;
}

int evictions_count(struct evictions *e, const struct swc_trial_sample *samples,
		    size_t n, const struct boundary_arms *arms,
		    struct error *err)
{
	struct proportion sums[EVICTION_ARMS] = {0};
	struct eviction_tally *round;
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
	round = new_round(e, err);
	if (!round)
		return -1;
	for (i = 0; i < n; i++) {
		if (!boundary_is_usable(&b, &samples[i])) {
			e->dropped++;
			continue;
		}
		e->samples++;
		count(e, sums, round, &b, &samples[i]);
	}
	e->lost[e->rounds++] = lost_in_round(e, sums, &b);
	return 0;
}
