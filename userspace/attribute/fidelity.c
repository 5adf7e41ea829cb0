// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "backtoback.h"
#include "elapsed.h"
#include "figures.h"
#include "live.h"
#include "measure.h"
#include "pin.h"
#include "tscstep.h"
#include "withhold.h"

#define LEVEL 0.95

/*
 * A round has its own places of code and memory, which move a loop of some
 * hundred cycles by a few; the interval is made of rounds. A neighbour on the
 * same core, which comes and goes by the millisecond, moves it by a quarter: so
 * rounds follow one another until the ratio is known well enough, at least so
 * many, lest a short interval be chance.
 */
#define MIN_ROUNDS	24u
#define ROUNDS_PER_LOOK 8u
#define ENOUGH		0.01 /* to each side */

/* Pairs of blocks in a round: making one ready takes as long. */
#define BLOCKS 40u

/* Samples of each arm in a replayed block, about: which is drawn at random. */
#define SAMPLES_PER_BLOCK 2u

/*
 * A live block is several samples, each as long as a replay's, some 15 us, so
 * that what disturbs one or the other shows as an outlier in the same way.
 * Untimed calls before them wipe out the traces of the switch of tasks.
 */
#define LIVE_TICKS   40000u
#define LIVE_SAMPLES 8u
#define LIVE_WARM    200u

#define EMPTY_TURNS 10000u

/**
 * struct course - a run under way
 * @arms: the fixed ones, and each variant alone between fences
 * @alone: index of each variant's arm among them
 * @loops: each variant back to back
 * @live: of the live calls
 * @empty: of the live program's empty loop
 * @narms: all of these
 * @control: what is taken off each arm
 */
struct course {
	const struct fidelity_options *options;
	struct fidelity *f;
	struct arms arms;
	unsigned int alone[FIDELITY_MAX_VARIANTS];
	struct backtoback loops;
	unsigned int live;
	unsigned int empty;
	unsigned int narms;
	unsigned int control[SWC_MAX_ARMS];
	struct stats *stats;
	struct backend *backend;
	struct live program;
	struct swc_sample *samples; /* of the round */
	size_t nsamples, capacity;
	double total;	 /* of the variants' counts */
	double tsc_step; /* planted, or the machine's own */
};

static uint32_t backend_arms(const struct course *c)
{
	return c->live;
}

static int plan_arms(struct course *c, struct error *err)
{
	const struct fidelity_options *o = c->options;
	const struct swc_state warm = {0};
	unsigned int i;
	size_t v;
	int arm;

	if (arms_init(&c->arms, err))
		return -1;
	for (v = 0; v < o->nvariants; v++) {
		arm = arms_add(&c->arms, o->variants[v].sequence, &warm, err);
		if (arm < 0)
			return -1;
		c->alone[v] = arm;
		c->total += o->variants[v].count;
	}
	for (i = 0; i < c->arms.n; i++)
		c->control[i] = c->arms.list[i].control;
	c->loops = (struct backtoback){.frame = i, .n = o->nvariants};
	i += backtoback_arms(&c->loops);
	c->live = i++;
	c->empty = i++;
	c->narms = i;
	for (i = c->loops.frame; i < c->narms; i++)
		c->control[i] = i;
	c->capacity = BLOCKS *
		      (backend_arms(c) * SAMPLES_PER_BLOCK + 1 + LIVE_SAMPLES);
	c->samples = calloc(c->capacity, sizeof(*c->samples));
	if (!c->samples)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	c->stats = stats_new(c->narms, c->control, err);
	return c->stats ? 0 : -1;
}

/* In the order of their indices. */
static int load(struct course *c, uint32_t pedestal, struct error *err)
{
	const struct sequence *sequences[FIDELITY_MAX_VARIANTS];
	size_t v;

	for (v = 0; v < c->options->nvariants; v++)
		sequences[v] = c->options->variants[v].sequence;
	if (arms_load(&c->arms, &backend_user, c->backend, pedestal, err) ||
	    backtoback_load(&c->loops, &backend_user, c->backend,
			    c->arms.list[ARM_CONTROL].sequence, sequences, err))
		return -1;
	for (v = 0; v < c->options->nvariants; v++)
		c->f->replays[v].turns = c->loops.turns[v];
	return 0;
}

