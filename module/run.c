// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "engine/draw.h"
#include "access.h"
#include "account.h"
#include "events.h"
#include "fault.h"
#include "counters.h"
#include "window.h"

#define MAX_DELAY 65536u

/* Upper bound of reading one counter, in core cycles: an exit from a guest. */
#define COUNTER_CYCLES 5000u

/**
 * struct run_state - one RUN under way
 * @sequences: the arms' sequences
 * @files: what keeps them alive
 * @arms: as the sampler wants them
 * @narms: how many
 * @events: counted in it; NULL: none
 * @window: where they run
 */
struct run_state {
	struct swc_sequence *sequences[SWC_MAX_ARMS];
	struct file *files[SWC_MAX_ARMS];
	struct swc_arm arms[SWC_MAX_ARMS];
	u32 narms;
	struct swc_events *events;
	struct swc_window window;
};

static int check(const struct swc_session *session, const struct swc_run *run)
{
	if ((run->flags & ~SWC_RUN_REWIND) ||
	    memchr_inv(run->reserved, 0, sizeof(run->reserved)))
		return -EINVAL;
	if (!run->narms || run->narms > SWC_MAX_ARMS || !run->samples)
		return -EINVAL;
	if (run->isolation > SWC_ISOLATION_QUIESCED ||
	    !(swc_window_capabilities() & SWC_CAP_ISOLATION(run->isolation)) ||
	    run->window_ns > SWC_WINDOW_MAX_NS || run->delay_max > MAX_DELAY)
		return -EINVAL;
	if (!session->ring.shared)
		return -ENOBUFS;
	return swc_access_cpu(run->cpu);
}

static void put_arms(struct run_state *state)
{
	while (state->narms)
		fput(state->files[--state->narms]);
}

/*
 * The part of a sample that isn't rehearsed: the delay and the counters'
 * readings, by the model, ticks.
 */
static u64 worst_rest(const struct swc_run *run)
{
	u64 cycles = (u64)SWC_DELAY_CYCLES * run->delay_max;

	if (run->counting)
		cycles += 2ull * SWC_MAX_EVENTS * COUNTER_CYCLES;
	return SWC_SLOW_CORE * cycles;
}

/* Upper bound of one sample, by the model, ticks. */
static u64 worst_sample(const struct swc_sequence *s, const struct swc_run *run)
{
	return swc_sequence_worst(s, run->warm) +
	       swc_prepare_cycles(&s->preparation) + worst_rest(run);
}

static int get_arm(struct run_state *state, int fd, const struct swc_run *run)
{
	struct swc_sequence *s;
	struct file *file;

	s = swc_sequence_get(fd, &file);
	if (!s)
		return -EBADF;
	state->files[state->narms] = file;
	state->sequences[state->narms] = s;
	state->arms[state->narms].code = s->code;
	state->arms[state->narms].context = swc_sequence_context(s);
	state->arms[state->narms].preparation = s->preparation;
	state->narms++;
	return swc_window_is_possible(worst_sample(s, run)) ? 0 : -E2BIG;
}

static int get_arms(struct run_state *state, const struct swc_run *run)
{
	s32 *fds;
	u32 i;
	int rc = 0;

	fds = swc_copy_in(run->arms, run->narms, sizeof(*fds));
	if (IS_ERR(fds))
		return PTR_ERR(fds);
	for (i = 0; i < run->narms && !rc; i++)
		rc = get_arm(state, fds[i], run);
	kvfree(fds);
	if (rc)
		put_arms(state);
	return rc;
}

static u64 longest_sample(const struct run_state *state,
			  const struct swc_run *run)
{
	u64 worst = 0;
	u32 i;

	for (i = 0; i < state->narms; i++)
		worst = max(worst, worst_sample(state->sequences[i], run));
	return worst;
}

/* An event has lost its counter: nothing that follows would be counted. */
static void stop_at_loss(struct swc_window *w)
{
	struct run_state *state = container_of(w, struct run_state, window);

	w->done = swc_events_check(state->events);
}

