// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "elapsed.h"
#include "measurement.h"
#include "number.h"
#include "replay.h"
#include "resulttext.h"
#include "verdict.h"

static const char doc[] =
	"Judge planted claims, whose truth is known: of sequences whose cycles are "
	"known by construction, measured now, and of draws that were recorded earlier "
	"and are moved to a known truth. A tenth of the truths lie exactly on the "
	"border. Each claim stops at a look that is drawn, or when it is decided.\v"
	"Exit code 1: more than 1 % of what is decided is wrong, more than 5 % is "
	"undetermined three half-widths off the border, or in another run less than "
	"99 % of these have the same verdict, or one flips.";

#define MAX_CLAIMS 1000000u

/* Limits that the verdicts have to keep. */
#define MOST_WRONG	  0.01
#define MOST_UNDETERMINED 0.05
#define LEAST_SAME	  0.99
#define FAR_OFF		  3 /* half-widths */

#define CASES	3 /* of existential and universal claims */
#define LOOKS	6 /* that a claim may have, at most */
#define RUNS	2 /* the second is the re-run */
#define POOLS	64
#define BATCHES 3  /* of REPLAY_BATCH sequences each */
#define FEW	50 /* claims for which one batch and one look are enough */

/* A generator whose numbers are the same everywhere (Marsaglia's xorshift64*). */
struct dice {
	uint64_t state;
};

static double throw(struct dice * d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (d->state * UINT64_C(2685821657736338717) >> 11) * 0x1p-53;
}

static size_t pick(struct dice *d, size_t n)
{
	return throw (d)*n;
}

/**
 * struct pool - draws of one thing
 * @draws: as they were drawn
 * @n: how many
 * @truth: of what is measured now; of recorded ones their median
 * @common: as struct series has it
 * @measured: in this run
 */
struct pool {
	double draws[SERIES_MAX];
	size_t n;
	double truth;
	double common;
	bool measured;
};

/**
 * struct pools - all of them
 * @list: recorded ones, then measured ones
 * @n: how many
 * @looks: that the measured ones have draws for
 */
struct pools {
	struct pool list[POOLS];
	size_t n;
	unsigned int looks;
};

/**
 * struct planted - a claim with its truth
 * @claim: what is judged
 * @pools: what its cases' draws are of; of a ratio what they are over, too
 * @truth: of each case
 * @moved: to where its recorded draws are moved: the truth, but of a ratio
 * @border: the truth lies on it
 * @stops: at this look at the latest
 * @counted: of an exact claim: so many operations were found in its sequence
 */
struct planted {
	struct claim claim;
	struct claim_case cases[CASES];
	const struct pool *pools[CASES];
	const struct pool *over;
	double truth[CASES];
	double moved[CASES];
	bool border;
	unsigned int stops;
	double counted;
};

/* The outcome of one. */
struct outcome {
	enum verdict verdict;
	double half_width; /* of the case that decides */
};

/* How often. */
struct tally {
	size_t claims;
	size_t on_border;
	size_t decided;
	size_t wrong;
	size_t far;
	size_t undetermined_far;
	size_t same;
	size_t flips;
};

static double median(const double *values, size_t n)
{
	double *sorted = malloc(n * sizeof(*sorted)), middle = NAN;

	if (sorted && n) {
		memcpy(sorted, values, n * sizeof(*sorted));
		gsl_sort(sorted, 1, n);
		middle = gsl_stats_median_from_sorted_data(sorted, 1, n);
	}
	free(sorted);
	return middle;
}

/* Claims. */

static double log_between(struct dice *d, double lo, double hi)
{
	return lo * exp(throw (d)*log(hi / lo));
}

/*
 * An interval around or beside @truth: its half is from 0.2 to 30 % of the truth, or 0.2
 * cycles where that is more, and the truth lies on its end, in it, or beside it.
 */
