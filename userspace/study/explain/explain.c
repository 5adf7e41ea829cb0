// SPDX-License-Identifier: GPL-2.0
#include "explain.h"

#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "balance.h"
#include "operator.h"
#include "resultchild.h"
#include "tempfolder.h"

/* No replay takes as long, seconds. */
#define REPLAY_LIMIT 300.0

/* Replays of a turn: about a second's worth, since the next turn measures on. */
#define WARM_SAMPLES  "2000"
#define STATE_SAMPLES "1000"
#define COLD_SAMPLES  "300"
#define SPREAD	      "0.5"

/*
 * Samples a second, a prime: of an empty function's calls one of a hundred is in C. Their
 * cost isn't in the live call, which is of blocks without them.
 */
#define RATE "1999"

/* Calls to record: their most frequent variant is replayed. */
#define REPETITIONS "9"

/* Nothing is waited for to the second. */
#define GRACE 60.0

/* The ABI's mark on the functions that cgo makes, which not every table of names has. */
#define ABI0 ".abi0"

#define MOST_WORDS 32

struct work {
	struct explain *e;
	char folder[TEMPFOLDER_BYTES];
	char trace[PATH_MAX]; /* "": not yet recorded */
	char why[256];
};

/* A command of this project, as its result; NULL: it printed none, and work.why says why. */
static struct result *run(struct work *w, const char *const *words,
			  char *const *program, double limit)
{
	size_t n = 0, i;
	struct result *result;
	char **argv;
	int code;

	for (i = 0; program && program[i]; i++)
		;
	argv = calloc(MOST_WORDS + i + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[n++] = (char *)w->e->options->switchcost;
	while (*words)
		argv[n++] = (char *)*words++;
	for (i = 0; program && program[i]; i++)
		argv[n++] = program[i];
	result = result_of_command(argv, "", limit, w->why, &code);
	free(argv);
	return result;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct result *watch(struct work *w, struct error *err)
{
	const struct explain_options *o = w->e->options;
	struct result *result;
	char limit[32];

	snprintf(limit, sizeof(limit), "%g", o->time_limit);
	result = run(w,
		     WORDS("watch", "--json", "--parts", "--rate", RATE,
			   "--time-limit", limit, "--"),
		     o->argv, o->time_limit + GRACE);
	if (!result)
		error_set(err, EXIT_USAGE, "%s", w->why);
	else if (result_has(result, "why") && result_word(result, "why"))
		error_set(err, EXIT_IMPOSSIBLE, "%s",
			  result_word(result, "why"));
	else if (!result_holds(result, "ended"))
		error_set(
			err, EXIT_USAGE,
			"%s: hadn't ended after %g s, and runs on: name a command that ends, or allow more time (--time-limit)",
			o->argv[0], o->time_limit);
	else
		return result;
	result_free(result);
	return NULL;
}

/* Record calls from this symbol on. Return: false: not possible, and work.why says why. */
static bool record_from(struct work *w, const char *begin)
{
	const struct explain_options *o = w->e->options;
	struct result *result;

	result = run(w,
		     WORDS("record", "--json", "--begin", begin,
			   "--repetitions", REPETITIONS, "-o", w->trace, "--"),
		     o->argv, o->time_limit + GRACE);
	if (!result)
		return false;
	result_free(result);
	snprintf(w->e->begin, sizeof(w->e->begin), "%s", begin);
	return true;
}

/* The function's other name in tables of symbols: with the mark, or without it. */
static void other_name(const char *name, char other[128])
{
	size_t n = strlen(name), mark = strlen(ABI0);

	if (n > mark && !strcmp(name + n - mark, ABI0))
		snprintf(other, 128, "%.*s", (int)(n - mark), name);
	else
		snprintf(other, 128, "%s" ABI0, name);
}

static int record(struct work *w, const struct result *row, struct error *err)
{
	const struct explain_options *o = w->e->options;
	char other[128], why[256];
	const char *begin = o->begin;

	if (o->trace) {
		snprintf(w->trace, sizeof(w->trace), "%s", o->trace);
		return 0;
	}
	if (tempfolder_make(w->folder, err))
		return -1;
	snprintf(w->trace, sizeof(w->trace), "%s/call.trace", w->folder);
	begin = begin ?: result_word(row, "caller");
	if (!begin)
		return error_set(
			err, EXIT_USAGE,
			"%s: no function of Go's is known that calls it: name it with --begin",
			w->e->function);
	if (record_from(w, begin))
		return 0;
	snprintf(why, sizeof(why), "%s", w->why);
	other_name(begin, other);
	if (!o->begin && record_from(w, other))
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE, "%s", why);
}

/*
 * Replay the call, on the CPU where the program was: a neighbour on the host may share the
 * core of one and not of the other. NULL: not in this state; work.why says why.
 */
static struct result *replay(struct work *w, int cpu, const char *state,
			     const char *samples)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", cpu);
	return run(w,
		   WORDS("replay", "--json", "-n", samples, "--spread", SPREAD,
			 "--state", state, w->trace, cpu >= 0 ? "--cpu" : NULL,
			 number),
		   NULL, REPLAY_LIMIT);
}

