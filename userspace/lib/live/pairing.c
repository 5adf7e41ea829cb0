// SPDX-License-Identifier: GPL-2.0
#include "pairing.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <sys/param.h>

#include "engine/draw.h"
#include "measure.h"
#include "tscstep.h"
#include "withhold.h"

/* Ticks, some 15 us. */
#define SAMPLE_TICKS 40000u

/* The length of a sample is found by the fastest of so many. */
#define LENGTH_SAMPLES 8u

int pairing_init(struct pairing *p, const struct pairing_options *options,
		 struct pairing_result *result, struct error *err)
{
	p->options = *options;
	p->result = result;
	p->tsc_step = options->tsc_step ? options->tsc_step : tscstep_here();
	machine_describe(&result->machine);
	return arms_init(&p->arms, err);
}

void pairing_free(struct pairing *p)
{
	stats_free(p->stats);
	levels_free(p->levels);
	arms_free(&p->arms);
}

int pairing_count(struct pairing *p, struct error *err)
{
	p->stats = stats_new(p->narms, p->control, err);
	p->levels = levels_new(p->narms, err);
	if (!p->stats || !p->levels)
		return -1;
	if (p->options.processes > 1)
		stats_by_process(p->stats);
	return 0;
}

/* End the first @n programs, the last first. */
static void end_programs(struct pairing *p, unsigned int n)
{
	while (n--)
		live_end(&p->live[n]);
}

static int start_programs(struct pairing *p, struct error *err)
{
	unsigned int i;

	for (i = 0; i < p->nprograms; i++) {
		if (live_start(&p->live[i], p->programs[i].command,
			       p->programs[i].kind, &p->pin.before, err)) {
			end_programs(p, i);
			return -1;
		}
	}
	return 0;
}

int pairing_start(struct pairing *p, struct error *err)
{
	/* Live and replayed calls run on this CPU, and on no other. */
	if (pin_begin(&p->pin, p->options.cpu, err))
		return -1;
	p->backend = backend_user.open(p->options.samples, err);
	if (p->backend && !start_programs(p, err))
		return 0;
	if (p->backend)
		backend_user.close(p->backend);
	pin_end(&p->pin);
	return -1;
}

void pairing_end(void *pairing)
{
	struct pairing *p = pairing;

	end_programs(p, p->nprograms);
	backend_user.close(p->backend);
	pin_end(&p->pin);
}

int pairing_load(struct pairing *p, const struct run_round *round,
		 struct error *err)
{
	p->random = round->seed;
	backend_user.place(p->backend, round->seed);
	return arms_load(&p->arms, &backend_user, p->backend,
			 arms_pedestal(round->seed / 2, p->tsc_step), err);
}

void pairing_clear(void *pairing)
{
	const struct pairing *p = pairing;

	backend_user.unload(p->backend);
}

int pairing_replay(struct pairing *p, uint64_t seed, struct run_table *table,
		   struct error *err)
{
	struct backend_run run = {
		.cpu = p->options.cpu,
		.isolation = backend_user.isolation,
		.samples = p->options.samples,
		.warm = p->options.warm ?: MEASURE_WARM,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = p->options.tsc_step,
		.seed = seed,
	};

	if (backend_user.run(p->backend, &run, err))
		return -1;
	return replays_add(table, &run, err);
}

/*
 * The first calls in a process fetch code and memory, and of one call alone they would
 * make a block; the fastest sample is one that didn't.
 */
int pairing_length(struct pairing *p, unsigned int program, uint32_t *calls,
		   struct error *err)
{
	uint64_t ticks[LENGTH_SAMPLES], least;
	uint32_t n = 1;
	unsigned int i;

	if (*calls)
		return 0;
	for (;; n *= 2) {
		if (live_calls(&p->live[program], n, MEASURE_WARM,
			       LENGTH_SAMPLES, ticks, err))
			return -1;
		least = ticks[0];
		for (i = 1; i < LENGTH_SAMPLES; i++)
			least = MIN(least, ticks[i]);
		if (least >= SAMPLE_TICKS / 4 || n >= SAMPLE_TICKS)
			break;
	}
	*calls = n * (double)SAMPLE_TICKS / least + 1;
	return 0;
}

/* Any phase of the step is as likely as another. */
uint64_t pairing_in_steps(struct pairing *p, uint64_t ticks)
{
	uint64_t step = p->options.tsc_step;

	if (!step)
		return ticks;
	return (ticks + swc_draw_below(&p->random, step)) / step * step;
}

int pairing_calls(struct pairing *p, unsigned int program, uint32_t calls,
		  unsigned int arm, struct run_table *table, struct error *err)
{
	uint64_t ticks;

	if (live_calls(&p->live[program], calls, MEASURE_WARM, 1, &ticks, err))
		return -1;
	return run_table_add(table, arm, 0, pairing_in_steps(p, ticks), 0, err);
}

