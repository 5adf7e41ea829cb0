// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLINGS 2000u
#define MIN_BLOCKS  2u

/* So that memory and resampling stay bounded however long a run gets. */
#define MAX_BLOCKS 64u

/*
 * How long a block must be nobody knows: what ties rounds together, a neighbour
 * or the clock, lasts a millisecond or a second. So intervals are made from
 * blocks of several lengths, down to so few blocks, and the widest counts.
 */
#define COARSE_BLOCKS 16u

/* Samples of each arm that its quantiles are taken from, at most. */
#define RESERVOIR 65536u
#define MIN_KEPT  20u /* of each arm */

/*
 * A sample is an outlier this many interquartile ranges above the upper
 * quartile: an interrupt or a page fault, far outside any cache effect. Where
 * the quartiles coincide, the TSC's step stands in for their distance.
 */
#define OUTLIER_RANGES	10.0
#define OUTLIER_MINIMUM 40.0 /* ticks */

const double stats_quantiles[STATS_QUANTILES] = {0.01, 0.05, 0.25, 0.5,
						 0.75, 0.95, 0.99};

/*
 * A sum, and of how many: of one arm's samples in a round, and of its rounds'
 * means in a block. Rounds differ in the pedestal and in where code lies, which
 * all arms of a round have in common, so each counts once for each arm, however
 * many samples of it chance has drawn.
 */
struct cell {
	double sum;
	double count;
};

struct stats {
	unsigned int narms;
	unsigned int first_turn; /* arms from here on take turns */
	size_t rounds;
	size_t blocks;
	size_t rounds_per_block; /* doubled whenever blocks run out */
	size_t in_block;	 /* rounds in the last block */
	struct cell *cells;	 /* [block * narms + arm] */
	struct cell *round;	 /* [arm], of the round being added */
	double *limits;		 /* [arm], of the round being added */
	size_t *places;		 /* [arm], for sorting a round by arm */
	double *means;		 /* [arm], for a figure */
	size_t *kept;		 /* [arm] */
	size_t dropped[DROP_CAUSES];
	const unsigned int *control; /* [arm] */
	double **reservoir;	     /* [arm], of RESERVOIR values at most */
	size_t *drawn;		     /* [arm], for the reservoir */
	gsl_rng *rng;
};

const char *drop_cause_name(enum drop_cause cause)
{
	static const char *const names[DROP_CAUSES] = {
		[DROP_NMI] = "nmi",
		[DROP_MIGRATED] = "migrated",
		[DROP_CONTEXT_SWITCH] = "context_switch",
		[DROP_INTERRUPT] = "interrupt",
		[DROP_SMI] = "smi",
		[DROP_PAGE_FAULT] = "page_fault",
		[DROP_STEAL] = "steal",
		[DROP_OUTLIER] = "outlier",
	};

	return names[cause];
}

void stats_free(struct stats *stats)
{
	size_t i;

	if (!stats)
		return;
	for (i = 0; stats->reservoir && i < stats->narms; i++)
		free(stats->reservoir[i]);
	free(stats->reservoir);
	free(stats->drawn);
	if (stats->rng)
		gsl_rng_free(stats->rng);
	free(stats->cells);
	free(stats->round);
	free(stats->limits);
	free(stats->places);
	free(stats->means);
	free(stats->kept);
	free(stats);
}

static bool has_quantiles(const struct stats *stats, unsigned int arm)
{
	return arm < stats->first_turn;
}

