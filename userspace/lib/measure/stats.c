// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reservoir.h"

#define MIN_KEPT 20u /* of each arm */

const double stats_quantiles[STATS_QUANTILES] = {0.01, 0.05, 0.25, 0.5,
						 0.75, 0.95, 0.99};

struct stats {
	unsigned int narms;
	unsigned int first_rotating; /* arms from here on take turns */
	size_t nrounds;
	bool by_process;
	unsigned int process; /* of the last round */
	struct rounds rounds;
	struct cell *round; /* [arm], samples of the round being added */
	double *means;	    /* [arm], for a figure */
	size_t *kept;	    /* [arm] */
	size_t dropped[DROP_CAUSES];
	const unsigned int *control; /* [arm] */
	struct reservoir *reservoir; /* [arm], of those that have quantiles */
	gsl_rng *rng;
};

void stats_free(struct stats *stats)
{
	size_t i;

	if (!stats)
		return;
	for (i = 0; stats->reservoir && i < stats->narms; i++)
		reservoir_free(&stats->reservoir[i]);
	free(stats->reservoir);
	if (stats->rng)
		gsl_rng_free(stats->rng);
	rounds_free(&stats->rounds);
	free(stats->round);
	free(stats->means);
	free(stats->kept);
	free(stats);
}

static bool has_quantiles(const struct stats *stats, unsigned int arm)
{
	return arm < stats->first_rotating;
}

static int alloc(struct stats *stats, size_t rounds)
{
	size_t n = stats->narms, i;

	stats->round = calloc(n, sizeof(*stats->round));
	stats->means = calloc(n, sizeof(*stats->means));
	stats->kept = calloc(n, sizeof(*stats->kept));
	stats->reservoir = calloc(n, sizeof(*stats->reservoir));
	stats->rng = gsl_rng_alloc(gsl_rng_taus2);
	if (rounds_init(&stats->rounds, n, rounds) || !stats->round ||
	    !stats->means || !stats->kept || !stats->reservoir || !stats->rng)
		return -1;
	for (i = 0; i < n; i++) {
		if (has_quantiles(stats, i) &&
		    reservoir_init(&stats->reservoir[i]))
			return -1;
	}
	return 0;
}

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for the statistics: ask for fewer samples "
			 "(--samples)");
}

struct stats *stats_new_rotating(unsigned int narms, unsigned int nrotating,
				 size_t rounds, const unsigned int *control,
				 struct error *err)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (stats) {
		stats->narms = narms;
		stats->first_rotating = narms - nrotating;
		stats->control = control;
		if (!alloc(stats, rounds))
			return stats;
		stats_free(stats);
	}
	no_memory(err);
	return NULL;
}

struct stats *stats_new(unsigned int narms, const unsigned int *control,
			struct error *err)
{
	return stats_new_rotating(narms, 0, 1, control, err);
}

size_t stats_rounds(const struct stats *stats)
{
	return stats->nrounds;
}

size_t stats_blocks(const struct stats *stats)
{
	return stats->rounds.nblocks;
}

size_t stats_kept(const struct stats *stats, unsigned int arm)
{
	return stats->kept[arm];
}

size_t stats_dropped(const struct stats *stats, enum drop_cause cause)
{
	return stats->dropped[cause];
}

double stats_quantile(const struct stats *stats, unsigned int arm,
		      unsigned int q)
{
	return reservoir_quantile(&stats->reservoir[arm], stats_quantiles[q]);
}

static void open_round(struct stats *s)
{
	memset(s->round, 0, s->narms * sizeof(*s->round));
	s->nrounds++;
	rounds_open(&s->rounds);
}

/* Put the round's means where they belong. */
static void close_round(struct stats *s)
{
	const struct cell *control;
	unsigned int arm;
	double mean;

	for (arm = 0; arm < s->narms; arm++) {
		if (!s->round[arm].count)
			continue;
		mean = s->round[arm].sum / s->round[arm].count;
		if (arm >= s->first_rotating) {
			control = &s->round[s->control[arm]];
			if (!control->count)
				continue;
			mean -= control->sum / control->count;
		}
		rounds_add(&s->rounds, arm, mean);
	}
}

