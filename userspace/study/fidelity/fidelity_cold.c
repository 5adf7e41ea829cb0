// SPDX-License-Identifier: GPL-2.0
#include "fidelity.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "geometry_cpu.h"
#include "live.h"
#include "measure.h"
#include "pin.h"
#include "run.h"
#include "states.h"
#include "witness.h"

/*
 * A live block is the median of some calls: each is timed alone, and one that an
 * interrupt hits takes far longer. So many blocks on each side of the replays.
 */
#define LIVE_CALLS  9u
#define LIVE_BLOCKS 12u

#define COLD_SAMPLES 1500u

/* Calls one at a time, as the source of a run. */
static int take_calls(void *context, const struct run_round *round,
		      unsigned int arm, struct run_table *table,
		      struct error *err)
{
	uint64_t took, nothing;
	uint32_t i;

	(void)round;
	for (i = 0; i < LIVE_CALLS; i++) {
		if (live_one(context, &took, &nothing, err) ||
		    run_table_add(table, arm, i,
				  took > nothing ? took - nothing : 0, 0, err))
			return -1;
	}
	return 0;
}

static double median_of(const struct run_table *table, unsigned int round)
{
	const struct run_sample *row;
	double ticks[LIVE_CALLS];
	size_t n = 0;

	run_table_each(row, table) {
		if (row->round == round)
			ticks[n++] = row->ticks;
	}
	gsl_sort(ticks, 1, n);
	return gsl_stats_median_from_sorted_data(ticks, 1, n);
}

static int time_calls(struct live *live, double *blocks, unsigned int n,
		      struct error *err)
{
	const struct run_source source = {.take = take_calls, .context = live};
	const struct run_plan plan = {.arms = 1, .rounds = n};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	unsigned int i;
	int rc = run_rounds(&plan, &source, &table, &ended, err);

	for (i = 0; i < n && !rc; i++)
		blocks[i] = median_of(&table, i);
	run_table_free(&table);
	return rc;
}

/* The states, for each variant, and what proves that they come about. */
static int plan_states(const struct fidelity_options *o,
		       struct measure_subject *subjects,
		       struct witness *witnesses, size_t *nwitnesses,
		       struct error *err)
{
	struct states states = {0};
	struct geometry geometry;
	char text[STATES_TEXT], *word, *save;
	enum state_kind kind;
	size_t v;

	snprintf(text, sizeof(text), "%s", o->states);
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (states_add(&states, word, err))
			return -1;
	}
	if (geometry_here(&geometry, o->cpu, err))
		return -1;
	for (v = 0; v < o->nvariants; v++) {
		subjects[v].sequence = o->variants[v].sequence;
		if (states_resolve(&states, o->variants[v].sequence, &geometry,
				   &subjects[v].state, err))
			return -1;
	}
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (!states.given[kind])
			continue;
		if (witness_make(&witnesses[*nwitnesses], kind, &geometry, err))
			return -1;
		(*nwitnesses)++;
	}
	return 0;
}

/* Weighted by how often each variant was seen; half-widths add up. */
static struct estimate replayed(const struct fidelity_options *o,
				const struct measurement *m)
{
	double total = 0, half = 0;
	struct estimate e = {0};
	size_t v;

	for (v = 0; v < o->nvariants; v++)
		total += o->variants[v].count;
	for (v = 0; v < o->nvariants; v++) {
		const struct estimate *one = &m->subjects[v].cycles;
		double weight = o->variants[v].count / total;

		e.mean += weight * one->mean;
		half += weight * fmax(one->hi - one->mean, one->mean - one->lo);
	}
	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}

/* Two independent figures: their relative half-widths add up as squares. */
static struct estimate ratio_of(const struct estimate *a,
				const struct estimate *b)
{
	struct estimate e = {.mean = a->mean / b->mean};
	double half = e.mean * hypot(estimate_half_width(a) / a->mean,
				     estimate_half_width(b) / b->mean);

	e.lo = e.mean - half;
	e.hi = e.mean + half;
	return e;
}

static void fill(const struct fidelity_options *o, struct fidelity *f,
		 const struct measurement *m, const double *blocks, size_t n)
{
	double cycle = m->clock.ticks_per_cycle;
	struct estimate ticks = stats_mean(blocks, n);
	size_t v;

	f->live = (struct estimate){ticks.mean / cycle, ticks.lo / cycle,
				    ticks.hi / cycle};
	f->replay = replayed(o, m);
	f->ratio = ratio_of(&f->replay, &f->live);
	for (v = 0; v < o->nvariants; v++)
		f->replays[v].latency = f->replays[v].cycles =
			m->subjects[v].cycles;
	f->cold = true;
	f->calls = LIVE_CALLS;
	f->blocks = n;
	f->rounds = stats_rounds(m->stats);
	f->clock = m->clock;
	f->machine = m->machine;
	f->selftests = m->selftests;
	f->valid = m->valid;
	snprintf(f->why, sizeof(f->why), "%s", m->why);
	if (f->valid)
		fidelity_judge(f);
}

static int compare(const struct fidelity_options *o, struct fidelity *f,
		   const struct measure_subject *subjects,
		   const struct measure_options *measuring,
		   const cpu_set_t *elsewhere, struct error *err)
{
	double blocks[2 * LIVE_BLOCKS];
	struct measurement m;
	struct live live;
	int rc;

	if (live_start(&live, o->command, LIVE_ONE, elsewhere, err))
		return -1;
	rc = time_calls(&live, blocks, LIVE_BLOCKS, err);
	if (!rc)
		rc = measure(subjects, o->nvariants, measuring, &m, err);
	if (!rc) {
		rc = time_calls(&live, blocks + LIVE_BLOCKS, LIVE_BLOCKS, err);
		if (!rc)
			fill(o, f, &m, blocks, 2 * LIVE_BLOCKS);
		measurement_free(&m);
	}
	live_end(&live);
	return rc;
}

int fidelity_measure_cold(const struct fidelity_options *options,
			  struct fidelity *f, struct error *err)
{
	struct measure_subject subjects[FIDELITY_MAX_VARIANTS] = {0};
	struct witness witnesses[STATE_KINDS];
	struct measure_options measuring = {
		.backend = &backend_user,
		.cpu = (int)options->cpu,
		.isolation = -1,
		.samples = COLD_SAMPLES,
		.warm = MEASURE_WARM,
		.time_limit = options->time_limit,
		.tsc_step = options->tsc_step,
		.witnesses = witnesses,
	};
	struct pin pin;
	int rc;

	*f = (struct fidelity){0};
	if (options->processes > 1)
		return error_set(
			err, EXIT_USAGE,
			"%s: calls that something is made cold for are "
			"timed in one process: leave out --processes",
			options->command[0]);
	if (pin_begin(&pin, options->cpu, err))
		return -1;
	rc = plan_states(options, subjects, witnesses, &measuring.nwitnesses,
			 err);
	if (!rc)
		rc = compare(options, f, subjects, &measuring, &pin.before,
			     err);
	while (measuring.nwitnesses)
		witness_free(&witnesses[--measuring.nwitnesses]);
	pin_end(&pin);
	return rc;
}
