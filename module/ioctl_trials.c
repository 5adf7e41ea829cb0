// SPDX-License-Identifier: GPL-2.0
#include "ioctl_trials.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "engine/draw.h"
#include "engine/slots.h"
#include "engine/trial.h"
#include "access.h"
#include "fault.h"
#include "frames.h"
#include "window.h"

#define MAX_DELAY 65536u

/**
 * struct trials - one TRIALS under way
 * @window: where they are carried out
 * @trial: the engine's loop
 * @arms: that it draws from
 * @sequences: of the arms
 * @files: what keeps them alive
 * @nfiles: how many
 * @account: that all memory is counted in
 * @victims: memory of the victims
 * @pages: further pages, to be read through
 * @evictor: further lines, likewise, or NULL
 * @addresses: of the victims, then of their partners, then of the victims in the
 *	order in which they are primed
 * @samples: taken so far
 */
struct trials {
	struct swc_window window;
	struct swc_trial trial;
	struct swc_trial_arm arms[SWC_MAX_TRIAL_ARMS];
	struct swc_sequence *sequences[SWC_MAX_TRIAL_ARMS];
	struct file *files[SWC_MAX_TRIAL_ARMS];
	u32 nfiles;
	struct swc_account *account;
	struct swc_frames victims;
	struct swc_frames pages;
	struct swc_evictor *evictor;
	u64 *addresses;
	struct swc_trial_sample *samples;
};

/* Samples are copied as they are, and no ioctl's number has their size in it. */
static_assert(sizeof(struct swc_trial_sample) == 20);

/* Checks sizes and counts: memory or time depends on each. */
static bool is_sized(const struct swc_trials *ask)
{
	return ask->narms && ask->narms <= SWC_MAX_TRIAL_ARMS && ask->probes &&
	       ask->probes <= SWC_MAX_PROBES && ask->nvictims >= ask->probes &&
	       ask->nvictims <= SWC_TRIAL_MAX_VICTIMS && ask->npages &&
	       ask->npages <= SWC_TRIAL_MAX_PAGES &&
	       ask->capacity >= ask->probes &&
	       ask->capacity <= SWC_TRIAL_MAX_SAMPLES && ask->passes &&
	       ask->passes <= SWC_TRIAL_MAX_PASSES &&
	       ask->delay_max <= MAX_DELAY &&
	       ask->window_ns <= SWC_WINDOW_MAX_NS;
}

static int check(const struct swc_trials *ask)
{
	if ((ask->flags & ~(SWC_TRIALS_ONE_FRAME | SWC_TRIALS_CHASE)) ||
	    memchr_inv(ask->reserved, 0, sizeof(ask->reserved)))
		return -EINVAL;
	/* One frame has room for one pointer at each offset only. */
	if (ask->flags == (SWC_TRIALS_ONE_FRAME | SWC_TRIALS_CHASE))
		return -EINVAL;
	if (!is_sized(ask))
		return -EINVAL;
	if (ask->isolation > SWC_ISOLATION_QUIESCED ||
	    !(swc_window_capabilities() & SWC_CAP_ISOLATION(ask->isolation)))
		return -EINVAL;
	if (ask->frames && swc_access_frames())
		return -EPERM;
	return swc_access_cpu(ask->cpu);
}

static bool is_source(const struct swc_trial_source *source)
{
	return source->last < SWC_TRIAL_LASTS && source->weight &&
	       source->weight <= SWC_TRIAL_MAX_WEIGHT &&
	       source->sweep_lines <= SWC_MAX_SWEEP_BYTES / SWC_LINE_BYTES &&
	       source->sweep_pages <= SWC_TRIAL_MAX_PAGES && !source->reserved0;
}