/* The misses of a turn. If the model predicts none for the first, no other has any. */
static void take_misses(struct work *w, struct explain_turn *t)
{
	struct explain *e = w->e;
	struct result *state;

	t->parts[EXPLAIN_MISSES] = 0;
	if (e->predicted_misses == 0)
		return;
	state = replay(w, t->cpu, "recorded", STATE_SAMPLES);
	if (state)
		e->state = "recorded";
	t->parts[EXPLAIN_MISSES] = balance_misses(state, &e->predicted_misses);
	result_free(state);
}

/* The call with cold caches, which is no part: of the turns that were asked for. */
static void take_cold(struct work *w, struct explain_turn *t)
{
	struct result *cold;

	t->cold = NAN;
	if (w->e->n >= w->e->options->turns)
		return;
	cold = replay(w, t->cpu, "cold-all", COLD_SAMPLES);
	if (cold)
		t->cold = balance_ns(cold, "isolated.mean");
	result_free(cold);
}

/* The replays of a turn. */
static int take_replays(struct work *w, struct explain_turn *t,
			struct error *err)
{
	struct result *warm = replay(w, t->cpu, "warm", WARM_SAMPLES);
	struct explain *e = w->e;

	if (!warm)
		return error_set(err, EXIT_IMPOSSIBLE, "%s", w->why);
	t->parts[EXPLAIN_REPLAYED] = balance_ns(warm, "back_to_back.mean");
	t->isolated = balance_ns(warm, "isolated.mean");
	if (!result_holds(warm, "valid"))
		snprintf(e->why, sizeof(e->why), "%s",
			 result_word(warm, "why") ?: "the replay is withheld");
	result_free(warm);
	take_misses(w, t);
	take_cold(w, t);
	return 0;
}

static void describe(struct explain *e, const struct result *watched,
		     const struct result *row)
{
	snprintf(e->function, sizeof(e->function), "%s",
		 result_word(row, "name") ?: "");
	snprintf(e->program, sizeof(e->program), "%s",
		 basename(strdupa(e->options->argv[0])));
	snprintf(e->go, sizeof(e->go), "%s", result_word(watched, "go") ?: "");
}

static int take_turn(struct work *w, struct error *err)
{
	struct explain *e = w->e;
	struct explain_turn *t = &e->turns[e->n];
	struct result *watched = watch(w, err);
	const char *wanted = e->function[0] ? e->function
					    : e->options->function;
	const struct result *row;
	int failed = -1;

	if (!watched)
		return -1;
	row = balance_function(watched, wanted);
	if (!row && !wanted && result_whole(watched, "calls"))
		error_set(err, EXIT_USAGE,
			  "%s: no sample was in a call to C: let it run longer",
			  e->options->argv[0]);
	else if (!row)
		error_set(err, EXIT_USAGE, "%s: it calls no C function%s%s",
			  e->options->argv[0], wanted ? " " : "", wanted ?: "");
	else if (!(e->whole_from = balance_watched(t, watched, row, w->why)))
		error_set(err, EXIT_IMPOSSIBLE, "%s: %s", e->options->argv[0],
			  w->why);
	else
		failed = 0;
	t->cpu = balance_cpu(watched);
	if (!failed && !w->trace[0]) {
		describe(e, watched, row);
		failed = record(w, row, err);
	}
	result_free(watched);
	if (failed || take_replays(w, t, err))
		return -1;
	balance_rest(t);
	/* A replay that can't be believed has no figures. */
	if (isnan(t->rest) || isnan(t->parts[EXPLAIN_REPLAYED]))
		e->dropped++;
	else
		e->n++;
	return 0;
}

/*
 * Do turns differ so little, and are there so many, that the rest is known as was asked?
 * @progress: how far that has come, since an interval shrinks with the root of its turns.
 */
static bool is_known(struct explain *e, double *progress)
{
	const struct explain_options *o = e->options;
	struct estimate rest;
	double half;

	*progress = (double)e->n / o->turns;
	if (e->n < o->turns)
		return false;
	if (o->target <= 0 || e->n == EXPLAIN_MAX_TURNS)
		return true;
	rest = balance_rests(e);
	half = estimate_half_width(&rest);
	*progress = half > 0 ? fmin(1, pow(o->target / half, 2)) : 0;
	return half <= o->target;
}

/* The reason why a call isn't explained. */
static void complain(struct explain *e)
{
	const char *undecided =
		"; turns differ so much that this isn't sure: watch more of them (--target-ci)";

	snprintf(e->why, sizeof(e->why),
		 "the parts are %.1f %% off the whole, more than %.0f %%%s",
		 100 * e->closes_within, 100 * EXPLAIN_CLOSES,
		 e->decided ? "" : undecided);
}

static void judge(struct explain *e)
{
	e->valid = e->n;
	/* All that is known without a replay is the last turn's live call. */
	e->n += !e->n;
	balance_turns(e);
	e->n = e->valid ? e->n : 0;
	if (e->valid)
		e->why[0] = '\0';
	if (e->valid && !e->closes)
		complain(e);
	machine_describe(&e->machine);
}

int explain_run(struct explain *e, const struct explain_options *options,
		struct error *err)
{
	struct work w = {.e = e};
	double progress;
	int failed = 0;

	*e = (struct explain){
		.options = options, .state = "", .predicted_misses = NAN};
	while (!failed && e->dropped <= options->turns &&
	       !is_known(e, &progress)) {
		operator_tell(progress);
		failed = take_turn(&w, err);
	}
	tempfolder_remove(w.folder);
	if (!failed)
		judge(e);
	return failed;
}
