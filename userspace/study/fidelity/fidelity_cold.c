// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <math.h>
#include <stdio.h>

#include "contrast.h"
#include "geometry_cpu.h"
#include "measure.h"
#include "run.h"
#include "withhold.h"
#include "witness.h"

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
 * Calls in a live block. Those before them come after a switch of processes, which
 * takes more from the call than its own program does. So do the replays before each
 * sample: with two of them goprobe's nop and errno, in state "warm", took 20 and 40 cycles
 * more on a 06-cf guest than with these, while live calls took as long from the fourth on.
 */
#define LIVE_CALLS   9u
#define SKIPPED	     8u
#define WARM_REPLAYS 16u

/* Samples of each arm in a replayed block, about: which is drawn at random. */
#define SAMPLES_PER_BLOCK 4u

/* A witness's two arms. */
struct proof {
	struct witness witness;
	unsigned int warm;
	unsigned int cold;
};

/**
 * struct pair - the live call and its replay, as the source of a run
 * @pairing: with each variant in its state, and the witnesses, among its arms
 * @options: of the study
 * @f: what it finds
 * @subject: index of each variant's arm among them
 * @proofs: that the states come about
 * @nproofs: how many
 * @live: index of the live calls
 * @known: index of those of LIVE_KNOWN_CYCLES beside them
 */
struct pair {
	struct pairing pairing;
	const struct fidelity_options *options;
	struct fidelity *f;
	unsigned int subject[FIDELITY_MAX_VARIANTS];
	struct proof proofs[STATE_KINDS];
	size_t nproofs;
	unsigned int live;
	unsigned int known;
};

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
		arm = arms_add(&p->pairing.arms, o->variants[v].sequence,
			       &state, err);
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
	warm = arms_add(&p->pairing.arms, &proof->witness.sequence, &none, err);
	cold = arms_add(&p->pairing.arms, &proof->witness.sequence,
			&proof->witness.state, err);
	if (warm < 0 || cold < 0)
		return -1;
	proof->warm = warm;
	proof->cold = cold;
	return 0;
}

static int plan_arms(struct pair *p, struct error *err)
{
	const struct states *states = &p->options->states;
	struct geometry geometry;
	enum state_kind kind;
	unsigned int i;

	if (geometry_here(&geometry, p->options->cpu, err) ||
	    plan_subjects(p, states, &geometry, err))
		return -1;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (states->given[kind] && plan_proof(p, kind, &geometry, err))
			return -1;
	}
	for (i = 0; i < p->pairing.arms.n; i++)
		p->pairing.control[i] = p->pairing.arms.list[i].control;
	p->live = i++;
	p->known = i++;
	p->pairing.control[p->live] = p->live;
	p->pairing.control[p->known] = p->known;
	p->pairing.narms = i;
	p->pairing.options.samples = p->pairing.arms.n * SAMPLES_PER_BLOCK;
	p->pairing.options.warm = WARM_REPLAYS;
	return pairing_count(&p->pairing, err);
}

static int load(void *context, const struct run_round *round, struct error *err)
{
	return pairing_load(context, round, err);
}

static int live_block(struct pair *p, struct run_table *table,
		      struct error *err)
{
	uint64_t took[SKIPPED + LIVE_CALLS], known[SKIPPED + LIVE_CALLS];
	unsigned int i;

	if (live_ones(&p->pairing.live[0], SKIPPED + LIVE_CALLS, took, known,
		      err))
		return -1;
	for (i = SKIPPED; i < SKIPPED + LIVE_CALLS; i++) {
		if (run_table_add(table, p->live, i, took[i], 0, err) ||
		    run_table_add(table, p->known, i, known[i], 0, err))
			return -1;
	}
	return 0;
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

static double replay_ticks(const double *means, void *context)
{
	const struct subject *s = context;
	const struct fidelity_options *o = s->p->options;
	double sum = 0, total = 0;
	size_t v;

	for (v = 0; v < o->nvariants; v++) {
		unsigned int arm = s->p->subject[v];
		unsigned int control = s->p->pairing.arms.list[arm].control;
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

	return stats_estimate(p->pairing.stats, figure, &s,
			      p->f->run.clock.pooling, PAIRING_LEVEL);
}

static int start(void *context, struct error *err)
{
	return pairing_start(context, err);
}

static bool reached(void *context)
{
	const struct pair *p = context;
	struct estimate e;

	clock_calibrate(&p->f->run.clock, p->pairing.stats);
	e = estimate(p, ratio, SIZE_MAX);
	return estimate_half_width(&e) <= ENOUGH;
}

static int take_rounds(struct pair *p, struct error *err)
{
	const struct run_source source = {start,	 load,	      take,
					  pairing_clear, pairing_end, p};
	const struct run_plan plan = {
		.visits = VISITS,
		.rounds_least = MIN_ROUNDS,
		.reached = reached,
	};

	return pairing_rounds(&p->pairing, &source, plan, NULL, 0, err);
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
		unsigned int hot = p->pairing.control[proof->warm];
		unsigned int cold = p->pairing.control[proof->cold];

		arms = (struct contrast_arms){
			.one = {proof->cold, {cold, cold}, true},
			.other = {proof->warm, {hot, hot}, true},
		};
		more = stats_estimate(p->pairing.stats,
				      contrast_difference_cycles, &arms,
				      p->f->run.clock.pooling, PAIRING_LEVEL);
		arms.one = arms.other;
		warm = stats_estimate(p->pairing.stats, contrast_cycles, &arms,
				      p->f->run.clock.pooling, PAIRING_LEVEL);
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

	f->valid = !pairing_withhold(&f->run, &f->ratio, f->why) &&
		   !prove(p, f->why);
	if (!f->valid)
		return;
	f->off = f->ratio.mean - 1;
	f->off_at_most = TOLERANCE;
	f->faithful = f->ratio.lo >= 1 - TOLERANCE &&
		      f->ratio.hi <= 1 + TOLERANCE;
	if (!f->faithful)
		snprintf(f->why, sizeof(f->why),
			 "replay not faithful: the ratio's interval isn't "
			 "within %.2f to %.2f",
			 1 - TOLERANCE, 1 + TOLERANCE);
}

static int estimate_all(struct pair *p, struct error *err)
{
	struct fidelity *f = p->f;
	struct subject all = {.p = p, .variant = SIZE_MAX};
	size_t v;

	if (pairing_judge(&p->pairing, err))
		return -1;
	f->live = estimate(p, live_cycles, SIZE_MAX);
	f->replay = estimate(p, replay_cycles, SIZE_MAX);
	f->ratio = estimate(p, ratio, SIZE_MAX);
	for (v = 0; v < p->options->nvariants; v++)
		f->replays[v].latency = f->replays[v].cycles =
			estimate(p, replay_cycles, v);
	pairing_processes(&p->pairing, live_cycles, replay_cycles, ratio, NULL,
			  &all);
	judge(p);
	return 0;
}

static void release(struct pair *p)
{
	while (p->nproofs)
		witness_free(&p->proofs[--p->nproofs].witness);
	pairing_free(&p->pairing);
}

int fidelity_measure_cold(const struct fidelity_options *options,
			  struct fidelity *f, struct error *err)
{
	struct pair p = {.options = options, .f = f};
	int rc;

	*f = (struct fidelity){.cold = true, .calls = LIVE_CALLS};
	rc = fidelity_begin(&p.pairing, options, LIVE_ONE, f, err);
	if (!rc)
		rc = plan_arms(&p, err);
	if (!rc)
		rc = take_rounds(&p, err);
	if (!rc)
		rc = estimate_all(&p, err);
	release(&p);
	return rc;
}