static bool rehearse(struct swc_window *w, u32 part)
{
	return swc_sampler_rehearse(&w->sampler, part);
}

static void prepare(struct run_state *state, struct swc_session *session,
		    const struct swc_run *run)
{
	bool interrupts = swc_window_has_interrupts(run->isolation);
	struct swc_window *w = &state->window;

	w->sequences = state->sequences;
	w->nsequences = state->narms;
	w->isolation = run->isolation;
	w->cpu = run->cpu;
	w->window_ns = run->window_ns;
	w->rehearse = rehearse;
	w->parts = state->narms;
	w->times = 1;
	w->rest = worst_rest(run);
	w->bound = longest_sample(state, run);
	w->ring = &session->ring;
	w->wanted = run->samples;
	w->sampler = (struct swc_sampler){
		.arms = state->arms,
		.narms = state->narms,
		.warm = run->warm,
		.delay_max = run->delay_max,
		.random = run->seed ? run->seed : 1,
		.watch = swc_counters_watch(&w->before, interrupts),
	};
	if (state->events) {
		w->after = stop_at_loss;
		w->sampler.tally = swc_events_tally(state->events);
	}
}

static int take_samples(struct swc_window *w, struct swc_events *events)
{
	int rc = swc_window_run(w);

	if (!rc && events)
		rc = swc_events_check(events);
	return w->sampler.trapped ? -EIO : rc;
}

static void report(const struct swc_window *w, struct swc_run *run)
{
	run->produced = w->produced;
	run->windows = w->opened;
	run->traps = w->sampler.trapped;
	run->replays = w->sampler.replays;
	run->aperf = w->aperf;
	run->tsc = w->tsc;
	run->longest = w->longest;
	run->rehearsed = w->rehearsed;
	run->interrupts = w->interrupts;
	run->smis = w->smis;
}

/* The counters are taken for as long as this lasts. */
static int run_counted(struct run_state *state, struct swc_session *session,
		       struct swc_run *run)
{
	u32 nmis = swc_fault_nmis();
	int rc = 0;

	if (state->events)
		rc = swc_events_begin(state->events);
	if (!rc) {
		prepare(state, session, run);
		rc = take_samples(&state->window, state->events);
		run->nmis = swc_fault_nmis() - nmis;
		report(&state->window, run);
	}
	if (state->events)
		rc = swc_events_end(state->events, rc);
	return rc;
}

/*
 * Nothing in here may touch the caller's memory: a run that waited for a page of
 * it, which may never come, would keep the windows from everybody.
 */
static int run_alone(struct run_state *state, struct swc_session *session,
		     struct swc_run *run)
{
	struct swc_sample *at;
	int rc;

	rc = swc_window_lock();
	if (rc)
		return rc;
	if (run->flags & SWC_RUN_REWIND)
		swc_ring_rewind(&session->ring);
	if (swc_ring_room(&session->ring, &at))
		rc = run_counted(state, session, run);
	else
		rc = -ENOBUFS;
	swc_window_unlock();
	return rc;
}

static int run_opened(struct run_state *state, struct swc_session *session,
		      struct swc_run *run)
{
	int rc = 0;

	if (run->counting)
		rc = swc_events_open(u64_to_user_ptr(run->counting),
				     state->narms, run->cpu, &state->events);
	if (rc)
		return rc;
	rc = run_alone(state, session, run);
	return state->events ? swc_events_close(state->events, rc) : rc;
}

int swc_run(struct swc_session *session, struct swc_run *run)
{
	struct run_state *state;
	int rc;

	rc = check(session, run);
	if (rc)
		return rc;
	state = kzalloc(sizeof(*state), SWC_GFP);
	if (!state)
		return -ENOMEM;
	report(&state->window,
	       run); /* nothing yet, should it come to nothing */
	run->nmis = 0;
	rc = get_arms(state, run);
	if (!rc) {
		rc = run_opened(state, session, run);
		put_arms(state);
	}
	kfree(state);
	return rc;
}
