// SPDX-License-Identifier: GPL-2.0
#include "eviction.h"

#include <math.h>
#include <stdlib.h>

int evictions_init(struct evictions *e, struct victims *victims,
		   struct error *err)
{
	*e = (struct evictions){
		.level = victims->level,
		.victims = *victims,
		.list = calloc(victims->n + 1, sizeof(*e->list)),
		.tallies = calloc(EVICTION_MAX_ROUNDS * (victims->n + 1),
				  sizeof(*e->tallies)),
	};
	*victims = (struct victims){0};
	if (e->list && e->tallies)
		return 0;
	evictions_free(e);
	return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
}

void evictions_free(struct evictions *e)
{
	victims_close(&e->victims);
	free(e->list);
	free(e->tallies);
	free(e->waiting.list);
	e->list = NULL;
	e->tallies = NULL;
	e->waiting = (struct eviction_waiting){0};
}

/* Keeps the loads that nothing has disturbed. */
static void keep(struct evictions *e, const struct run_table *round,
		 const struct swc_trial_sample *loads)
{
	struct eviction_waiting *w = &e->waiting;
	const struct run_sample *s;
	size_t i, trial = 0;

	for (i = 0; i < round->n; i++) {
		s = &round->rows[i];
		trial += !loads[i].place;
		if (s->dropped != DROP_CAUSES) {
			e->dropped++;
			continue;
		}
		w->list[w->n++] = (struct reading){
			.victim = s->unit,
			.ticks = s->ticks < SCALE_TICKS ? s->ticks
							: SCALE_TICKS - 1,
			.hit = loads[i].hit < SCALE_TICKS ? loads[i].hit
							  : SCALE_TICKS - 1,
			.arm = s->arm,
			.length = loads[i].length,
			.half = trial % SCALE_HALVES,
			.round = (e->rounds + w->rounds) % EVICTION_MAX_ROUNDS,
		};
	}
	w->rounds++;
}

static void count_reference(struct eviction_reference *to,
			    const struct reading *r, double score)
{
	scores_add(&to->all, score);
	scores_add(&to->rounds[r->round], score);
	to->ticks[r->ticks]++;
}

static void count(struct evictions *e, const struct reading *r,
		  const struct scale_arms *arms, double score)
{
	struct eviction_tally *t;

	if (r->arm == arms->near)
		count_reference(&e->near, r, score);
	if (r->arm == arms->far)
		count_reference(&e->far, r, score);
	if (r->arm >= EVICTION_ARMS)
		return;
	scores_add(&e->list[r->victim].scores[r->arm], score);
	t = &e->tallies[r->round * e->victims.n + r->victim];
	t->sum[r->arm] += score;
	t->squares[r->arm] += score * score;
	t->n[r->arm]++;
}

unsigned int evictions_counted_rounds(const struct evictions *e)
{
	return e->rounds < EVICTION_MAX_ROUNDS ? e->rounds
					       : EVICTION_MAX_ROUNDS;
}

/* The standard error of the difference, from its scatter from round to round. */
static double error_of_difference(const struct evictions *e)
{
	double differences[EVICTION_MAX_ROUNDS], sum = 0, squares = 0;
	unsigned int i, n = 0;

	for (i = 0; i < evictions_counted_rounds(e); i++) {
		if (e->near.rounds[i].n && e->far.rounds[i].n)
			differences[n++] = scores_mean(&e->far.rounds[i]) -
					   scores_mean(&e->near.rounds[i]);
	}
	if (n < 2)
		return INFINITY;
	for (i = 0; i < n; i++)
		sum += differences[i];
	for (i = 0; i < n; i++)
		squares += pow(differences[i] - sum / n, 2);
	return sqrt(squares / (n - 1) / n);
}

static int count_waiting(struct evictions *e, const struct scale_arms *arms,
			 struct error *err)
{
	struct eviction_waiting *w = &e->waiting;
	struct scale *scale = malloc(sizeof(*scale));
	size_t i;

	if (!scale)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	if (scale_make(scale, w->list, w->n, arms, err)) {
		free(scale);
		return -1;
	}
	for (i = 0; i < w->n; i++) {
		if (!scale_is_usable(scale, &w->list[i])) {
			e->dropped++;
			continue;
		}
		e->samples++;
		count(e, &w->list[i], arms, scale_score(scale, &w->list[i]));
	}
	free(scale);
	e->rounds += w->rounds;
	w->rounds = 0;
	w->n = 0;
	e->references = (struct score_references){
		.near = scores_mean(&e->near.all),
		.far = scores_mean(&e->far.all),
		.error = error_of_difference(e),
	};
	return 0;
}

static int make_room(struct eviction_waiting *w, size_t n, struct error *err)
{
	struct reading *list;

	if (w->n + n <= w->room)
		return 0;
	list = reallocarray(w->list, w->n + n, sizeof(*list));
	if (!list)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	w->list = list;
	w->room = w->n + n;
	return 0;
}

int evictions_count(struct evictions *e, const struct run_table *round,
		    const struct swc_trial_sample *loads,
		    const struct scale_arms *arms, struct error *err)
{
	struct eviction_waiting *w = &e->waiting;

	if (make_room(w, round->n, err))
		return -1;
	keep(e, round, loads);
	if (!scale_is_possible(w->list, w->n, arms, EVICTION_REFERENCES))
		return 0;
	return count_waiting(e, arms, err);
}

int evictions_finish(struct evictions *e, const struct scale_arms *arms,
		     struct error *err)
{
	struct eviction_waiting *w = &e->waiting;

	if (scale_is_possible(w->list, w->n, arms, SCALE_LEAST_SAMPLES)) {
		if (count_waiting(e, arms, err))
			return -1;
	}
	e->blurred = w->rounds;
	e->dropped += w->n;
	return 0;
}

struct scores evictions_scores(const struct evictions *e, unsigned int round,
			       size_t victim, enum eviction_arm arm)
{
	const struct eviction_tally *t =
		&e->tallies[round * e->victims.n + victim];

	return (struct scores){t->sum[arm], t->squares[arm], t->n[arm]};
}

double evictions_mean_ticks(const struct eviction_reference *r)
{
	double sum = 0;
	unsigned int at;

	for (at = 0; at < SCALE_TICKS; at++)
		sum += (double)at * r->ticks[at];
	return r->all.n ? sum / r->all.n : NAN;
}

double evictions_median_ticks(const struct eviction_reference *r)
{
	uint64_t below = 0;
	unsigned int at;

	for (at = 0; at < SCALE_TICKS; at++) {
		below += r->ticks[at];
		if (2 * below > r->all.n)
			return at;
	}
	return NAN;
}

bool evictions_differ(const struct evictions *e)
{
	const struct score_references *r = &e->references;

	return r->far - r->near > EVICTION_LEAST_CONTRAST * r->error;
}
