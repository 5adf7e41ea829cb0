// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "apart.h"
#include "backend.h"
#include "backtoback.h"
#include "engine/draw.h"
#include "engine/freestanding.h"
#include "contrast.h"
#include "levels.h"
#include "measure.h"
#include "pairing.h"
#include "run.h"
#include "withhold.h"

/*
 * A round has its own places of code and memory, which move a loop of some hundred
 * cycles by a few, so the interval comes from rounds, two at least. A neighbour on the
 * same core, which comes and goes by the millisecond, moves the loop by a quarter: so
 * rounds go on until the ratio is known well enough.
 */
#define MIN_ROUNDS 2u
#define ENOUGH	   0.01 /* to each side */

/* Pairs of blocks in a round: making one ready takes as long. */
#define BLOCKS 40u

/*
 * About one sample of each arm is in a replayed block, as the arms are drawn at random,
 * and one in a live block. The shorter blocks are, the more alike is what a neighbour takes
 * from both: on a Golden Cove whose other thread was busy now and then, blocks of eight
 * samples left intervals half as wide again.
 *
 * A sample takes some 15 us, of live calls and of replays: so what disturbs one or the
 * other shows as an outlier in the same way, and what a loop's begin and end take is the
 * same in both. Where replays of 4000 cycles each had samples of a thousand, each held an
 * interrupt, and took 0.6 % longer.
 *
 * Samples before a live block that don't count, as many as before a sample of replays, wipe
 * out the traces of the switch of tasks. While they were a request of their own, the
 * program's answer to it made one more switch, and calls of much code were 1 to 3 % slower
 * than their replays.
 */
#define SAMPLE_TICKS	  40000u
#define SAMPLES_PER_BLOCK 1u

/* The length of a sample is found by the fastest of so many. */
#define LENGTH_SAMPLES 8u

#define EMPTY_ITERATIONS 10000u

/*
 * The loop's own instructions are taken off a replay. They are known by the difference of
 * two loops, so that would bring four times a sample's variance with it, while it is some
 * cycles, the same in each process, and the difference of neighbours in a round. So several
 * processes find it together, by the middle half of all rounds. Of 65 pairs of replays on
 * a busy Zen 4 guest half-widths were 1.8 % instead of 2.5, and held the truth as often.
 */

/**
 * struct pair - the live call and its replay, as the source of a run
 * @pairing: with each variant alone between fences among its arms
 * @alone: index of each variant's arm among them
 * @loops: each variant back to back
 * @own: ticks of each loop's own instructions in a turn; NAN: as the means at hand have it
 * @live: of the live calls
 * @empty: of the live program's empty loop
 * @random: state of the generator, of the round
 * @total: of the variants' counts
 */
struct pair {
	struct pairing pairing;
	unsigned int alone[FIDELITY_MAX_VARIANTS];
	struct backtoback loops;
	double own[FIDELITY_MAX_VARIANTS];
	unsigned int live;
	unsigned int empty;
	__u64 random;
	double total;
};

static int plan_arms(struct pair *p, struct error *err)
{
	const struct fidelity_options *o = p->pairing.options;
	const struct swc_state warm = {0};
	struct arms *arms = &p->pairing.arms;
	unsigned int *control = p->pairing.control, i;
	size_t v;
	int arm;

	for (v = 0; v < o->nvariants; v++) {
		p->own[v] = NAN;
		arm = arms_add(arms, o->variants[v].sequence, &warm, err);
		if (arm < 0)
			return -1;
		p->alone[v] = arm;
		p->total += o->variants[v].count;
	}
	for (i = 0; i < arms->n; i++)
		control[i] = arms->list[i].control;
	p->loops = (struct backtoback){.frame = i, .n = o->nvariants};
	i += backtoback_arms(&p->loops);
	p->pairing.samples = i * SAMPLES_PER_BLOCK;
	p->live = i++;
	p->empty = i++;
	p->pairing.narms = i;
	for (i = p->loops.frame; i < p->pairing.narms; i++)
		control[i] = i;
	return pairing_count(&p->pairing, err);
}