static int alloc(struct stats *stats)
{
	size_t n = stats->narms, i;

	stats->in_block = stats->rounds_per_block; /* as if full */
	stats->cells = calloc(MAX_BLOCKS * n, sizeof(*stats->cells));
	stats->round = calloc(n, sizeof(*stats->round));
	stats->limits = calloc(n, sizeof(*stats->limits));
	stats->places = calloc(n + 1, sizeof(*stats->places));
	stats->means = calloc(n, sizeof(*stats->means));
	stats->kept = calloc(n, sizeof(*stats->kept));
	stats->drawn = calloc(n, sizeof(*stats->drawn));
	stats->reservoir = calloc(n, sizeof(*stats->reservoir));
	stats->rng = gsl_rng_alloc(gsl_rng_taus2);
	if (!stats->cells || !stats->round || !stats->limits ||
	    !stats->places || !stats->means || !stats->kept || !stats->drawn ||
	    !stats->reservoir || !stats->rng)
		return -1;
	for (i = 0; i < n; i++) {
		if (!has_quantiles(stats, i))
			continue;
		stats->reservoir[i] = calloc(RESERVOIR, sizeof(double));
		if (!stats->reservoir[i])
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

struct stats *stats_new_turns(unsigned int narms, unsigned int nturns,
			      size_t rounds, const unsigned int *control,
			      struct error *err)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (stats) {
		stats->narms = narms;
		stats->first_turn = narms - nturns;
		stats->rounds_per_block = rounds;
		stats->control = control;
		if (!alloc(stats))
			return stats;
		stats_free(stats);
	}
	no_memory(err);
	return NULL;
}

struct stats *stats_new(unsigned int narms, const unsigned int *control,
			struct error *err)
{
	return stats_new_turns(narms, 0, 1, control, err);
}

size_t stats_rounds(const struct stats *stats)
{
	return stats->rounds;
}

size_t stats_blocks(const struct stats *stats)
{
	return stats->blocks;
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
	size_t n = stats->drawn[arm] < RESERVOIR ? stats->drawn[arm]
						 : RESERVOIR;
	double *sorted = calloc(n + 1, sizeof(*sorted)), value = NAN;

	if (n && sorted) {
		memcpy(sorted, stats->reservoir[arm], n * sizeof(*sorted));
		gsl_sort(sorted, 1, n);
		value = gsl_stats_quantile_from_sorted_data(sorted, 1, n,
							    stats_quantiles[q]);
	}
	free(sorted);
	return value;
}

/* The highest number of ticks that isn't an outlier, for one arm's samples. */
static double outlier_limit(double *ticks, size_t n)
{
	double q1, q3, range;

	if (!n)
		return INFINITY;
	gsl_sort(ticks, 1, n);
	q1 = gsl_stats_quantile_from_sorted_data(ticks, 1, n, 0.25);
	q3 = gsl_stats_quantile_from_sorted_data(ticks, 1, n, 0.75);
	range = OUTLIER_RANGES * (q3 - q1);
	return q3 + fmax(range, OUTLIER_MINIMUM);
}

/* The limits of all arms. @scratch: @n values, for each arm's own together. */
static void set_limits(struct stats *s, const struct swc_sample *samples,
		       size_t n, double *scratch)
{
	size_t *end = s->places, i, begin = 0;
	unsigned int arm;

	memset(end, 0, (s->narms + 1) * sizeof(*end));
	for (i = 0; i < n; i++)
		end[samples[i].arm + 1] +=
			!(samples[i].flags & SWC_SAMPLE_DROP);
	for (arm = 0; arm < s->narms; arm++)
		end[arm + 1] += end[arm];
	/* Each arm's place moves on from its begin to its end. */
	for (i = 0; i < n; i++) {
		if (!(samples[i].flags & SWC_SAMPLE_DROP))
			scratch[end[samples[i].arm]++] = samples[i].ticks;
	}
	for (arm = 0; arm < s->narms; begin = end[arm++])
		s->limits[arm] =
			outlier_limit(scratch + begin, end[arm] - begin);
}

/* Why this sample is dropped, or DROP_CAUSES: it is kept. */
static enum drop_cause judge(const struct swc_sample *s, double limit)
{
	static const struct {
		uint16_t flag;
		enum drop_cause cause;
	} hit[] =
		{
			{SWC_SAMPLE_NMI, DROP_NMI},
			{SWC_SAMPLE_MIGRATED, DROP_MIGRATED},
			{SWC_SAMPLE_SWITCHED, DROP_CONTEXT_SWITCH},
			{SWC_SAMPLE_INTERRUPT, DROP_INTERRUPT},
		},
	  near[] = {
		  {SWC_SAMPLE_NEAR_SMI, DROP_SMI},
		  {SWC_SAMPLE_NEAR_FAULT, DROP_PAGE_FAULT},
		  {SWC_SAMPLE_NEAR_SWITCH, DROP_CONTEXT_SWITCH},
		  {SWC_SAMPLE_NEAR_STEAL, DROP_STEAL},
	  };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hit); i++) {
		if (s->flags & hit[i].flag)
			return hit[i].cause;
	}
	if (s->ticks <= limit)
		return DROP_CAUSES;
	for (i = 0; i < ARRAY_SIZE(near); i++) {
		if (s->flags & near[i].flag)
			return near[i].cause;
	}
	return DROP_OUTLIER;
}