/* Sizes and gets the memory that all arms read through. */
static int get_sweeps(struct trials *t, const struct swc_trial_source *sources,
		      u32 n)
{
	struct swc_evictor *evictor;
	u32 i, lines = 0, pages = 0;

	for (i = 0; i < n; i++) {
		if (!is_source(&sources[i]))
			return -EINVAL;
		lines = max(lines, sources[i].sweep_lines);
		pages = max(pages, sources[i].sweep_pages);
	}
	if (lines) {
		evictor = swc_evictor_get(t->account, lines * SWC_LINE_BYTES,
					  PAGE_SIZE);
		if (IS_ERR(evictor))
			return PTR_ERR(evictor);
		t->evictor = evictor;
	}
	return swc_frames_get_one(&t->pages, t->account, pages);
}

static int add_sweep(struct swc_preparation *p, const void *at, u32 count,
		     u32 stride)
{
	if (!count)
		return 0;
	if (p->nsteps == SWC_MAX_STEPS)
		return -EINVAL;
	p->steps[p->nsteps++] = (struct swc_step){
		.kind = SWC_STEP_SWEEP,
		.base = (unsigned long)at,
		.count = count,
		.stride = stride,
	};
	return 0;
}

static int get_arm(struct trials *t, const struct swc_trial_source *source)
{
	struct swc_trial_arm *arm = &t->arms[t->nfiles];
	struct swc_sequence *s;
	int rc;

	s = swc_sequence_get(source->sequence, &t->files[t->nfiles]);
	if (!s)
		return -EBADF;
	t->sequences[t->nfiles++] = s;
	arm->arm.code = s->code;
	arm->arm.context = swc_sequence_context(s);
	arm->arm.preparation = s->preparation;
	arm->last = swc_trial_last_step(source->last);
	arm->weight = source->weight;
	rc = add_sweep(&arm->arm.preparation,
		       t->evictor ? t->evictor->frames.at : NULL,
		       source->sweep_lines, SWC_LINE_BYTES);
	if (!rc)
		rc = add_sweep(&arm->arm.preparation, t->pages.at,
			       source->sweep_pages, PAGE_SIZE);
	return rc;
}

static int get_arms(struct trials *t, const struct swc_trials *ask)
{
	struct swc_trial_source *sources;
	u32 i;
	int rc;

	sources = swc_copy_in(ask->sources, ask->narms, sizeof(*sources));
	if (IS_ERR(sources))
		return PTR_ERR(sources);
	rc = get_sweeps(t, sources, ask->narms);
	for (i = 0; i < ask->narms && !rc; i++)
		rc = get_arm(t, &sources[i]);
	kvfree(sources);
	return rc;
}

/* Partners of one victim: pages with one frame, or the lines of a page. */
static u32 places(const struct swc_trials *ask)
{
	return ask->flags & SWC_TRIALS_ONE_FRAME ? SWC_TRIAL_PARTNER_PAGES
						 : SWC_LINES_PER_PAGE;
}

static u32 stride(const struct swc_trials *ask)
{
	return ask->flags & SWC_TRIALS_ONE_FRAME ? PAGE_SIZE : SWC_LINE_BYTES;
}

/* A pointer must fit in a page, or it would overlap the next line's. */
static bool is_victim(const struct swc_trial_victim *victim,
		      const struct swc_trials *ask)
{
	u32 bytes = ask->npages * PAGE_SIZE;
	u32 last = (places(ask) - 1) * stride(ask);

	return victim->offset < bytes && last < bytes &&
	       victim->partner < bytes - last &&
	       !(ask->flags & SWC_TRIALS_CHASE && victim->offset % sizeof(u64));
}

static u64 address_bytes(const struct swc_trials *ask)
{
	return 3ull * ask->nvictims * sizeof(u64);
}

static u64 sample_bytes(const struct swc_trials *ask)
{
	return (u64)ask->capacity * sizeof(struct swc_trial_sample);
}

static int set_victims(struct trials *t, const struct swc_trials *ask,
		       const struct swc_trial_victim *victims)
{
	u64 base = (unsigned long)t->victims.at;
	u32 i, n = ask->nvictims;

	t->addresses = swc_account_alloc(t->account, address_bytes(ask));
	if (IS_ERR(t->addresses))
		return PTR_ERR(t->addresses);
	for (i = 0; i < n; i++) {
		if (!is_victim(&victims[i], ask))
			return -EINVAL;
		t->addresses[i] = base + victims[i].offset;
		t->addresses[n + i] = base + victims[i].partner;
	}
	return 0;
}