/* Loads the arms in the order of their indices. */
static int load(void *context, const struct run_round *round, struct error *err)
{
	const struct sequence *sequences[FIDELITY_MAX_VARIANTS];
	struct pair *p = context;
	const struct fidelity_options *o = p->pairing.options;
	size_t v;

	p->random = round->seed;
	for (v = 0; v < o->nvariants; v++)
		sequences[v] = o->variants[v].sequence;
	if (pairing_load(&p->pairing, round, err))
		return -1;
	return backtoback_load(&p->loops, &backend_user, p->pairing.backend,
			       p->pairing.arms.list[ARM_CONTROL].sequence,
			       sequences, err);
}

/* Live ticks as a TSC that advances in steps would show them, at any phase. */
static uint64_t in_steps(struct pair *p, uint64_t ticks)
{
	uint64_t step = p->pairing.options->tsc_step;

	if (!step)
		return ticks;
	return (ticks + swc_draw_below(&p->random, step)) / step * step;
}

static int live_block(struct pair *p, struct run_table *table,
		      struct error *err)
{
	uint64_t ticks;

	if (live_empty(&p->pairing.program, EMPTY_ITERATIONS, &ticks, err) ||
	    run_table_add(table, p->empty, 0, in_steps(p, ticks), 0, err) ||
	    live_calls(&p->pairing.program, p->pairing.f->calls, MEASURE_WARM,
		       SAMPLES_PER_BLOCK, &ticks, err))
		return -1;
	return run_table_add(table, p->live, 0, in_steps(p, ticks), 0, err);
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct pair *p = context;

	if (group == PAIRING_LIVE)
		return live_block(p, table, err);
	return pairing_replay(&p->pairing, round->seed, table, err);
}

/*
 * How many calls make a sample. The first ones in a process fetch code and memory, and
 * of one call alone they would make a block; the fastest sample is one that didn't.
 */
static int find_calls(struct pair *p, struct error *err)
{
	uint64_t ticks[LENGTH_SAMPLES], least;
	uint32_t n = 1;
	unsigned int i;

	if (p->pairing.f->calls)
		return 0;
	for (;; n *= 2) {
		if (live_calls(&p->pairing.program, n, MEASURE_WARM,
			       LENGTH_SAMPLES, ticks, err))
			return -1;
		least = ticks[0];
		for (i = 1; i < LENGTH_SAMPLES; i++)
			least = MIN(least, ticks[i]);
		if (least >= SAMPLE_TICKS / 4 || n >= SAMPLE_TICKS)
			break;
	}
	p->pairing.f->calls = n * (double)SAMPLE_TICKS / least + 1;
	return 0;
}

/* A figure's context: which variant, or SIZE_MAX: all. */
struct subject {
	const struct pair *p;
	size_t variant;
};

static struct backtoback_subject loops_of(const struct subject *s)
{
	return (struct backtoback_subject){&s->p->loops, s->variant};
}

static double loop_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	struct backtoback_subject loops = loops_of(s);

	return isfinite(s->p->own[s->variant])
		       ? s->p->own[s->variant]
		       : backtoback_loop_ticks(means, &loops);
}

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	struct subject one = *s;
	struct backtoback_subject loops = loops_of(s);
	double sum = 0;

	if (s->variant != SIZE_MAX)
		return backtoback_turn_ticks(means, &loops) -
		       loop_ticks(means, context);
	for (one.variant = 0; one.variant < s->p->pairing.options->nvariants;
	     one.variant++)
		sum += replay_ticks(means, &one) *
		       s->p->pairing.options->variants[one.variant].count /
		       s->p->total;
	return sum;
}

static double live_ticks(const double *means, void *context)
{
	const struct subject *s = context;

	return (means[s->p->live] - means[s->p->loops.frame]) /
	       s->p->pairing.f->calls;
}

static double live_cycles(const double *means, void *context)
{
	return live_ticks(means, context) / clock_ticks_per_cycle(means);
}

static double loop_cycles(const double *means, void *context)
{
	return loop_ticks(means, context) / clock_ticks_per_cycle(means);
}