/* Let a value take part in the arm's quantiles. */
static void draw(struct stats *stats, unsigned int arm, double ticks)
{
	size_t place = stats->drawn[arm]++;

	if (place >= RESERVOIR)
		place = gsl_rng_uniform_int(stats->rng, place + 1);
	if (place < RESERVOIR)
		stats->reservoir[arm][place] = ticks;
}

static void add_cells(struct cell *to, const struct cell *from, size_t n)
{
	for (; n; n--, to++, from++) {
		to->sum += from->sum;
		to->count += from->count;
	}
}

/* Make one block of two neighbours, all along. */
static void fold(struct stats *s)
{
	size_t i, n = s->narms;

	for (i = 0; i < s->blocks / 2; i++) {
		memmove(&s->cells[i * n], &s->cells[2 * i * n],
			n * sizeof(*s->cells));
		add_cells(&s->cells[i * n], &s->cells[(2 * i + 1) * n], n);
	}
	/* One without a neighbour goes to the last. */
	if (s->blocks % 2 && i)
		add_cells(&s->cells[(i - 1) * n], &s->cells[2 * i * n], n);
	s->blocks /= 2;
	s->rounds_per_block *= 2;
	s->in_block = s->rounds_per_block;
}

/* Make room for the next round. */
static void open_round(struct stats *s)
{
	memset(s->round, 0, s->narms * sizeof(*s->round));
	s->rounds++;
	if (s->in_block < s->rounds_per_block) {
		s->in_block++;
		return;
	}
	if (s->blocks == MAX_BLOCKS)
		fold(s);
	memset(&s->cells[s->blocks * s->narms], 0,
	       s->narms * sizeof(*s->cells));
	s->blocks++;
	s->in_block = 1;
}

/* Put the round's means where they belong. */
static void close_round(struct stats *s)
{
	struct cell *block = &s->cells[(s->blocks - 1) * s->narms], *control;
	unsigned int arm;
	double mean;

	for (arm = 0; arm < s->narms; arm++) {
		if (!s->round[arm].count)
			continue;
		mean = s->round[arm].sum / s->round[arm].count;
		if (arm >= s->first_turn) {
			control = &s->round[s->control[arm]];
			if (!control->count)
				continue;
			mean -= control->sum / control->count;
		}
		block[arm].sum += mean;
		block[arm].count++;
	}
}

/* The samples that are kept: first their sums, then, with those, the rest. */
static void sum_up(struct stats *stats, const struct swc_sample *samples,
		   size_t n)
{
	enum drop_cause cause;
	size_t i;

	for (i = 0; i < n; i++) {
		cause = judge(&samples[i], stats->limits[samples[i].arm]);
		if (cause != DROP_CAUSES) {
			stats->dropped[cause]++;
			continue;
		}
		stats->round[samples[i].arm].sum += samples[i].ticks;
		stats->round[samples[i].arm].count++;
		stats->kept[samples[i].arm]++;
	}
}

static void draw_all(struct stats *stats, const struct swc_sample *samples,
		     size_t n)
{
	const struct cell none = {.sum = 0, .count = 1}, *control;
	unsigned int arm;
	size_t i;

	for (i = 0; i < n; i++) {
		arm = samples[i].arm;
		if (!has_quantiles(stats, arm))
			continue;
		control = stats->control ? &stats->round[stats->control[arm]]
					 : &none;
		if (control->count &&
		    judge(&samples[i], stats->limits[arm]) == DROP_CAUSES)
			draw(stats, arm,
			     samples[i].ticks - control->sum / control->count);
	}
}

