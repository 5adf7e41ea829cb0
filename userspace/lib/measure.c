// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/slots.h"

#define SHORT_CHAIN 20u
#define LONG_CHAIN  120u

enum arm { ARM_CONTROL, ARM_SEQUENCE, ARM_SHORT, ARM_LONG, ARMS };

/*
 * Untimed replays before a sample: another arm ran before, and two turns bring
 * back lines, translations and branch history.
 */
#define WARM 2u

/* Longer than any step of a TSC that advances in steps (26 ticks on Zen). */
#define DELAY_MAX 127u

/*
 * A core cycle takes between 0.1 ticks (a core at ten times the TSC's rate)
 * and 10 (throttled to a tenth). Outside, the additions are not what runs.
 */
#define MIN_TICKS_PER_CYCLE 0.1
#define MAX_TICKS_PER_CYCLE 10.0

/*
 * A run is made of rounds. Each begins with fresh memory and code, since where
 * pages and code happen to lie moves a result as a neighbour does, and a pause
 * spreads them over two seconds. Rounds are the blocks of the bootstrap, so the
 * interval covers what differs between them.
 */
#define ROUNDS	       40u
#define ROUND_PAUSE_NS 50000000

#define TSC_CALIBRATION_NS 20000000

static int last_allowed_cpu(void)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &set); cpu--)
		;
	return cpu;
}

/* The control: the same frame, RSP at the same place in a page, nothing else. */
static int make_control(struct sequence *control, const struct sequence *s,
			struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_MARK);

	if (sequence_init(control, "control", err) ||
	    names_add(&control->marks, "control") < 0)
		return -1;
	if (s->entry_region != SWC_NO_REGION) {
		if (sequence_region(control, "stack", 1, err) < 0)
			return -1;
		control->entry_region = 0;
		control->entry_offset = s->entry_offset % SWC_PAGE_BYTES;
		if (!control->entry_offset)
			control->entry_offset = SWC_PAGE_BYTES;
	}
	return sequence_append(control, &op, (struct sequence_note){0}, err);
}

static int make_chain(struct sequence *chain, uint32_t length,
		      struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_CHAIN);

	op.dst = SWC_REG_RAX;
	op.imm = length;
	if (sequence_init(chain, "chain", err))
		return -1;
	return sequence_append(chain, &op, (struct sequence_note){0}, err);
}

static int load_arms(struct backend *b, const struct measure_options *o,
		     const struct sequence *s, struct error *err)
{
	struct sequence control = {0}, shorter = {0}, longer = {0};
	const struct sequence *arms[ARMS] = {
		[ARM_CONTROL] = &control,
		[ARM_SEQUENCE] = s,
		[ARM_SHORT] = &shorter,
		[ARM_LONG] = &longer,
	};
	int i, rc;

	rc = make_control(&control, s, err);
	if (!rc)
		rc = make_chain(&shorter, SHORT_CHAIN, err);
	if (!rc)
		rc = make_chain(&longer, LONG_CHAIN, err);
	for (i = 0; i < ARMS && !rc; i++)
		rc = o->backend->load(b, arms[i], MEASURE_PEDESTAL, err);
	sequence_free(&control);
	sequence_free(&shorter);
	sequence_free(&longer);
	return rc;
}

static double slope(const double *means)
{
	return (means[ARM_LONG] - means[ARM_SHORT]) /
	       (LONG_CHAIN - SHORT_CHAIN);
}

static double figure_ticks(const double *means, void *context)
{
	(void)context;
	return means[ARM_SEQUENCE] - means[ARM_CONTROL];
}

static double figure_slope(const double *means, void *context)
{
	(void)context;
	return slope(means);
}

static double figure_cycles(const double *means, void *context)
{
	return figure_ticks(means, context) / slope(means);
}