static void predict(struct planted *p, double truth, struct dice *d)
{
	struct saying *says = &p->claim.prediction;
	double half = fmax(log_between(d, 0.002, 0.3) * fabs(truth),
			   p->over ? 0 : 0.2);
	double middle = truth + (2 * throw (d)-1) * 0.9 * half;

	if (p->border)
		middle = truth + (throw(d) < 0.5 ? half : -half);
	else if (throw(d) < 0.5)
		middle =
			truth + (throw(d) < 0.5 ? 1 : -1) *
					(half + log_between(d, 0.02, 3) * half);
	says->words = CLAIM_RANGE;
	says->value = middle - half;
	says->value_hi = middle + half;
	saying_fix(says);
	/* Subtracting and adding needn't lead back to the very number. */
	if (p->border && middle > truth)
		says->lo = truth;
	else if (p->border)
		says->hi = truth;
}

static const struct pool *any_pool(const struct pools *pools, bool measured,
				   struct dice *d)
{
	const struct pool *pool;

	do
		pool = &pools->list[pick(d, pools->n)];
	while (pool->measured != measured);
	return pool;
}

/*
 * The median of all ratios that draws of two pools can have, where both are moved to 1: it
 * needn't be the ratio of their medians.
 */
static double ratio_of(const struct pool *a, const struct pool *b)
{
	double *all = malloc(a->n * b->n * sizeof(*all)), middle = NAN;
	size_t i, k;

	for (i = 0; all && i < a->n; i++)
		for (k = 0; k < b->n; k++)
			all[i * b->n + k] = a->draws[i] / a->truth /
					    (b->draws[k] / b->truth);
	if (all)
		middle = median(all, a->n * b->n);
	free(all);
	return middle;
}

/* The truth of one case: of what is measured now it is what it is. */
static double plant_case(struct planted *p, size_t i, const struct pools *pools,
			 bool measured, struct dice *d)
{
	p->pools[i] = any_pool(pools, measured, d);
	p->truth[i] = measured ? p->pools[i]->truth : log_between(d, 10, 1000);
	p->moved[i] = p->truth[i];
	return p->truth[i];
}

static void plant(struct planted *p, size_t i, const struct pools *pools,
		  bool measured, struct dice *d)
{
	enum claim_class class = i % CLAIM_CLASSES;
	size_t k;

	*p = (struct planted){
		.claim = {.class = class, .ncases = 1},
		.border = class != CLAIM_EXACT && i / CLAIM_CLASSES % 8 == 7,
		.stops = 1 + pick(d, measured ? pools->looks : LOOKS),
	};
	p->claim.cases = p->cases;
	if (class == CLAIM_EXISTENTIAL || class == CLAIM_UNIVERSAL)
		p->claim.ncases = CASES;
	for (k = 0; k < p->claim.ncases; k++)
		plant_case(p, k, pools, measured, d);
	if (class == CLAIM_COMPARATIVE) {
		p->over = any_pool(pools, measured, d);
		p->truth[0] *= measured ? 1 / p->over->truth
					: ratio_of(p->pools[0], p->over);
	}
	predict(p, p->truth[0], d);
	/* A count is what it is, or one more. */
	if (class == CLAIM_EXACT) {
		p->truth[0] = round(p->truth[0]);
		p->claim.prediction = (struct saying){
			.words = CLAIM_COUNT,
			.value = p->truth[0] + pick(d, 2),
		};
		saying_fix(&p->claim.prediction);
	}
}

/* The truth. Of what lies on the border there is none: undetermined. */

static enum verdict truth_of_case(const struct planted *p, size_t i)
{
	const struct saying *says = &p->claim.prediction;
	double truth = p->truth[i];

	if (p->claim.class != CLAIM_EXACT &&
	    (truth == says->lo || truth == says->hi))
		return VERDICT_UNDETERMINED;
	return truth >= says->lo && truth <= says->hi ? VERDICT_SUPPORTED
						      : VERDICT_REFUTED;
}

static enum verdict truth_of(const struct planted *p)
{
	enum verdict enough = p->claim.class == CLAIM_UNIVERSAL
				      ? VERDICT_REFUTED
				      : VERDICT_SUPPORTED;
	enum verdict all = truth_of_case(p, 0), one;
	size_t i;

	for (i = 0; i < p->claim.ncases; i++) {
		one = truth_of_case(p, i);
		if (one == enough)
			return one;
		all = one == VERDICT_UNDETERMINED ? one : all;
	}
	return all;
}