/*
 * Each pointer leads to a place that holds one, whatever the order: so a chase
 * never leaves the victims.
 */
static int set_order(struct trials *t, const struct swc_trials *ask)
{
	u32 i, index, n = ask->nvictims, *order = NULL;
	u64 *primed = t->addresses + 2 * n;

	if (ask->order) {
		order = swc_copy_in(ask->order, n, sizeof(*order));
		if (IS_ERR(order))
			return PTR_ERR(order);
	}
	for (i = 0; i < n; i++) {
		index = order ? order[i] : i;
		if (index >= n)
			break;
		primed[i] = t->addresses[index];
	}
	kvfree(order);
	if (i < n)
		return -EINVAL;
	for (i = 0; i < n && (ask->flags & SWC_TRIALS_CHASE); i++)
		*(u64 *)(unsigned long)primed[i] = primed[(i + 1) % n];
	return 0;
}

static int get_victims(struct trials *t, const struct swc_trials *ask)
{
	struct swc_trial_victim *victims;
	int rc;

	victims = swc_copy_in(ask->victims, ask->nvictims, sizeof(*victims));
	if (IS_ERR(victims))
		return PTR_ERR(victims);
	if (ask->flags & SWC_TRIALS_ONE_FRAME)
		rc = swc_frames_get_one(&t->victims, t->account, ask->npages);
	else
		rc = swc_frames_get(&t->victims, t->account, ask->npages, 0);
	if (!rc)
		rc = set_victims(t, ask, victims);
	if (!rc)
		rc = set_order(t, ask);
	kvfree(victims);
	return rc;
}

static void set_prime(struct swc_step *prime, const struct trials *t,
		      const struct swc_trials *ask)
{
	const u64 *primed = t->addresses + 2 * ask->nvictims;

	prime->count = ask->nvictims;
	if (ask->flags & SWC_TRIALS_CHASE) {
		prime->kind = SWC_STEP_CHASE;
		prime->base = primed[0];
	} else {
		prime->kind = SWC_STEP_TOUCH;
		prime->list = primed;
	}
}

static int set_trial(struct trials *t, const struct swc_trials *ask)
{
	struct swc_trial *trial = &t->trial;
	u32 i;

	t->samples = swc_account_alloc(t->account, sample_bytes(ask));
	if (IS_ERR(t->samples))
		return PTR_ERR(t->samples);
	*trial = (struct swc_trial){
		.arms = t->arms,
		.narms = ask->narms,
		.warm = ask->warm,
		.victims = t->addresses,
		.partners = t->addresses + ask->nvictims,
		.places = places(ask),
		.stride = stride(ask),
		.nvictims = ask->nvictims,
		.passes = ask->passes,
		.probes = ask->probes,
		.delay_max = ask->delay_max,
		.random = ask->seed ? ask->seed : 1,
		.samples = t->samples,
		.capacity = ask->capacity,
	};
	set_prime(&trial->prime, t, ask);
	for (i = 0; i < ask->narms; i++)
		trial->next[i] = swc_trial_first(trial);
	return 0;
}

/* The longest trial, by the model, ticks. */
static u64 worst_trial(const struct trials *t)
{
	const struct swc_trial *trial = &t->trial;
	u64 worst = 0;
	u32 i;

	for (i = 0; i < trial->narms; i++)
		worst = max(worst,
			    swc_sequence_worst(t->sequences[i], trial->warm) +
				    swc_trial_cycles(trial, &t->arms[i]));
	return worst;
}

static bool rehearse(struct swc_window *w, u32 part)
{
	struct trials *t = container_of(w, struct trials, window);

	return swc_trial_rehearse(&t->trial, part);
}

/* The window's body. */
static void take_trials(struct swc_window *w)
{
	struct trials *t = container_of(w, struct trials, window);

	swc_trial_burst(&t->trial, swc_window_left(w));
	w->done = t->trial.trapped ||
		  t->trial.capacity - t->trial.produced < t->trial.probes;
}