static int add(void *context, const struct run_table *table, struct error *err)
{
	const struct pairing *p = context;

	stats_add_round(p->stats, table);
	return levels_add_round(p->levels, table, err);
}

static bool suffices(void *context)
{
	const struct pairing *p = context;

	return stats_suffice(p->stats);
}

int pairing_rounds(struct pairing *p, const struct run_source *source,
		   struct run_plan plan, const struct run_shared *shared,
		   size_t nshared, struct error *err)
{
	const struct pairing_options *o = &p->options;
	struct run_apart apart = o->apart;
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	apart.shared = shared;
	apart.nshared = nshared;
	plan.apart = apart.verb ? &apart : NULL;
	plan.arms = p->narms;
	plan.groups = PAIRING_LIVE + p->nprograms;
	plan.processes = o->processes;
	plan.seed = o->seed;
	plan.time_limit = o->time_limit;
	plan.add = add;
	plan.suffices = suffices;
	if (o->processes > 1)
		plan.reached = NULL;
	plan.context = p;
	rc = run_rounds(&plan, source, &table, &ended, err);
	run_table_free(&table);
	p->result->seed = ended.seed;
	p->result->rounds = ended.rounds;
	p->result->blocks = plan.visits * ended.rounds;
	return rc;
}

int pairing_judge(struct pairing *p, struct error *err)
{
	struct pairing_result *r = p->result;
	enum drop_cause cause;

	if (stats_check(p->stats, err))
		return -1;
	clock_calibrate(&r->clock, p->stats);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		r->dropped[cause] = stats_dropped(p->stats, cause);
	selftest_run(&r->selftests, &p->arms, p->stats, &r->clock);
	return 0;
}

int pairing_withhold(const struct pairing_result *r,
		     const struct estimate *ratio, char *why)
{
	if (withhold_emulated(&r->machine, why) ||
	    withhold_by_clock(&r->clock, why) ||
	    withhold_by_selftests(&r->selftests, why))
		return -1;
	return withhold_unbounded(ratio, ": allow more time (--time-limit)",
				  why);
}

static struct estimate over_processes(struct pairing *p, stats_figure figure,
				      void *context)
{
	double values[RUN_MAX_PROCESSES];
	size_t i, n = 0;

	for (i = 0; i < stats_blocks(p->stats); i++) {
		values[n] =
			stats_figure_of(p->stats, i, i + 1, figure, context);
		n += isfinite(values[n]) != 0;
	}
	return estimate_ranked(values, n, PAIRING_LEVEL);
}

struct estimate pairing_estimate(struct pairing *p, stats_figure figure,
				 void *context)
{
	if (p->options.processes > 1)
		return over_processes(p, figure, context);
	return stats_estimate(p->stats, figure, context,
			      p->result->clock.pooling, PAIRING_LEVEL);
}

static double of_process(const struct pairing *p, size_t process,
			 stats_figure figure, double (*back)(double),
			 void *context)
{
	double value = levels_process(p->levels, process, figure, context);

	return back ? back(value) : value;
}

/* So many times as far from the middle as the middle half's ends, and so far at least. */
#define ODD_TIMES 5.0
#define ODD_LEAST 0.05

/* Marks the processes whose ratio isn't of a kind with the others'. */
static void mark_odd(struct pairing_result *r)
{
	double sorted[RUN_MAX_PROCESSES], middle, reach;
	size_t i, n = r->nprocesses;

	for (i = 0; i < n; i++)
		sorted[i] = log(r->processes[i].ratio);
	gsl_sort(sorted, 1, n);
	middle = gsl_stats_median_from_sorted_data(sorted, 1, n);
	reach = (gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.75) -
		 gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.25)) /
		2;
	reach = fmax(ODD_TIMES * reach, ODD_LEAST);
	for (i = 0; i < n; i++)
		r->processes[i].odd =
			fabs(log(r->processes[i].ratio) - middle) > reach;
}

void pairing_processes(struct pairing *p, stats_figure one, stats_figure other,
		       stats_figure ratio, double (*back)(double),
		       void *context)
{
	struct pairing_result *r = p->result;
	size_t i;

	r->nprocesses = levels_processes(p->levels);
	for (i = 0; i < r->nprocesses; i++)
		r->processes[i] = (struct pairing_process){
			.one = of_process(p, i, one, back, context),
			.other = of_process(p, i, other, back, context),
			.ratio = of_process(p, i, ratio, back, context),
			.rounds = levels_rounds(p->levels, i),
			.padding = r->nprocesses > 1 ? apart_padding(r->seed, i)
						     : 0,
		};
	if (r->nprocesses)
		mark_odd(r);
}
