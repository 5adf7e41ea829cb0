// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "figures.h"

#define LEVEL 0.95

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

int measure_default_cpu(void)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &set); cpu--)
		;
	return cpu;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

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
	struct swc_sample *renamed; /* a round's samples, by arms of the run */
	double begun;
	double setup_s;
	struct {
		unsigned int warm; /* arms of each witness */
		unsigned int cold;
	} witness[STATE_KINDS];
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
				  subject->sequence, &subject->state, pedestal,
				  err))
			return -1;
	}
	return 0;
}

/* Add a round's samples, under the number that each arm has in the whole run. */
static int add_samples(struct course *c, const struct backend_run *run,
		       struct error *err)
{
	uint32_t i, narms = c->m->arms.n;
	struct swc_sample *s;

	if (!takes_turns(c))
		return stats_add_round(c->m->stats, run->data, run->produced,
				       err);
	memcpy(c->renamed, run->data, run->produced * sizeof(*run->data));
	for (i = 0; i < run->produced; i++) {
		s = &c->renamed[i];
		if (s->arm >= narms)
			s->arm = narms + turn_of(c, s->arm - narms);
	}
	c->next += c->in_round;
	return stats_add_round(c->m->stats, c->renamed, run->produced, err);
}

/* Samples of all arms in a round, if there are @each of one. */
static uint32_t samples_of_all(const struct course *c, uint32_t each)
{
	return each * (takes_turns(c) ? SWC_MAX_ARMS : c->m->arms.n);
}

/* One round: load the arms, take samples of them. */
static int take_round(struct course *c, struct error *err)
{
	struct backend_run run = {
		.cpu = c->m->cpu,
		.isolation = c->m->isolation,
		.warm = c->options->warm,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = c->options->tsc_step,
		/* Odd, so never 0, and another for each round. */
		.seed = __builtin_ia32_rdtsc() | 1,
	};
	const struct backend_ops *ops = c->options->backend;
	uint32_t pedestal = PEDESTAL_MIN + run.seed / 2 % PEDESTAL_LENGTHS;
	double begun = now();
	int rc;

	if (takes_turns(c))
		choose_turns(c, run.seed);
	run.samples = c->each * (c->m->arms.n + c->in_round);
	rc = arms_load(&c->m->arms, ops, c->backend, pedestal, err);
	if (!rc)
		rc = load_turns(c, pedestal, err);
	c->setup_s += now() - begun;
	begun = now();
	counts_ask(&c->m->counts, &run);
	if (!rc)
		rc = ops->run(c->backend, &run, err);
	c->m->sampling_s += now() - begun;
	ops->unload(c->backend);
	if (rc)
		return -1;
	take_counts(c, &run);
	counts_take(&c->m->counts);
	rc = add_samples(c, &run, err);
	if (c->next == c->options->turns.n)
		c->taken += c->each;
	return rc;
}

/* The null sequence is the first control over again. */
static struct figures_arm with_control(const struct measurement *m,
				       unsigned int arm)
{
	unsigned int control = m->control_of[arm];

	return (struct figures_arm){
		.arm = arm,
		.control = {control,
			    control == ARM_CONTROL ? ARM_NULL : control},
	};
}

static struct figures_arms arms_of(const struct measurement *m, size_t subject)
{
	return (struct figures_arms){
		.one = with_control(m, m->arm_of[subject]),
	};
}

void measure_widen(struct estimate *e, double factor)
{
	double half = MEASURE_LEVEL_FACTOR * MEASURE_SYSTEMATIC * factor;

	e->lo = e->mean - hypot(e->mean - e->lo, half);
	e->hi = e->mean + hypot(e->hi - e->mean, half);
}

static struct estimate estimate_cycles(const struct measurement *m,
				       stats_figure figure,
				       struct figures_arms *arms)
{
	struct estimate e =
		stats_estimate(m->stats, figure, arms, m->clock.pooling, LEVEL);

	measure_widen(&e, 1);
	return e;
}

static struct estimate estimate_ticks(const struct measurement *m,
				      stats_figure figure,
				      struct figures_arms *arms)
{
	struct estimate e = stats_estimate(
		m->stats, figure, arms,
		m->nturns ? STATS_BY_BLOCK : STATS_POOLED, LEVEL);

