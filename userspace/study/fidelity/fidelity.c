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
#include "engine/draw.h"
#include "engine/freestanding.h"
#include "contrast.h"
#include "levels.h"
#include "live.h"
#include "measure.h"
#include "pin.h"
#include "run.h"
#include "tscstep.h"
#include "withhold.h"

#define LEVEL 0.95

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
 * About so many samples of each arm in a replayed block: the arms are drawn at
 * random.
 */
#define SAMPLES_PER_BLOCK 2u

/*
 * A live block is several samples of some 15 us. A sample of replays has as many calls:
 * so what disturbs one or the other shows as an outlier in the same way, and what a loop's
 * begin and end take is the same in both. Where replays of 4000 cycles each had samples
 * of a thousand, each held an interrupt, and took 0.6 % longer.
 * Untimed calls before them, as many as before a sample of replays, wipe out the traces
 * of the switch of tasks.
 */
#define LIVE_TICKS   40000u
#define LIVE_SAMPLES 8u

#define EMPTY_ITERATIONS 10000u

/* A round asks for these by turns, in an order drawn for each pair of blocks. */
enum { GROUP_REPLAYS, GROUP_LIVE, GROUPS };

/**
 * struct pair - the live call and its replay, as the source of a run
 * @arms: the fixed ones, and each variant alone between fences
 * @alone: index of each variant's arm among them
 * @loops: each variant back to back
 * @live: of the live calls
 * @empty: of the live program's empty loop
 * @narms: all of these
 * @control: what is taken off each arm
 * @levels: of them by process, round and sample
 * @pin: to the CPU of both; the live program's other threads may run elsewhere
 * @random: state of the generator, of the round
 * @total: of the variants' counts
 * @tsc_step: planted, or the machine's own
 */
struct pair {
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
	struct levels *levels;
	struct backend *backend;
	struct live program;
	struct pin pin;
	__u64 random;
	double total;
	double tsc_step;
};

static uint32_t backend_arms(const struct pair *p)
{
	return p->live;
}

static int plan_arms(struct pair *p, struct error *err)
{
	const struct fidelity_options *o = p->options;
	const struct swc_state warm = {0};
	unsigned int i;
	size_t v;
	int arm;

	if (arms_init(&p->arms, err))
		return -1;
	for (v = 0; v < o->nvariants; v++) {
		arm = arms_add(&p->arms, o->variants[v].sequence, &warm, err);
		if (arm < 0)
			return -1;
		p->alone[v] = arm;
		p->total += o->variants[v].count;
	}
	for (i = 0; i < p->arms.n; i++)
		p->control[i] = p->arms.list[i].control;
	p->loops = (struct backtoback){.frame = i, .n = o->nvariants};
	i += backtoback_arms(&p->loops);
	p->live = i++;
	p->empty = i++;
	p->narms = i;
	for (i = p->loops.frame; i < p->narms; i++)
		p->control[i] = i;
	p->stats = stats_new(p->narms, p->control, err);
	p->levels = levels_new(p->narms, err);
	if (!p->stats || !p->levels)
		return -1;
	if (o->processes > 1)
		stats_by_process(p->stats);
	return 0;
}

/* Loads the arms in the order of their indices. */
static int load(void *context, const struct run_round *round, struct error *err)
{
	const struct sequence *sequences[FIDELITY_MAX_VARIANTS];
	struct pair *p = context;
	uint32_t pedestal = arms_pedestal(round->seed / 2, p->tsc_step);
	size_t v;

	p->random = round->seed;
	for (v = 0; v < p->options->nvariants; v++)
		sequences[v] = p->options->variants[v].sequence;
	backend_user.place(p->backend, round->seed);
	if (arms_load(&p->arms, &backend_user, p->backend, pedestal, err) ||
	    backtoback_load(&p->loops, &backend_user, p->backend,
			    p->arms.list[ARM_CONTROL].sequence, sequences, err))
		return -1;
	return 0;
}

static void unload(void *context)
{
	const struct pair *p = context;

	backend_user.unload(p->backend);
}

/* Live ticks as a TSC that advances in steps would show them, at any phase. */
static uint64_t in_steps(struct pair *p, uint64_t ticks)
{
	uint64_t step = p->options->tsc_step;

	if (!step)
		return ticks;
	return (ticks + swc_draw_below(&p->random, step)) / step * step;
}

