// SPDX-License-Identifier: GPL-2.0
#include "predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The turns to count: those after @first, up to @turns. */
struct span {
	unsigned int first;
	unsigned int turns;
	bool steady;
};

/*
 * Counts one more turn, which has left the model in a state with this digest.
 * Return: are there enough?
 */
static bool settled(struct span *span, const struct model *m, uint64_t *digests)
{
	unsigned int i, n = span->turns++;

	span->first = PREDICT_SETTLE;
	if (!m->random) {
		digests[n] = model_digest(m);
		for (i = 0; i < n && digests[i] != digests[n]; i++)
			;
		span->steady = i < n;
		if (span->steady)
			span->first = i + 1;
	}
	return span->steady || span->turns == PREDICT_REPLAYS;
}

static void average(struct model_counts *counts, const struct span *span,
		    struct model_tally (*turn)[MODEL_STRUCTURES][MODEL_SIDES])
{
	enum model_structure s;
	unsigned int i;
	int side;

	*counts = (struct model_counts){
		.replays = span->turns - span->first,
		.steady = span->steady,
	};
	for (s = 0; s < MODEL_STRUCTURES; s++) {
		for (side = 0; side < MODEL_SIDES; side++) {
			struct model_count *c = &counts->count[s][side];

			for (i = span->first; i < span->turns; i++) {
				c->accesses += turn[i][s][side].accesses;
				c->misses += turn[i][s][side].misses;
			}
			c->accesses /= counts->replays;
			c->misses /= counts->replays;
		}
	}
}

void model_predict_misses(struct model *m, const struct feed *replay,
			  const struct feed *state, struct model_counts *counts)
{
	struct model_tally turn[PREDICT_REPLAYS][MODEL_STRUCTURES][MODEL_SIDES];
	uint64_t digests[PREDICT_REPLAYS];
	struct span span = {0};
	unsigned int n;

	model_clear(m);
	do {
		n = span.turns;
		if (state)
			model_run(m, state->list, state->n);
		model_forget(m);
		model_run(m, replay->list, replay->n);
		memcpy(turn[n], m->tally, sizeof(turn[n]));
	} while (!settled(&span, m, digests));
	average(counts, &span, turn);
}

enum model_structure model_victim_structure(enum model_victim_level level)
{
	static const enum model_structure structures[MODEL_VICTIM_LEVELS] = {
		[MODEL_VICTIM_L1D] = MODEL_L1D,
		[MODEL_VICTIM_L2] = MODEL_L2,
		[MODEL_VICTIM_DTLB] = MODEL_DTLB,
		[MODEL_VICTIM_STLB] = MODEL_STLB,
	};

	return structures[level];
}

/* The state of one victim's place, a bit for each turn. */
struct history {
	uint64_t primed[PREDICT_REPLAYS / 64];
	uint64_t left[PREDICT_REPLAYS / 64]; /* still there afterwards */
};

static void note(const struct model *m, const uint64_t *victims, size_t n,
		 struct history *history, unsigned int turn, bool after)
{
	enum model_victim_level level;
	struct history *h = history;
	uint64_t bit = 1ull << turn % 64;
	size_t i;

	for (i = 0; i < n; i++) {
		for (level = 0; level < MODEL_VICTIM_LEVELS; level++, h++) {
			if (!model_holds(m, model_victim_structure(level),
					 victims[i]))
				continue;
			if (after)
				h->left[turn / 64] |= bit;
			else
				h->primed[turn / 64] |= bit;
		}
	}
}

static void judge(const struct model *m, const struct span *span,
		  const struct history *history, size_t n,
		  struct model_eviction *eviction)
{
	unsigned int level, turn, primed, evicted;
	const struct history *h = history;
	uint64_t bit;

	for (; n; n--, eviction++) {
		for (level = 0; level < MODEL_VICTIM_LEVELS; level++, h++) {
			primed = evicted = 0;
			for (turn = span->first; turn < span->turns; turn++) {
				bit = h->primed[turn / 64] & 1ull << turn % 64;
				primed += bit != 0;
				evicted += bit && !(h->left[turn / 64] & bit);
			}
			eviction->evicted[level] =
				primed ? (double)evicted / primed : NAN;
			eviction->primed[level] =
				model_has(m, model_victim_structure(level))
					? (double)primed /
						  (span->turns - span->first)
					: NAN;
		}
	}
}

int model_predict_evictions(struct model *m, const struct feed *replay,
			    const uint64_t *victims, size_t n,
			    struct model_eviction *eviction, struct error *err)
{
	uint64_t digests[PREDICT_REPLAYS];
	struct feed prime = {0};
	struct span span = {0};
	struct history *history;
	unsigned int turn;
	size_t i;

	history = calloc(n * MODEL_VICTIM_LEVELS + 1, sizeof(*history));
	if (!history)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for %zu victims: take fewer", n);
	for (i = 0; i < n; i++) {
		if (feed_add(&prime, victims[i], 1, MODEL_READ, err)) {
			feed_free(&prime);
			free(history);
			return -1;
		}
	}
	model_clear(m);
	do {
		turn = span.turns;
		model_run(m, prime.list, prime.n);
		note(m, victims, n, history, turn, false);
		model_run(m, replay->list, replay->n);
		note(m, victims, n, history, turn, true);
	} while (!settled(&span, m, digests));
	judge(m, &span, history, n, eviction);
	feed_free(&prime);
	free(history);
	return 0;
}