/* The samples that are kept: first their sums, then, with those, the rest. */
static void sum_up(struct stats *stats, const struct run_table *round)
{
	const struct run_sample *s;

	for (s = round->rows; s < round->rows + round->n; s++) {
		if (s->dropped != DROP_CAUSES) {
			stats->dropped[s->dropped]++;
			continue;
		}
		stats->round[s->arm].sum += s->ticks;
		stats->round[s->arm].count++;
		stats->kept[s->arm]++;
	}
}

static void draw_all(struct stats *stats, const struct run_table *round)
{
	const struct cell none = {.sum = 0, .count = 1}, *control;
	const struct run_sample *s;

	run_table_each(s, round) {
		if (!has_quantiles(stats, s->arm))
			continue;
		control = stats->control ? &stats->round[stats->control[s->arm]]
					 : &none;
		if (control->count)
			reservoir_draw(&stats->reservoir[s->arm], stats->rng,
				       s->ticks -
					       control->sum / control->count);
	}
}

void stats_by_process(struct stats *stats)
{
	stats->by_process = true;
	stats->rounds.rounds_per_block = SIZE_MAX / 2;
	rounds_close(&stats->rounds);
}

void stats_add_round(struct stats *stats, const struct run_table *round)
{
	if (stats->by_process && round->process != stats->process)
		rounds_close(&stats->rounds);
	stats->process = round->process;
	open_round(stats);
	sum_up(stats, round);
	draw_all(stats, round);
	close_round(stats);
}

void stats_add_sums(struct stats *stats, const uint64_t *sums, size_t stride,
		    const uint64_t *n)
{
	unsigned int arm;

	open_round(stats);
	for (arm = 0; arm < stats->narms; arm++) {
		stats->round[arm].sum = sums[arm * stride];
		stats->round[arm].count = n[arm];
		stats->kept[arm] += n[arm];
	}
	close_round(stats);
}

/* The number of kept samples of the arm that has the fewest. */
static size_t fewest_kept(const struct stats *stats)
{
	size_t fewest = stats->kept[0];
	unsigned int arm;

	for (arm = 1; arm < stats->narms; arm++) {
		if (stats->kept[arm] < fewest)
			fewest = stats->kept[arm];
	}
	return fewest;
}

bool stats_suffice(const struct stats *stats)
{
	return fewest_kept(stats) >= MIN_KEPT;
}

int stats_check(const struct stats *stats, struct error *err)
{
	if (stats_suffice(stats))
		return 0;
	return error_set(err, EXIT_CHECK_FAILED,
			 "only %zu usable samples: take more (--samples)",
			 fewest_kept(stats));
}

double stats_arm_mean(const struct stats *stats, unsigned int arm)
{
	return rounds_arm_mean(&stats->rounds, arm);
}

bool stats_block_means(const struct stats *stats, size_t block, double *means)
{
	return rounds_means(&stats->rounds, NULL, block, 1, means);
}

unsigned int stats_arms(const struct stats *stats)
{
	return stats->narms;
}

const struct cell *stats_block_sums(const struct stats *stats, size_t block)
{
	return &stats->rounds.cells[block * stats->narms];
}

void stats_put_block(struct stats *stats, const struct cell *sums,
		     const size_t *kept)
{
	rounds_close(&stats->rounds);
	open_round(stats);
	memcpy(&stats->rounds.cells[(stats->rounds.nblocks - 1) * stats->narms],
	       sums, stats->narms * sizeof(*sums));
	memcpy(stats->kept, kept, stats->narms * sizeof(*kept));
}

double stats_figure_of(const struct stats *stats, size_t from, size_t to,
		       stats_figure figure, void *context)
{
	if (!rounds_means(&stats->rounds, NULL, from, to - from, stats->means))
		return NAN;
	return figure(stats->means, context);
}

struct estimate stats_estimate(const struct stats *stats, stats_figure figure,
			       void *context, enum stats_pooling pooling,
			       double level)
{
	if (stats->by_process)
		return estimate_processes(&stats->rounds, figure, context,
					  level);
	return estimate_rounds(&stats->rounds, figure, context, pooling, level);
}