static int live_block(struct pair *p, struct run_table *table,
		      struct error *err)
{
	uint64_t ticks[LIVE_SAMPLES];
	unsigned int i;

	if (live_empty(&p->program, EMPTY_ITERATIONS, ticks, err) ||
	    run_table_add(table, p->empty, 0, in_steps(p, ticks[0]), 0, err) ||
	    live_calls(&p->program, MEASURE_WARM * p->f->calls, p->f->calls,
		       LIVE_SAMPLES, ticks, err))
		return -1;
	for (i = 0; i < LIVE_SAMPLES; i++) {
		if (run_table_add(table, p->live, i, in_steps(p, ticks[i]), 0,
				  err))
			return -1;
	}
	return 0;
}

static int replay_block(struct pair *p, uint64_t seed, struct run_table *table,
			struct error *err)
{
	struct backend_run run = {
		.cpu = p->options->cpu,
		.isolation = backend_user.isolation,
		.samples = backend_arms(p) * SAMPLES_PER_BLOCK,
		.warm = MEASURE_WARM,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = p->options->tsc_step,
		.seed = seed,
	};

	if (backend_user.run(p->backend, &run, err))
		return -1;
	return replays_add(table, &run, err);
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct pair *p = context;

	if (group == GROUP_LIVE)
		return live_block(p, table, err);
	return replay_block(p, round->seed, table, err);
}

