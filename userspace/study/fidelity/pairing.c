// SPDX-License-Identifier: GPL-2.0
#include "pairing.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>

#include "apart.h"
#include "measure.h"
#include "tscstep.h"

int pairing_init(struct pairing *p, const struct fidelity_options *options,
		 struct fidelity *f, enum live_kind kind, struct error *err)
{
	p->options = options;
	p->f = f;
	p->kind = kind;
	p->tsc_step = options->tsc_step ? options->tsc_step : tscstep_here();
	machine_describe(&f->machine);
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
	if (p->options->processes > 1)
		stats_by_process(p->stats);
	return 0;
}

int pairing_start(struct pairing *p, struct error *err)
{
	const struct fidelity_options *o = p->options;

	/* Live and replayed calls run on this CPU, and on no other. */
	if (pin_begin(&p->pin, o->cpu, err))
		return -1;
	p->backend = backend_user.open(p->samples, err);
	if (p->backend &&
	    !live_start(&p->program, o->command, p->kind, &p->pin.before, err))
		return 0;
	if (p->backend)
		backend_user.close(p->backend);
	pin_end(&p->pin);
	return -1;
}

void pairing_end(void *pairing)
{
	struct pairing *p = pairing;

	live_end(&p->program);
	backend_user.close(p->backend);
	pin_end(&p->pin);
}

int pairing_load(struct pairing *p, const struct run_round *round,
		 struct error *err)
{
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
		.cpu = p->options->cpu,
		.isolation = backend_user.isolation,
		.samples = p->samples,
		.warm = MEASURE_WARM,
		.delay_max = MEASURE_DELAY_MAX,
		.tsc_step = p->options->tsc_step,
		.seed = seed,
	};

	if (backend_user.run(p->backend, &run, err))
		return -1;
	return replays_add(table, &run, err);
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
	const struct fidelity_options *o = p->options;
	struct run_apart apart = o->apart;
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	apart.shared = shared;
	apart.nshared = nshared;
	plan.apart = apart.verb ? &apart : NULL;
	plan.arms = p->narms;
	plan.groups = PAIRING_GROUPS;
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
	p->f->seed = ended.seed;
	p->f->rounds = ended.rounds;
	p->f->blocks = plan.visits * ended.rounds;
	return rc;
}

int pairing_judge(struct pairing *p, struct error *err)
{
	struct fidelity *f = p->f;
	enum drop_cause cause;

	if (stats_check(p->stats, err))
		return -1;
	clock_calibrate(&f->clock, p->stats);
	for (cause = 0; cause < DROP_CAUSES; cause++)
		f->dropped[cause] = stats_dropped(p->stats, cause);
	selftest_run(&f->selftests, &p->arms, p->stats, &f->clock);
	return 0;
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
static void mark_odd(struct fidelity *f)
{
	double sorted[RUN_MAX_PROCESSES], middle, reach;
	size_t i, n = f->nprocesses;

	for (i = 0; i < n; i++)
		sorted[i] = log(f->processes[i].ratio);
	gsl_sort(sorted, 1, n);
	middle = gsl_stats_median_from_sorted_data(sorted, 1, n);
	reach = (gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.75) -
		 gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.25)) /
		2;
	reach = fmax(ODD_TIMES * reach, ODD_LEAST);
	for (i = 0; i < n; i++)
		f->processes[i].odd =
			fabs(log(f->processes[i].ratio) - middle) > reach;
}

void pairing_processes(struct pairing *p, stats_figure live,
		       stats_figure replay, stats_figure ratio,
		       double (*back)(double), void *context)
{
	struct fidelity *f = p->f;
	size_t i;

	f->nprocesses = levels_processes(p->levels);
	for (i = 0; i < f->nprocesses; i++)
		f->processes[i] = (struct fidelity_process){
			.live = of_process(p, i, live, back, context),
			.replay = of_process(p, i, replay, back, context),
			.ratio = of_process(p, i, ratio, back, context),
			.rounds = levels_rounds(p->levels, i),
			.padding = f->nprocesses > 1 ? apart_padding(f->seed, i)
						     : 0,
		};
	if (f->nprocesses)
		mark_odd(f);
}
