// SPDX-License-Identifier: GPL-2.0
#include "measurement.h"

#include <math.h>
#include <stdlib.h>

#include "contrast.h"

#define LEVEL 0.95

/* The null sequence is the first control over again. */
static struct contrast_arm with_control(const struct measurement *m,
					unsigned int arm)
{
	unsigned int control = m->control_of[arm];

	return (struct contrast_arm){
		.arm = arm,
		.control = {control,
			    control == ARM_CONTROL ? ARM_NULL : control},
		.works = m->arms.list[arm].works,
		.cold = m->arms.list[arm].cold,
		.restored = m->arms.list[arm].restored,
		.warm = m->arms.list[arm].warm,
	};
}

static struct contrast_arms arms_of(const struct measurement *m, size_t subject)
{
	return (struct contrast_arms){
		.one = with_control(m, m->arm_of[subject]),
	};
}

static struct estimate estimate_cycles(const struct measurement *m,
				       stats_figure figure,
				       struct contrast_arms *arms)
{
	struct estimate e =
		stats_estimate(m->stats, figure, arms, m->clock.pooling, LEVEL);

	systematic_widen(&e, 1);
	return e;
}

static struct estimate estimate_ticks(const struct measurement *m,
				      stats_figure figure,
				      struct contrast_arms *arms)
{
	struct estimate e = stats_estimate(
		m->stats, figure, arms,
		m->nrotating ? STATS_BY_BLOCK : STATS_POOLED, LEVEL);

	systematic_widen(&e, m->clock.ticks_per_cycle);
	return e;
}

static double reach(const struct estimate *e)
{
	return fmax(e->hi - e->mean, e->mean - e->lo);
}

bool measurement_is_within(struct measurement *m, double half_width)
{
	struct contrast_arms arms;
	struct estimate e;
	size_t i;

	clock_calibrate(&m->clock, m->stats);
	for (i = 0; i < m->nsubjects; i++) {
		arms = arms_of(m, i);
		e = estimate_cycles(m, contrast_cycles, &arms);
		if (!(reach(&e) <= half_width))
			return false;
	}
	return true;
}

/*
 * Estimates a subject back to back. Code and memory move a loop by more than
 * the type B part.
 */
static void estimate_loop(struct measurement *m, size_t i)
{
	struct backtoback_subject s = {&m->loops, i};
	struct measured *d = &m->subjects[i];

	d->back_to_back = d->loop = (struct estimate){NAN, NAN, NAN};
	if (!m->loops.n)
		return;
	d->back_to_back = stats_estimate(m->stats, backtoback_cycles, &s,
					 m->clock.pooling, LEVEL);
	d->loop = stats_estimate(m->stats, backtoback_loop_cycles, &s,
				 m->clock.pooling, LEVEL);
}

static double loop_difference(const double *means, void *pair)
{
	struct backtoback_subject *s = pair;

	return backtoback_cycles(means, &s[0]) -
	       backtoback_cycles(means, &s[1]);
}

struct estimate measurement_loop_difference(const struct measurement *m,
					    size_t a, size_t b)
{
	struct backtoback_subject pair[] = {{&m->loops, a}, {&m->loops, b}};

	return stats_estimate(m->stats, loop_difference, pair, m->clock.pooling,
			      LEVEL);
}

/* Estimates the cost of cold data, or of a recorded state, from the same run. */
static void estimate_state(struct measurement *m, size_t i)
{
	const struct arm *arm = &m->arms.list[m->arm_of[i]];
	struct contrast_arms arms = arms_of(m, i);

	m->subjects[i].state = (struct estimate){NAN, NAN, NAN};
	if (!arm->cold && !arm->beside)
		return;
	arms.other = with_control(m, arm->warm);
	m->subjects[i].state =
		estimate_cycles(m, contrast_difference_cycles, &arms);
}

static const struct level_variances none = {NAN, NAN, NAN};

/* Estimates how a subject varies at each level, and its cost in each process. */
static void estimate_levels(struct measurement *m, size_t i)
{
	struct backtoback_subject loop = {&m->loops, i};
	struct contrast_arms arms = arms_of(m, i);
	struct measured *d = &m->subjects[i];
	size_t process;

	d->variance = d->loop_variance = none;
	if (!m->levels)
		return;
	d->variance = levels_variances(m->levels, contrast_cycles, &arms);
	if (m->loops.n)
		d->loop_variance =
			levels_variances(m->levels, backtoback_cycles, &loop);
	for (process = 0; process < m->processes; process++)
		d->by_process[process] = (struct measured_process){
			.cycles = levels_process(m->levels, process,
						 contrast_cycles, &arms),
			.back_to_back =
				m->loops.n ? levels_process(m->levels, process,
							    backtoback_cycles,
							    &loop)
					   : NAN,
		};
}

