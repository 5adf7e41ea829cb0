// SPDX-License-Identifier: GPL-2.0
#include "balance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Functions of less than this share of the time in C don't count as others. */
#define OTHERS 0.01

/* Timed calls by which all are divided among functions. */
#define ENOUGH_TIMED 500

static const struct {
	const char *name, *means;
} parts[EXPLAIN_PARTS] = {
	[EXPLAIN_REPLAYED] = {"replayed",
			      "the recorded call, replayed warm in a loop"},
	[EXPLAIN_MISSES] = {"misses",
			    "more of it with caches as the program leaves them"},
	[EXPLAIN_INTERRUPTS] = {"interrupts",
				"that came while the call was under way"},
	[EXPLAIN_MIGRATIONS] = {"migrations",
				"more of calls that end on another CPU"},
	[EXPLAIN_OFF_CPU] = {"off_cpu", "in C, waiting for something"},
	[EXPLAIN_WAKE_UP] = {"wake_up",
			     "woken or preempted, until it has a CPU"},
	[EXPLAIN_P_RETAKEN] = {"p_retaken", "back from C, until it has a P"},
};

const char *explain_part_name(unsigned int part)
{
	return parts[part].name;
}

const char *explain_part_means(unsigned int part)
{
	return parts[part].means;
}

/* Row @i of the functions; NULL: there are fewer. */
static const struct result *row_at(const struct result *watched, size_t i)
{
	char path[32];

	snprintf(path, sizeof(path), "functions.%zu", i);
	return result_piece(watched, path);
}

static bool is_own(const struct result *row)
{
	return !result_holds(row, "runtimes_own");
}

const struct result *balance_function(const struct result *watched,
				      const char *name)
{
	const struct result *row;
	const char *is;
	size_t i;

	/* They are in the order of their time. */
	for (i = 0; (row = row_at(watched, i)); i++) {
		is = result_word(row, "name");
		if (name ? is && !strcmp(is, name) : is_own(row))
			return row;
	}
	return NULL;
}

/* The function's share of the program's calls; NAN: not known. */
static double share_of_calls(const struct result *watched,
			     const struct result *row)
{
	double timed = 0, others = 0;
	const struct result *other;
	size_t i;

	for (i = 0; (other = row_at(watched, i)); i++) {
		if (!is_own(other))
			continue;
		timed += result_real(other, "timed");
		if (other != row)
			others += result_real(other, "time_share");
	}
	if (timed >= ENOUGH_TIMED)
		return result_real(row, "timed") / timed;
	return others < OTHERS ? 1 : NAN;
}

/* The probe was taken away which shows that a call found no P. */
static bool misses_no_p(const struct result *watched)
{
	const struct result *path;
	char key[32];
	size_t i;

	for (i = 0;; i++) {
		snprintf(key, sizeof(key), "slow_paths.%zu", i);
		path = result_piece(watched, key);
		if (!path)
			return true;
		if (!strcmp(result_word(path, "name"), "no_p_left"))
			return !result_holds(path, "probed !too_often");
	}
}

static double or_nothing(double value)
{
	return isnan(value) ? 0 : value;
}

/* The program's calls while the probes were on. */
static double calls_seen(const struct result *w)
{
	return result_real(w, "calls") * result_real(w, "on_seconds") /
	       result_real(w, "seconds");
}

/* The time that interrupts take of a call, in C and on the way. */
static double interrupted(const struct result *w, const struct result *row,
			  double share)
{
	return (result_real(row, "interrupts.times") / share +
		result_real(w, "interrupts.path.times")) *
	       result_real(w, "interrupts.cost_ns") / calls_seen(w);
}

/* Each call was timed: the parts are of all of them. */
static void from_each(struct explain_turn *t, const struct result *row)
{
	t->whole = result_real(row, "parts.mean_ns");
	t->on_cpu = result_real(row, "parts.on_cpu_ns");
	t->parts[EXPLAIN_OFF_CPU] = result_real(row, "parts.blocked_ns");
	t->parts[EXPLAIN_WAKE_UP] = result_real(row, "parts.queued_ns");
}

