// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "contrast.h"
#include "geometry_cpu.h"
#include "levels.h"
#include "live.h"
#include "measure.h"
#include "pin.h"
#include "run.h"
#include "states.h"
#include "tscstep.h"
#include "withhold.h"
#include "witness.h"

#define LEVEL 0.95

/* Of what finds its lines and translations gone: neighbours take some of them, too. */
#define TOLERANCE 0.1

/*
 * A round has its own places of code and memory. Neighbours on the core's other thread
 * take half of its caches for seconds at a time, so live calls and replays alternate.
 */
#define MIN_ROUNDS 6u
#define VISITS	   2u
#define ENOUGH	   0.01 /* to each side */

/*
 * Calls in a live block. Those before them are behind a switch of processes, which
 * takes more from the call than its own program does.
 */
#define LIVE_CALLS 9u
#define SKIPPED	   3u

/* Samples of each arm in a replayed block, about: which is drawn at random. */
#define SAMPLES_PER_BLOCK 4u

enum { GROUP_REPLAYS, GROUP_LIVE, GROUPS };

/* A witness's two arms. */
struct proof {
	struct witness witness;
	unsigned int warm;
	unsigned int cold;
};

/**
 * struct pair - the live call and its replay, as the source of a run
 * @arms: the fixed ones, each variant in its state, the witnesses
 * @subject: index of each variant's arm among them
 * @proofs: that the states come about
 * @nproofs: how many
 * @live: index of the live calls
 * @known: index of those of LIVE_KNOWN_CYCLES beside them
 * @narms: all of these
 * @control: what is taken off each arm
 * @levels: of them by process and round
 * @pin: to the CPU of both; the live program's other threads may run elsewhere
 * @tsc_step: planted, or the machine's own
 */
struct pair {
	const struct fidelity_options *options;
	struct fidelity *f;
	struct arms arms;
	unsigned int subject[FIDELITY_MAX_VARIANTS];
	struct proof proofs[STATE_KINDS];
	size_t nproofs;
	unsigned int live;
	unsigned int known;
	unsigned int narms;
	unsigned int control[SWC_MAX_ARMS];
	struct stats *stats;
	struct backend *backend;
	struct live program;
	struct levels *levels;
	struct pin pin;
	double tsc_step;
};

static uint32_t samples_of_block(const struct pair *p)
{
	return p->arms.n * SAMPLES_PER_BLOCK;
}

/* In a state, all that making it cold does besides is part of the figure. */
static int plan_subjects(struct pair *p, const struct states *states,
			 const struct geometry *geometry, struct error *err)
{
	const struct fidelity_options *o = p->options;
	struct swc_state state;
	size_t v;
	int arm;

	for (v = 0; v < o->nvariants; v++) {
		if (states_resolve(states, o->variants[v].sequence, geometry,
				   &state, err))
			return -1;
		arm = arms_add(&p->arms, o->variants[v].sequence, &state, err);
		if (arm < 0)
			return -1;
		p->subject[v] = arm;
	}
	return 0;
}

static int plan_proof(struct pair *p, enum state_kind kind,
		      const struct geometry *geometry, struct error *err)
{
	const struct swc_state none = {0};
	struct proof *proof = &p->proofs[p->nproofs];
	int warm, cold;

	if (witness_make(&proof->witness, kind, geometry, err))
		return -1;
	p->nproofs++;
	warm = arms_add(&p->arms, &proof->witness.sequence, &none, err);
	cold = arms_add(&p->arms, &proof->witness.sequence,
			&proof->witness.state, err);
	if (warm < 0 || cold < 0)
		return -1;
	proof->warm = warm;
	proof->cold = cold;
	return 0;
}