static double replay_cycles(const double *means, void *context)
{
	return replay_ticks(means, context) / clock_ticks_per_cycle(means);
}

/* Ratios are averaged, and compared with 1, by their logarithms. */
static double ln_ratio(const double *means, void *context)
{
	return log(replay_ticks(means, context) / live_ticks(means, context));
}

static double more_cycles(const double *means, void *context)
{
	return replay_cycles(means, context) - live_cycles(means, context);
}

static double empty_cycles(const double *means, void *context)
{
	const struct subject *s = context;

	return (means[s->p->empty] - means[s->p->loops.frame]) /
	       EMPTY_ITERATIONS / clock_ticks_per_cycle(means);
}

/* As all processes know it, but for @without; SIZE_MAX: all of them. */
static void find_own(struct pair *p, size_t without)
{
	struct backtoback_subject loops = {.loops = &p->loops};

	for (loops.index = 0; loops.index < p->loops.n; loops.index++)
		p->own[loops.index] = levels_midmean(p->pairing.levels, without,
						     backtoback_loop_ticks,
						     &loops);
}

/* The mean over processes, but for @without, of each one's figure. */
static double over_processes(struct pair *p, stats_figure figure,
			     struct subject *s, size_t without)
{
	double means[SWC_MAX_ARMS], sum = 0, value;
	size_t i, n = 0;

	find_own(p, without);
	for (i = 0; i < stats_blocks(p->pairing.stats); i++) {
		if (i == without ||
		    !stats_block_means(p->pairing.stats, i, means))
			continue;
		value = figure(means, s);
		if (!isfinite(value))
			continue;
		sum += value;
		n++;
	}
	return sum / n;
}

static struct estimate estimate_together(struct pair *p, stats_figure figure,
					 struct subject *s)
{
	double without[RUN_MAX_PROCESSES];
	size_t i, n = levels_processes(p->pairing.levels);

	for (i = 0; i < n; i++)
		without[i] = over_processes(p, figure, s, i);
	return estimate_jackknife(over_processes(p, figure, s, SIZE_MAX),
				  without, n, PAIRING_LEVEL);
}

static struct estimate estimate(struct pair *p, stats_figure figure,
				size_t variant)
{
	struct subject s = {.p = p, .variant = variant};

	if (p->pairing.options->processes > 1)
		return estimate_together(p, figure, &s);
	return stats_estimate(p->pairing.stats, figure, &s,
			      p->pairing.f->clock.pooling, PAIRING_LEVEL);
}

static struct estimate estimate_ratio(struct pair *p)
{
	struct estimate e = estimate(p, ln_ratio, SIZE_MAX);

	return (struct estimate){exp(e.mean), exp(e.lo), exp(e.hi)};
}

static int start(void *context, struct error *err)
{
	struct pair *p = context;

	if (pairing_start(&p->pairing, err))
		return -1;
	if (!find_calls(p, err)) {
		p->loops.wanted = p->pairing.f->calls;
		return 0;
	}
	pairing_end(p);
	return -1;
}

static bool reached(void *context)
{
	struct pair *p = context;
	struct estimate e;

	clock_calibrate(&p->pairing.f->clock, p->pairing.stats);
	e = estimate_ratio(p);
	return estimate_half_width(&e) <= ENOUGH;
}

static int take_rounds(struct pair *p, struct error *err)
{
	const struct run_source source = {start,	 load,	      take,
					  pairing_clear, pairing_end, p};
	const struct run_shared shared[] = {
		{&p->pairing.f->calls, sizeof(p->pairing.f->calls)},
		{&p->loops, sizeof(p->loops)},
	};
	const struct run_plan plan = {
		.visits = BLOCKS,
		.rounds_least = MIN_ROUNDS,
		.reached = reached,
	};

	return pairing_rounds(&p->pairing, &source, plan, shared,
			      ARRAY_SIZE(shared), err);
}