static void keep(struct course *c, unsigned int arm, uint64_t ticks)
{
	struct swc_sample *s = &c->samples[c->nsamples++];

	*s = (struct swc_sample){
		.ticks = ticks < 0xffffffff ? ticks : 0xffffffff,
		.arm = arm,
	};
}

/* Live ticks as a TSC that advances in steps would show them, at any phase. */
static uint64_t in_steps(const struct course *c, uint64_t ticks)
{
	uint64_t step = c->options->tsc_step;
	uint64_t phase = __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15u >> 32;

	return step ? (ticks + phase % step) / step * step : ticks;
}

static int live_block(struct course *c, struct error *err)
{
	uint64_t ticks[LIVE_SAMPLES];
	unsigned int i;

	if (live_empty(&c->program, EMPTY_TURNS, ticks, err))
		return -1;
	keep(c, c->empty, in_steps(c, ticks[0]));
	if (live_calls(&c->program, LIVE_WARM, c->f->calls, LIVE_SAMPLES, ticks,
		       err))
		return -1;
	for (i = 0; i < LIVE_SAMPLES; i++)
		keep(c, c->live, in_steps(c, ticks[i]));
	return 0;
}

static int replay_block(struct course *c, uint64_t seed, struct error *err)
{
	struct backend_run run = {
		.cpu = c->options->cpu,
		.isolation = backend_user.isolation,
		.samples = backend_arms(c) * SAMPLES_PER_BLOCK,
		.warm = MEASURE_WARM,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = c->options->tsc_step,
		.seed = seed | 1,
	};

	if (backend_user.run(c->backend, &run, err))
		return -1;
	memcpy(&c->samples[c->nsamples], run.data,
	       run.produced * sizeof(*run.data));
	c->nsamples += run.produced;
	return 0;
}

static int take_round(struct course *c, struct error *err)
{
	uint64_t seed = __builtin_ia32_rdtsc();
	uint32_t pedestal = arms_pedestal(seed / 2, c->tsc_step);
	unsigned int block;
	bool replay_first;
	int rc;

	c->nsamples = 0;
	rc = load(c, pedestal, err);
	for (block = 0; !rc && block < BLOCKS; block++) {
		seed = __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15u;
		replay_first = seed >> 63;
		if (replay_first)
			rc = replay_block(c, seed, err);
		if (!rc)
			rc = live_block(c, err);
		if (!rc && !replay_first)
			rc = replay_block(c, seed, err);
	}
	backend_user.unload(c->backend);
	if (rc)
		return -1;
	c->f->blocks += BLOCKS;
	c->f->rounds++;
	return stats_add_round(c->stats, c->samples, c->nsamples, err);
}

/* How many calls make a block. */
static int find_calls(struct course *c, struct error *err)
{
	uint64_t ticks = 0;
	uint32_t n = 1;

	for (;; n *= 2) {
		if (live_calls(&c->program, 1, n, 1, &ticks, err))
			return -1;
		if (ticks >= LIVE_TICKS / 4 || n >= LIVE_TICKS)
			break;
	}
	c->f->calls = n * (double)LIVE_TICKS / ticks + 1;
	return 0;
}

/* A figure's context: which variant, or SIZE_MAX: all. */
struct subject {
	const struct course *c;
	size_t variant;
};

static struct backtoback_subject loops_of(const struct subject *s)
{
	return (struct backtoback_subject){&s->c->loops, s->variant};
}

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	struct subject one = *s;
	struct backtoback_subject loops = loops_of(s);
	double sum = 0;

	if (s->variant != SIZE_MAX)
		return backtoback_ticks(means, &loops);
	for (one.variant = 0; one.variant < s->c->options->nvariants;
	     one.variant++)
		sum += replay_ticks(means, &one) *
		       s->c->options->variants[one.variant].count / s->c->total;
	return sum;
}