static int plan_arms(struct pair *p, struct error *err)
{
	char text[STATES_TEXT], *word, *save;
	struct states states = {0};
	struct geometry geometry;
	enum state_kind kind;
	unsigned int i;

	snprintf(text, sizeof(text), "%s", p->options->states);
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (states_add(&states, word, err))
			return -1;
	}
	if (geometry_here(&geometry, p->options->cpu, err) ||
	    arms_init(&p->arms, err) ||
	    plan_subjects(p, &states, &geometry, err))
		return -1;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (states.given[kind] && plan_proof(p, kind, &geometry, err))
			return -1;
	}
	for (i = 0; i < p->arms.n; i++)
		p->control[i] = p->arms.list[i].control;
	p->live = i++;
	p->known = i++;
	p->control[p->live] = p->live;
	p->control[p->known] = p->known;
	p->narms = i;
	p->stats = stats_new(p->narms, p->control, err);
	p->levels = levels_new(p->narms, err);
	if (!p->stats || !p->levels)
		return -1;
	if (p->options->processes > 1)
		stats_by_process(p->stats);
	return 0;
}

static int load(void *context, const struct run_round *round, struct error *err)
{
	struct pair *p = context;

	return arms_load(&p->arms, &backend_user, p->backend,
			 arms_pedestal(round->seed / 2, p->tsc_step), err);
}

static void unload(void *context)
{
	const struct pair *p = context;

	backend_user.unload(p->backend);
}

static int live_block(struct pair *p, struct run_table *table,
		      struct error *err)
{
	uint64_t took[SKIPPED + LIVE_CALLS], known[SKIPPED + LIVE_CALLS];
	unsigned int i;