	measure_widen(&e, m->clock.ticks_per_cycle);
	return e;
}

static double half_width(const struct estimate *e)
{
	return fmax(e->hi - e->mean, e->mean - e->lo);
}

/* Are all intervals as short as asked for? */
static bool is_target_met(const struct course *c)
{
	struct measurement *m = c->m;
	struct figures_arms arms;
	struct estimate e;
	size_t i;

	clock_calibrate(&m->clock, m->stats);
	for (i = 0; i < m->nsubjects; i++) {
		arms = arms_of(m, i);
		e = estimate_cycles(m, figures_cycles, &arms);
		if (!(half_width(&e) <= c->options->target_ci))
			return false;
	}
	return true;
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
		part = fmax(part, (now() - c->begun) / o->time_limit);
	return fmin(part, 1);
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
	    rounds % ROUNDS_PER_LOOK == 0 && is_target_met(c)) {
		c->m->stopped_by = STOPPED_BY_TARGET;
		return false;
	}
	if (o->time_limit > 0 && now() - c->begun > o->time_limit && rounds) {
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
	c->renamed = calloc(samples_of_all(c, samples_of(c, MIN_ROUNDS)),
			    sizeof(*c->renamed));
	if (!c->renamed)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for the samples: ask for fewer "
				 "(--samples)");
	c->next = n;
	return 0;
}

