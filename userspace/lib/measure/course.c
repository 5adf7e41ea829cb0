// SPDX-License-Identifier: GPL-2.0
#include "course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "elapsed.h"
#include "tscstep.h"

/*
 * A run is made of rounds. Each begins with fresh memory and code, since where
 * pages and code happen to lie moves a result as a neighbour does, and a pause
 * spreads them over time. The interval covers what differs between them, and is
 * the shorter the more there are: so many, but not so few, as verifying and
 * emitting take in that time.
 */
#define ROUNDS	    200u
#define MIN_ROUNDS  24u
#define SETUP_LIMIT 4.0 /* s */

/* Where some take turns, a block of rounds counts as one: so many, but not so few. */
#define TURNS 60u

/*
 * Of each loop, in a round: enough to tell its outliers. Each is many replays, so
 * one untimed loop before it is enough.
 */
#define LOOP_SAMPLES 12u
#define LOOP_WARM    1u

/* Of each arm, in a round, where the number of rounds is open. */
#define SAMPLES_PER_ROUND 500u

/* Of each arm, in a round: enough to tell its outliers from the rest. */
#define MIN_PER_ROUND 40u

/*
 * Looking at an interval again and again until it happens to be short makes it
 * cover too rarely; with so many rounds the effect is lost in the others.
 */
#define ROUNDS_BEFORE_TARGET 24u
#define ROUNDS_PER_LOOK	     8u

/*
 * A round's samples are drawn from all arms, and some are lost: of one arm among
 * hundreds there may be too few when the time is up. So many rounds, or blocks of
 * them, are worth waiting for; where even those bring too few, more won't help.
 */
#define ROUNDS_FOR_ENOUGH 8u

static void pause_for(double seconds)
{
	struct timespec t = {.tv_sec = seconds};

	t.tv_nsec = (seconds - t.tv_sec) * 1e9;
	nanosleep(&t, NULL);
}

/* A run under way. */
struct course {
	const struct measure_options *options;
	struct measurement *m;
	struct backend *backend;
	uint32_t each;	/* samples of each arm in a round */
	uint64_t taken; /* of each, in all finished rounds or blocks of them */
	uint64_t produced;
	/* What takes turns: who was first, how many had theirs, have it now. */
	size_t first;
	size_t next;
	size_t in_round;
	size_t rounds_in_turn;
	struct swc_sample *samples; /* a round's, by arms of the run */
	size_t nsamples, capacity;
	double tsc_step; /* planted, or the machine's own */
	double begun;
	double setup_s;
	uint64_t aperf;
	uint64_t tsc;
};

static void take_counts(struct course *c, const struct backend_run *run)
{
	c->produced += run->produced;
	c->m->windows += run->windows;
	c->m->nmis += run->nmis;
	c->m->interrupts += run->interrupts;
	c->m->smis += run->smis;
	c->m->replays += run->replays;
	c->aperf += run->aperf;
	c->tsc += run->tsc;
}

static bool takes_turns(const struct course *c)
{
	return c->options->turns.n;
}

/*
 * Whose turn it is in this round: about the same number in each of a block.
 * Neighbours of the list come together, since they are compared most, and what
 * they have in common in a round then cancels: differences of neighbours spread
 * half as far as when all were drawn at random. Who is first is drawn.
 */
static void choose_turns(struct course *c, uint64_t seed)
{
	size_t n = c->options->turns.n, rounds = c->rounds_in_turn, round;

	if (c->next == n) {
		c->next = 0;
		c->first = seed / 2 % n;
	}
	round = c->next * rounds / n + (c->next * rounds % n != 0);
	c->in_round = (round + 1) * n / rounds - c->next;
}

/* Number @i of this round in the list. */
static size_t turn_of(const struct course *c, size_t i)
{
	return (c->first + c->next + i) % c->options->turns.n;
}

static int load_turns(struct course *c, uint32_t pedestal, struct error *err)
{
	const struct measure_subject *subject;
	size_t i;

	for (i = 0; i < c->in_round; i++) {
		subject = &c->options->turns.list[turn_of(c, i)];
		if (arms_load_one(c->options->backend, c->backend,
				  subject->sequence, &subject->state,
				  pedestal + subject->pedestal_more, err))
			return -1;
	}
	return 0;
}

/* Keep a run's samples; those of its arm @from on are of arm @to on of the whole. */
static void keep_samples(struct course *c, const struct backend_run *run,
			 uint32_t from, uint32_t to)
{
	struct swc_sample *s = c->samples + c->nsamples;
	const struct swc_sample *end = s + run->produced;

	memcpy(s, run->data, run->produced * sizeof(*run->data));
	c->nsamples += run->produced;
	for (; s < end; s++) {
		if (s->arm < from)
			continue;
		s->arm = to + (takes_turns(c) ? turn_of(c, s->arm - from)
					      : s->arm - from);
	}
}

