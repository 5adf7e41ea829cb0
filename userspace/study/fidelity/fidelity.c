// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apart.h"
#include "backend.h"
#include "backtoback.h"
#include "engine/freestanding.h"
#include "contrast.h"
#include "levels.h"
#include "measure.h"
#include "run.h"

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
 */
#define SAMPLES_PER_BLOCK 1u

#define EMPTY_ITERATIONS 10000u

/*
 * A live call's loop and a replay's are alike: a counter, and a jump back to a call. Most of
 * that hides beside a call, in the one as in the other, so that it stays in both.
 */

/**
 * struct pair - the live call and its replay, as the source of a run
 * @pairing: with each variant alone between fences among its arms
 * @options: of the study
 * @f: what it finds
 * @alone: index of each variant's arm among them
 * @loops: each variant back to back
 * @live: of the live calls
 * @empty: of the live program's empty loop
 * @total: of the variants' counts
 */
struct pair {
	struct pairing pairing;
	const struct fidelity_options *options;
	struct fidelity *f;
	unsigned int alone[FIDELITY_MAX_VARIANTS];
	struct backtoback loops;
	unsigned int live;
	unsigned int empty;
	double total;
};

int fidelity_begin(struct pairing *p, const struct fidelity_options *o,
		   enum live_kind kind, struct fidelity *f, struct error *err)
{
	const struct pairing_options options = {
		.cpu = o->cpu,
		.time_limit = o->time_limit,
		.processes = o->processes,
		.apart = o->apart,
		.seed = o->seed,
		.tsc_step = o->tsc_step,
	};

	p->programs[0] = (struct pairing_program){o->command, kind};
	p->nprograms = 1;
	return pairing_init(p, &options, &f->run, err);
}

static int plan_arms(struct pair *p, struct error *err)
{
	const struct fidelity_options *o = p->options;
	const struct swc_state warm = {0};
	struct arms *arms = &p->pairing.arms;
	unsigned int *control = p->pairing.control, i;
	size_t v;
	int arm;

	for (v = 0; v < o->nvariants; v++) {
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
	p->pairing.options.samples = i * SAMPLES_PER_BLOCK;
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
	const struct fidelity_options *o = p->options;
	size_t v;

	for (v = 0; v < o->nvariants; v++)
		sequences[v] = o->variants[v].sequence;
	if (pairing_load(&p->pairing, round, err))
		return -1;
	return backtoback_load(&p->loops, &backend_user, p->pairing.backend,
			       p->pairing.arms.list[ARM_CONTROL].sequence,
			       sequences, err);
}

static int live_block(struct pair *p, struct run_table *table,
		      struct error *err)
{
	uint64_t ticks;

	if (live_empty(&p->pairing.live[0], EMPTY_ITERATIONS, &ticks, err) ||
	    run_table_add(table, p->empty, 0,
			  pairing_in_steps(&p->pairing, ticks), 0, err))
		return -1;
	return pairing_calls(&p->pairing, 0, p->f->calls, p->live, table, err);
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct pair *p = context;

	if (group == PAIRING_LIVE)
		return live_block(p, table, err);
	return pairing_replay(&p->pairing, round->seed, table, err);
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

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	struct subject one = *s;
	struct backtoback_subject loops = loops_of(s);
	double sum = 0;

	if (s->variant != SIZE_MAX)
		return backtoback_turn_ticks(means, &loops);
	for (one.variant = 0; one.variant < s->p->options->nvariants;
	     one.variant++)
		sum += replay_ticks(means, &one) *
		       s->p->options->variants[one.variant].count / s->p->total;
	return sum;
}

static double live_ticks(const double *means, void *context)
{
	const struct subject *s = context;

	return (means[s->p->live] - means[s->p->loops.frame]) / s->p->f->calls;
}

static double live_cycles(const double *means, void *context)
{
	return live_ticks(means, context) / clock_ticks_per_cycle(means);
}

static double loop_cycles(const double *means, void *context)
{
	struct backtoback_subject loops = loops_of(context);

	return backtoback_loop_cycles(means, &loops);
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

static struct estimate estimate(struct pair *p, stats_figure figure,
				size_t variant)
{
	struct subject s = {.p = p, .variant = variant};

	return pairing_estimate(&p->pairing, figure, &s);
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
	if (!pairing_length(&p->pairing, 0, &p->f->calls, err)) {
		p->loops.wanted = p->f->calls;
		return 0;
	}
	pairing_end(p);
	return -1;
}

static bool reached(void *context)
{
	struct pair *p = context;
	struct estimate e;

	clock_calibrate(&p->f->run.clock, p->pairing.stats);
	e = estimate_ratio(p);
	return estimate_half_width(&e) <= ENOUGH;
}

static int take_rounds(struct pair *p, struct error *err)
{
	const struct run_source source = {start,	 load,	      take,
					  pairing_clear, pairing_end, p};
	const struct run_shared shared[] = {
		{&p->f->calls, sizeof(p->f->calls)},
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
	struct fidelity_replay *r = &p->f->replays[v];

	r->iterations = p->loops.iterations[v];
	r->cycles = estimate(p, replay_cycles, v);
	r->loop = estimate(p, loop_cycles, v);
	r->latency = stats_estimate(p->pairing.stats, contrast_cycles, &arms,
				    p->f->run.clock.pooling, PAIRING_LEVEL);
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
	struct fidelity *f = p->f;

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
	f->valid = !pairing_withhold(&f->run, &f->ratio, f->why);
	if (f->valid)
		fidelity_judge(f);
}

static int estimate_all(struct pair *p, struct error *err)
{
	struct fidelity *f = p->f;
	size_t v;

	if (pairing_judge(&p->pairing, err))
		return -1;
	f->live = estimate(p, live_cycles, SIZE_MAX);
	f->replay = estimate(p, replay_cycles, SIZE_MAX);
	f->ratio = estimate_ratio(p);
	f->more = estimate(p, more_cycles, SIZE_MAX);
	f->empty = estimate(p, empty_cycles, SIZE_MAX);
	for (v = 0; v < p->options->nvariants; v++)
		estimate_variant(p, v);
	estimate_levels(p);
	judge(f);
	return 0;
}

int fidelity_measure(const struct fidelity_options *options, struct fidelity *f,
		     struct error *err)
{
	struct pair p = {.options = options, .f = f};
	int rc;

	*f = (struct fidelity){0};
	rc = fidelity_begin(&p.pairing, options, LIVE_LOOP, f, err);
	if (!rc)
		rc = plan_arms(&p, err);
	if (!rc)
		rc = take_rounds(&p, err);
	if (!rc)
		rc = estimate_all(&p, err);
	pairing_free(&p.pairing);
	return rc;
}