/*
 * The time on CPUs is the samples' share of the program's, the way there and back being
 * every call's; the program's is that of blocks without samples or probes. The time
 * without a CPU is what the scheduler's tracepoints have added up while they were on.
 */
static void from_samples(struct explain_turn *t, const struct result *w,
			 const struct result *row, double share)
{
	double own = share * calls_seen(w);
	double cpu_ns = result_real(w, "bare_cpu_ns"); /* a call */

	t->on_cpu = cpu_ns * (result_real(row, "program_share") / share +
			      result_real(w, "time.path"));
	t->parts[EXPLAIN_OFF_CPU] =
		result_real(row, "off_cpu.blocked_ns") / own;
	t->parts[EXPLAIN_WAKE_UP] = result_real(row, "off_cpu.queued_ns") / own;
	t->whole = t->on_cpu + t->parts[EXPLAIN_OFF_CPU] +
		   t->parts[EXPLAIN_WAKE_UP] +
		   or_nothing(t->parts[EXPLAIN_P_RETAKEN]);
}

const char *balance_watched(struct explain_turn *t, const struct result *w,
			    const struct result *row, char why[256])
{
	const char *mode = result_word(w, "each_call.mode");
	double share;

	t->calls = (uint64_t)result_whole(w, "calls");
	t->timed = (uint64_t)or_nothing(result_real(row, "timed"));
	t->p50 = result_real(row, "p50_ns");
	t->p99 = result_real(row, "p99_ns");
	t->longest = result_real(row, "max_ns");
	t->tail = result_real(row, "tail.mean_ns");
	t->tail_off = 1 - result_real(row, "tail.on_cpu_ns") / t->tail;
	t->parts[EXPLAIN_P_RETAKEN] =
		misses_no_p(w) ? NAN : result_real(row, "parts.no_p_ns");
	t->parts[EXPLAIN_MIGRATIONS] = result_real(row, "parts.moved_more_ns") *
				       result_real(row, "parts.moved") /
				       result_real(row, "parts.calls");
	share = share_of_calls(w, row);
	t->parts[EXPLAIN_INTERRUPTS] = interrupted(w, row, share);
	if (mode && !strcmp(mode, "all") && t->timed) {
		from_each(t, row);
		return "each call";
	}
	if (isnan(share)) {
		snprintf(
			why, 256,
			"several C functions share the calls, which are too many to be timed: how many are of %s isn't known",
			result_word(row, "name"));
		return NULL;
	}
	from_samples(t, w, row, share);
	if (!isnan(t->whole))
		return "samples and counts";
	snprintf(why, 256,
		 "no sample was in a call: let the program run longer");
	return NULL;
}

int balance_cpu(const struct result *w)
{
	return result_has(w, "cpus.0.cpu") ? (int)result_whole(w, "cpus.0.cpu")
					   : -1;
}

double balance_ns(const struct result *r, const char *path)
{
	return result_real(r, path) / result_real(r, "core_per_tsc") /
	       result_real(r, "tsc_hz") * 1e9;
}

double balance_misses(const struct result *state, double *predicted)
{
	*predicted = NAN;
	if (!state)
		return NAN;
	*predicted = result_real(state, "model.l1d.misses") +
		     result_real(state, "model.l1i.misses") +
		     result_real(state, "model.dtlb.misses") +
		     result_real(state, "model.itlb.misses");
	return *predicted == 0 ? 0 : balance_ns(state, "state_cycles.mean");
}

void balance_rest(struct explain_turn *t)
{
	size_t i;

	t->rest = t->whole;
	for (i = 0; i < EXPLAIN_PARTS; i++)
		t->rest -= or_nothing(t->parts[i]);
}

static double figure_of(const struct explain *e, size_t turn, size_t offset)
{
	return *(const double *)((const char *)&e->turns[turn] + offset);
}

