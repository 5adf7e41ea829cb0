// SPDX-License-Identifier: GPL-2.0
#include "round.h"

#include <alloca.h>
#include <stdlib.h>

#include "engine/draw.h"
#include "engine/slots.h"
#include "loaded.h"
#include "victim_memory.h"
#include "trial_user.h"

/**
 * struct user - ring 3, from round to round
 * @caps: of this CPU
 * @own: what caches and TLBs are emptied with
 * @evictors: likewise, as the engine has it
 */
struct user {
	struct swc_caps caps;
	struct evictors own;
	struct swc_evictors evictors;
};

static void *user_open(struct error *err)
{
	struct user *u = calloc(1, sizeof(*u));

	if (u)
		swc_caps_probe(&u->caps);
	else
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	return u;
}

static void user_close(void *ring)
{
	struct user *u = ring;

	evictors_free(&u->own);
	free(u);
}

/* A buffer and pages to read through, as a state of a sequence would need. */
static int provide_evictors(struct user *u, const struct trial_round *t,
			    struct error *err)
{
	struct swc_state state = {0};
	uint32_t i, bytes;

	for (i = 0; i < t->nsources; i++) {
		bytes = t->sources[i].sweep_lines * SWC_LINE_BYTES;
		if (bytes > state.l1d_bytes)
			state.l1d_bytes = bytes;
		if (t->sources[i].sweep_pages)
			state.dtlb.bits[0] = 1;
	}
	state.l1d.bits[0] = state.l1d_bytes != 0;
	return evictors_provide(&u->own, &state, 0, &u->evictors, err);
}

static void add_sweep(struct swc_preparation *p, uint64_t base, uint32_t count,
		      uint32_t stride)
{
	if (count)
		p->steps[p->nsteps++] = (struct swc_step){
			.kind = SWC_STEP_SWEEP,
			.base = base,
			.count = count,
			.stride = stride,
		};
}

static void set_arm(const struct user *u, const struct swc_trial_source *source,
		    const struct loaded *loaded, struct swc_trial_arm *arm)
{
	*arm = (struct swc_trial_arm){
		.arm = loaded[source->sequence].arm,
		.last = swc_trial_last_step(source->last),
		.weight = source->weight,
	};
	add_sweep(&arm->arm.preparation, u->evictors.buffer,
		  source->sweep_lines, SWC_LINE_BYTES);
	add_sweep(&arm->arm.preparation, u->evictors.pages, source->sweep_pages,
		  SWC_PAGE_BYTES);
}

/*
 * The loop's own reads and writes evict the oldest victims of their sets. It
 * lies on the stack below a gap drawn anew for each round, so that these are
 * others each time.
 */
static __attribute__((noinline)) int
run_loop(const struct user *u, struct trial_round *t,
	 const struct loaded *loaded, const struct victim_memory *placement,
	 struct error *err)
{
	struct swc_trial_arm arms[SWC_MAX_TRIAL_ARMS];
	struct swc_trial trial = {
		.arms = arms,
		.narms = t->nsources,
		.warm = t->warm,
		.victims = t->victims->address,
		.partners = t->victims->partner,
		.places = victims_partners(t->victims),
		.stride = victims_partner_stride(t->victims),
		.nvictims = t->victims->n,
		.passes = t->passes,
		.prime = placement->prime,
		.probes = t->victims->probes,
		.delay_max = t->delay_max,
		.tsc_step = t->tsc_step,
		.random = t->random,
		.samples = t->samples,
		.capacity = t->capacity,
	};
	uint32_t i;

	for (i = 0; i < t->nsources; i++) {
		set_arm(u, &t->sources[i], loaded, &arms[i]);
		trial.next[i] = swc_trial_first(&trial);
	}
	if (trial_user_run(&trial, t->cpu, t->seconds, err))
		return -1;
	t->random = trial.random;
	t->produced = trial.produced;
	t->trials = trial.trials;
	t->isolation = SWC_ISOLATION_NONE;
	return 0;
}

static int run_displaced(const struct user *u, struct trial_round *t,
			 const struct loaded *loaded,
			 const struct victim_memory *placement,
			 struct error *err)
{
	__u64 state = t->random;
	size_t bytes =
		swc_draw_below(&state, SWC_LINES_PER_PAGE) * SWC_LINE_BYTES;
	volatile char *gap = alloca(bytes + 1);

	*gap = 0;
	t->random = state;
	return run_loop(u, t, loaded, placement, err);
}

static int place_and_run(struct user *u, struct trial_round *t,
			 const struct loaded *loaded, struct error *err)
{
	struct victim_memory placement;
	int rc;

	if (victim_memory_make(&placement, t->victims, &t->random, err))
		return -1;
	rc = run_displaced(u, t, loaded, &placement, err);
	victim_memory_free(&placement);
	return rc;
}

static int user_run(void *ring, struct trial_round *t, struct error *err)
{
	struct loaded loaded[SWC_MAX_TRIAL_ARMS];
	struct user *u = ring;
	uint32_t n = 0;
	int rc;

	rc = provide_evictors(u, t, err);
	while (!rc && n < t->nsequences) {
		rc = loaded_open(&loaded[n], t->sequences[n], &u->caps, 0, NULL,
				 &u->own, &t->random, err);
		n += !rc;
	}
	if (!rc)
		rc = place_and_run(u, t, loaded, err);
	while (n)
		loaded_close(&loaded[--n]);
	return rc;
}

const struct round_ring round_user = {
	.open = user_open,
	.run = user_run,
	.close = user_close,
	.max_samples = 4u << 20, /* 80 MiB */
	.max_sweep_pages = EVICTORS_PAGES,
	.l2_sets =
		"by the line's place in its page, the low six bits of its "
		"set: physical addresses, and so the others, aren't known in "
		"ring 3",
};