/* Samples of all arms in a round, if there are @each of one. */
static uint32_t samples_of_all(const struct course *c, uint32_t each)
{
	return each * (takes_turns(c) ? SWC_MAX_ARMS : c->m->arms.n);
}

static struct backend_run new_run(const struct course *c)
{
	return (struct backend_run){
		.cpu = c->m->cpu,
		.isolation = c->m->isolation,
		.warm = c->options->warm,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = c->options->tsc_step,
		/* Odd, so never 0, and another for each round. */
		.seed = __builtin_ia32_rdtsc() | 1,
	};
}

/* The round's loops, by themselves: one sample of them takes as long as many. */
static int take_loops(struct course *c, struct error *err)
{
	const struct backend_ops *ops = c->options->backend;
	const struct sequence *sequences[BACKTOBACK_MAX];
	struct backtoback *loops = &c->m->loops;
	struct backend_run run = new_run(c);
	unsigned int i;
	int rc;

	if (!loops->n)
		return 0;
	for (i = 0; i < loops->n; i++)
		sequences[i] = c->m->arms.list[c->m->arm_of[i]].sequence;
	run.samples = LOOP_SAMPLES * backtoback_arms(loops);
	run.warm = LOOP_WARM;
	rc = backtoback_load(loops, ops, c->backend,
			     c->m->arms.list[ARM_CONTROL].sequence, sequences,
			     err);
	if (!rc)
		rc = ops->run(c->backend, &run, err);
	ops->unload(c->backend);
	if (rc)
		return -1;
	take_counts(c, &run);
	keep_samples(c, &run, 0, loops->frame);
	return 0;
}

/* One round: load the arms, take samples of them. */
static int take_round(struct course *c, struct error *err)
{
	struct backend_run run = new_run(c);
	const struct backend_ops *ops = c->options->backend;
	uint32_t pedestal = arms_pedestal(run.seed / 2, c->tsc_step);
	double begun = elapsed();
	int rc;

	c->nsamples = 0;

	if (takes_turns(c))
		choose_turns(c, run.seed);
	run.samples = c->each * (c->m->arms.n + c->in_round);
	rc = arms_load(&c->m->arms, ops, c->backend, pedestal, err);
	if (!rc)
		rc = load_turns(c, pedestal, err);
	c->setup_s += elapsed() - begun;
	begun = elapsed();
	counts_ask(&c->m->counts, &run);
	if (!rc)
		rc = ops->run(c->backend, &run, err);
	c->m->sampling_s += elapsed() - begun;
	ops->unload(c->backend);
	if (rc)
		return -1;
	take_counts(c, &run);
	counts_take(&c->m->counts);
	keep_samples(c, &run, c->m->arms.n, c->m->arms.n);
	c->next += c->in_round;
	rc = take_loops(c, err);
	if (!rc)
		rc = stats_add_round(c->m->stats, c->samples, c->nsamples, err);
	if (c->next == c->options->turns.n)
		c->taken += c->each;
	return rc;
}

/* How much of the run is done, by what will end it. */
static double done(const struct course *c)
{
	const struct measure_options *o = c->options;
	double samples = c->taken, part = 0;

	if (takes_turns(c) && c->next < o->turns.n)
		samples += (double)c->each * c->next / o->turns.n;
	if (o->samples)
		part = samples / o->samples;
	if (o->time_limit > 0)
		part = fmax(part, (elapsed() - c->begun) / o->time_limit);
	return fmin(part, 1);
}

/* Is the time up, and either enough known or nothing to hope for? */
static bool is_out_of_time(const struct course *c)
{
	const struct measure_options *o = c->options;
	size_t rounds = stats_rounds(c->m->stats);

	if (o->time_limit <= 0 || elapsed() - c->begun <= o->time_limit ||
	    !rounds)
		return false;
	return stats_suffice(c->m->stats) ||
	       rounds >= ROUNDS_FOR_ENOUGH * c->rounds_in_turn;
}

/* Shall there be a next round? */
static bool goes_on(const struct course *c)
{
	const struct measure_options *o = c->options;
	size_t rounds = stats_rounds(c->m->stats);

	/* A block that lacks some is of no use. */
	if (c->next != o->turns.n)
		return true;
	if (o->samples && c->taken >= o->samples) {
		c->m->stopped_by = STOPPED_BY_SAMPLES;
		return false;
	}
	if (o->target_ci > 0 && rounds >= ROUNDS_BEFORE_TARGET &&
	    rounds % ROUNDS_PER_LOOK == 0 &&
	    measurement_is_within(c->m, o->target_ci)) {
		c->m->stopped_by = STOPPED_BY_TARGET;
		return false;
	}
	if (is_out_of_time(c)) {
		c->m->stopped_by = STOPPED_BY_TIME;
		return false;
	}
	return true;
}