static int set_window(struct trials *t, const struct swc_trials *ask)
{
	bool interrupts = swc_window_has_interrupts(ask->isolation);
	struct swc_window *w = &t->window;
	u64 delay = (u64)SWC_DELAY_CYCLES * ask->delay_max * ask->probes;

	w->bound = worst_trial(t);
	if (!swc_window_is_possible(w->bound))
		return -E2BIG;
	w->body = take_trials;
	w->rehearse = rehearse;
	w->parts = t->trial.narms;
	w->times = 1;
	w->rest = SWC_SLOW_CORE * delay; /* at most; drawn in the rehearsal */
	w->sequences = t->sequences;
	w->nsequences = t->trial.narms;
	w->isolation = ask->isolation;
	w->cpu = ask->cpu;
	w->window_ns = ask->window_ns;
	t->trial.watch = swc_counters_watch(&w->before, interrupts);
	return 0;
}

static int open_windows(struct trials *t, const struct swc_trials *ask)
{
	int rc;

	if (ask->limit_ms)
		t->window.until =
			ktime_get_ns() + (u64)ask->limit_ms * NSEC_PER_MSEC;
	rc = swc_window_run(&t->window);
	return t->trial.trapped ? -EIO : rc;
}

static int run_alone(struct trials *t, struct swc_trials *ask)
{
	u32 nmis;
	int rc;

	rc = swc_window_lock();
	if (rc)
		return rc;
	nmis = swc_fault_nmis();
	rc = open_windows(t, ask);
	ask->nmis = swc_fault_nmis() - nmis;
	swc_window_unlock();
	ask->produced = t->trial.produced;
	ask->windows = t->window.opened;
	ask->interrupts = t->window.interrupts;
	ask->smis = t->window.smis;
	ask->trials = t->trial.trials;
	ask->replays = t->trial.replays;
	ask->longest = t->window.longest;
	ask->rehearsed = t->window.rehearsed;
	return rc;
}

static int put_results(const struct trials *t, const struct swc_trials *ask)
{
	u64 __user *frames = u64_to_user_ptr(ask->frames);
	u32 i;

	if (copy_to_user(u64_to_user_ptr(ask->samples), t->samples,
			 t->trial.produced * sizeof(*t->samples)))
		return -EFAULT;
	for (i = 0; i < t->victims.npages && ask->frames; i++) {
		if (put_user(swc_frames_number(&t->victims, i), frames + i))
			return -EFAULT;
	}
	return 0;
}

static void trials_free(struct trials *t, const struct swc_trials *ask)
{
	swc_account_free(t->account, t->samples, sample_bytes(ask));
	swc_account_free(t->account, t->addresses, address_bytes(ask));
	swc_evictor_put(t->evictor);
	swc_frames_put(&t->pages);
	swc_frames_put(&t->victims);
	while (t->nfiles)
		fput(t->files[--t->nfiles]);
	kfree(t);
}

static void clear_results(struct swc_trials *ask)
{
	ask->produced = 0;
	ask->windows = 0;
	ask->nmis = 0;
	ask->interrupts = 0;
	ask->smis = 0;
	ask->trials = 0;
	ask->replays = 0;
	ask->longest = 0;
	ask->rehearsed = 0;
}

int swc_ioctl_trials(struct swc_account *account, struct swc_trials *ask)
{
	struct trials *t;
	int rc;

	clear_results(ask);
	rc = check(ask);
	if (rc)
		return rc;
	t = kzalloc(sizeof(*t), SWC_GFP);
	if (!t)
		return -ENOMEM;
	t->account = account;
	rc = get_arms(t, ask);
	if (!rc)
		rc = get_victims(t, ask);
	if (!rc)
		rc = set_trial(t, ask);
	if (!rc)
		rc = set_window(t, ask);
	if (!rc)
		rc = run_alone(t, ask);
	if (!rc)
		rc = put_results(t, ask);
	trials_free(t, ask);
	return rc;
}
