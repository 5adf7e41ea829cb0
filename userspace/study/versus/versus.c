// SPDX-License-Identifier: GPL-2.0
#include "versus.h"

#include <math.h>

#include "backtoback.h"
#include "engine/freestanding.h"

/*
 * Intervals come from rounds, those of the self-tests, too, which fewer than eight rounds
 * make too short. A program's code and memory lie where they lie for all of a process: a
 * round draws anew what the clock is known by.
 */
#define MIN_ROUNDS 8u
#define ENOUGH	   0.002 /* to each side */

/* Blocks of each program in a round: a visit to all takes 0.2 ms or so. */
#define BLOCKS 20u

/* About one sample of each arm is in a replayed block. */
#define SAMPLES_PER_BLOCK 1u

/**
 * struct duel - two programs, and replays that show the clock, as the source of a run
 * @pairing: with nothing but the fixed arms
 * @v: what it finds
 * @frame: of the time stamps around a block: a loop around nothing
 * @live: index of the first program's arm; the second's follows
 */
struct duel {
	struct pairing pairing;
	struct versus *v;
	struct backtoback frame;
	unsigned int live;
};

static int plan_arms(struct duel *d, struct error *err)
{
	struct pairing *p = &d->pairing;
	unsigned int i;

	for (i = 0; i < p->arms.n; i++)
		p->control[i] = p->arms.list[i].control;
	d->frame = (struct backtoback){.frame = i};
	d->live = i + 1;
	p->narms = d->live + VERSUS_PROGRAMS;
	for (; i < p->narms; i++)
		p->control[i] = i;
	p->options.samples = d->live * SAMPLES_PER_BLOCK;
	return pairing_count(p, err);
}

static int start(void *context, struct error *err)
{
	struct duel *d = context;
	unsigned int i;

	if (pairing_start(&d->pairing, err))
		return -1;
	for (i = 0; i < VERSUS_PROGRAMS; i++) {
		if (pairing_length(&d->pairing, i, &d->v->call[i].calls, err)) {
			pairing_end(d);
			return -1;
		}
	}
	return 0;
}

/* Loads the arms in the order of their indices. */
static int load(void *context, const struct run_round *round, struct error *err)
{
	struct duel *d = context;

	if (pairing_load(&d->pairing, round, err))
		return -1;
	return backtoback_load(&d->frame, &backend_user, d->pairing.backend,
			       d->pairing.arms.list[ARM_CONTROL].sequence, NULL,
			       err);
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct duel *d = context;
	unsigned int program = group - PAIRING_LIVE;

	if (group == PAIRING_REPLAYS)
		return pairing_replay(&d->pairing, round->seed, table, err);
	return pairing_calls(&d->pairing, program, d->v->call[program].calls,
			     d->live + program, table, err);
}

/* A figure's context: which program. */
struct side {
	const struct duel *d;
	unsigned int program;
};

static double ticks(const double *means, const struct duel *d,
		    unsigned int program)
{
	return (means[d->live + program] - means[d->frame.frame]) /
	       d->v->call[program].calls;
}

static double side_ticks(const double *means, void *context)
{
	const struct side *s = context;

	return ticks(means, s->d, s->program);
}

static double side_cycles(const double *means, void *context)
{
	return side_ticks(means, context) / clock_ticks_per_cycle(means);
}

static double ln_cycles(const double *means, void *context)
{
	return log(side_cycles(means, context));
}

static double ln_of(const double *means, void *context)
{
	return ln_cycles(means, &(struct side){context, VERSUS_OF});
}

static double ln_over(const double *means, void *context)
{
	return ln_cycles(means, &(struct side){context, VERSUS_OVER});
}

/* Ratios are averaged by their logarithms, lest the order of the programs matter. */
static double ln_ratio(const double *means, void *context)
{
	return log(ticks(means, context, VERSUS_OF) /
		   ticks(means, context, VERSUS_OVER));
}

static struct estimate estimate_ratio(struct duel *d)
{
	struct estimate e = pairing_estimate(&d->pairing, ln_ratio, d);

	return (struct estimate){exp(e.mean), exp(e.lo), exp(e.hi)};
}

static bool reached(void *context)
{
	struct duel *d = context;
	struct estimate e;

	clock_calibrate(&d->v->run.clock, d->pairing.stats);
	e = estimate_ratio(d);
	return estimate_half_width(&e) <= ENOUGH * e.mean;
}

static int take_rounds(struct duel *d, struct error *err)
{
	struct versus_call *call = d->v->call;
	const struct run_source source = {start,	 load,	      take,
					  pairing_clear, pairing_end, d};
	const struct run_shared shared[] = {
		{&call[VERSUS_OF].calls, sizeof(call->calls)},
		{&call[VERSUS_OVER].calls, sizeof(call->calls)},
	};
	const struct run_plan plan = {
		.visits = BLOCKS,
		.rounds_least = MIN_ROUNDS,
		.reached = reached,
	};

	return pairing_rounds(&d->pairing, &source, plan, shared,
			      ARRAY_SIZE(shared), err);
}

static struct estimate in_ns(struct estimate e, double tsc_hz)
{
	double ns = 1e9 / tsc_hz;

	return (struct estimate){e.mean * ns, e.lo * ns, e.hi * ns};
}

static void estimate_call(struct duel *d, unsigned int program)
{
	struct side side = {d, program};
	struct versus_call *call = &d->v->call[program];

	call->cycles = pairing_estimate(&d->pairing, side_cycles, &side);
	call->ns = in_ns(pairing_estimate(&d->pairing, side_ticks, &side),
			 d->v->tsc_hz);
	call->variance = levels_variances(d->pairing.levels, ln_cycles, &side);
}

static int estimate_all(struct duel *d, struct error *err)
{
	struct versus *v = d->v;
	unsigned int i;

	if (pairing_judge(&d->pairing, err))
		return -1;
	v->tsc_hz = clock_tsc_hz();
	for (i = 0; i < VERSUS_PROGRAMS; i++)
		estimate_call(d, i);
	v->ratio = estimate_ratio(d);
	v->variance = levels_variances(d->pairing.levels, ln_ratio, d);
	pairing_processes(&d->pairing, ln_of, ln_over, ln_ratio, exp, d);
	v->valid = !pairing_withhold(&v->run, &v->ratio, v->why);
	return 0;
}

int versus_measure(const struct versus_options *options, struct versus *v,
		   struct error *err)
{
	struct duel d = {.pairing = {.nprograms = VERSUS_PROGRAMS}, .v = v};
	unsigned int i;
	int rc;

	*v = (struct versus){.valid = false};
	for (i = 0; i < VERSUS_PROGRAMS; i++)
		d.pairing.programs[i] = (struct pairing_program){
			options->commands[i], LIVE_LOOP};
	rc = pairing_init(&d.pairing, &options->pairing, &v->run, err);
	if (!rc)
		rc = plan_arms(&d, err);
	if (!rc)
		rc = take_rounds(&d, err);
	if (!rc)
		rc = estimate_all(&d, err);
	pairing_free(&d.pairing);
	return rc;
}
