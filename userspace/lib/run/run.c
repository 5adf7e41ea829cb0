// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "apart.h"
#include "elapsed.h"
#include "engine/draw.h"
#include "shuffle.h"

/* So many rounds, or blocks, lie between two looks for the aim: looking takes time. */
#define ROUNDS_PER_LOOK 8u

/*
 * A round's samples are drawn from all arms, and some are lost: so one arm among
 * hundreds may have too few when the time is up. So many rounds, or blocks of
 * them, are worth waiting for; if even those bring too few, more won't help.
 */
#define ROUNDS_FOR_ENOUGH 8u

/**
 * struct state - a run under way
 * @round: the one under way, or the next
 * @random: of the generator
 * @order: of the groups
 * @had_turn: in this block; as many as take turns: it is complete
 * @first: whose turn was first in it
 * @blocks: complete ones, of all processes; a round is one where none takes turns
 * @blocks_before: of earlier processes
 * @taken: samples of each arm in these
 * @begun: when the run began
 * @ready_s: what making ready took in all
 */
struct state {
	const struct run_plan *plan;
	const struct run_source *source;
	struct run_table *table;
	struct run_end *end;
	struct run_round round;
	uint64_t random;
	uint32_t *order;
	size_t had_turn;
	size_t first;
	size_t blocks;
	size_t blocks_before;
	uint64_t taken;
	double begun;
	double ready_s;
};

static unsigned int or_one(unsigned int n)
{
	return n ? n : 1;
}

size_t run_rounds_in_block(const struct run_plan *plan)
{
	if (!plan->rotating)
		return 1;
	return (plan->rotating + plan->rotating_room - 1) / plan->rotating_room;
}

uint64_t run_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0 || !seed)
		seed = __builtin_ia32_rdtsc();
	return seed >> 11 | 1;
}

static void pause_for(double seconds)
{
	struct timespec t = {.tv_sec = seconds};

	t.tv_nsec = (seconds - t.tv_sec) * 1e9;
	nanosleep(&t, NULL);
}

static uint32_t draw(struct state *s)
{
	__u64 random = s->random;
	uint32_t drawn = swc_draw(&random);

	s->random = random;
	return drawn;
}

/* Draws another seed for each time that the source is asked. */
static const struct run_round *reseed(struct state *s)
{
	s->round.seed = (uint64_t)draw(s) << 32 | draw(s) | 1;
	return &s->round;
}

/*
 * Chooses the arms whose turn it is in this round: about the same number in
 * each of a block. Neighbours of the list come together, since they are
 * compared most, and what they have in common in a round then cancels:
 * differences of neighbours spread half as far as when all were drawn at
 * random. The first one is drawn.
 */
static void choose_rotating(struct state *s)
{
	size_t n = s->plan->rotating, rounds = run_rounds_in_block(s->plan),
	       round;

	if (!n)
		return;
	if (s->had_turn == n) {
		s->had_turn = 0;
		s->first = draw(s) % n;
	}
	round = s->had_turn * rounds / n + (s->had_turn * rounds % n != 0);
	s->round.rotating = (round + 1) * n / rounds - s->had_turn;
	s->round.first = (s->first + s->had_turn) % n;
}

/* The part of @all that belongs to the processes up to the one under way. */
static double share(const struct state *s, double all)
{
	return all * (s->round.process + 1) / or_one(s->plan->processes);
}

static bool is_last_process(const struct state *s)
{
	return s->round.process + 1 == or_one(s->plan->processes);
}

static bool is_complete(const struct state *s)
{
	const struct run_plan *p = s->plan;

	return (p->samples && s->taken >= share(s, p->samples)) ||
	       (p->rounds && s->blocks >= share(s, p->rounds));
}

/* An aim that is reached before some process has begun says nothing of processes. */
static bool has_reached(const struct state *s)
{
	const struct run_plan *p = s->plan;

	return p->reached && is_last_process(s) &&
	       s->blocks >= RUN_FIRST_LOOK &&
	       (s->blocks - RUN_FIRST_LOOK) % ROUNDS_PER_LOOK == 0 &&
	       p->reached(p->context);
}

/* Is the time up, and either enough known or nothing to hope for? */
static bool is_out_of_time(struct state *s)
{
	const struct run_plan *p = s->plan;
	double left = share(s, p->time_limit) - (elapsed() - s->begun);

	s->round.seconds = INFINITY;
	if (p->time_limit <= 0)
		return false;
	s->round.seconds = left;
	if (s->blocks < RUN_FIRST_LOOK)
		s->round.seconds /= RUN_FIRST_LOOK - s->blocks;
	if (left > 0)
		return false;
	return !p->suffices || p->suffices(p->context) ||
	       s->blocks >= ROUNDS_FOR_ENOUGH;
}

/* The stop rule: shall there be a next round in this process? */
static bool goes_on(struct state *s)
{
	bool time_up;

	/* An incomplete block is of no use. */
	if (s->had_turn != s->plan->rotating)
		return true;
	if (operator_interrupted()) {
		s->end->stopped_by = STOPPED_BY_OPERATOR;
		return false;
	}
	time_up = is_out_of_time(s);
	if (s->blocks - s->blocks_before < s->plan->rounds_least)
		return true;
	if (is_complete(s))
		s->end->stopped_by = STOPPED_BY_SAMPLES;
	else if (has_reached(s))
		s->end->stopped_by = STOPPED_BY_TARGET;
	else if (time_up)
		s->end->stopped_by = STOPPED_BY_TIME;
	else
		return true;
	return false;
}

