// SPDX-License-Identifier: GPL-2.0
#include "experiment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/slots.h"
#include "elapsed.h"
#include "judgement.h"

/* The references, behind the arms that are counted. */
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
 * How often each is drawn, in relation to the others: those that are
 * compared most, the self-tests nearly so, references just often enough.
 */
static const __u32 weights[ARMS] = {
	[EVICTION_CONTROL] = 4, [EVICTION_SEQUENCE] = 4, [EVICTION_NULL] = 3,
	[EVICTION_PLANTED] = 3, [ARM_NEAR] = 1,		 [ARM_FAR] = 1,
};

/*
 * New memory in each round: which victim of a set is the next to go, and which
 * sets of L2 pages fall into, is then no property of one layout. What an arm's own
 * pages and lines displace is the same in all trials of a round, so rounds are what
 * a verdict is made of (clusters.h): enough that a single victim of the 32768 that
 * there may be can be told, which takes p-values of 1.5e-6, or 20 rounds.
 */
#define ROUNDS EVICTION_MAX_ROUNDS

/* Rounds after these until the planted evictions are looked for again. */
#define ROUNDS_BETWEEN 6u

/* Victims are read so often: replacement isn't LRU. */
#define PASSES 3u

/*
 * Where a trial takes long because the sequence does, more victims than one are
 * loaded in it, one for each so many seconds.
 */
#define SECONDS_A_PROBE 2e-5
#define MORE_PROBES	32u

/* A trial begins at no fixed phase of the TSC; a turn takes about a cycle. */
#define DELAY_TURNS 64u

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
 * struct experiment - one level's, under way
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
struct experiment {
	const struct trials_ring *ring;
	void *open;
	const struct experiment_options *options;
	const struct geometry *geometry;
	const struct sequence *sequences[EVICTION_ARMS];
	struct sequence null;
	struct planted planted;
	struct swc_trial_source sources[ARMS];
	struct swc_trial_sample *samples;
	uint32_t capacity;
	uint64_t random;
};

static uint64_t new_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0 || !seed)
		seed = 1;
	return seed;
}

/* Nothing: the frame of a replay is all that remains. */
static int make_null(struct sequence *s, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_MARK);

	if (sequence_init(s, "null", err) || names_add(&s->marks, "null") < 0)
		return -1;
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

/* Lines that, read through, empty a cache. */
static uint32_t lines_of(const struct experiment *x, enum geometry_level level)
{
	return x->geometry->cache[level].bytes / SWC_LINE_BYTES * SWEEP_FACTOR;
}

/* What makes a load come from just within, or from just beyond, a level. */
static void set_references(struct experiment *x, enum eviction_level level)
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

static int set_sources(struct experiment *x, enum eviction_level level,
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
static uint32_t samples_wanted(const struct experiment *x, size_t victims)
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

static int run_round(struct experiment *x, struct evictions *e, double seconds,
		     struct error *err)
{
	struct trials t = {
		.sequences = x->sequences,
		.nsequences = EVICTION_ARMS,
		.sources = x->sources,
		.nsources = ARMS,
		.victims = &e->victims,
		.warm = 1,
		.passes = PASSES,
		.delay_max = DELAY_TURNS,
		.tsc_step = x->options->tsc_step,
		.cpu = x->options->cpu,
		.seconds = seconds,
		.random = x->random,
		.samples = x->samples,
		.capacity = x->capacity,
	};
	double start = elapsed();
	int rc = x->ring->run(x->open, &t, err);

	if (rc)
		return rc;
	x->random = t.random;
	e->trials += t.trials;
	e->isolation = t.isolation;
	adapt_probes(&e->victims, (elapsed() - start) / t.trials);
	return evictions_count(e, x->samples, t.produced, &references, err);
}

/*
 * Looked for now and then only: that takes time, too. When it ends depends on the
 * planted sequence alone: of how the one that is asked about does it knows nothing.
 */
static bool is_enough(const struct experiment *x, const struct evictions *e,
		      unsigned int rounds)
{
	return rounds >= ROUNDS && (rounds - ROUNDS) % ROUNDS_BETWEEN == 0 &&
	       evictions_found_planted(e, &x->planted);
}

/*
 * At least so many rounds as are needed for the samples asked for, and, while
 * the planted evictions aren't all found, for as long as there is time.
 */
static int run_rounds(struct experiment *x, struct evictions *e,
		      struct error *err)
{
	double end = elapsed() + x->options->seconds, left;
	unsigned int i;
	int rc;

	for (i = 0; !is_enough(x, e, i); i++) {
		left = end - elapsed();
		if (left <= 0)
			break;
		if (i < ROUNDS)
			left /= ROUNDS - i;
		rc = run_round(x, e, left, err);
		if (rc)
			return rc;
	}
	return evictions_finish(e, &references, err);
}

static int provide_samples(struct experiment *x, size_t victims,
			   struct error *err)
{
	x->capacity = samples_wanted(x, victims);
	x->samples = calloc(x->capacity, sizeof(*x->samples));
	if (x->samples)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for samples: ask for fewer (--samples)");
}

static void set_sequences(struct experiment *x, const struct sequence *s)
{
	x->sequences[EVICTION_CONTROL] = &x->null;
	x->sequences[EVICTION_SEQUENCE] = s;
	x->sequences[EVICTION_NULL] = &x->null;
	x->sequences[EVICTION_PLANTED] = &x->planted.sequence;
}

/* Of one level nothing can be told here: no reason to tell nothing of others. */
static void refuse(struct evictions *e, struct error *err)
{
	e->valid = false;
	snprintf(e->why, sizeof(e->why), "%s: %.240s",
		 eviction_level_name(e->level), err->text);
	*err = (struct error){0};
}

static int run(struct experiment *x, struct evictions *e, struct error *err)
{
	int rc;

	if (make_null(&x->null, err) ||
	    planted_make(&x->planted, &e->victims, x->geometry, &x->random,
			 err) ||
	    set_sources(x, e->level, err) ||
	    provide_samples(x, e->victims.n, err))
		return -1;
	rc = run_rounds(x, e, err);
	if (!rc)
		return evictions_judge(e, &x->planted, err);
	if (rc < 0)
		return -1;
	refuse(e, err);
	return 0;
}

int experiment_run(const struct sequence *s, struct victims *victims,
		   const struct geometry *geometry,
		   const struct experiment_options *options,
		   struct evictions *e, struct error *err)
{
	struct experiment x = {
		.ring = options->ring,
		.geometry = geometry,
		.options = options,
		.random = new_seed(),
	};
	double start = elapsed(), cpu_start = elapsed_cpu();
	int rc = -1;

	if (evictions_init(e, victims, err))
		return -1;
	set_sequences(&x, s);
	x.open = x.ring->open(err);
	if (x.open) {
		rc = run(&x, e, err);
		x.ring->close(x.open);
	}
	e->seconds = elapsed() - start;
	e->cpu_seconds = elapsed_cpu() - cpu_start;
	if (rc)
		evictions_free(e);
	free(x.samples);
	sequence_free(&x.null);
	planted_free(&x.planted);
	return rc;
}