int stats_add_round(struct stats *stats, const struct swc_sample *samples,
		    size_t n, struct error *err)
{
	double *scratch = calloc(n, sizeof(*scratch));

	if (!scratch)
		return no_memory(err);
	open_round(stats);
	set_limits(stats, samples, n, scratch);
	free(scratch);
	sum_up(stats, samples, n);
	draw_all(stats, samples, n);
	close_round(stats);
	return 0;
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

int stats_check(const struct stats *stats, struct error *err)
{
	unsigned int arm;

	for (arm = 0; arm < stats->narms; arm++) {
		if (stats->kept[arm] < MIN_KEPT)
			return error_set(
				err, EXIT_CHECK_FAILED,
				"only %zu usable samples: take more (--samples)",
				stats->kept[arm]);
	}
	return 0;
}

/* Means of the arms over @n blocks: those of @choice, or from @first on. */
static bool means_of(const struct stats *s, const size_t *choice, size_t first,
		     size_t n, double *means)
{
	struct cell total;
	unsigned int arm;
	size_t i, block;

	for (arm = 0; arm < s->narms; arm++) {
		total = (struct cell){0};
		for (i = 0; i < n; i++) {
			block = choice ? choice[i] : first + i;
			add_cells(&total, &s->cells[block * s->narms + arm], 1);
		}
		if (total.count == 0)
			return false;
		means[arm] = total.sum / total.count;
	}
	return true;
}

double stats_arm_mean(const struct stats *stats, unsigned int arm)
{
	struct cell total = {0};
	size_t block;

	for (block = 0; block < stats->blocks; block++)
		add_cells(&total, &stats->cells[block * stats->narms + arm], 1);
	return total.sum / total.count;
}

bool stats_block_means(const struct stats *stats, size_t block, double *means)
{
	return means_of(stats, NULL, block, 1, means);
}

double stats_figure_of(const struct stats *stats, size_t from, size_t to,
		       stats_figure figure, void *context)
{
	if (!means_of(stats, NULL, from, to - from, stats->means))
		return NAN;
	return figure(stats->means, context);
}

/* Mean over a choice of blocks of their own figures, as far as they have one. */
static bool mean_of(const size_t *choice, const double *by_block, size_t blocks,
		    double *value)
{
	double sum = 0, one;
	size_t i, n = 0;

	for (i = 0; i < blocks; i++) {
		one = by_block[choice ? choice[i] : i];
		if (!isfinite(one))
			continue;
		sum += one;
		n++;
	}
	*value = sum / n;
	return n;
}

/* A figure of a choice of blocks. @by_block: each block's own, or NULL. */
static bool figure_of(const struct stats *s, const size_t *choice,
		      stats_figure figure, void *context,
		      const double *by_block, double *value)
{
	if (by_block)
		return mean_of(choice, by_block, s->blocks, value);
	if (!means_of(s, choice, 0, s->blocks, s->means))
		return false;
	*value = figure(s->means, context);
	return isfinite(*value);
}

/*
 * The probability below the lower limit: the percentile interval is too short
 * by sqrt((n - 1) / n), and by the normal's quantile in place of Student's t.
 */
static double tail(size_t n, double level)
{
	double t = gsl_cdf_tdist_Qinv((1 - level) / 2, n - 1);

	return gsl_cdf_ugaussian_Q(t * sqrt((double)n / (n - 1)));
}

/* Fill @e's limits. @scratch: RESAMPLINGS values, @choice: one per block. */
static void bootstrap(const struct stats *s, stats_figure figure, void *context,
		      const double *by_block, double level, double *scratch,
		      size_t *choice, struct estimate *e)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	size_t i, b, n = 0;
	double p;

	if (!rng)
		return;
	gsl_rng_set(rng, s->blocks);
	for (i = 0; i < RESAMPLINGS; i++) {
		for (b = 0; b < s->blocks; b++)
			choice[b] = gsl_rng_uniform_int(rng, s->blocks);
		if (figure_of(s, choice, figure, context, by_block,
			      &scratch[n]))
			n++;
	}
	gsl_rng_free(rng);
	if (!n)
		return;
	p = tail(s->blocks, level);
	gsl_sort(scratch, 1, n);
	e->lo = gsl_stats_quantile_from_sorted_data(scratch, 1, n, p);
	e->hi = gsl_stats_quantile_from_sorted_data(scratch, 1, n, 1 - p);
}

