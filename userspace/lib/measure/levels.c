// SPDX-License-Identifier: GPL-2.0
#include "levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One arm in one round. */
struct moments {
	double n;
	double mean;
	double squares; /* of deviations from it, summed (Welford 1962) */
};

/**
 * struct levels - all rounds, one after the other
 * @arms: [round * narms + arm]
 * @first: [process]: its first round; [nprocesses]: all rounds
 * @means: [narms], scratch
 */
struct levels {
	unsigned int narms;
	size_t nrounds;
	size_t room;
	struct moments *arms;
	size_t nprocesses;
	size_t *first;
	unsigned int process; /* of the last round */
	double *means;
};

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for the statistics: ask for less time");
}

struct levels *levels_new(unsigned int narms, struct error *err)
{
	struct levels *l = calloc(1, sizeof(*l));

	if (l) {
		l->narms = narms;
		l->means = calloc(narms, sizeof(*l->means));
		l->first = calloc(1, sizeof(*l->first));
		if (l->means && l->first)
			return l;
		levels_free(l);
	}
	no_memory(err);
	return NULL;
}

void levels_free(struct levels *l)
{
	if (!l)
		return;
	free(l->arms);
	free(l->first);
	free(l->means);
	free(l);
}

static int open_round(struct levels *l, unsigned int process)
{
	size_t room = l->room ? 2 * l->room : 64, *first;
	struct moments *arms;

	if (l->nrounds == l->room) {
		arms = reallocarray(l->arms, room * l->narms, sizeof(*arms));
		if (!arms)
			return -1;
		l->arms = arms;
		l->room = room;
	}
	if (!l->nprocesses || process != l->process) {
		first = reallocarray(l->first, l->nprocesses + 2,
				     sizeof(*first));
		if (!first)
			return -1;
		l->first = first;
		l->first[l->nprocesses++] = l->nrounds;
		l->process = process;
	}
	memset(&l->arms[l->nrounds * l->narms], 0, l->narms * sizeof(*l->arms));
	l->first[l->nprocesses] = ++l->nrounds;
	return 0;
}

int levels_add_round(struct levels *l, const struct run_table *round,
		     struct error *err)
{
	const struct run_sample *row;
	struct moments *m;
	double off;

	if (open_round(l, round->process))
		return no_memory(err);
	run_table_each(row, round) {
		m = &l->arms[(l->nrounds - 1) * l->narms + row->arm];
		off = row->ticks - m->mean;
		m->mean += off / ++m->n;
		m->squares += off * (row->ticks - m->mean);
	}
	return 0;
}

size_t levels_processes(const struct levels *l)
{
	return l->nprocesses;
}

size_t levels_rounds(const struct levels *l, size_t process)
{
	return l->first[process + 1] - l->first[process];
}

static double figure_of(const struct levels *l, size_t round,
			stats_figure figure, void *context)
{
	unsigned int arm;

	for (arm = 0; arm < l->narms; arm++) {
		if (!l->arms[round * l->narms + arm].n)
			return NAN;
		l->means[arm] = l->arms[round * l->narms + arm].mean;
	}
	return figure(l->means, context);
}

/**
 * struct spread - of a figure over what is below
 * @n: rounds, or processes
 * @mean: over them
 * @variance: of them; NAN: fewer than two
 */
struct spread {
	size_t n;
	double mean;
	double variance;
};

static void spread_add(struct spread *s, double value)
{
	double off = value - s->mean;

	s->variance += off * (value - s->mean - off / (s->n + 1));
	s->mean += off / ++s->n;
}

/* The rounds of a process; their sum of squares becomes a variance. */
static struct spread over_rounds(const struct levels *l, size_t process,
				 stats_figure figure, void *context)
{
	struct spread s = {.n = 0};
	double value;
	size_t round;

	for (round = l->first[process]; round < l->first[process + 1];
	     round++) {
		value = figure_of(l, round, figure, context);
		if (isfinite(value))
			spread_add(&s, value);
	}
	if (!s.n)
		s.mean = NAN;
	s.variance = s.n > 1 ? s.variance / (s.n - 1) : NAN;
	return s;
}

double levels_process(const struct levels *l, size_t process,
		      stats_figure figure, void *context)
{
	return over_rounds(l, process, figure, context).mean;
}

/*
 * The variance that the samples of a round leave in its figure: each arm's, by how
 * much the figure follows that arm's mean. @one: of one sample of each; @all: of as
 * many as there were.
 */
static bool from_samples(const struct levels *l, size_t round,
			 stats_figure figure, void *context, double *one,
			 double *all)
{
	const struct moments *m = &l->arms[round * l->narms];
	double at = figure_of(l, round, figure, context), step, slope, variance;
	unsigned int arm;

	*one = *all = 0;
	if (!isfinite(at))
		return false;
	for (arm = 0; arm < l->narms; arm++) {
		if (m[arm].n < 2)
			return false;
		variance = m[arm].squares / (m[arm].n - 1);
		step = fmax(sqrt(variance / m[arm].n), 1e-6 * m[arm].mean);
		if (!step)
			continue;
		l->means[arm] += step;
		slope = (figure(l->means, context) - at) / step;
		l->means[arm] -= step;
		*one += slope * slope * variance;
		*all += slope * slope * variance / m[arm].n;
	}
	return isfinite(*one);
}

static double or_nothing(double variance)
{
	return variance < 0 ? 0 : variance;
}

struct level_variances levels_variances(const struct levels *l,
					stats_figure figure, void *context)
{
	struct spread processes = {.n = 0}, rounds;
	double one, all, ones = 0, alls = 0, within = 0, below = 0;
	size_t process, round, freedom = 0, n = 0;

	for (round = 0; round < l->nrounds; round++) {
		if (!from_samples(l, round, figure, context, &one, &all))
			continue;
		ones += one;
		alls += all;
		n++;
	}
	for (process = 0; process < l->nprocesses; process++) {
		rounds = over_rounds(l, process, figure, context);
		if (!rounds.n)
			continue;
		spread_add(&processes, rounds.mean);
		below += 1.0 / rounds.n;
		if (rounds.n < 2)
			continue;
		within += rounds.variance * (rounds.n - 1);
		freedom += rounds.n - 1;
	}
	within = freedom ? within / freedom : NAN;
	return (struct level_variances){
		.process = processes.n < 2
				   ? NAN
				   : or_nothing(processes.variance /
							(processes.n - 1) -
						within * below / processes.n),
		.round = or_nothing(within - (n ? alls / n : NAN)),
		.sample = n ? ones / n : NAN,
	};
}