/* How many calls make a block. */
static int find_calls(struct pair *p, struct error *err)
{
	uint64_t ticks = 0;
	uint32_t n = 1;

	if (p->f->calls)
		return 0;
	for (;; n *= 2) {
		if (live_calls(&p->program, 1, n, 1, &ticks, err))
			return -1;
		if (ticks >= LIVE_TICKS / 4 || n >= LIVE_TICKS)
			break;
	}
	p->f->calls = n * (double)LIVE_TICKS / ticks + 1;
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

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	struct subject one = *s;
	struct backtoback_subject loops = loops_of(s);
	double sum = 0;

	if (s->variant != SIZE_MAX)
		return backtoback_ticks(means, &loops);
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

static struct estimate estimate(const struct pair *p, stats_figure figure,
				size_t variant)
{
	struct subject s = {.p = p, .variant = variant};

	return stats_estimate(p->stats, figure, &s, p->f->clock.pooling, LEVEL);
}

static struct estimate estimate_ratio(const struct pair *p)
{
	struct estimate e = estimate(p, ln_ratio, SIZE_MAX);

	return (struct estimate){exp(e.mean), exp(e.lo), exp(e.hi)};
}

static void end(void *context)
{
	struct pair *p = context;

	live_end(&p->program);
	backend_user.close(p->backend);
	pin_end(&p->pin);
}

static int start(void *context, struct error *err)
{
	const struct fidelity_options *o;
	struct pair *p = context;

	o = p->options;
	/* Live and replayed calls run on this CPU, and on no other. */
	if (pin_begin(&p->pin, o->cpu, err))
		return -1;
	p->backend =
		backend_user.open(backend_arms(p) * SAMPLES_PER_BLOCK, err);
	if (!p->backend) {
		pin_end(&p->pin);
		return -1;
	}
	if (live_start(&p->program, o->command, LIVE_LOOP, &p->pin.before,
		       err)) {
		backend_user.close(p->backend);
		pin_end(&p->pin);
		return -1;
	}
	if (!find_calls(p, err)) {
		p->loops.wanted = p->f->calls;
		return 0;
	}
	end(p);
	return -1;
}

static int add(void *context, const struct run_table *table, struct error *err)
{
	const struct pair *p = context;

	stats_add_round(p->stats, table);
	return levels_add_round(p->levels, table, err);
}

static bool suffices(void *context)
{
	const struct pair *p = context;

	return stats_suffice(p->stats);
}

static bool reached(void *context)
{
	const struct pair *p = context;
	struct estimate e;

	clock_calibrate(&p->f->clock, p->stats);
	e = estimate_ratio(p);
	return estimate_half_width(&e) <= ENOUGH;
}

/*
 * With several processes each takes its whole share: only all of them know the
 * interval.
 */
static int take_rounds(struct pair *p, struct error *err)
{
	const struct run_source source = {start, load, take, unload, end, p};
	const struct run_shared shared[] = {
		{&p->f->calls, sizeof(p->f->calls)},
		{&p->loops, sizeof(p->loops)},
	};
	struct run_apart apart = p->options->apart;
	const struct run_plan plan = {
		.apart = apart.verb ? &apart : NULL,
		.arms = p->narms,
		.groups = GROUPS,
		.visits = BLOCKS,
		.processes = p->options->processes,
		.seed = p->options->seed,
		.rounds_least = MIN_ROUNDS,
		.time_limit = p->options->time_limit,
		.add = add,
		.suffices = suffices,
		.reached = p->options->processes > 1 ? NULL : reached,
		.context = p,
	};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	apart.shared = shared;
	apart.nshared = ARRAY_SIZE(shared);
	rc = run_rounds(&plan, &source, &table, &ended, err);
	run_table_free(&table);
	p->f->seed = ended.seed;
	p->f->rounds = ended.rounds;
	p->f->blocks = BLOCKS * ended.rounds;
	return rc;
}

static void estimate_variant(struct pair *p, size_t v)
{
	const struct arm *alone = &p->arms.list[p->alone[v]];
	struct contrast_arms arms = {
		.one = {p->alone[v],
			{alone->control, alone->control},
			alone->works},
	};
	struct fidelity_replay *r = &p->f->replays[v];

	r->iterations = p->loops.iterations[v];
	r->cycles = estimate(p, replay_cycles, v);
	r->loop = estimate(p, loop_cycles, v);
	r->latency = stats_estimate(p->stats, contrast_cycles, &arms,
				    p->f->clock.pooling, LEVEL);
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
	struct fidelity *f = p->f;
	size_t i;

	f->nprocesses = levels_processes(p->levels);
	for (i = 0; i < f->nprocesses; i++)
		f->processes[i] = (struct fidelity_process){
			.live = exp(
				levels_process(p->levels, i, ln_live, &all)),
			.replay = exp(
				levels_process(p->levels, i, ln_replay, &all)),
			.ratio = exp(
				levels_process(p->levels, i, ln_ratio, &all)),
			.rounds = levels_rounds(p->levels, i),
			.padding = f->nprocesses > 1 ? apart_padding(f->seed, i)
						     : 0,
		};
	f->variance.live = levels_variances(p->levels, ln_live, &all);
	f->variance.replay = levels_variances(p->levels, ln_replay, &all);
	f->variance.ratio = levels_variances(p->levels, ln_ratio, &all);
}

void fidelity_judge(struct fidelity *f)
{
	if (f->live.mean < FIDELITY_SHORT) {
		f->faithful = f->more.lo >= -FIDELITY_SHORT_TOLERANCE &&
			      f->more.hi <= FIDELITY_SHORT_TOLERANCE;
		if (!f->faithful)
			snprintf(f->why, sizeof(f->why),
				 "replay not faithful: the interval of what it "
				 "takes more isn't within %.0f cycles",
				 FIDELITY_SHORT_TOLERANCE);
		return;
	}
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
	struct fidelity *f = p->f;
	enum drop_cause cause;
	size_t v;

	if (stats_check(p->stats, err))
		return -1;
	clock_calibrate(&f->clock, p->stats);
	f->live = estimate(p, live_cycles, SIZE_MAX);
	f->replay = estimate(p, replay_cycles, SIZE_MAX);
	f->ratio = estimate_ratio(p);
	f->more = estimate(p, more_cycles, SIZE_MAX);
	f->empty = estimate(p, empty_cycles, SIZE_MAX);
	for (v = 0; v < p->options->nvariants; v++)
		estimate_variant(p, v);
	estimate_levels(p);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		f->dropped[cause] = stats_dropped(p->stats, cause);
	selftest_run(&f->selftests, &p->arms, p->stats, &f->clock);
	judge(f);
	return 0;
}

int fidelity_measure(const struct fidelity_options *options, struct fidelity *f,
		     struct error *err)
{
	struct pair p = {
		.options = options,
		.f = f,
		.tsc_step = options->tsc_step ? options->tsc_step
					      : tscstep_here(),
	};
	int rc;

	*f = (struct fidelity){0};
	machine_describe(&f->machine);
	rc = plan_arms(&p, err);
	if (!rc)
		rc = take_rounds(&p, err);
	if (!rc)
		rc = estimate_all(&p, err);
	stats_free(p.stats);
	levels_free(p.levels);
	arms_free(&p.arms);
	return rc;
}