/* Judging. */

/* A fact that was counted now; recorded ones are what they were moved to. */
static double count_of(const struct planted *p)
{
	return p->pools[0]->measured ? p->counted : p->truth[0];
}

/* One draw of what a case is of: resampled and moved, or the next that was measured. */
static double draw_of(const struct pool *pool, double truth, size_t i,
		      struct dice *d)
{
	if (pool->measured)
		return pool->draws[i % pool->n];
	return pool->draws[pick(d, pool->n)] * truth / pool->truth;
}

static void draw(const struct planted *p, size_t run, struct finding *f,
		 struct dice *d)
{
	size_t i, next;

	for (i = 0; i < p->claim.ncases; i++) {
		struct series *s = &f[i].series;
		const struct pool *pool = p->pools[i];

		/* Each run has a half of what was measured for itself. */
		next = s->n + run * pool->n / RUNS;
		s->common = pool->common;
		s->ratio = p->over;
		s->fact = p->claim.class == CLAIM_EXACT;
		if (s->fact)
			series_add(s, count_of(p), 1);
		else if (!p->over)
			series_add(s, draw_of(pool, p->truth[i], next, d), 1);
		else if (pool->measured)
			series_add(s, draw_of(pool, 0, next, d),
				   draw_of(p->over, 0, next, d));
		else
			series_add(s, draw_of(pool, p->moved[i], next, d),
				   draw_of(p->over, 1, next, d));
		if (p->over)
			s->common =
				(pool->common + p->truth[i] * p->over->common) /
				(pool->measured ? p->over->truth : 1);
	}
}

static struct outcome judge(const struct planted *p, size_t run,
			    struct finding *f, struct dice *d)
{
	struct judgement j;
	unsigned int k;
	size_t i;

	for (i = 0; i < p->claim.ncases; i++) {
		f[i].series.n = 0;
		f[i].why[0] = '\0';
	}
	for (k = 0; k < p->stops; k++) {
		while (f[0].series.n < series_look(k))
			draw(p, run, f, d);
		verdict_judge(&p->claim, f, VERDICT_ALPHA, &j);
		if (verdict_decided(&j))
			break;
	}
	return (struct outcome){
		.verdict = j.verdict,
		.half_width = estimate_half_width(&j.cases[j.shown].found),
	};
}

/* Is every case so far off the border that no interval should reach it? */
static bool is_far(const struct planted *p, double half_width)
{
	const struct saying *says = &p->claim.prediction;
	size_t i;

	for (i = 0; i < p->claim.ncases; i++)
		if (fmin(fabs(p->truth[i] - says->lo),
			 fabs(p->truth[i] - says->hi)) < FAR_OFF * half_width)
			return false;
	return true;
}

static void count(struct tally *t, const struct planted *p,
		  const struct outcome o[RUNS])
{
	bool far = is_far(p, fmax(o[0].half_width, o[1].half_width));
	bool decided = o[0].verdict != VERDICT_UNDETERMINED;

	t->claims++;
	t->on_border += p->border;
	t->decided += decided;
	t->wrong += decided && o[0].verdict != truth_of(p);
	t->far += far;
	t->undetermined_far += far && !decided;
	t->same += far && o[0].verdict == o[1].verdict;
	t->flips += (o[0].verdict == VERDICT_SUPPORTED &&
		     o[1].verdict == VERDICT_REFUTED) ||
		    (o[0].verdict == VERDICT_REFUTED &&
		     o[1].verdict == VERDICT_SUPPORTED);
}

/* An exact claim is about a sequence of as many operations as it says. */
static int count_ops(struct planted *p, struct error *err)
{
	static const char line[] = "nop 1\n";
	size_t n = p->truth[0], i;
	char *text = calloc(n + 1, strlen(line));
	unsigned int ops = 0;
	int rc;

	if (!text)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory");
	for (i = 0; i < n; i++)
		memcpy(text + i * strlen(line), line, strlen(line));
	rc = replay_ops(text, &ops, err);
	p->counted = ops;
	free(text);
	return rc;
}