static void estimate_variant(struct pair *p, size_t v)
{
	const struct arm *alone = &p->pairing.arms.list[p->alone[v]];
	struct contrast_arms arms = {
		.one = {p->alone[v],
			{alone->control, alone->control},
			alone->works},
	};
	struct fidelity_replay *r = &p->pairing.f->replays[v];

	r->iterations = p->loops.iterations[v];
	r->cycles = estimate(p, replay_cycles, v);
	r->loop = estimate(p, loop_cycles, v);
	r->latency = stats_estimate(p->pairing.stats, contrast_cycles, &arms,
				    p->pairing.f->clock.pooling, PAIRING_LEVEL);
}

static double ln_live(const double *means, void *context)
{
	return log(live_cycles(means, context));
}

static double ln_replay(const double *means, void *context)
{
	return log(replay_cycles(means, context));
}

static void estimate_levels(struct pair *p)
{
	struct subject all = {.p = p, .variant = SIZE_MAX};
	const struct levels *levels = p->pairing.levels;
	struct fidelity *f = p->pairing.f;

	pairing_processes(&p->pairing, ln_live, ln_replay, ln_ratio, exp, &all);
	f->variance.live = levels_variances(levels, ln_live, &all);
	f->variance.replay = levels_variances(levels, ln_replay, &all);
	f->variance.ratio = levels_variances(levels, ln_ratio, &all);
}

void fidelity_judge(struct fidelity *f)
{
	if (f->live.mean < FIDELITY_SHORT) {
		f->off = f->more.mean;
		f->off_at_most = FIDELITY_SHORT_TOLERANCE;
		f->faithful = f->more.lo >= -FIDELITY_SHORT_TOLERANCE &&
			      f->more.hi <= FIDELITY_SHORT_TOLERANCE;
		if (!f->faithful)
			snprintf(f->why, sizeof(f->why),
				 "replay not faithful: the interval of what it "
				 "takes more isn't within %.0f cycles",
				 FIDELITY_SHORT_TOLERANCE);
		return;
	}
	f->off = f->ratio.mean - 1;
	f->off_at_most = FIDELITY_TOLERANCE;
	f->faithful = f->ratio.lo >= 1 - FIDELITY_TOLERANCE &&
		      f->ratio.hi <= 1 + FIDELITY_TOLERANCE;
	if (!f->faithful)
		snprintf(f->why, sizeof(f->why),
			 "replay not faithful: the ratio's interval isn't "
			 "within %.2f to %.2f",
			 1 - FIDELITY_TOLERANCE, 1 + FIDELITY_TOLERANCE);
}

static void judge(struct fidelity *f)
{
	f->faithful = false;
	f->valid = !withhold_emulated(&f->machine, f->why) &&
		   !withhold_by_clock(&f->clock, f->why) &&
		   !withhold_by_selftests(&f->selftests, f->why) &&
		   !withhold_unbounded(&f->ratio,
				       ": allow more time (--time-limit)",
				       f->why);
	if (f->valid)
		fidelity_judge(f);
}

static int estimate_all(struct pair *p, struct error *err)
{
	struct fidelity *f = p->pairing.f;
	size_t v;

	if (pairing_judge(&p->pairing, err))
		return -1;
	f->live = estimate(p, live_cycles, SIZE_MAX);
	f->replay = estimate(p, replay_cycles, SIZE_MAX);
	f->ratio = estimate_ratio(p);
	f->more = estimate(p, more_cycles, SIZE_MAX);
	f->empty = estimate(p, empty_cycles, SIZE_MAX);
	for (v = 0; v < p->pairing.options->nvariants; v++)
		estimate_variant(p, v);
	estimate_levels(p);
	judge(f);
	return 0;
}

int fidelity_measure(const struct fidelity_options *options, struct fidelity *f,
		     struct error *err)
{
	struct pair p = {.total = 0};
	int rc;

	*f = (struct fidelity){0};
	rc = pairing_init(&p.pairing, options, f, LIVE_LOOP, err);
	if (!rc)
		rc = plan_arms(&p, err);
	if (!rc)
		rc = take_rounds(&p, err);
	if (!rc)
		rc = estimate_all(&p, err);
	pairing_free(&p.pairing);
	return rc;
}
