// SPDX-License-Identifier: GPL-2.0
#include "backend.h"

#include <fenv.h>
#include <stdlib.h>

#include "engine/sampler.h"
#include "evictors.h"
#include "loaded.h"
#include "pin.h"
#include "run.h"
#include "watch.h"

/* Samples are taken in bursts, the counterpart of the kernel's windows. */
#define BURST_TICKS 10000000u

struct backend {
	struct swc_caps caps;
	struct loaded loaded[SWC_MAX_ARMS];
	struct swc_arm arms[SWC_MAX_ARMS];
	uint32_t narms;
	struct evictors evictors;
	uint64_t random; /* the next arm's place is drawn from it */
	struct swc_sample *samples;
	uint32_t capacity;
};

static void user_unload(struct backend *b)
{
	while (b->narms)
		loaded_close(&b->loaded[--b->narms]);
}

static void user_close(struct backend *b)
{
	user_unload(b);
	evictors_free(&b->evictors);
	free(b->samples);
	free(b);
}

/* Other numbers than the sampler draws, which begins at the seed itself. */
static void user_place(struct backend *b, uint64_t seed)
{
	b->random = (seed ^ 0x9e3779b97f4a7c15) | 1;
}

static struct backend *user_open(uint32_t samples, struct error *err)
{
	struct backend *b = calloc(1, sizeof(*b));

	if (b)
		b->samples = calloc(samples, sizeof(*b->samples));
	if (!b || !b->samples) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "no memory for %u samples: ask for fewer (--samples)",
			  samples);
		free(b);
		return NULL;
	}
	b->capacity = samples;
	user_place(b, run_seed());
	swc_caps_probe(&b->caps);
	if (!b->caps.rdtscp) {
		error_set(err, EXIT_IMPOSSIBLE,
			  "user backend: this CPU has no RDTSCP");
		user_close(b);
		return NULL;
	}
	return b;
}

static int user_load(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	struct loaded *l = &b->loaded[b->narms];

	if (b->narms == SWC_MAX_ARMS)
		return error_set(err, EXIT_USAGE, "more than %u arms",
				 SWC_MAX_ARMS);
	if (loaded_open(l, s, &b->caps, pedestal, state, &b->evictors,
			&b->random, err))
		return -1;
	b->arms[b->narms++] = l->arm;
	return 0;
}

static int user_load_loop(struct backend *b, const struct sequence *s,
			  struct swc_loop *loop, struct error *err)
{
	struct loaded *l = &b->loaded[b->narms];

	if (b->narms == SWC_MAX_ARMS)
		return error_set(err, EXIT_USAGE, "more than %u arms",
				 SWC_MAX_ARMS);
	/* A second copy shows its time where the first lies: see backtoback.h. */
	if (loaded_open_loop(l, s, &b->caps, loop,
			     loop->copies > 1 && b->narms ? l - 1 : NULL,
			     &b->random, err))
		return -1;
	b->arms[b->narms++] = l->arm;
	return 0;
}

/* Flag what a burst has produced with what happened in it. */
static void flag(struct swc_sample *samples, uint32_t from, uint32_t to,
		 uint16_t near)
{
	for (; near && from < to; from++)
		samples[from].flags |= near;
}

static void take_bursts(struct backend *b, struct backend_run *run)
{
	struct watch watch;
	struct swc_sampler sampler = {
		.arms = b->arms,
		.narms = b->narms,
		.warm = run->warm,
		.delay_max = run->delay_max,
		.tsc_step = run->tsc_step,
		.random = run->seed ? run->seed : 1,
		.samples = b->samples,
		.capacity = run->samples < b->capacity ? run->samples
						       : b->capacity,
	};
	uint32_t from;

	watch_open(&watch, run->cpu);
	sampler.watch = watch_samples(&watch);
	run->windows = 0;
	while (sampler.produced < sampler.capacity) {
		from = sampler.produced;
		swc_sampler_burst(&sampler, BURST_TICKS);
		flag(b->samples, from, sampler.produced, watch_burst(&watch));
		run->windows++;
	}
	watch_close(&watch);
	run->data = b->samples;
	run->produced = sampler.produced;
	run->replays = sampler.replays;
}

static int user_run(struct backend *b, struct backend_run *run,
		    struct error *err)
{
	struct pin pin;
	fenv_t environment;

	if (run->counting)
		return error_set(err, EXIT_USAGE,
				 "events are counted in ring 0 only: use "
				 "--backend kernel");
	if (pin_begin(&pin, run->cpu, err))
		return -1;
	/* A replayed FXRSTOR may leave x87 exceptions pending. */
	fegetenv(&environment);
	take_bursts(b, run);
	fesetenv(&environment);
	pin_end(&pin);
	return 0;
}

const struct backend_ops backend_user = {
	.name = "user",
	.isolation = SWC_ISOLATION_NONE,
	.isolations = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE),
	.open = user_open,
	.close = user_close,
	.place = user_place,
	.load = user_load,
	.load_loop = user_load_loop,
	.unload = user_unload,
	.run = user_run,
};