static int judge_all(const struct pools *pools, size_t n, bool measured,
		     uint64_t seed, struct tally *tally, struct error *err)
{
	struct finding *f = calloc(CASES, sizeof(*f));
	struct tally t = {0};
	int rc = f ? 0 : error_set(err, EXIT_IMPOSSIBLE, "no memory");
	struct outcome o[RUNS];
	struct planted p;
	size_t i, run;

	for (i = 0; !rc && i < n; i++) {
		/* Each claim has dice of its own, so that it is the same in any run. */
		struct dice d = {(seed + i + 1) * UINT64_C(0x9e3779b97f4a7c15)};

		plant(&p, i, pools, measured, &d);
		if (measured && p.claim.class == CLAIM_EXACT)
			rc = count_ops(&p, err);
		for (run = 0; run < RUNS; run++)
			o[run] = judge(&p, run, f, &d);
		count(&t, &p, o);
	}
	free(f);
	*tally = t;
	return rc;
}

/* Draws: recorded, and measured. */

static int read_pools(const char *path, struct pools *pools, struct error *err)
{
	json_error_t where;
	json_t *top = json_load_file(path, 0, &where);
	const json_t *list, *draw;
	const char *name;
	size_t i;

	if (!top)
		return error_set(err, EXIT_USAGE, "%s:%d: %s: name draws", path,
				 where.line, where.text);
	json_object_foreach(json_object_get(top, "draws"), name, list) {
		struct pool *pool = &pools->list[pools->n];

		if (pools->n == POOLS - BATCHES * REPLAY_BATCH)
			break;
		json_array_foreach(list, i, draw) {
			if (pool->n == SERIES_MAX)
				break;
			pool->draws[pool->n++] = json_number_value(draw);
		}
		pool->truth = median(pool->draws, pool->n);
		pools->n += pool->n > 0;
	}
	json_decref(top);
	if (pools->n)
		return 0;
	return error_set(err, EXIT_USAGE, "%s: holds no draws", path);
}

/* Chains of additions take a cycle each. */
static unsigned int chain_length(size_t i)
{
	return 10 + i * 9;
}

/* A run that refuses itself says nothing, and is done again. */
static int measure_batch(size_t batch, double cycles[REPLAY_BATCH],
			 struct error *err)
{
	char text[REPLAY_BATCH][32];
	const char *texts[REPLAY_BATCH];
	struct estimate e[REPLAY_BATCH];
	struct error refused;
	double seconds = 0;
	unsigned int tries, i;

	for (i = 0; i < REPLAY_BATCH; i++) {
		snprintf(text[i], sizeof(text[i]), "chain %u\n",
			 chain_length(batch * REPLAY_BATCH + i));
		texts[i] = text[i];
	}
	for (tries = 0; tries < 5; tries++) {
		refused = (struct error){0};
		if (!replay_batch(texts, REPLAY_BATCH, 1000, e, &seconds,
				  &refused))
			break;
	}
	if (tries == 5)
		return error_set(err, refused.code, "%s", refused.text);
	for (i = 0; i < REPLAY_BATCH; i++)
		cycles[i] = e[i].mean;
	return 0;
}

static int measure_pools(struct pools *pools, size_t claims, struct error *err)
{
	const size_t batches = claims < FEW ? 1 : BATCHES;
	struct pool *first = &pools->list[pools->n];
	double cycles[REPLAY_BATCH];
	size_t batch, draw, i;

	pools->looks = claims < FEW ? 1 : LOOKS / 2;
	for (i = 0; i < batches * REPLAY_BATCH; i++)
		first[i] = (struct pool){
			.truth = chain_length(i),
			.common = SYSTEMATIC_LEVEL_FACTOR * SYSTEMATIC_CYCLES,
			.measured = true,
		};
	for (draw = 0; draw < RUNS * series_look(pools->looks - 1); draw++)
		for (batch = 0; batch < batches; batch++) {
			if (measure_batch(batch, cycles, err))
				return -1;
			for (i = 0; i < REPLAY_BATCH; i++) {
				struct pool *p =
					&first[batch * REPLAY_BATCH + i];

				p->draws[p->n++] = cycles[i];
			}
		}
	pools->n += batches * REPLAY_BATCH;
	return 0;
}

/* The report. */

