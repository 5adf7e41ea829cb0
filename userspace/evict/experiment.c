// SPDX-License-Identifier: GPL-2.0
#include "experiment.h"

#include <alloca.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "engine/draw.h"
#include "engine/slots.h"
#include "loaded.h"
#include "placement.h"
#include "trial_user.h"

/* The references, behind the arms that are counted. */
enum {
	ARM_NEAR = EVICTION_ARMS, /* loads from within the level */
	ARM_FAR,		  /* loads from beyond it */
	ARMS
};

static const struct boundary_arms references = {
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
 * What an arm's own lines displace is the same in all trials of a round: so few
 * trials of a victim in each that a round by itself singles out none.
 * New memory in each round: which victim of a set is the next to go, and which
 * sets of L2 pages fall into, is then no property of one layout.
 */
#define ROUNDS 16u

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

/* Samples of one round: enough of the references, and at most 64 MiB. */
#define MIN_SAMPLES 8192u
#define MAX_SAMPLES (4u << 20)

/*
 * Pages that empty a TLB's first level and spare the second: more than twice 96,
 * the most entries for 4 KiB that a first level has, and half of 512, the fewest
 * of a second.
 */
#define SWEEP_DTLB_PAGES 256u

/* Reading a cache's size once spares some of it. */
#define SWEEP_FACTOR 2u

struct experiment {
	const struct sequence *sequence;
	const struct geometry *geometry;
	const struct experiment_options *options;
	struct swc_caps caps;
	struct sequence null;
	struct planted planted;
	struct evictors own;
	struct swc_evictors evictors;
	struct loaded loaded[EVICTION_ARMS];
	struct swc_trial_sample *samples;
	uint32_t capacity;
	uint64_t random;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

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

static uint32_t sweep_bytes(const struct geometry *g, enum geometry_level level)
{
	return g->cache[level].bytes * SWEEP_FACTOR;
}

/* A buffer and pages to read through, as a state of a sequence would need. */
static int provide_evictors(struct experiment *x, enum eviction_level level,
			    struct error *err)
{
	struct swc_state state = {0};

	if (eviction_level_is_tlb(level)) {
		state.dtlb.bits[0] = 1;
	} else {
		state.l1d.bits[0] = 1;
		state.l1d_bytes = sweep_bytes(x->geometry, GEOMETRY_L1D);
	}
	if (level == EVICTION_L2) {
		state.l2.bits[0] = 1;
		state.l2_bytes = sweep_bytes(x->geometry, GEOMETRY_L2);
	}
	if (state.l2_bytes > SWC_MAX_SWEEP_BYTES)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "evict: a cache of %u bytes is more than can "
				 "be emptied: choose other victims (--victims)",
				 state.l2_bytes / SWEEP_FACTOR);
	return evictors_provide(&x->own, &state, 0, &x->evictors, err);
}

static struct swc_step sweep(uint64_t base, uint32_t count, uint32_t stride)
{
	return (struct swc_step){
		.kind = SWC_STEP_SWEEP,
		.base = base,
		.count = count,
		.stride = stride,
	};
}

static struct swc_step sweep_cache(const struct experiment *x,
				   enum geometry_level level)
{
	return sweep(x->evictors.buffer,
		     sweep_bytes(x->geometry, level) / SWC_LINE_BYTES,
		     SWC_LINE_BYTES);
}

/* What makes a load come from just within, or from just beyond, a level. */
static void set_references(const struct experiment *x,
			   enum eviction_level level,
			   struct swc_trial_arm *arms)
{
	struct swc_trial_arm *near = &arms[ARM_NEAR];
	struct swc_trial_arm *far = &arms[ARM_FAR];
	struct swc_step *inner = near->arm.preparation.steps;
	struct swc_step *outer = far->arm.preparation.steps;

	far->arm.preparation.nsteps = 1;
	switch (level) {
	case EVICTION_L1D:
		near->last = SWC_STEP_TOUCH;
		*outer = sweep_cache(x, GEOMETRY_L1D);
		break;
	case EVICTION_L2:
		near->arm.preparation.nsteps = 1;
		*inner = sweep_cache(x, GEOMETRY_L1D);
		*outer = sweep_cache(x, GEOMETRY_L2);
		break;
	case EVICTION_DTLB:
		near->last = SWC_STEP_TOUCH;
		*outer = sweep(x->evictors.pages, SWEEP_DTLB_PAGES,
			       SWC_PAGE_BYTES);
		break;
	default:
		near->arm.preparation.nsteps = 1;
		*inner = sweep(x->evictors.pages, SWEEP_DTLB_PAGES,
			       SWC_PAGE_BYTES);
		*outer = sweep(x->evictors.pages, x->evictors.npages,
			       SWC_PAGE_BYTES);
		break;
	}
}

static void set_arms(const struct experiment *x, enum eviction_level level,
		     struct swc_trial_arm *arms)
{
	unsigned int i;

	for (i = 0; i < ARMS; i++)
		arms[i] = (struct swc_trial_arm){
			.arm = x->loaded[i < EVICTION_ARMS ? i
							   : EVICTION_CONTROL]
				       .arm,
			.last = SWC_TRIAL_NOTHING,
			.weight = weights[i],
		};
	set_references(x, level, arms);
}

static void unload(struct experiment *x)
{
	unsigned int i;

	for (i = 0; i < EVICTION_ARMS; i++)
		loaded_close(&x->loaded[i]);
}

static int load(struct experiment *x, struct error *err)
{
	const struct sequence *const sequences[EVICTION_ARMS] = {
		[EVICTION_CONTROL] = &x->null,
		[EVICTION_SEQUENCE] = x->sequence,
		[EVICTION_NULL] = &x->null,
		[EVICTION_PLANTED] = &x->planted.sequence,
	};
	unsigned int i;

	for (i = 0; i < EVICTION_ARMS; i++) {
		if (loaded_open(&x->loaded[i], sequences[i], &x->caps, 0, NULL,
				&x->own, err)) {
			unload(x);
			return -1;
		}
	}
	return 0;
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
	return wanted < MAX_SAMPLES ? wanted : MAX_SAMPLES;
}

static uint32_t draw_below(struct experiment *x, uint32_t n)
{
	__u64 state = x->random;
	uint32_t drawn = swc_draw_below(&state, n);

	x->random = state;
	return drawn;
}

static void adapt_probes(struct victims *v, double trial_seconds)
{
	double wanted = trial_seconds / SECONDS_A_PROBE;

	while (v->probes < MORE_PROBES && v->probes < v->n &&
	       v->probes + 1 <= wanted)
		v->probes++;
}

/*
 * What the loop itself reads and writes evicts the oldest victims of its sets.
 * It lies on the stack below a gap drawn anew for each round, so that these are
 * others each time.
 */
static __attribute__((noinline)) int
run_round(struct experiment *x, struct evictions *e,
	  const struct placement *placement, double seconds, struct error *err)
{
	struct swc_trial_arm arms[ARMS];
	struct swc_trial trial = {
		.arms = arms,
		.narms = ARMS,
		.warm = 1,
		.victims = e->victims.address,
		.partners = e->victims.partner,
		.nvictims = e->victims.n,
		.passes = PASSES,
		.prime = placement->prime,
		.probes = e->victims.probes,
		.delay_max = DELAY_TURNS,
		.random = x->random,
		.samples = x->samples,
		.capacity = x->capacity,
	};
	double start = now();
	unsigned int i;

	for (i = 0; i < ARMS; i++)
		trial.next[i] = draw_below(x, e->victims.n);
	set_arms(x, e->level, arms);
	if (trial_user_run(&trial, x->options->cpu, seconds, err))
		return -1;
	x->random = trial.random;
	e->trials += trial.trials;
	adapt_probes(&e->victims, (now() - start) / trial.trials);
	return evictions_count(e, x->samples, trial.produced, &references, err);
}

static int run_displaced(struct experiment *x, struct evictions *e,
			 const struct placement *placement, double seconds,
			 struct error *err)
{
	size_t bytes = draw_below(x, SWC_LINES_PER_PAGE) * SWC_LINE_BYTES;
	volatile char *gap = alloca(bytes + 1);

	*gap = 0;
	return run_round(x, e, placement, seconds, err);
}

static int place_and_run(struct experiment *x, struct evictions *e,
			 double seconds, struct error *err)
{
	struct placement placement;
	int rc;

	if (load(x, err))
		return -1;
	rc = placement_make(&placement, &e->victims, &x->random, err);
	if (!rc) {
		rc = run_displaced(x, e, &placement, seconds, err);
		placement_free(&placement);
	}
	unload(x);
	return rc;
}

/*
 * At least so many rounds as are needed for the samples asked for, and, while
 * the planted evictions aren't all found, for as long as there is time: of how
 * the sequence does, when it ends knows nothing.
 */
static int run_rounds(struct experiment *x, struct evictions *e,
		      struct error *err)
{
	double end = now() + x->options->seconds, left;
	unsigned int i;

	for (i = 0; i < ROUNDS || !evictions_found_planted(e, &x->planted);
	     i++) {
		left = end - now();
		if (left <= 0)
			break;
		if (i < ROUNDS)
			left /= ROUNDS - i;
		if (place_and_run(x, e, left, err))
			return -1;
	}
	return 0;
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

static int run(struct experiment *x, struct evictions *e, struct error *err)
{
	if (make_null(&x->null, err) ||
	    planted_make(&x->planted, &e->victims, x->geometry, &x->random,
			 err) ||
	    provide_evictors(x, e->level, err) ||
	    provide_samples(x, e->victims.n, err) || run_rounds(x, e, err))
		return -1;
	return evictions_judge(e, &x->planted, err);
}

int experiment_run(const struct sequence *s, struct victims *victims,
		   const struct geometry *geometry,
		   const struct experiment_options *options,
		   struct evictions *e, struct error *err)
{
	struct experiment x = {
		.sequence = s,
		.geometry = geometry,
		.options = options,
		.random = new_seed(),
	};
	double start = now();
	int rc;

	if (evictions_init(e, victims, err))
		return -1;
	swc_caps_probe(&x.caps);
	rc = run(&x, e, err);
	e->seconds = now() - start;
	if (rc)
		evictions_free(e);
	free(x.samples);
	evictors_free(&x.own);
	sequence_free(&x.null);
	planted_free(&x.planted);
	return rc;
}
