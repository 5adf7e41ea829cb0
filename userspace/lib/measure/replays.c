// SPDX-License-Identifier: GPL-2.0
#include "replays.h"

#include <math.h>

#include "elapsed.h"
#include "tscstep.h"

/*
 * Each round begins with fresh memory and code, since their chance places move a
 * result as a neighbour does, and pauses spread the rounds over time. The interval
 * covers how rounds differ, and more rounds make it shorter. There are ROUNDS of
 * them, or fewer if making so many ready, by verifying and emitting, would take
 * longer than SETUP_LIMIT.
 */
#define ROUNDS	    200u
#define MIN_ROUNDS  24u
#define SETUP_LIMIT 4.0 /* s */

/* If some take turns, a block of rounds counts as one round, so fewer do. */
#define TURNS 60u

/*
 * Samples of each loop in a round: enough to find its outliers. Each is many
 * replays, so one untimed loop before it is enough.
 */
#define LOOP_SAMPLES 12u
#define LOOP_WARM    1u

/* Samples of each arm in a round, if the number of rounds is open. */
#define SAMPLES_PER_ROUND 500u

/* Samples of each arm in a round: enough to find its outliers among the rest. */
#define MIN_PER_ROUND 40u

/**
 * struct replays - the source
 * @capacity: samples of a round, at most
 * @tsc_step: planted, or the machine's own
 * @aperf: core clocks while windows were open
 * @tsc: ticks in the same time
 */
struct replays {
	const struct measure_options *options;
	struct measurement *m;
	struct backend *backend;
	uint32_t capacity;
	double tsc_step;
	uint64_t aperf;
	uint64_t tsc;
};

static bool rotates(const struct replays *r)
{
	return r->options->rotation.n;
}

static int start(void *context, struct error *err)
{
	struct replays *r = context;

	r->backend = r->options->backend->open(r->capacity, err);
	return r->backend ? 0 : -1;
}

static void end(void *context)
{
	struct replays *r = context;

	r->options->backend->close(r->backend);
}

static void unload(void *context)
{
	struct replays *r = context;

	r->options->backend->unload(r->backend);
}

/* Number @i of this round, of what takes turns. */
static size_t rotating_of(const struct replays *r,
			  const struct run_round *round, size_t i)
{
	return (round->first + i) % r->options->rotation.n;
}

static int load(void *context, const struct run_round *round, struct error *err)
{
	struct replays *r = context;
	const struct backend_ops *ops = r->options->backend;
	uint32_t pedestal = arms_pedestal(round->seed / 2, r->tsc_step);
	const struct measure_subject *subject;
	size_t i;

	if (ops->place)
		ops->place(r->backend, round->seed);
	if (arms_load(&r->m->arms, ops, r->backend, pedestal, err))
		return -1;
	for (i = 0; i < round->rotating; i++) {
		subject = &r->options->rotation.list[rotating_of(r, round, i)];
		if (arms_load_one(ops, r->backend, subject->sequence,
				  &subject->state,
				  pedestal + subject->pedestal_more, err))
			return -1;
	}
	return 0;
}

static void take_counts(struct replays *r, const struct backend_run *run)
{
	r->m->windows += run->windows;
	r->m->nmis += run->nmis;
	r->m->interrupts += run->interrupts;
	r->m->smis += run->smis;
	r->m->replays += run->replays;
	r->m->direct |= run->direct;
	r->m->plain |= run->plain;
	r->aperf += run->aperf;
	r->tsc += run->tsc;
}

static struct backend_run new_run(const struct replays *r, uint64_t seed)
{
	return (struct backend_run){
		.cpu = r->m->cpu,
		.isolation = r->m->isolation,
		.warm = r->options->warm,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = r->options->tsc_step,
		.seed = seed,
	};
}

int replays_add(struct run_table *table, const struct backend_run *run,
		struct error *err)
{
	const struct swc_sample *s;