struct report {
	struct tally measured;
	struct tally resampled;
	struct tally all;
	uint64_t seed;
	double seconds;
	bool good;
};

static const struct record tally_record = {
	.fields = FIELDS(
		{MEMBER("claims", tally, claims)},
		{MEMBER("on_border", tally, on_border)},
		{MEMBER("decided", tally, decided)},
		{MEMBER("wrong", tally, wrong)},
		{MEMBER("far_off", tally, far)},
		{MEMBER("undetermined_far_off", tally, undetermined_far)},
		{MEMBER("same_in_rerun", tally, same)},
		{MEMBER("flips", tally, flips)}),
};

static const struct record report_record = {
	.fields = FIELDS(
		{OBJECT_AT("measured", report, measured, &tally_record)},
		{OBJECT_AT("resampled", report, resampled, &tally_record)},
		{OBJECT_AT("all", report, all, &tally_record)},
		{MEMBER("seed", report, seed)},
		{MEMBER("seconds", report, seconds)},
		{MEMBER("good", report, good)}),
};

static const struct result_line lines[] = {
	{.text = "{claims} claims, {on_border} of them on the border: {decided} "
		 "decided, {wrong} of these wrong; {far_off} far off the border, "
		 "{undetermined_far_off} of these undetermined, "
		 "{same_in_rerun} the same in a re-run; {flips} flips\n"},
	{0}};

static bool is_good(const struct tally *t)
{
	return t->wrong <= MOST_WRONG * t->decided &&
	       t->undetermined_far <= MOST_UNDETERMINED * t->far &&
	       t->same >= LEAST_SAME * t->far && !t->flips;
}

static struct tally add(const struct tally *a, const struct tally *b)
{
	return (struct tally){
		.claims = a->claims + b->claims,
		.on_border = a->on_border + b->on_border,
		.decided = a->decided + b->decided,
		.wrong = a->wrong + b->wrong,
		.far = a->far + b->far,
		.undetermined_far = a->undetermined_far + b->undetermined_far,
		.same = a->same + b->same,
		.flips = a->flips + b->flips,
	};
}

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print one JSON object on stdout", 0},
	{"measured", 'm', "N", 0,
	 "Claims of what is measured now (default 200)", 0},
	{"resampled", 'r', "N", 0,
	 "Claims of recorded draws that are moved (default 800)", 0},
	{"seed", 's', "N", 0, "Of the claims (default 1)", 0},
	{0}};

struct arguments {
	const char *draws;
	unsigned long measured, resampled, seed;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case 'm':
		a->measured =
			number_of(state, "--measured", arg, 0, MAX_CLAIMS);
		return 0;
	case 'r':
		a->resampled =
			number_of(state, "--resampled", arg, 0, MAX_CLAIMS);
		return 0;
	case 's':
		a->seed = number_of(state, "--seed", arg, 0, ULONG_MAX);
		return 0;
	case ARGP_KEY_ARG:
		a->draws = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->draws)
			argp_error(state, "which recorded draws?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {.options = options,
					 .parser = parse,
					 .args_doc = "DRAWS",
					 .doc = doc};
	struct arguments a = {.measured = 200, .resampled = 800, .seed = 1};
	static struct pools pools;
	struct error err = {0};
	struct report r = {0};
	struct result *result;
	double start = elapsed();

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	r.seed = a.seed;
	if (read_pools(a.draws, &pools, &err) ||
	    (a.measured && measure_pools(&pools, a.measured, &err)) ||
	    judge_all(&pools, a.measured, true, a.seed, &r.measured, &err) ||
	    judge_all(&pools, a.resampled, false, ~a.seed, &r.resampled,
		      &err)) {
		fprintf(stderr, "verdicts: %s\n", err.text);
		return err.code;
	}
	r.all = add(&r.measured, &r.resampled);
	r.good = is_good(&r.all);
	r.seconds = elapsed() - start;
	result = result_make(&report_record, &r);
	if (a.json) {
		result_write(result, stdout);
	} else {
		result_print(result, "measured", lines, stdout);
		result_print(result, "resampled", lines, stdout);
	}
	result_free(result);
	return r.good ? EXIT_DONE : EXIT_CHECK_FAILED;
}