static double live_ticks(const double *means, void *context)
{
	const struct subject *s = context;

	return (means[s->c->live] - means[s->c->loops.frame]) / s->c->f->calls;
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

static double ratio(const double *means, void *context)
{
	return replay_ticks(means, context) / live_ticks(means, context);
}

static double empty_cycles(const double *means, void *context)
{
	const struct subject *s = context;

	return (means[s->c->empty] - means[s->c->loops.frame]) / EMPTY_TURNS /
	       clock_ticks_per_cycle(means);
}

static struct estimate estimate(const struct course *c, stats_figure figure,
				size_t variant)
{
	struct subject s = {.c = c, .variant = variant};

	return stats_estimate(c->stats, figure, &s, c->f->clock.pooling, LEVEL);
}

/* Shall there be a next round? */
static bool goes_on(struct course *c, double begun)
{
	size_t rounds = c->f->rounds;
	struct estimate e;

	if (rounds < 2)
		return true;
	if (elapsed() - begun > c->options->time_limit)
		return false;
	if (rounds < MIN_ROUNDS || rounds % ROUNDS_PER_LOOK)
		return true;
	clock_calibrate(&c->f->clock, c->stats);
	e = estimate(c, ratio, SIZE_MAX);
	return !(estimate_half_width(&e) <= ENOUGH);
}

static int take_rounds(struct course *c, const cpu_set_t *elsewhere,
		       struct error *err)
{
	const struct fidelity_options *o = c->options;
	double begun = elapsed();
	int rc;

	c->backend =
		backend_user.open(backend_arms(c) * SAMPLES_PER_BLOCK, err);
	if (!c->backend)
		return -1;
	rc = live_start(&c->program, o->program, o->scenario, LIVE_LOOP,
			elsewhere, err);
	if (!rc) {
		rc = find_calls(c, err);
		while (!rc && goes_on(c, begun))
			rc = take_round(c, err);
		live_end(&c->program);
	}
	backend_user.close(c->backend);
	return rc;
}

static void estimate_variant(struct course *c, size_t v)
{
	const struct arm *alone = &c->arms.list[c->alone[v]];
	struct figures_arms arms = {
		.one = {c->alone[v],
			{alone->control, alone->control},
			alone->works},
	};
	struct fidelity_replay *r = &c->f->replays[v];

	r->cycles = estimate(c, replay_cycles, v);
	r->loop = estimate(c, loop_cycles, v);
	r->latency = stats_estimate(c->stats, figures_cycles, &arms,
				    c->f->clock.pooling, LEVEL);
}

void fidelity_judge(struct fidelity *f)
{
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

static int estimate_all(struct course *c, struct error *err)
{
	struct fidelity *f = c->f;
	enum drop_cause cause;
	size_t v;

	if (stats_check(c->stats, err))
		return -1;
	clock_calibrate(&f->clock, c->stats);
	f->live = estimate(c, live_cycles, SIZE_MAX);
	f->replay = estimate(c, replay_cycles, SIZE_MAX);
	f->ratio = estimate(c, ratio, SIZE_MAX);
	f->empty = estimate(c, empty_cycles, SIZE_MAX);
	for (v = 0; v < c->options->nvariants; v++)
		estimate_variant(c, v);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		f->dropped[cause] = stats_dropped(c->stats, cause);
	selftest_run(&f->selftests, &c->arms, c->stats, &f->clock);
	judge(f);
	return 0;
}

int fidelity_measure(const struct fidelity_options *options, struct fidelity *f,
		     struct error *err)
{
	struct course c = {
		.options = options,
		.f = f,
		.tsc_step = options->tsc_step ? options->tsc_step
					      : tscstep_here(),
	};
	struct pin pin;
	int rc;

	*f = (struct fidelity){0};
	machine_describe(&f->machine);
	/* Live and replayed calls run on this CPU, and on no other. */
	if (pin_begin(&pin, options->cpu, err))
		return -1;
	rc = plan_arms(&c, err);
	if (!rc)
		rc = take_rounds(&c, &pin.before, err);
	if (!rc)
		rc = estimate_all(&c, err);
	pin_end(&pin);
	stats_free(c.stats);
	arms_free(&c.arms);
	free(c.samples);
	return rc;
}
