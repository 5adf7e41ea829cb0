// SPDX-License-Identifier: GPL-2.0
#include "round.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "trial_kernel.h"

/**
 * struct request - the arrays that the argument of one TRIALS points to
 * @sources: with descriptors
 * @fds: of the sequences, in their order
 * @nfds: how many are open
 * @victims: offsets
 * @order: of the priming, if it isn't that of @victims
 */
struct request {
	struct swc_trial_source sources[SWC_MAX_TRIAL_ARMS];
	int fds[SWC_MAX_TRIAL_ARMS];
	uint32_t nfds;
	struct swc_trial_victim *victims;
	__u32 *order;
};

static void *kernel_open(struct error *err)
{
	struct swc_info info;
	int *ring = malloc(sizeof(*ring));

	if (!ring) {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
		return NULL;
	}
	*ring = device_open(&info, err);
	if (*ring < 0) {
		free(ring);
		return NULL;
	}
	return ring;
}

static void kernel_close(void *ring)
{
	close(*(int *)ring);
	free(ring);
}

static int load(struct request *r, int device, const struct trial_round *t,
		struct error *err)
{
	uint32_t i;
	int fd;

	for (i = 0; i < t->nsequences; i++) {
		fd = device_load(device, t->sequences[i], 0, NULL, err);
		if (fd < 0)
			return -1;
		r->fds[r->nfds++] = fd;
	}
	for (i = 0; i < t->nsources; i++) {
		r->sources[i] = t->sources[i];
		r->sources[i].sequence = r->fds[t->sources[i].sequence];
	}
	return 0;
}

/*
 * A working set is primed as it is listed. @v->order has the place in the list
 * of each victim; its inverse is the victim at each place.
 */
static int tell_victims(struct request *r, const struct victims *v,
			struct error *err)
{
	size_t i;

	r->victims = calloc(v->n, sizeof(*r->victims));
	r->order = calloc(v->n, sizeof(*r->order));
	if (!r->victims || !r->order)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < v->n; i++) {
		r->victims[i].offset = v->address[i];
		r->victims[i].partner = v->partner[i];
		r->order[v->order[i]] = i;
	}
	return 0;
}

static uint32_t flags_of(const struct victims *v)
{
	return (eviction_level_is_tlb(v->level) ? SWC_TRIALS_ONE_FRAME : 0) |
	       (v->chased ? SWC_TRIALS_CHASE : 0);
}

static int ask(const struct request *r, int device, struct trial_round *t,
	       struct error *err)
{
	struct swc_trials trials = {
		.sources = (uintptr_t)r->sources,
		.victims = (uintptr_t)r->victims,
		.samples = (uintptr_t)t->samples,
		.order = t->victims->recorded ? (uintptr_t)r->order : 0,
		.seed = t->random,
		.narms = t->nsources,
		.nvictims = t->victims->n,
		.npages = victims_span(t->victims),
		.capacity = t->capacity,
		.cpu = t->cpu,
		.limit_ms = ceil(t->seconds * 1e3),
		.warm = t->warm,
		.passes = t->passes,
		.probes = t->victims->probes,
		.delay_max = t->delay_max,
		.flags = flags_of(t->victims),
	};

	int rc = trial_kernel_run(device, &trials, err);

	if (rc)
		return rc;
	t->produced = trials.produced;
	t->trials = trials.trials;
	t->isolation = trials.isolation;
	return 0;
}

static int kernel_run(void *ring, struct trial_round *t, struct error *err)
{
	struct request r = {.nfds = 0};
	int device = *(int *)ring, rc;

	if (t->victims->n > SWC_TRIAL_MAX_VICTIMS) {
		error_set(err, EXIT_USAGE,
			  "%zu victims are more than the %u that the module "
			  "takes: ask for fewer (--victims, --l2-share)",
			  t->victims->n, SWC_TRIAL_MAX_VICTIMS);
		return 1;
	}
	/* The memory is the module's: offsets say where victims are. */
	victims_arrange(t->victims, 0, &t->random);
	rc = load(&r, device, t, err);
	if (!rc)
		rc = tell_victims(&r, t->victims, err);
	if (!rc)
		rc = ask(&r, device, t, err);
	free(r.order);
	free(r.victims);
	while (r.nfds)
		close(r.fds[--r.nfds]);
	return rc;
}

const struct round_ring round_kernel = {
	.open = kernel_open,
	.run = kernel_run,
	.close = kernel_close,
	.max_samples = SWC_TRIAL_MAX_SAMPLES,
	.max_sweep_pages = SWC_TRIAL_MAX_PAGES,
	.l2_sets = "by the line's place in its page, the low six bits of its "
		   "set: pages have other frames in each round, and so victims "
		   "other sets",
};
