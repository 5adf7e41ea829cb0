// SPDX-License-Identifier: GPL-2.0
#include "findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stacks.h"

/* The share of CPU time that the probe of a slow path may take. */
#define SLOW_MOST 0.01

/* A hit's price where it wasn't measured, in nanoseconds. */
#define SLOW_COST 1500.0

/* Sums over the keys of a map, by kind. */
struct sums {
	struct session *session;
	uint64_t samples[CALLKINDS];
	uint64_t slow[SLOWPATHS];
	struct bpf_times times[CALLKINDS];
	struct bpf_times all;
	struct bpf_absence_sum off[CALLKINDS];
	struct bpf_interrupts interrupts[CALLKINDS];
};

static void add_samples(void *data, const void *key, const void *value)
{
	struct sums *sums = data;

	sums->samples[callnames_sample_kind(sums->session->names, key)] +=
		*(const uint64_t *)value;
}

void findings_take(struct session *s)
{
	struct slice *slice = slices_now(s->slices);
	struct sums *sums = calloc(1, sizeof(*sums));
	size_t i;

	if (!sums)
		return; /* they are taken with the next */
	sums->session = s;
	probes_each(s->probes, PROBES_SAMPLES, add_samples, sums);
	for (i = 0; i < CALLKINDS; i++) {
		slice->samples[i] +=
			(uint32_t)(sums->samples[i] - s->samples_before[i]);
		s->samples_before[i] = sums->samples[i];
	}
	free(sums);
}

static int by_samples(const void *a, const void *b)
{
	const struct watch_glance_row *x = a, *y = b;

	return x->samples < y->samples ? 1 : x->samples > y->samples ? -1 : 0;
}

void findings_glance(const struct session *s, struct watch_glance *g)
{
	struct watch_glance_row all[CALLKINDS];
	uint64_t sum = 0;
	size_t n = 0, i;

	for (i = CALLKIND_OTHERS; i < s->names->n; i++) {
		if (!s->samples_before[i])
			continue;
		sum += s->samples_before[i];
		all[n++] = (struct watch_glance_row){
			.name = s->names->list[i].name,
			.samples = s->samples_before[i]};
	}
	qsort(all, n, sizeof(*all), by_samples);
	g->n = n < WATCH_GLANCE_ROWS ? n : WATCH_GLANCE_ROWS;
	for (i = 0; i < g->n; i++) {
		g->rows[i] = all[i];
		g->rows[i].share = (double)all[i].samples / (double)sum;
	}
}

static void add_slow(void *data, const void *key, const void *value)
{
	const struct bpf_slow_key *slow = key;
	const struct slowpath *path = &slowpaths[slow->path];
	struct sums *sums = data;
	const char *caller;

	caller = callnames_go(sums->session->names, slow->caller - 1);
	if (!path->caller || (caller && !strcmp(caller, path->caller)))
		sums->slow[slow->path] += *(const uint64_t *)value;
}

/* All hits, whoever called. */
static void add_hits(void *data, const void *key, const void *value)
{
	const struct bpf_slow_key *slow = key;
	struct sums *sums = data;

	sums->slow[slow->path] += *(const uint64_t *)value;
}

void findings_check_slow(struct session *s)
{
	double cost = s->each->cost_ns > 0 ? s->each->cost_ns / 2 : SLOW_COST;
	double cpu_ns = s->cpu_ns - s->slow_cpu_ns;
	struct sums *sums;
	size_t i;

	if (cpu_ns < 2e8)
		return;
	sums = calloc(1, sizeof(*sums));
	if (!sums)
		return;
	sums->session = s;
	probes_each(s->probes, PROBES_SLOW, add_hits, sums);
	for (i = 0; i < SLOWPATHS; i++) {
		double hits = (double)(sums->slow[i] - s->slow_before[i]);

		s->slow_before[i] = sums->slow[i];
		if (hits * cost <= SLOW_MOST * cpu_ns)
			continue;
		probes_slow_end(s->probes, i);
		s->watch->slow[i].too_often = true;
	}
	s->slow_cpu_ns = s->cpu_ns;
	free(sums);
}