/* From the blocks as they are. */
static struct estimate estimate_once(const struct stats *stats,
				     stats_figure figure, void *context,
				     enum stats_pooling pooling, double level)
{
	double *scratch = calloc(RESAMPLINGS + stats->blocks, sizeof(*scratch));
	size_t *choice = calloc(stats->blocks + 1, sizeof(*choice));
	struct estimate e = {NAN, NAN, NAN};
	double *by_block = NULL;
	size_t i;

	if (!scratch || !choice || !stats->blocks)
		goto out;
	if (pooling == STATS_BY_BLOCK) {
		by_block = scratch + RESAMPLINGS;
		for (i = 0; i < stats->blocks; i++)
			by_block[i] = stats_figure_of(stats, i, i + 1, figure,
						      context);
	}
	if (figure_of(stats, NULL, figure, context, by_block, &e.mean) &&
	    stats->blocks >= MIN_BLOCKS)
		bootstrap(stats, figure, context, by_block, level, scratch,
			  choice, &e);
out:
	free(scratch);
	free(choice);
	return e;
}

/* Take over the limits of @other where that is wider. */
static void widen(struct estimate *e, const struct estimate *other)
{
	if (!(other->hi - other->lo > e->hi - e->lo))
		return;
	e->lo = fmin(other->lo, e->mean);
	e->hi = fmax(other->hi, e->mean);
}

struct estimate stats_estimate(const struct stats *stats, stats_figure figure,
			       void *context, enum stats_pooling pooling,
			       double level)
{
	struct estimate e = estimate_once(stats, figure, context, pooling,
					  level),
			other;
	size_t n = stats->blocks * stats->narms;
	struct stats coarse = *stats;

	coarse.cells = calloc(n + 1, sizeof(*coarse.cells));
	if (!coarse.cells)
		return e;
	memcpy(coarse.cells, stats->cells, n * sizeof(*coarse.cells));
	while (coarse.blocks >= 2 * COARSE_BLOCKS) {
		fold(&coarse);
		other = estimate_once(&coarse, figure, context, pooling, level);
		widen(&e, &other);
	}
	free(coarse.cells);
	return e;
}

/* Mean of two blocks' figures, as far as they have one. */
static double joined(double a, double b)
{
	if (!isfinite(a))
		return b;
	return isfinite(b) ? (a + b) / 2 : a;
}

/* Estimate from blocks that have a figure each, from these blocks as they are. */
static struct estimate estimate_by_block(const double *by_block, size_t n,
					 double level)
{
	const struct stats only_blocks = {.blocks = n};
	double scratch[RESAMPLINGS];
	size_t choice[MAX_BLOCKS];
	struct estimate e = {NAN, NAN, NAN};

	if (mean_of(NULL, by_block, n, &e.mean) && n >= MIN_BLOCKS)
		bootstrap(&only_blocks, NULL, NULL, by_block, level, scratch,
			  choice, &e);
	return e;
}

struct estimate stats_estimate_blocks(double *by_block, size_t n, double level)
{
	struct estimate e, other;
	size_t i;

	if (n > MAX_BLOCKS)
		n = MAX_BLOCKS;
	e = estimate_by_block(by_block, n, level);
	while (n >= 2 * COARSE_BLOCKS) {
		/* One without a neighbour is left out: all weigh the same. */
		for (i = 0; i < n / 2; i++)
			by_block[i] =
				joined(by_block[2 * i], by_block[2 * i + 1]);
		n /= 2;
		other = estimate_by_block(by_block, n, level);
		widen(&e, &other);
	}
	return e;
}

struct estimate stats_mean(const double *values, size_t n)
{
	struct estimate e = {NAN, NAN, NAN};
	double half;

	if (!n)
		return e;
	e.mean = gsl_stats_mean(values, 1, n);
	if (n < 2)
		return e;
	half = gsl_cdf_tdist_Pinv(0.975, n - 1) *
	       gsl_stats_sd_m(values, 1, n, e.mean) / sqrt(n);
	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}