/* How much of the run is done, by what will end it. */
static double done(const struct state *s)
{
	const struct run_plan *p = s->plan;
	double part = 0, block = 0;

	if (s->had_turn < p->rotating)
		block = (double)s->had_turn / p->rotating;
	if (p->samples)
		part = (s->taken + s->round.each * block) / p->samples;
	if (p->rounds)
		part = fmax(part, (s->blocks + block) / p->rounds);
	if (p->time_limit > 0)
		part = fmax(part, (elapsed() - s->begun) / p->time_limit);
	return fmin(part, 1);
}

/* If making ready takes long, make ready less often. */
static void adapt(struct state *s)
{
	const struct run_plan *p = s->plan;
	uint32_t more = 2 * s->round.each;

	/* In the middle of a block all have to have as many as the first. */
	if (s->had_turn != p->rotating || s->round.each >= p->each_most)
		return;
	if (s->ready_s > s->end->rounds * p->ready_limit)
		s->round.each = more < p->each_most ? more : p->each_most;
}

static int ask_all(struct state *s, struct error *err)
{
	unsigned int groups = or_one(s->plan->groups), visit, i;
	const struct run_source *from = s->source;
	int rc = 0;

	for (visit = 0; visit < or_one(s->plan->visits); visit++) {
		shuffle_new(s->order, groups, &s->random);
		for (i = 0; i < groups && !rc; i++)
			rc = from->take(from->context, reseed(s), s->order[i],
					s->table, err);
	}
	return rc;
}

static int ask_source(struct state *s, struct error *err)
{
	const struct run_source *from = s->source;
	double begun = elapsed();
	int rc = 0;

	if (from->ready)
		rc = from->ready(from->context, reseed(s), err);
	s->ready_s += elapsed() - begun;
	if (!rc)
		rc = ask_all(s, err);
	if (from->clear)
		from->clear(from->context);
	return rc;
}

/* The rows from @first on are the round's. */
static int hand_over(struct state *s, size_t first, struct error *err)
{
	const struct run_plan *p = s->plan;
	struct run_table *t = s->table;
	int rc = drop_rows(t->rows + first, t->n - first, p->arms,
			   !p->keep_far_off, err);

	if (rc || !p->add)
		return rc;
	rc = p->add(p->context, t, err);
	t->n = 0;
	return rc;
}

static int take_round(struct state *s, struct error *err)
{
	size_t first = s->table->n;
	int rc;

	choose_rotating(s);
	s->table->process = s->round.process;
	s->table->round = s->round.number;
	rc = ask_source(s, err);
	if (rc && operator_interrupted()) {
		/* The signal broke off a wait, and the round with it. */
		s->table->n = first;
		s->had_turn = s->plan->rotating;
		*err = (struct error){0};
		return 0;
	}
	if (rc)
		return rc;
	s->end->rounds++;
	s->round.number++;
	s->had_turn += s->round.rotating;
	if (s->had_turn == s->plan->rotating) {
		s->blocks++;
		s->taken += s->round.each;
	}
	return hand_over(s, first, err);
}

static int run_process(struct state *s, struct error *err)
{
	const struct run_plan *p = s->plan;
	const struct run_source *from = s->source;
	int rc = from->start ? from->start(from->context, err) : 0;

	if (rc)
		return rc;
	s->end->processes++;
	s->round.number = 0;
	s->blocks_before = s->blocks;
	while (!rc && goes_on(s)) {
		rc = take_round(s, err);
		adapt(s);
		operator_tell(done(s));
		if (!rc && p->pause > 0)
			pause_for(p->pause);
	}
	if (from->end)
		from->end(from->context);
	return rc;
}

/* An interval over processes needs two; a fixed number of rounds has no smaller one. */
static bool is_enough(const struct state *s)
{
	const struct run_plan *p = s->plan;

	if (or_one(p->processes) > 1 && s->end->processes < 2)
		return false;
	if (p->suffices)
		return p->suffices(p->context);
	return s->blocks && s->blocks >= p->rounds;
}

/* The operator has ended the run, which has less than was asked for. */
static int break_off(struct state *s, struct error *err)
{
	s->end->stopped_by = STOPPED_BY_OPERATOR;
	if (is_enough(s))
		return 0;
	return error_set(err, EXIT_CHECK_FAILED,
			 "interrupted before there was enough to show: run it "
			 "again");
}

static bool has_processes(const struct run_plan *plan)
{
	return plan->apart && or_one(plan->processes) > 1;
}

static int run_processes(struct state *s, struct error *err)
{
	int rc = 0;

	s->order = calloc(or_one(s->plan->groups), sizeof(*s->order));
	if (!s->order)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	s->begun = elapsed();
	while (!rc && s->round.process < or_one(s->plan->processes) &&
	       !operator_interrupted()) {
		rc = run_process(s, err);
		s->round.process++;
	}
	free(s->order);
	return rc;
}

int run_rounds(const struct run_plan *plan, const struct run_source *source,
	       struct run_table *table, struct run_end *end, struct error *err)
{
	uint64_t seed = plan->seed ? plan->seed : run_seed();
	struct apart apart = {.options = plan->apart, .seed = seed};
	struct run_source others = apart_source(&apart);
	struct state s = {
		.plan = plan,
		.source = has_processes(plan) ? &others : source,
		.table = table,
		.end = end,
		.round = {.each = plan->each},
		.random = seed * 0x9e3779b97f4a7c15ull, /* odd: never 0 */
		.had_turn = plan->rotating,
	};
	int rc;

	if (has_processes(plan) && plan->apart->served)
		apart_serve(source, plan->apart);
	*end = (struct run_end){.seed = seed};
	operator_listen();
	operator_tell(0);
	rc = run_processes(&s, err);
	if (!rc && operator_interrupted())
		rc = break_off(&s, err);
	operator_leave();
	return rc;
}