static void estimate_subject(struct measurement *m, size_t i)
{
	struct contrast_arms arms = arms_of(m, i);
	struct measured *d = &m->subjects[i];
	unsigned int q;

	d->rest = selftest_rest(&m->selftests, &m->arms.list[arms.one.arm]);
	d->ticks = estimate_ticks(m, contrast_ticks, &arms);
	systematic_widen_by_rest(&d->ticks, d->rest * m->clock.ticks_per_cycle);
	d->cycles = estimate_cycles(m, contrast_cycles, &arms);
	systematic_widen_by_rest(&d->cycles, d->rest);
	estimate_state(m, i);
	d->samples = stats_kept(m->stats, arms.one.arm);
	for (q = 0; q < STATS_QUANTILES; q++)
		d->quantiles[q] = stats_quantile(m->stats, arms.one.arm, q);
}

/* Arm @a minus arm @b, each without its control. */
static struct estimate cycles_between(const struct measurement *m,
				      unsigned int a, unsigned int b)
{
	struct contrast_arms arms = {with_control(m, a), with_control(m, b)};

	return estimate_cycles(m, contrast_difference_cycles, &arms);
}

static void estimate_witnesses(struct measurement *m,
			       const struct witness *witnesses, bool ring0)
{
	struct estimate warm, difference;
	struct contrast_arms arms;
	size_t i;

	for (i = 0; i < m->nwitnesses; i++) {
		arms.one = with_control(m, m->witness_arms[i].warm);
		warm = estimate_cycles(m, contrast_cycles, &arms);
		difference = cycles_between(m, m->witness_arms[i].cold,
					    m->witness_arms[i].warm);
		witness_judge(&witnesses[i], ring0, &warm, &difference,
			      &m->witnesses[i]);
	}
}

int measurement_estimate(struct measurement *m, const struct witness *witnesses,
			 bool ring0, struct error *err)
{
	enum drop_cause cause;
	size_t i;

	if (stats_check(m->stats, err))
		return -1;
	clock_calibrate(&m->clock, m->stats);
	/* Arms that take turns are compared across the rounds of a block. */
	if (m->nrotating)
		m->clock.pooling = STATS_BY_BLOCK;
	selftest_run(&m->selftests, &m->arms, m->stats, &m->clock);
	for (i = 0; i < m->nsubjects; i++) {
		estimate_subject(m, i);
		estimate_loop(m, i);
		estimate_levels(m, i);
	}
	estimate_witnesses(m, witnesses, ring0);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		m->dropped += stats_dropped(m->stats, cause);
	m->frame_ticks = stats_arm_mean(m->stats, ARM_CONTROL);
	counts_judge(&m->counts);
	return 0;
}

void measurement_free(struct measurement *m)
{
	arms_free(&m->arms);
	counts_free(&m->counts);
	stats_free(m->stats);
	levels_free(m->levels);
	free(m->control_of);
	m->stats = NULL;
	m->levels = NULL;
	m->control_of = NULL;
}

void measurement_difference(const struct measurement *m, size_t a, size_t b,
			    struct estimate *ticks, struct estimate *cycles)
{
	struct contrast_arms arms = {with_control(m, m->arm_of[a]),
				     with_control(m, m->arm_of[b])};

	double rest = fmax(m->subjects[a].rest, m->subjects[b].rest);

	*ticks = estimate_ticks(m, contrast_difference_ticks, &arms);
	systematic_widen_by_rest(ticks, rest * m->clock.ticks_per_cycle);
	*cycles = cycles_between(m, m->arm_of[a], m->arm_of[b]);
	systematic_widen_by_rest(cycles, rest);
}

size_t measurement_blocks(const struct measurement *m)
{
	return stats_blocks(m->stats);
}

bool measurement_block(const struct measurement *m, size_t block,
		       double *subjects, double *turns)
{
	double *means = calloc(m->arms.n + m->nrotating, sizeof(*means));
	bool found = means && stats_block_means(m->stats, block, means);
	struct contrast_arms arms;
	size_t i;

	for (i = 0; found && i < m->nsubjects; i++) {
		arms = arms_of(m, i);
		subjects[i] = contrast_cycles(means, &arms);
	}
	for (i = 0; found && i < m->nrotating; i++)
		turns[i] = (means[m->arms.n + i] - clock_frame_ticks(means)) /
			   clock_ticks_per_cycle(means);
	free(means);
	return found;
}

double measurement_loop_in(const struct measurement *m, size_t i, size_t block)
{
	struct backtoback_subject s = {&m->loops, i};

	return stats_figure_of(m->stats, block, block + 1, backtoback_cycles,
			       &s);
}

double measurement_witness_in(const struct measurement *m, size_t i,
			      size_t block)
{
	struct contrast_arms arms = {with_control(m, m->witness_arms[i].cold),
				     with_control(m, m->witness_arms[i].warm)};

	return stats_figure_of(m->stats, block, block + 1,
			       contrast_difference_cycles, &arms);
}

struct estimate measurement_count(const struct measurement *m, size_t subject,
				  unsigned int event)
{
	struct contrast_arms arms = arms_of(m, subject);

	return counts_estimate(&m->counts, event, &arms);
}

const char *measure_stop_name(enum run_stop stop)
{
	static const char *const names[] = {
		[STOPPED_BY_SAMPLES] = "samples",
		[STOPPED_BY_TARGET] = "target-ci",
		[STOPPED_BY_TIME] = "time-limit",
		[STOPPED_BY_OPERATOR] = "interrupt",
	};

	return names[stop];
}