static void add_times(void *data, const void *key, const void *value)
{
	struct sums *sums = data;
	const struct bpf_times *times = value;
	unsigned int kind = callnames_kind(sums->session->names, key), i;
	struct bpf_times *to[] = {&sums->times[kind], &sums->all};
	size_t k;

	for (k = 0; k < 2; k++) {
		if (k && sums->session->names->list[kind].runtimes)
			continue;
		to[k]->begun += times->begun;
		to[k]->calls += times->calls;
		to[k]->ns += times->ns;
		if (times->longest > to[k]->longest)
			to[k]->longest = times->longest;
		for (i = 0; i < BPF_BUCKETS; i++)
			to[k]->buckets[i] += times->buckets[i];
		for (i = 0; i < BPF_OCTAVES; i++)
			callparts_add(&to[k]->parts[i], &times->parts[i]);
	}
}

static void add_absence_to(struct bpf_absence_sum *to,
			   const struct bpf_absence_sum *from)
{
	to->times += from->times;
	to->blocked_ns += from->blocked_ns;
	to->queued_ns += from->queued_ns;
	if (from->longest_ns > to->longest_ns)
		to->longest_ns = from->longest_ns;
}

static void add_absence(void *data, const void *key, const void *value)
{
	const struct bpf_absence_key *absence = key;
	struct sums *sums = data;
	struct session *s = sums->session;

	add_absence_to(&s->watch->off[absence->state], value);
	if (absence->state == BPF_IN_C)
		add_absence_to(
			&sums->off[callnames_kind(s->names, &absence->call)],
			value);
}

static void add_interrupts_to(struct bpf_interrupts *to,
			      const struct bpf_interrupts *from)
{
	to->times += from->times;
	to->handler_ns += from->handler_ns;
}

static void add_interrupts(void *data, const void *key, const void *value)
{
	struct sums *sums = data;

	add_interrupts_to(&sums->interrupts[callnames_sample_kind(
				  sums->session->names, key)],
			  value);
}

static int by_time(const void *a, const void *b)
{
	const struct watch_function *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples < y->samples ? 1 : -1;
	return x->calls < y->calls ? 1 : x->calls > y->calls ? -1 : 0;
}

/* The lists by C function. */
static int make_functions(struct session *s, const struct sums *sums,
			  struct error *err)
{
	unsigned char all[CALLKINDS], in_c[CALLKINDS] = {0};
	struct callnames *names = s->names;
	struct watch *w = s->watch;
	size_t i;

	w->functions = calloc(CALLKINDS, sizeof(*w->functions));
	if (!w->functions)
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	memset(all, 1, sizeof(all));
	memset(in_c + CALLKIND_OTHERS, 1, CALLKINDS - CALLKIND_OTHERS);
	for (i = 0; i < CALLKIND_OTHERS; i++) {
		w->shares[i] = slices_share(s->slices, i, all).mean;
		w->interrupts[i] = sums->interrupts[i];
	}
	w->c_share = 0;
	for (i = CALLKIND_OTHERS; i < names->n; i++) {
		struct watch_function *f = &w->functions[w->nfunctions];
		struct estimate share = slices_share(s->slices, i, all);

		if (!sums->samples[i] && !sums->times[i].begun &&
		    !sums->off[i].times)
			continue;
		w->nfunctions++;
		w->c_share += isnan(share.mean) ? 0 : share.mean;
		add_interrupts_to(&w->interrupts_in_c, &sums->interrupts[i]);
		*f = (struct watch_function){
			.name = names->list[i].name,
			.caller = names->list[i].caller,
			.runtimes = names->list[i].runtimes,
			.time_share = slices_share(s->slices, i, in_c),
			.program_share = share.mean,
			.samples = sums->samples[i],
			.calls = sums->times[i].begun,
			.times = calltimes_of(&sums->times[i],
					      s->each->added_ns),
			.parts = callparts_of(&sums->times[i],
					      s->each->added_ns),
			.tail = callparts_tail(&sums->times[i],
					       s->each->added_ns),
			.off = sums->off[i],
			.interrupts = sums->interrupts[i],
		};
		f->time_share_mean = f->time_share.mean;
	}
	qsort(w->functions, w->nfunctions, sizeof(*w->functions), by_time);
	return 0;
}

