// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <linux/cpu.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "fault.h"
#include "window.h"

#define MAX_DELAY 65536u

/**
 * struct run_state - one RUN under way
 * @sequences: the arms' sequences
 * @files: what keeps them alive
 * @arms: as the sampler wants them
 * @narms: how many
 * @window: where they run
 */
struct run_state {
	struct swc_sequence *sequences[SWC_MAX_ARMS];
	struct file *files[SWC_MAX_ARMS];
	struct swc_arm arms[SWC_MAX_ARMS];
	u32 narms;
	struct swc_window window;
};

/* Two runs would disturb each other, and the handlers serve one CPU. */
static DEFINE_MUTEX(run_lock);

static int check(const struct swc_session *session, const struct swc_run *run)
{
	if (run->flags || memchr_inv(run->reserved, 0, sizeof(run->reserved)))
		return -EINVAL;
	if (!run->narms || run->narms > SWC_MAX_ARMS || !run->samples)
		return -EINVAL;
	if (run->isolation != SWC_ISOLATION_IRQ_OFF ||
	    run->window_ns > SWC_WINDOW_MAX_NS || run->delay_max > MAX_DELAY)
		return -EINVAL;
	if (run->samples > session->capacity)
		return -ENOBUFS;
	if (run->cpu >= nr_cpu_ids)
		return -ENODEV;
	return 0;
}

static void put_arms(struct run_state *state)
{
	while (state->narms)
		fput(state->files[--state->narms]);
}

static u64 ns_to_ticks(u32 ns)
{
	return div_u64((u64)ns * tsc_khz, 1000000);
}

/*
 * Upper bound of one sample, in core cycles, which are taken for TSC ticks: the
 * bound per operation is far above what it takes. A turn of the delay loop is a
 * decrement and a taken branch.
 */
static u64 worst_sample(const struct swc_sequence *s, const struct swc_run *run)
{
	return ((u64)s->cycles + SWC_FRAME_CYCLES) * (run->warm + 1ull) +
	       swc_prepare_cycles(&s->preparation) + 2ull * run->delay_max;
}

static int get_arm(struct run_state *state, int fd, const struct swc_run *run)
{
	struct swc_sequence *s;
	struct file *file;

	file = fget(fd);
	if (!file)
		return -EBADF;
	s = swc_sequence_of(file);
	if (!s) {
		fput(file);
		return -EBADF;
	}
	state->files[state->narms] = file;
	state->sequences[state->narms] = s;
	state->arms[state->narms].code = s->code;
	state->arms[state->narms].context = swc_sequence_context(s);
	state->arms[state->narms].preparation = s->preparation;
	state->narms++;
	if (worst_sample(s, run) > ns_to_ticks(SWC_WINDOW_MAX_NS))
		return -E2BIG;
	return 0;
}

static int get_arms(struct run_state *state, const struct swc_run *run)
{
	s32 *fds;
	u32 i;
	int rc = 0;

	fds = memdup_user(u64_to_user_ptr(run->arms),
			  run->narms * sizeof(*fds));
	if (IS_ERR(fds))
		return PTR_ERR(fds);
	for (i = 0; i < run->narms && !rc; i++)
		rc = get_arm(state, fds[i], run);
	kfree(fds);
	if (rc)
		put_arms(state);
	return rc;
}

/*
 * When a window takes its last sample: after the time asked for, but early
 * enough that even the longest sample ends within the hard limit.
 */
static u64 deadline(const struct run_state *state, const struct swc_run *run)
{
	u32 ns = run->window_ns ? run->window_ns : SWC_WINDOW_DEFAULT_NS;
	u64 hard = ns_to_ticks(SWC_WINDOW_MAX_NS), worst = 0;
	u32 i;

	for (i = 0; i < state->narms; i++)
		worst = max(worst, worst_sample(state->sequences[i], run));
	return min(ns_to_ticks(ns), hard > worst ? hard - worst : 0);
}

static void prepare(struct run_state *state, const struct swc_session *session,
		    const struct swc_run *run)
{
	state->window.sequences = state->sequences;
	state->window.ticks = deadline(state, run);
	state->window.sampler = (struct swc_sampler){
		.arms = state->arms,
		.narms = state->narms,
		.warm = run->warm,
		.delay_max = run->delay_max,
		.random = run->seed ? run->seed : 1,
		.samples = session->samples,
		.capacity = run->samples,
		.watch = swc_fault_watch(),
	};
}

/*
 * Windows in short turns on the asked CPU; between turns the caller's signals
 * are looked at, since the turns themselves run in a kernel thread.
 */
static int take_samples(struct swc_window *w, u32 cpu)
{
	int rc = 0;

	while (!rc && !swc_window_is_done(w)) {
		if (signal_pending(current))
			return -EINTR;
		cpus_read_lock();
		rc = cpu_online(cpu) ? work_on_cpu(cpu, swc_window_turn, w)
				     : -ENODEV;
		cpus_read_unlock();
	}
	return w->sampler.trapped ? -EIO : rc;
}

int swc_run(struct swc_session *session, struct swc_run *run)
{
	struct run_state *state;
	u32 nmis;
	int rc;

	rc = check(session, run);
	if (rc)
		return rc;
	state = kzalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return -ENOMEM;
	rc = get_arms(state, run);
	if (rc)
		goto free;
	rc = mutex_lock_interruptible(&run_lock);
	if (rc)
		goto put;

	nmis = swc_fault_nmis();
	prepare(state, session, run);
	rc = take_samples(&state->window, run->cpu);
	run->produced = state->window.sampler.produced;
	run->windows = state->window.opened;
	run->nmis = swc_fault_nmis() - nmis;
	run->traps = state->window.sampler.trapped;
	run->replays = state->window.sampler.replays;
	mutex_unlock(&run_lock);
put:
	put_arms(state);
free:
	kfree(state);
	return rc;
}