static void judge(struct measurement *m)
{
	double t = m->ticks_per_cycle;

	m->valid = false;
	if (machine_is_emulated(&m->machine))
		snprintf(m->why, sizeof(m->why), "withheld: emulated CPU (%s)",
			 m->machine.hypervisor);
	else if (!(t >= MIN_TICKS_PER_CYCLE && t <= MAX_TICKS_PER_CYCLE))
		snprintf(m->why, sizeof(m->why),
			 "withheld: a dependent addition takes %.3g ticks; "
			 "this CPU is emulated or disturbed",
			 t);
	else if (!isfinite(m->cycles.lo) || !isfinite(m->cycles.hi))
		snprintf(m->why, sizeof(m->why),
			 "withheld: too few samples for an interval");
	else
		m->valid = true;
}

static int estimate(const struct swc_sample *samples, size_t n,
		    struct measurement *m, struct error *err)
{
	unsigned long seed = n; /* the same samples, the same interval */
	struct stats *stats;

	stats = stats_new(samples, n, ARMS, ROUNDS, &m->drops, err);
	if (!stats)
		return -1;
	m->ticks = stats_estimate(stats, figure_ticks, NULL, seed);
	m->cycles = stats_estimate(stats, figure_cycles, NULL, seed);
	m->ticks_per_cycle =
		stats_estimate(stats, figure_slope, NULL, seed).mean;
	m->samples = stats_kept(stats, ARM_SEQUENCE);
	m->dropped = m->drops.nmi + m->drops.migrated + m->drops.outlier;
	stats_free(stats);
	return 0;
}

/* One round: load the arms, take @samples samples of them into @out. */
static int take_round(const struct sequence *s,
		      const struct measure_options *options,
		      struct measurement *m, struct swc_sample *out,
		      uint32_t samples, struct error *err)
{
	struct backend_run run = {
		.cpu = m->cpu,
		.samples = samples,
		.warm = WARM,
		.delay_max = DELAY_MAX,
		/* Odd, so never 0, and another for each round. */
		.seed = __builtin_ia32_rdtsc() | 1,
	};
	struct backend *b = options->backend->open(samples, err);
	int rc;

	if (!b)
		return -1;
	rc = load_arms(b, options, s, err);
	if (!rc)
		rc = options->backend->run(b, &run, err);
	if (!rc) {
		memcpy(out, run.data, samples * sizeof(*out));
		m->windows += run.windows;
		m->nmis += run.nmis;
		m->replays += run.replays;
	}
	options->backend->close(b);
	return rc;
}

static int take_rounds(const struct sequence *s,
		       const struct measure_options *options,
		       struct measurement *m, struct error *err)
{
	uint32_t each = (options->samples * ARMS + ROUNDS - 1) / ROUNDS;
	struct swc_sample *samples = calloc(ROUNDS * each, sizeof(*samples));
	struct timespec pause = {.tv_nsec = ROUND_PAUSE_NS};
	unsigned int round;
	int rc = 0;

	if (!samples)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for the samples: ask for fewer "
				 "(--samples)");
	for (round = 0; round < ROUNDS && !rc; round++) {
		rc = take_round(s, options, m, samples + round * each, each,
				err);
		/* Nothing to average over where no timing is shown. */
		if (!machine_is_emulated(&m->machine))
			nanosleep(&pause, NULL);
	}
	if (!rc)
		rc = estimate(samples, ROUNDS * each, m, err);
	free(samples);
	return rc;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double measure_tsc_hz(void)
{
	uint64_t first = __builtin_ia32_rdtsc();
	double start = now_ns(), end;

	do {
		end = now_ns();
	} while (end - start < TSC_CALIBRATION_NS);
	return (__builtin_ia32_rdtsc() - first) / (end - start) * 1e9;
}

int measure(const struct sequence *s, const struct measure_options *options,
	    struct measurement *m, struct error *err)
{
	struct swc_program program = sequence_program(s);

	*m = (struct measurement){
		.cpu = options->cpu < 0 ? last_allowed_cpu() : options->cpu,
		.rounds = ROUNDS,
	};
	swc_op_count(&program, &m->counts);
	machine_describe(&m->machine);
	if (take_rounds(s, options, m, err))
		return -1;
	m->tsc_hz = measure_tsc_hz();
	judge(m);
	return 0;
}