	if (live_ones(&p->program, SKIPPED + LIVE_CALLS, took, known, err))
		return -1;
	for (i = SKIPPED; i < SKIPPED + LIVE_CALLS; i++) {
		if (run_table_add(table, p->live, i, took[i], 0, err) ||
		    run_table_add(table, p->known, i, known[i], 0, err))
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
		.samples = samples_of_block(p),
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

/* A figure's context: which variant, or SIZE_MAX: all. */
struct subject {
	const struct pair *p;
	size_t variant;
};

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	const struct fidelity_options *o = s->p->options;
	double sum = 0, total = 0;
	size_t v;

	for (v = 0; v < o->nvariants; v++) {
		unsigned int arm = s->p->subject[v];
		unsigned int control = s->p->arms.list[arm].control;
		struct contrast_arms arms = {
			.one = {arm, {control, control}, true},
		};

		if (s->variant != SIZE_MAX && s->variant != v)
			continue;
		sum += contrast_ticks(means, &arms) * o->variants[v].count;
		total += o->variants[v].count;
	}
	return sum / total;
}

static double replay_cycles(const double *means, void *context)
{
	return replay_ticks(means, context) / clock_ticks_per_cycle(means);
}

/* Without what the time stamps take: that is in the call of known length, too. */
static double live_ticks(const double *means, void *context)
{
	const struct subject *s = context;

	return means[s->p->live] - means[s->p->known] +
	       LIVE_KNOWN_CYCLES * clock_ticks_per_cycle(means);
}

static double live_cycles(const double *means, void *context)
{
	return live_ticks(means, context) / clock_ticks_per_cycle(means);
}

static double ratio(const double *means, void *context)
{
	return replay_ticks(means, context) / live_ticks(means, context);
}

static struct estimate estimate(const struct pair *p, stats_figure figure,
				size_t variant)
{
	struct subject s = {.p = p, .variant = variant};

	return stats_estimate(p->stats, figure, &s, p->f->clock.pooling, LEVEL);
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
	if (pin_begin(&p->pin, o->cpu, err))
		return -1;
	p->backend = backend_user.open(samples_of_block(p), err);
	if (p->backend &&
	    !live_start(&p->program, o->command, LIVE_ONE, &p->pin.before, err))
		return 0;
	if (p->backend)
		backend_user.close(p->backend);
	pin_end(&p->pin);
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
	e = estimate(p, ratio, SIZE_MAX);
	return estimate_half_width(&e) <= ENOUGH;
}

static int take_rounds(struct pair *p, struct error *err)
{
	const struct run_source source = {start, load, take, unload, end, p};
	const struct run_apart *apart = &p->options->apart;
	const struct run_plan plan = {
		.apart = apart->verb ? apart : NULL,
		.arms = p->narms,
		.groups = GROUPS,
		.visits = VISITS,
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
	int rc = run_rounds(&plan, &source, &table, &ended, err);

	run_table_free(&table);
	p->f->seed = ended.seed;
	p->f->rounds = ended.rounds;
	p->f->blocks = VISITS * ended.rounds;
	return rc;
}

/* Has each state come about? Return: 0, or -1 with @why filled. */
static int prove(const struct pair *p, char *why)
{
	struct witness_result result;
	struct contrast_arms arms;
	struct estimate warm, more;
	size_t i;

	for (i = 0; i < p->nproofs; i++) {
		const struct proof *proof = &p->proofs[i];
		unsigned int hot = p->control[proof->warm];
		unsigned int cold = p->control[proof->cold];

		arms = (struct contrast_arms){
			.one = {proof->cold, {cold, cold}, true},
			.other = {proof->warm, {hot, hot}, true},
		};
		more = stats_estimate(p->stats, contrast_difference_cycles,
				      &arms, p->f->clock.pooling, LEVEL);
		arms.one = arms.other;
		warm = stats_estimate(p->stats, contrast_cycles, &arms,
				      p->f->clock.pooling, LEVEL);
		witness_judge(&proof->witness, false, &warm, &more, &result);
		if (!result.passed)
			return withhold(why,
					"state %s didn't come about: an access "
					"of its witness cost %.1f cycles more, "
					"at least %.1f are expected",
					state_kind_name(result.kind),
					result.extra.mean, result.least);
	}
	return 0;
}

static void judge(struct pair *p)
{
	struct fidelity *f = p->f;

	f->valid = !withhold_emulated(&f->machine, f->why) &&
		   !withhold_by_clock(&f->clock, f->why) &&
		   !withhold_by_selftests(&f->selftests, f->why) &&
		   !prove(p, f->why) &&
		   !withhold_unbounded(&f->ratio,
				       ": allow more time (--time-limit)",
				       f->why);
	if (!f->valid)
		return;
	f->faithful = f->ratio.lo >= 1 - TOLERANCE &&
		      f->ratio.hi <= 1 + TOLERANCE;
	if (!f->faithful)
		snprintf(f->why, sizeof(f->why),
			 "replay not faithful: the ratio's interval isn't "
			 "within %.2f to %.2f",
			 1 - TOLERANCE, 1 + TOLERANCE);
}

static void estimate_processes_of(struct pair *p)
{
	struct subject all = {.p = p, .variant = SIZE_MAX};
	struct fidelity *f = p->f;
	size_t i;

	f->nprocesses = levels_processes(p->levels);
	for (i = 0; i < f->nprocesses; i++)
		f->processes[i] = (struct fidelity_process){
			.live = levels_process(p->levels, i, live_cycles, &all),
			.replay = levels_process(p->levels, i, replay_cycles,
						 &all),
			.ratio = levels_process(p->levels, i, ratio, &all),
			.rounds = levels_rounds(p->levels, i),
			.padding = f->nprocesses > 1 ? apart_padding(f->seed, i)
						     : 0,
		};
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
	f->ratio = estimate(p, ratio, SIZE_MAX);
	for (v = 0; v < p->options->nvariants; v++)
		f->replays[v].latency = f->replays[v].cycles =
			estimate(p, replay_cycles, v);
	estimate_processes_of(p);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		f->dropped[cause] = stats_dropped(p->stats, cause);
	selftest_run(&f->selftests, &p->arms, p->stats, &f->clock);
	judge(p);
	return 0;
}

static void release(struct pair *p)
{
	while (p->nproofs)
		witness_free(&p->proofs[--p->nproofs].witness);
	stats_free(p->stats);
	levels_free(p->levels);
	arms_free(&p->arms);
}

int fidelity_measure_cold(const struct fidelity_options *options,
			  struct fidelity *f, struct error *err)
{
	struct pair p = {
		.options = options,
		.f = f,
		.tsc_step = options->tsc_step ? options->tsc_step
					      : tscstep_here(),
	};
	int rc;

	*f = (struct fidelity){.cold = true, .calls = LIVE_CALLS};
	machine_describe(&f->machine);
	rc = plan_arms(&p, err);
	if (!rc)
		rc = take_rounds(&p, err);
	if (!rc)
		rc = estimate_all(&p, err);
	release(&p);
	return rc;
}
