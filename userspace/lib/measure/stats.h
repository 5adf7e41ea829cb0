/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_STATS_H
#define SWC_LIB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "engine/freestanding.h"
#include "error.h"
#include "estimate.h"

/*
 * The samples of a run, round by round. Samples are not independent: frequency
 * and neighbours drift, and code and memory lie in one place for a round. A
 * block bootstrap resamples rounds, which are longer than the ties between
 * neighbouring samples (Kuensch, Annals of Statistics 17, 1989). A block is a
 * round, or some neighbouring ones if there are very many.
 */
struct stats;

/*
 * stats_new() - for runs of @narms arms; @control: of each, the arm whose mean in
 * the same round is taken off before its quantiles are taken; NULL: nothing is.
 */
struct stats *stats_new(unsigned int narms, const unsigned int *control,
			struct error *err);
void stats_free(struct stats *stats);

/**
 * stats_new_rotating() - likewise, where some arms take turns
 * @narms: all of them
 * @nrotating: the last so many have samples in one of @rounds rounds only
 * @rounds: that have samples of all arms, together; they make a block
 * @control: of each arm
 * @err: set on failure: no memory
 *
 * Of arms that take turns, only the excess over their control in the same round
 * is kept: rounds differ by far more, in the pedestal's length alone. These
 * arms have no quantiles.
 */
struct stats *stats_new_rotating(unsigned int narms, unsigned int nrotating,
				 size_t rounds, const unsigned int *control,
				 struct error *err);

/*
 * stats_by_process() - before the first round, for runs of at most ROUNDS_MAX_BLOCKS
 * processes: each is a block, since its rounds have something in common that
 * another's don't.
 */
void stats_by_process(struct stats *stats);

/*
 * stats_add_round() - keep the sums of a round's rows that weren't dropped, and why
 * the others were.
 */
void stats_add_round(struct stats *stats, const struct run_table *round);

/*
 * stats_add_sums() - add a round of which only sums are known: @sums[arm *
 * @stride] over @n[arm] samples. There are no quantiles then.
 */
void stats_add_sums(struct stats *stats, const uint64_t *sums, size_t stride,
		    const uint64_t *n);

/* stats_suffice() - is there enough of each arm to speak about it? */
bool stats_suffice(const struct stats *stats);

/* stats_check() - likewise: 0, or -1 with @err set. */
int stats_check(const struct stats *stats, struct error *err);

size_t stats_rounds(const struct stats *stats);
size_t stats_blocks(const struct stats *stats);

/* stats_kept() - samples of @arm that were kept. */
size_t stats_kept(const struct stats *stats, unsigned int arm);

/* stats_arm_mean() - ticks of @arm over all blocks; NAN: none kept. */
double stats_arm_mean(const struct stats *stats, unsigned int arm);

/* stats_dropped() - samples of all arms that were dropped for @cause. */
size_t stats_dropped(const struct stats *stats, enum drop_cause cause);

/* The quantiles that are kept of each arm. */
#define STATS_QUANTILES 7
extern const double stats_quantiles[STATS_QUANTILES];

/*
 * stats_quantile() - ticks at quantile number @q of @arm, less its control, of
 * what wasn't dropped: see struct reservoir. NAN: none, or no memory.
 */
double stats_quantile(const struct stats *stats, unsigned int arm,
		      unsigned int q);

/*
 * stats_block_means() - each arm's mean ticks in one block; of those that take
 * turns, without their control's.
 * Return: false if there are none of some arm.
 */
bool stats_block_means(const struct stats *stats, size_t block, double *means);

/* stats_arms() - how many there are. */
unsigned int stats_arms(const struct stats *stats);

/* stats_block_sums() - of each arm, in one block: all that estimates are made of. */
const struct cell *stats_block_sums(const struct stats *stats, size_t block);

/*
 * stats_put_block() - one block more, of which the sums are known; @kept: samples of each
 * arm in all, by the last of them. There are no quantiles then.
 */
void stats_put_block(struct stats *stats, const struct cell *sums,
		     const size_t *kept);

/* stats_figure_of() - of the means over blocks @from to @to - 1; NAN: empty. */
double stats_figure_of(const struct stats *stats, size_t from, size_t to,
		       stats_figure figure, void *context);

/*
 * stats_estimate() - a figure of all samples and its interval: estimate_rounds(), or of
 * processes estimate_processes().
 */
struct estimate stats_estimate(const struct stats *stats, stats_figure figure,
			       void *context, enum stats_pooling pooling,
			       double level);

#endif