	for (s = run->data; s < run->data + run->produced; s++) {
		if (run_table_add(table, s->arm, 0, s->ticks, s->flags, err))
			return -1;
	}
	return 0;
}

/* The number in the run of a round's arm. */
static unsigned int arm_of(const struct replays *r,
			   const struct run_round *round, unsigned int arm)
{
	unsigned int fixed = r->m->arms.n;

	if (arm < fixed || !rotates(r))
		return arm;
	return fixed + rotating_of(r, round, arm - fixed);
}

static int take_arms(struct replays *r, const struct run_round *round,
		     struct run_table *table, struct error *err)
{
	struct backend_run run = new_run(r, round->seed);
	double begun = elapsed();
	size_t i = table->n;
	int rc;

	run.samples = round->each * (r->m->arms.n + round->rotating);
	counts_ask(&r->m->counts, &run);
	rc = r->options->backend->run(r->backend, &run, err);
	r->m->sampling_s += elapsed() - begun;
	if (rc)
		return -1;
	take_counts(r, &run);
	counts_take(&r->m->counts);
	if (replays_add(table, &run, err))
		return -1;
	for (; i < table->n; i++)
		table->rows[i].arm = arm_of(r, round, table->rows[i].arm);
	return 0;
}

/* The round's loops, by themselves: one sample of them takes as long as many. */
static int take_loops(struct replays *r, const struct run_round *round,
		      struct run_table *table, struct error *err)
{
	const struct backend_ops *ops = r->options->backend;
	struct backend_run run = new_run(r, round->seed);
	const struct sequence *sequences[BACKTOBACK_MAX];
	struct backtoback *loops = &r->m->loops;
	size_t first = table->n;
	unsigned int i;

	for (i = 0; i < loops->n; i++)
		sequences[i] = r->m->arms.list[r->m->arm_of[i]].sequence;
	run.samples = LOOP_SAMPLES * backtoback_arms(loops);
	run.warm = LOOP_WARM;
	ops->unload(r->backend);
	if (backtoback_load(loops, ops, r->backend,
			    r->m->arms.list[ARM_CONTROL].sequence, sequences,
			    err) ||
	    ops->run(r->backend, &run, err))
		return -1;
	take_counts(r, &run);
	if (replays_add(table, &run, err))
		return -1;
	for (; first < table->n; first++)
		table->rows[first].arm += loops->frame;
	return 0;
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct replays *r = context;

	(void)group;
	if (take_arms(r, round, table, err))
		return -1;
	return r->m->loops.n ? take_loops(r, round, table, err) : 0;
}

static int add(void *context, const struct run_table *table, struct error *err)
{
	const struct replays *r = context;

	stats_add_round(r->m->stats, table);
	return r->m->levels ? levels_add_round(r->m->levels, table, err) : 0;
}

static bool suffices(void *context)
{
	const struct replays *r = context;

	return stats_suffice(r->m->stats);
}

static bool reached(void *context)
{
	const struct replays *r = context;

	return measurement_is_within(r->m, r->options->target_ci);
}

/* Samples of each arm in a round, if there are to be so many rounds or blocks. */
static uint32_t samples_of(const struct measure_options *o, unsigned int rounds)
{
	uint32_t each;

	if (!o->samples)
		return SAMPLES_PER_ROUND;
	each = (o->samples + rounds - 1) / rounds;
	if (rounds > MIN_ROUNDS && each < MIN_PER_ROUND)
		each = MIN_PER_ROUND;
	return each;
}

static struct run_plan plan_of(struct replays *r)
{
	const struct measure_options *o = r->options;
	unsigned int planned = rotates(r) ? TURNS : ROUNDS;
	const struct measurement *m = r->m;
	struct run_plan plan = {
		.arms = m->arms.n + m->nrotating + backtoback_arms(&m->loops),
		.rotating = o->rotation.n,
		.rotating_room = SWC_MAX_ARMS - m->arms.n,
		.each_most = samples_of(o, MIN_ROUNDS),
		.processes = o->processes,
		.seed = o->seed,
		.samples = o->samples,
		.rounds_least = 1,
		.time_limit = o->time_limit,
		.add = add,
		.suffices = suffices,
		.reached = o->target_ci > 0 ? reached : NULL,
		.context = r,
	};
	double rounds = (double)planned * run_rounds_in_block(&plan);