/*
 * Was each call probed? Those that were are counted, and the total is known. Some may
 * not have returned when the program ended.
 */
static void judge_each(struct session *s, const struct sums *sums)
{
	struct watch *w = s->watch;
	size_t i;

	w->each = *s->each;
	w->times = calltimes_of(&sums->all, s->each->added_ns);
	w->each_seen = w->each_seen && s->each->mode == EACHCALL_ALL &&
		       sums->all.calls == w->calls;
	for (i = 0; i < w->nfunctions; i++)
		w->functions[i].each = w->each_seen;
}

static void *keep_names(struct session *s)
{
	struct watch *w = s->watch;
	size_t i;

	for (i = 0; i < w->nfunctions; i++) {
		w->functions[i].name = strdup(w->functions[i].name);
		w->functions[i].caller = strdup(w->functions[i].caller);
		if (!w->functions[i].name || !w->functions[i].caller)
			return NULL;
	}
	return w;
}

static int by_cpu_samples(const void *a, const void *b)
{
	const struct watch_cpu *x = a, *y = b;

	return (x->samples < y->samples) - (x->samples > y->samples);
}

/* The list by CPU, of those that have samples. */
static int make_cpus(struct session *s, struct error *err)
{
	struct watch *w = s->watch;
	size_t n = 0, i;
	uint64_t *samples = probes_cpus(s->probes, &n);

	w->cpus = samples ? calloc(n, sizeof(*w->cpus)) : NULL;
	if (!w->cpus) {
		free(samples);
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	}
	for (i = 0; i < n; i++)
		if (samples[i])
			w->cpus[w->ncpus++] = (struct watch_cpu){
				.cpu = (unsigned int)i, .samples = samples[i]};
	free(samples);
	qsort(w->cpus, w->ncpus, sizeof(*w->cpus), by_cpu_samples);
	return 0;
}

int findings_make(struct session *s, struct error *err)
{
	struct watch *w = s->watch;
	struct sums *sums;
	size_t i;

	for (i = 0; i < SLOWPATHS; i++)
		w->slow[i].path = &slowpaths[i];
	w->slowdown = slices_slowdown(s->slices, false);
	w->slowdown_wall = slices_slowdown(s->slices, true);
	if (!s->probes)
		return 0;
	sums = calloc(1, sizeof(*sums));
	if (!sums)
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	sums->session = s;
	findings_take(s);
	probes_each(s->probes, PROBES_SAMPLES, add_samples, sums);
	probes_each(s->probes, PROBES_SLOW, add_slow, sums);
	probes_each(s->probes, PROBES_TIMES, add_times, sums);
	probes_each(s->probes, PROBES_ABSENCES, add_absence, sums);
	probes_each(s->probes, PROBES_INTERRUPTS, add_interrupts, sums);
	for (i = 0; i < SLOWPATHS; i++)
		w->slow[i].count = sums->slow[i];
	w->event = probes_event(s->probes);
	w->counts = probes_counts(s->probes);
	w->samples = w->counts.samples;
	w->lost = probes_lost(s->probes);
	w->lost_total = w->lost.samples + w->lost.absences + w->lost.calls +
			w->lost.slow + w->lost.unread + w->lost.interrupts;
	if (make_cpus(s, err)) {
		free(sums);
		return -1;
	}
	if (s->options->stacks) {
		free(sums);
		return stacks_make(s, err);
	}
	i = make_functions(s, sums, err) == 0;
	judge_each(s, sums);
	free(sums);
	if (i && !keep_names(s))
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	return i ? 0 : -1;
}