static int take_rounds(struct course *c, struct error *err)
{
	const struct measure_options *o = c->options;
	uint32_t most = samples_of(c, MIN_ROUNDS);
	double pause = o->spread / (planned(c) * c->rounds_in_turn);
	int rc = 0;

	c->backend = o->backend->open(samples_of_all(c, most), err);
	if (!c->backend)
		return -1;
	c->each = fmin(samples_of(c, planned(c)), most);
	c->begun = now();
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

static void estimate_subject(struct measurement *m, size_t i)
{
	struct figures_arms arms = arms_of(m, i);
	struct measured *d = &m->subjects[i];
	unsigned int q;

	d->ticks = estimate_ticks(m, figures_ticks, &arms);
	d->cycles = estimate_cycles(m, figures_cycles, &arms);
	d->samples = stats_kept(m->stats, arms.one.arm);
	for (q = 0; q < STATS_QUANTILES; q++)
		d->quantiles[q] = stats_quantile(m->stats, arms.one.arm, q);
}

/* Arm @a minus arm @b, each without its control. */
static struct estimate cycles_between(const struct measurement *m,
				      unsigned int a, unsigned int b)
{
	struct figures_arms arms = {with_control(m, a), with_control(m, b)};

	return estimate_cycles(m, figures_difference_cycles, &arms);
}

static void estimate_witnesses(struct course *c)
{
	const struct measure_options *o = c->options;
	struct estimate warm, difference;
	struct measurement *m = c->m;
	struct figures_arms arms;
	size_t i;

	for (i = 0; i < o->nwitnesses; i++) {
		arms.one = with_control(m, c->witness[i].warm);
		warm = estimate_cycles(m, figures_cycles, &arms);
		difference = cycles_between(m, c->witness[i].cold,
					    c->witness[i].warm);
		witness_judge(&o->witnesses[i], o->backend == &backend_kernel,
			      &warm, &difference, &m->witnesses[i]);
	}
	m->nwitnesses = o->nwitnesses;
}

static int withhold(struct measurement *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int withhold(struct measurement *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	m->valid = false;
	return -1;
}

static int judge_selftests(struct measurement *m)
{
	const struct selftest *t;

	for (t = m->selftests; t < m->selftests + SELFTESTS; t++) {
		if (!t->passed)
			return withhold(m,
					"self-test \"%s\": %g cycles were "
					"measured as %.2f [%.2f, %.2f]; this "
					"CPU is disturbed",
					t->name, t->known, t->found.mean,
					t->found.lo, t->found.hi);
	}
	return 0;
}

static int judge_witnesses(struct measurement *m)
{
	const struct witness_result *w;

	for (w = m->witnesses; w < m->witnesses + m->nwitnesses; w++) {
		if (!w->passed)
			return withhold(
				m,
				"state %s didn't come about: an access of its "
				"witness takes %.1f [%.1f, %.1f] cycles more "
				"than warm, not %g or more",
				state_kind_name(w->kind), w->extra.mean,
				w->extra.lo, w->extra.hi, w->least);
	}
	return 0;
}

static int judge_subjects(struct measurement *m)
{
	const struct measured *d;
	size_t i;

	for (i = 0; i < m->nsubjects; i++) {
		if (m->arms.list[m->arm_of[i]].sequence->touch_only)
			return withhold(m,
					"withheld: a touch-only sequence has "
					"the call's accesses and nothing "
					"else: it tells footprint and "
					"evictions, no cycles");
	}

	for (d = m->subjects; d < m->subjects + m->nsubjects; d++) {
		if (!isfinite(d->cycles.lo) || !isfinite(d->cycles.hi))
			return withhold(m, "withheld: too few samples for an "
					   "interval");
	}
	return 0;
}

static void judge(struct measurement *m)
{
	m->valid = true;
	if (machine_is_emulated(&m->machine)) {
		withhold(m, "withheld: emulated CPU (%s)",
			 m->machine.hypervisor);
		return;
	}
	if (m->counts.events) {
		withhold(m, "withheld: counters are read beside each replay, "
			    "which disturbs it: replay without --events");
		return;
	}
	if (!clock_is_plausible(&m->clock)) {
		withhold(m,
			 "withheld: a dependent addition takes %.3g ticks; "
			 "this CPU is emulated or disturbed",
			 m->clock.ticks_per_cycle);
		return;
	}
	if (!judge_subjects(m) && !judge_selftests(m))
		judge_witnesses(m);
}

static int estimate(struct course *c, struct error *err)
{
	struct measurement *m = c->m;
	enum drop_cause cause;
	size_t i;

	if (stats_check(m->stats, err))
		return -1;
	clock_calibrate(&m->clock, m->stats);
	/* What is compared comes from different rounds of a block. */
	if (m->nturns)
		m->clock.pooling = STATS_BY_BLOCK;
	for (i = 0; i < m->nsubjects; i++)
		estimate_subject(m, i);
	estimate_witnesses(c);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		m->dropped += stats_dropped(m->stats, cause);
	m->frame_ticks = stats_arm_mean(m->stats, ARM_CONTROL);
	m->tsc_hz = clock_tsc_hz();
	m->aperf_per_tsc = c->tsc ? (double)c->aperf / c->tsc : 0;
	selftest_run(m->selftests, m->stats, &m->clock);
	counts_judge(&m->counts);
	judge(m);
	return 0;
}

static int add_subjects(struct measurement *m,
			const struct measure_subject *subjects, size_t n,
			struct error *err)
{
	struct swc_program program;
	size_t i;
	int arm;

	for (i = 0; i < n; i++) {
		arm = arms_add(&m->arms, subjects[i].sequence,
			       &subjects[i].state, err);
		if (arm < 0)
			return -1;
		m->arm_of[i] = arm;
		program = sequence_program(subjects[i].sequence);
		swc_op_count(&program, &m->subjects[i].counts);
		m->nsubjects++;
	}
	return 0;
}

static int add_witnesses(struct course *c, struct error *err)
{
	const struct swc_state warm = {0};
	const struct witness *w;
	int hot, cold;
	size_t i;

	for (i = 0; i < c->options->nwitnesses; i++) {
		w = &c->options->witnesses[i];
		hot = arms_add(&c->m->arms, &w->sequence, &warm, err);
		cold = arms_add(&c->m->arms, &w->sequence, &w->state, err);
		if (hot < 0 || cold < 0)
			return -1;
		c->witness[i].warm = hot;
		c->witness[i].cold = cold;
	}
	return 0;
}

/*
 * A control for each that takes turns. These are numbered behind all others; how
 * many those are is known only when each has its control.
 */
static int add_turns(struct course *c, struct error *err)
{
	const struct measure_turns *turns = &c->options->turns;
	struct measurement *m = c->m;
	unsigned int *controls =
		calloc(SWC_MAX_ARMS + turns->n, sizeof(*controls));
	int control;
	size_t i;

	m->control_of = controls;
	if (!controls)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < turns->n; i++) {
		control = arms_control(&m->arms, turns->list[i].sequence,
				       &turns->list[i].state, err);
		if (control < 0)
			return -1;
		controls[SWC_MAX_ARMS + i] = control;
	}
	memmove(controls + m->arms.n, controls + SWC_MAX_ARMS,
		turns->n * sizeof(*controls));
	for (i = 0; i < m->arms.n; i++)
		controls[i] = m->arms.list[i].control;
	m->nturns = turns->n;
	return 0;
}

static int make_stats(struct course *c, struct error *err)
{
	struct measurement *m = c->m;

	if (add_turns(c, err) || plan_turns(c, err))
		return -1;
	m->stats = stats_new_turns(m->arms.n + m->nturns, m->nturns,
				   c->rounds_in_turn, m->control_of, err);
	return m->stats ? 0 : -1;
}

int measure(const struct measure_subject *subjects, size_t n,
	    const struct measure_options *options, struct measurement *m,
	    struct error *err)
{
	struct course c = {.options = options, .m = m};
	int rc = -1;

	*m = (struct measurement){
		.cpu = options->cpu < 0 ? measure_default_cpu() : options->cpu,
		.isolation = options->isolation < 0
				     ? options->backend->isolation
				     : (enum swc_isolation)options->isolation,
	};
	machine_describe(&m->machine);
	if (!options->samples && !options->target_ci && !options->time_limit)
		return error_set(err, EXIT_USAGE,
				 "nothing would end the run: give a number of "
				 "samples, an interval, or a time limit");
	if (arms_init(&m->arms, err))
		return -1;
	if (add_subjects(m, subjects, n, err) || add_witnesses(&c, err))
		goto out;
	if (!make_stats(&c, err) &&
	    !counts_init(&m->counts, options->events, m->arms.n, err) &&
	    !take_rounds(&c, err) && !estimate(&c, err))
		rc = 0;
out:
	free(c.renamed);
	if (rc)
		measurement_free(m);
	return rc;
}

void measurement_free(struct measurement *m)
{
	arms_free(&m->arms);
	counts_free(&m->counts);
	stats_free(m->stats);
	free(m->control_of);
	m->stats = NULL;
	m->control_of = NULL;
}

void measurement_difference(const struct measurement *m, size_t a, size_t b,
			    struct estimate *ticks, struct estimate *cycles)
{
	struct figures_arms arms = {with_control(m, m->arm_of[a]),
				    with_control(m, m->arm_of[b])};

	*ticks = estimate_ticks(m, figures_difference_ticks, &arms);
	*cycles = cycles_between(m, m->arm_of[a], m->arm_of[b]);
}

size_t measurement_blocks(const struct measurement *m)
{
	return stats_blocks(m->stats);
}

bool measurement_block(const struct measurement *m, size_t block,
		       double *subjects, double *turns)
{
	double *means = calloc(m->arms.n + m->nturns, sizeof(*means));
	bool found = means && stats_block_means(m->stats, block, means);
	struct figures_arms arms;
	size_t i;

	for (i = 0; found && i < m->nsubjects; i++) {
		arms = arms_of(m, i);
		subjects[i] = figures_cycles(means, &arms);
	}
	for (i = 0; found && i < m->nturns; i++) {
		turns[i] = means[m->arms.n + i] / clock_ticks_per_cycle(means);
	}
	free(means);
	return found;
}

struct estimate measurement_count(const struct measurement *m, size_t subject,
				  unsigned int event)
{
	struct figures_arms arms = arms_of(m, subject);

	return counts_estimate(&m->counts, event, &arms);
}

const char *measure_stop_name(enum measure_stop stop)
{
	static const char *const names[] = {
		[STOPPED_BY_SAMPLES] = "samples",
		[STOPPED_BY_TARGET] = "target-ci",
		[STOPPED_BY_TIME] = "time-limit",
	};

	return names[stop];
}