/*
 * A figure over the turns that have it, @unknown where one hasn't. The mean is of those
 * that aren't set aside, and its interval as long as that of all turns' mean.
 */
static struct estimate over_or(const struct explain *e, size_t offset,
			       double unknown)
{
	double all[EXPLAIN_MAX_TURNS] = {0}, kept[EXPLAIN_MAX_TURNS], half;
	size_t n = 0, nkept = 0, i;
	struct estimate of_all;
	double value;

	for (i = 0; i < e->n; i++) {
		value = figure_of(e, i, offset);
		if (isnan(value))
			value = unknown;
		if (isnan(value))
			continue;
		all[n++] = value;
		if (!e->turns[i].aside)
			kept[nkept++] = value;
	}
	of_all = stats_mean(all, n);
	if (!nkept)
		return of_all;
	half = of_all.hi - of_all.mean;
	of_all.mean = stats_mean(kept, nkept).mean;
	of_all.lo = of_all.mean - half;
	of_all.hi = of_all.mean + half;
	return of_all;
}

static struct estimate over(const struct explain *e, size_t offset)
{
	return over_or(e, offset, NAN);
}

#define OVER(e, member) over(e, offsetof(struct explain_turn, member))

/* A part over all turns: as in each one's rest, nothing where it isn't known. */
static struct explain_row row_over(const struct explain *e, size_t offset)
{
	struct explain_row row = {.ns = over(e, offset)};

	if (!isnan(row.ns.mean))
		row.ns = over_or(e, offset, 0);
	row.share = row.ns.mean / e->whole.mean;
	return row;
}

static double rest_share(const struct explain_turn *t)
{
	return t->rest / t->whole;
}

static int by_rest(const void *a, const void *b)
{
	double x = rest_share(*(struct explain_turn *const *)a);
	double y = rest_share(*(struct explain_turn *const *)b);

	return (x > y) - (x < y);
}

/* Turn by turn, since what moves a turn moves both sides of it. */
struct estimate balance_rests(struct explain *e)
{
	size_t aside = e->n / EXPLAIN_ASIDE, i;
	struct explain_turn *order[EXPLAIN_MAX_TURNS];
	double shares[EXPLAIN_MAX_TURNS];

	for (i = 0; i < e->n; i++)
		order[i] = &e->turns[i];
	qsort(order, e->n, sizeof(*order), by_rest);
	for (i = 0; i < e->n; i++) {
		shares[i] = rest_share(order[i]);
		order[i]->aside = i < aside || i >= e->n - aside;
	}
	return stats_trimmed_mean(shares, e->n, aside);
}

/* No value of the interval would be judged otherwise. */
static bool is_decided(const struct estimate *rest)
{
	return (rest->lo >= -EXPLAIN_CLOSES && rest->hi <= EXPLAIN_CLOSES) ||
	       rest->lo > EXPLAIN_CLOSES || rest->hi < -EXPLAIN_CLOSES;
}

void balance_turns(struct explain *e)
{
	size_t i;

	e->closes_ci = balance_rests(e);
	e->whole = OVER(e, whole);
	e->on_cpu = OVER(e, on_cpu);
	for (i = 0; i < EXPLAIN_PARTS; i++)
		e->parts[i] =
			row_over(e, offsetof(struct explain_turn, parts[i]));
	e->rest = row_over(e, offsetof(struct explain_turn, rest));
	e->isolated = OVER(e, isolated);
	e->cold = OVER(e, cold);
	e->p50 = OVER(e, p50);
	e->p99 = OVER(e, p99);
	e->tail = OVER(e, tail);
	e->tail_off = OVER(e, tail_off);
	e->longest = NAN;
	for (i = 0; i < e->n; i++)
		e->longest = fmax(e->longest, e->turns[i].longest);
	e->closes_within = fabs(e->closes_ci.mean);
	e->closes = e->closes_within <= EXPLAIN_CLOSES;
	e->decided = is_decided(&e->closes_ci);
}
