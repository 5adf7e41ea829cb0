// SPDX-License-Identifier: GPL-2.0
#include "level.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/slots.h"
#include "elapsed.h"
#include "decide.h"
#include "run.h"

/* The references, after the arms that are counted. */
enum {
	ARM_NEAR = EVICTION_ARMS, /* loads from within the level */
	ARM_FAR,		  /* loads from beyond it */
	ARMS
};

static const struct scale_arms references = {
	.control = EVICTION_CONTROL,
	.near = ARM_NEAR,
	.far = ARM_FAR,
};

/*
 * The arms are drawn in this proportion: those that are compared most often,
 * the self-tests nearly so, references just often enough.
 */
static const __u32 weights[ARMS] = {
	[EVICTION_CONTROL] = 4, [EVICTION_SEQUENCE] = 4, [EVICTION_NULL] = 3,
	[EVICTION_PLANTED] = 3, [ARM_NEAR] = 1,		 [ARM_FAR] = 1,
};

/*
 * Each round has new memory: so no single layout decides which victim of a set is
 * the next to go, nor which sets of L2 pages fall into. An arm's own pages and
 * lines displace the same victims in all trials of a round, so a verdict counts
 * rounds (clusters.h). There are enough for a single victim of the 32768 that there
 * may be to be found, which takes p-values of 1.5e-6, or 20 rounds.
 */
#define ROUNDS EVICTION_MAX_ROUNDS

_Static_assert(ROUNDS == RUN_FIRST_LOOK,
	       "the planted evictions are looked for when there are as many");

/* A time limit that is over at once, if the levels before have left nothing. */
#define NO_TIME 1e-9

/* Victims are read so often: replacement isn't LRU. */
#define PASSES 3u

/*
 * If a trial takes long because the sequence does, several victims are loaded
 * in it, one for each so many seconds.
 */
#define SECONDS_A_PROBE 2e-5
#define MORE_PROBES	32u

/* A trial begins at no fixed phase of the TSC; an iteration takes about a cycle. */
#define DELAY_ITERATIONS 64u

/* Samples of one round at least: enough of the references. */
#define MIN_SAMPLES 8192u

/*
 * Pages that empty a TLB's first level and spare the second: more than twice 96,
 * the most entries for 4 KiB that a first level has, and half of 512, the fewest
 * of a second.
 */
#define SWEEP_DTLB_PAGES 256u

/* Reading a cache's size once spares some of it. */
#define SWEEP_FACTOR 2u

/**
 * struct level_run - one level's, under way, as the source of a run
 * @e: filled
 * @ring: where
 * @open: of it
 * @options: how
 * @geometry: of the CPU
 * @sequences: by enum eviction_arm, but that the control and the null are one
 * @null: nothing
 * @planted: what must be found
 * @sources: control and others, then the references
 * @samples: of a round
 * @capacity: how many
 * @random: state of the generator
 */
struct level_run {
	struct evictions *e;
	const struct round_ring *ring;
	void *open;
	const struct level_options *options;
	const struct geometry *geometry;
	const struct sequence *sequences[EVICTION_ARMS];
	struct sequence null;
	struct planted planted;
	struct swc_trial_source sources[ARMS];
	struct swc_trial_sample *samples;
	uint32_t capacity;
	uint64_t random;
};

/* Nothing: the frame of a replay is all that remains. */
static int make_null(struct sequence *s, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_MARK);

	if (sequence_init(s, "null", err) || names_add(&s->marks, "null") < 0)
		return -1;
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

/* Lines that, read through, empty a cache. */
static uint32_t lines_of(const struct level_run *x, enum geometry_level level)
{
	return x->geometry->cache[level].bytes / SWC_LINE_BYTES * SWEEP_FACTOR;
}

/*
 * Sets the sources that make a load come from just within, or from just beyond,
 * a level.
 */
static void set_references(struct level_run *x, enum eviction_level level)
{
	struct swc_trial_source *near = &x->sources[ARM_NEAR];
	struct swc_trial_source *far = &x->sources[ARM_FAR];

	switch (level) {
	case EVICTION_L1D:
		near->last = SWC_TRIAL_LAST_TOUCH;
		far->sweep_lines = lines_of(x, GEOMETRY_L1D);
		break;
	case EVICTION_L2:
		near->sweep_lines = lines_of(x, GEOMETRY_L1D);
		far->sweep_lines = lines_of(x, GEOMETRY_L2);
		break;
	case EVICTION_DTLB:
		near->last = SWC_TRIAL_LAST_TOUCH;
		far->sweep_pages = SWEEP_DTLB_PAGES;
		break;
	default:
		near->sweep_pages = SWEEP_DTLB_PAGES;
		far->sweep_pages = x->ring->max_sweep_pages;
		break;
	}
}

static int set_sources(struct level_run *x, enum eviction_level level,
		       struct error *err)
{
	const uint32_t most = SWC_MAX_SWEEP_BYTES / SWC_LINE_BYTES;
	unsigned int i;

	for (i = 0; i < ARMS; i++)
		x->sources[i] = (struct swc_trial_source){
			.sequence = i < EVICTION_ARMS ? i : EVICTION_CONTROL,
			.last = SWC_TRIAL_LAST_NOTHING,
			.weight = weights[i],
		};
	set_references(x, level);
	if (x->sources[ARM_FAR].sweep_lines <= most)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "evict: a cache of %" PRIu64
			 " bytes is more than can be "
			 "emptied: choose other victims (--victims)",
			 x->geometry->cache[GEOMETRY_L2].bytes);
}