	plan.each = fmin(samples_of(o, planned), plan.each_most);
	plan.ready_limit = SETUP_LIMIT / rounds;
	/* If no timing is shown there is nothing to average over. */
	if (!machine_is_emulated(&m->machine))
		plan.pause = o->spread / rounds;
	return plan;
}

/* Makes ready for loops, if they are wanted and possible. */
static void plan_loops(const struct measure_options *o, struct measurement *m)
{
	if (!o->back_to_back || o->rotation.n || !o->backend->load_loop ||
	    m->nsubjects > BACKTOBACK_MAX)
		return;
	m->loops = (struct backtoback){.frame = m->arms.n, .n = m->nsubjects};
}

static int allocate(struct replays *r, const struct run_plan *plan,
		    struct error *err)
{
	const struct measure_options *o = r->options;
	struct measurement *m = r->m;

	r->capacity =
		plan->each_most * (rotates(r) ? SWC_MAX_ARMS : m->arms.n) +
		LOOP_SAMPLES * backtoback_arms(&m->loops);
	m->stats = stats_new_rotating(plan->arms, m->nrotating,
				      run_rounds_in_block(plan), m->control_of,
				      err);
	if (!m->stats)
		return -1;
	if (o->processes > 1)
		stats_by_process(m->stats);
	if (!rotates(r)) {
		m->levels = levels_new(plan->arms, err);
		if (!m->levels)
			return -1;
	}
	return counts_init(&m->counts, o->events, m->arms.n, err);
}

static int carry_out(struct replays *r, struct run_plan *plan,
		     struct error *err)
{
	struct measurement *m = r->m;
	const struct run_source source = {start, load, take, unload, end, r};
	const struct run_shared shared[] = {
		{&m->loops, sizeof(m->loops)},
		{&m->windows, sizeof(m->windows)},
		{&m->nmis, sizeof(m->nmis)},
		{&m->interrupts, sizeof(m->interrupts)},
		{&m->smis, sizeof(m->smis)},
		{&m->replays, sizeof(m->replays)},
		{&m->direct, sizeof(m->direct)},
		{&m->plain, sizeof(m->plain)},
		{&m->sampling_s, sizeof(m->sampling_s)},
		{&r->aperf, sizeof(r->aperf)},
		{&r->tsc, sizeof(r->tsc)},
	};
	struct run_apart apart = r->options->apart;
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	apart.shared = shared;
	apart.nshared = ARRAY_SIZE(shared);
	if (apart.verb)
		plan->apart = &apart;
	rc = run_rounds(plan, &source, &table, &ended, err);
	run_table_free(&table);
	m->stopped_by = ended.stopped_by;
	m->processes = ended.processes;
	m->seed = ended.seed;
	return rc;
}

int replays_run(const struct measure_options *options, struct measurement *m,
		struct error *err)
{
	struct replays r = {
		.options = options,
		.m = m,
		.tsc_step = options->tsc_step ? options->tsc_step
					      : tscstep_here(),
	};
	struct run_plan plan;
	int rc;

	if (options->rotation.n && m->arms.n == SWC_MAX_ARMS)
		return error_set(err, EXIT_USAGE,
				 "no room for what takes turns: measure fewer "
				 "at a time");
	plan_loops(options, m);
	plan = plan_of(&r);
	if (allocate(&r, &plan, err))
		return -1;
	rc = carry_out(&r, &plan, err);
	m->aperf_per_tsc = r.tsc ? (double)r.aperf / r.tsc : 0;
	return rc;
}