/* Samples of each arm in a round, if there are to be so many rounds or blocks. */
static uint32_t samples_of(const struct course *c, unsigned int rounds)
{
	uint32_t samples = c->options->samples, each;

	if (!samples)
		return SAMPLES_PER_ROUND;
	each = (samples + rounds - 1) / rounds;
	if (rounds > MIN_ROUNDS && each < MIN_PER_ROUND)
		each = MIN_PER_ROUND;
	return each;
}

/* How many rounds, or blocks of them, there are to be, if nothing speaks against. */
static unsigned int planned(const struct course *c)
{
	return takes_turns(c) ? TURNS : ROUNDS;
}

/* Where making ready takes long, make ready less often. */
static void adapt(struct course *c)
{
	uint32_t most = samples_of(c, MIN_ROUNDS);
	double limit = stats_rounds(c->m->stats) * SETUP_LIMIT /
		       (planned(c) * c->rounds_in_turn);

	/* In the middle of a block all have to have as many as the first. */
	if (c->next != c->options->turns.n)
		return;
	if (c->setup_s > limit)
		c->each = 2 * c->each < most ? 2 * c->each : most;
}

/* Make ready for what takes turns. */
static int plan_turns(struct course *c, struct error *err)
{
	size_t n = c->options->turns.n, room = SWC_MAX_ARMS - c->m->arms.n;

	c->rounds_in_turn = 1;
	if (!n)
		return 0;
	if (!room)
		return error_set(err, EXIT_USAGE,
				 "no room for what takes turns: measure fewer "
				 "at a time");
	c->rounds_in_turn = (n + room - 1) / room;
	c->next = n;
	return 0;
}

/* Make ready for loops, where they are wanted and can be had. */
static void plan_loops(struct course *c)
{
	struct measurement *m = c->m;

	if (!c->options->back_to_back || takes_turns(c) ||
	    !c->options->backend->load_loop || m->nsubjects > BACKTOBACK_MAX)
		return;
	m->loops = (struct backtoback){.frame = m->arms.n, .n = m->nsubjects};
}

static int make_room(struct course *c, struct error *err)
{
	c->capacity = samples_of_all(c, samples_of(c, MIN_ROUNDS)) +
		      LOOP_SAMPLES * backtoback_arms(&c->m->loops);
	c->samples = calloc(c->capacity, sizeof(*c->samples));
	if (c->samples)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for the samples: ask for fewer "
			 "(--samples)");
}

static int take_rounds(struct course *c, struct error *err)
{
	const struct measure_options *o = c->options;
	uint32_t most = samples_of(c, MIN_ROUNDS);
	double pause = o->spread / (planned(c) * c->rounds_in_turn);
	int rc = 0;

	c->backend = o->backend->open(c->capacity, err);
	if (!c->backend)
		return -1;
	c->each = fmin(samples_of(c, planned(c)), most);
	c->begun = elapsed();
	while (!rc && goes_on(c)) {
		rc = take_round(c, err);
		adapt(c);
		if (o->progress.tell)
			o->progress.tell(o->progress.context, done(c));
		/* Nothing to average over where no timing is shown. */
		if (!rc && !machine_is_emulated(&c->m->machine))
			pause_for(pause);
	}
	o->backend->close(c->backend);
	return rc;
}

static int run(struct course *c, struct error *err)
{
	struct measurement *m = c->m;

	if (plan_turns(c, err))
		return -1;
	plan_loops(c);
	if (make_room(c, err))
		return -1;
	m->stats = stats_new_turns(
		m->arms.n + m->nturns + backtoback_arms(&m->loops), m->nturns,
		c->rounds_in_turn, m->control_of, err);
	if (!m->stats ||
	    counts_init(&m->counts, c->options->events, m->arms.n, err) ||
	    take_rounds(c, err))
		return -1;
	m->aperf_per_tsc = c->tsc ? (double)c->aperf / c->tsc : 0;
	return 0;
}

int course_run(const struct measure_options *options, struct measurement *m,
	       struct error *err)
{
	struct course c = {
		.options = options,
		.m = m,
		.tsc_step = options->tsc_step ? options->tsc_step
					      : tscstep_here(),
	};
	int rc = run(&c, err);

	free(c.samples);
	return rc;
}