/* Samples of a round, so that the rounds together are as many as asked for. */
static uint32_t samples_wanted(const struct level_run *x, size_t victims)
{
	uint64_t all = 0, wanted;
	unsigned int i;

	for (i = 0; i < ARMS; i++)
		all += weights[i];
	wanted = victims * x->options->samples * all /
		 weights[EVICTION_SEQUENCE] / ROUNDS;
	if (wanted < MIN_SAMPLES)
		wanted = MIN_SAMPLES;
	return wanted < x->ring->max_samples ? wanted : x->ring->max_samples;
}

static void adapt_probes(struct victims *v, double trial_seconds)
{
	double wanted = trial_seconds / SECONDS_A_PROBE;

	while (v->probes < MORE_PROBES && v->probes < v->n &&
	       v->probes + 1 <= wanted)
		v->probes++;
}

static int start(void *context, struct error *err)
{
	struct level_run *x = context;

	x->open = x->ring->open(err);
	return x->open ? 0 : -1;
}

static void end(void *context)
{
	struct level_run *x = context;

	x->ring->close(x->open);
}

static int add_loads(const struct level_run *x, const struct trial_round *t,
		     struct run_table *table, struct error *err)
{
	const uint32_t *order = x->e->victims.order;
	const struct swc_trial_sample *s;

	for (s = x->samples; s < x->samples + t->produced; s++) {
		if (run_table_add(table, s->arm, order[s->victim], s->ticks,
				  s->flags, err))
			return -1;
	}
	return 0;
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct level_run *x = context;
	struct trial_round t = {
		.sequences = x->sequences,
		.nsequences = EVICTION_ARMS,
		.sources = x->sources,
		.nsources = ARMS,
		.victims = &x->e->victims,
		.warm = 1,
		.passes = PASSES,
		.delay_max = DELAY_ITERATIONS,
		.tsc_step = x->options->tsc_step,
		.cpu = x->options->cpu,
		.seconds = round->seconds,
		.random = round->seed,
		.samples = x->samples,
		.capacity = round->each,
	};
	double begun = elapsed();
	int rc = x->ring->run(x->open, &t, err);

	(void)group;
	if (rc)
		return rc;
	x->e->trials += t.trials;
	x->e->isolation = t.isolation;
	adapt_probes(&x->e->victims, (elapsed() - begun) / t.trials);
	return add_loads(x, &t, table, err);
}

static int add(void *context, const struct run_table *table, struct error *err)
{
	const struct level_run *x = context;

	return evictions_count(x->e, table, x->samples, &references, err);
}

/*
 * The planted sequence alone decides when a run ends, without a look at the sequence
 * that is asked about.
 */
static bool reached(void *context)
{
	const struct level_run *x = context;

	return evictions_found_planted(x->e, &x->planted);
}

/*
 * Takes at least as many rounds as the samples asked for need, and goes on, while the
 * planted evictions aren't all found, as long as there is time. A load that is far off
 * isn't dropped, since it is what one looks for.
 */
static int take_rounds(struct level_run *x, struct error *err)
{
	const struct run_source source = {
		.start = start, .take = take, .end = end, .context = x};
	const struct run_plan plan = {
		.arms = ARMS,
		.seed = x->random,
		.each = x->capacity,
		.time_limit = fmax(x->options->seconds, NO_TIME),
		.keep_far_off = true,
		.add = add,
		.reached = reached,
		.context = x,
	};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc = run_rounds(&plan, &source, &table, &ended, err);

	run_table_free(&table);
	return rc ? rc : evictions_finish(x->e, &references, err);
}

static int provide_samples(struct level_run *x, size_t victims,
			   struct error *err)
{
	x->capacity = samples_wanted(x, victims);
	x->samples = calloc(x->capacity, sizeof(*x->samples));
	if (x->samples)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for samples: ask for fewer (--samples)");
}

static void set_sequences(struct level_run *x, const struct sequence *s)
{
	x->sequences[EVICTION_CONTROL] = &x->null;
	x->sequences[EVICTION_SEQUENCE] = s;
	x->sequences[EVICTION_NULL] = &x->null;
	x->sequences[EVICTION_PLANTED] = &x->planted.sequence;
}

/* A level of which nothing can be known here; the others go on. */
static void refuse(struct evictions *e, struct error *err)
{
	e->valid = false;
	snprintf(e->why, sizeof(e->why), "%s: %.240s",
		 eviction_level_name(e->level), err->text);
	*err = (struct error){0};
}

static int run_level(struct level_run *x, struct error *err)
{
	struct evictions *e = x->e;
	int rc;

	if (make_null(&x->null, err) ||
	    planted_make(&x->planted, &e->victims, x->geometry, &x->random,
			 err) ||
	    set_sources(x, e->level, err) ||
	    provide_samples(x, e->victims.n, err))
		return -1;
	rc = take_rounds(x, err);
	if (!rc)
		return evictions_decide(e, &x->planted, err);
	if (rc < 0)
		return -1;
	refuse(e, err);
	return 0;
}

int level_run(const struct sequence *s, struct victims *victims,
	      const struct geometry *geometry,
	      const struct level_options *options, struct evictions *e,
	      struct error *err)
{
	struct level_run x = {
		.e = e,
		.ring = options->ring,
		.geometry = geometry,
		.options = options,
		.random = run_seed(),
	};
	double start = elapsed(), cpu_start = elapsed_cpu();
	int rc;

	if (evictions_init(e, victims, err))
		return -1;
	set_sequences(&x, s);
	rc = run_level(&x, err);
	e->seconds = elapsed() - start;
	e->cpu_seconds = elapsed_cpu() - cpu_start;
	if (rc)
		evictions_free(e);
	free(x.samples);
	sequence_free(&x.null);
	planted_free(&x.planted);
	return rc;
}
