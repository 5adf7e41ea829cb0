// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "access.h"
#include "account.h"
#include "fault.h"
#include "hooks.h"
#include "pace.h"
#include "twoframe.h"
#include "accessed.h"
#include "window.h"

/*
 * Freeing the pages flushes all CPUs' TLBs, by an interrupt to each of them, which
 * takes some microseconds: so at most once a millisecond, whoever asks.
 */
#define FLUSH_GAP_NS 1000000u

static SWC_PACE(flushes);

/**
 * struct question - one ORACLE under way
 * @window: where the script is carried out
 * @twoframes: the pages
 * @steps: the script, and the verdicts
 * @nsteps: how many
 * @sequence: that is replayed, or NULL
 * @file: what keeps it alive
 * @walks: what it walked for
 * @watches: @walks is asked for
 * @trapped: a replay ended in a recovered fault
 * @control: which failed
 */
struct question {
	struct swc_window window;
	struct swc_twoframes *twoframes;
	struct swc_oracle_step *steps;
	u32 nsteps;
	struct swc_sequence *sequence;
	struct file *file;
	struct swc_accessed walks;
	bool watches;
	bool trapped;
	u32 control;
};

/* Checks all that can be known from the argument alone. */
static int check(const struct swc_oracle *ask)
{
	if (ask->flags || memchr_inv(ask->reserved, 0, sizeof(ask->reserved)))
		return -EINVAL;
	if (!ask->nsteps || ask->nsteps > SWC_ORACLE_MAX_STEPS ||
	    ask->npages > SWC_ORACLE_MAX_PAGES)
		return -EINVAL;
	if (ask->isolation != SWC_ISOLATION_IRQ_OFF &&
	    ask->isolation != SWC_ISOLATION_QUIESCED)
		return -EINVAL;
	return swc_access_cpu(ask->cpu);
}

static bool is_step(const struct swc_oracle_step *step, u32 npages)
{
	switch (step->kind) {
	case SWC_ORACLE_TOUCH:
	case SWC_ORACLE_INVALIDATE:
		return step->page < npages;
	case SWC_ORACLE_REPLAY:
		return !step->page;
	default:
		return false;
	}
}

/* Upper bound of the time of a step that isn't rehearsed, cycles as in swc_cost. */
static u64 worst_step(const struct question *q, u8 kind)
{
	switch (kind) {
	case SWC_ORACLE_TOUCH:
		return SWC_TWOFRAME_TOUCH_CYCLES;
	case SWC_ORACLE_INVALIDATE:
		return SWC_TWOFRAME_INVALIDATE_CYCLES;
	default:
		return (u64)q->walks.npages * SWC_ACCESSED_CYCLES;
	}
}

/* Checks how long all takes at most, by the model; replays are rehearsed. */
static int check_time(struct question *q)
{
	struct swc_window *w = &q->window;
	u64 replay = 0;

	if (w->times)
		replay = swc_sequence_worst(q->sequence, 0) +
			 swc_prepare_cycles(&q->sequence->preparation);
	w->bound = w->rest + w->times * replay;
	w->parts = !!w->times;
	return w->rest <= swc_window_ticks(SWC_WINDOW_MAX_NS) &&
			       swc_window_is_possible(w->bound)
		       ? 0
		       : -E2BIG;
}

static int check_steps(struct question *q, u32 npages)
{
	u32 i;

	q->window.rest = 2 * SWC_TWOFRAME_CONTROL_CYCLES;

	for (i = 0; i < q->nsteps; i++) {
		if (!is_step(&q->steps[i], npages))
			return -EINVAL;
		if (q->steps[i].kind == SWC_ORACLE_REPLAY && !q->sequence)
			return -EBADF;
		q->window.rest += worst_step(q, q->steps[i].kind);
		q->window.times += q->steps[i].kind == SWC_ORACLE_REPLAY;
	}
	return check_time(q);
}

static int get_steps(struct question *q, const struct swc_oracle *ask)
{
	struct swc_oracle_step *steps;

	steps = swc_copy_in(ask->steps, ask->nsteps, sizeof(*steps));
	if (IS_ERR(steps))
		return PTR_ERR(steps);
	q->steps = steps;
	q->nsteps = ask->nsteps;
	return 0;
}

static int get_sequence(struct question *q, struct swc_oracle *ask)
{
	u32 room = ask->nwalks;
	int rc;

	ask->nwalks = 0;
	if (ask->sequence == -1)
		return ask->walks ? -EBADF : 0;
	q->sequence = swc_sequence_get(ask->sequence, &q->file);
	if (!q->sequence)
		return -EBADF;
	ask->nwalks = swc_accessed_pages(q->sequence);
	q->watches = ask->walks;
	if (!q->watches)
		return 0;
	if (room < ask->nwalks)
		return -ENOSPC;
	rc = swc_accessed_init(&q->walks, q->sequence);
	if (rc == -EOPNOTSUPP)
		q->control = SWC_ORACLE_MAPPING;
	return rc;
}

static int get_twins(struct question *q, u32 npages)
{
	struct swc_twoframes *twoframes;
	int rc;

	rc = swc_pace_wait(&flushes, FLUSH_GAP_NS);
	if (rc)
		return rc;
	twoframes = swc_twoframes_new(npages);
	if (!IS_ERR(twoframes)) {
		q->twoframes = twoframes;
		return 0;
	}
	if (PTR_ERR(twoframes) == -EOPNOTSUPP)
		q->control = SWC_ORACLE_MAPPING;
	return PTR_ERR(twoframes);
}

static void replay(struct question *q, bool watches)
{
	const struct swc_arm arm = {
		.code = q->sequence->code,
		.context = swc_sequence_context(q->sequence),
	};

	swc_hook_sample();
	swc_prepare(&q->sequence->preparation);
	if (watches)
		swc_accessed_begin(&q->walks);
	q->trapped = !swc_arm_replay(&arm);
	if (watches)
		swc_accessed_end(&q->walks);
}

/* Rehearses without the walks, which can't be watched while there are interrupts. */
static bool rehearse(struct swc_window *window, u32 part)
{
	struct question *q = container_of(window, struct question, window);

	replay(q, false);
	return !q->trapped;
}

static void do_step(struct question *q, struct swc_oracle_step *step)
{
	step->verdict = SWC_ORACLE_NONE;
	step->ticks = 0;
	switch (step->kind) {
	case SWC_ORACLE_TOUCH:
		step->verdict = swc_twoframe_touch(q->twoframes, step->page,
						   &step->ticks);
		break;
	case SWC_ORACLE_INVALIDATE:
		swc_twoframe_invalidate(q->twoframes, step->page);
		break;
	default:
		replay(q, q->watches);
	}
}

/* The window's body. */
static void answer(struct swc_window *window)
{
	struct question *q = container_of(window, struct question, window);
	u32 i;

	q->control = swc_twoframes_control(q->twoframes, q->watches);
	for (i = 0; i < q->nsteps && !q->control && !q->trapped; i++)
		do_step(q, &q->steps[i]);
	if (!q->control)
		q->control = swc_twoframes_control(q->twoframes, q->watches);
	window->done = true;
}

static int open_window(struct question *q, struct swc_oracle *ask)
{
	u32 nmis;
	int rc;

	q->window.body = answer;
	q->window.rehearse = rehearse;
	q->window.sequences = &q->sequence;
	q->window.nsequences = !!q->sequence;
	q->window.isolation = ask->isolation;
	q->window.cpu = ask->cpu;
	rc = swc_window_lock();
	if (rc)
		return rc;
	nmis = swc_fault_nmis();
	rc = swc_window_run(&q->window);
	ask->nmis = swc_fault_nmis() - nmis;
	swc_window_unlock();
	ask->smis = q->window.smis;
	ask->ticks = q->window.longest;
	ask->rehearsed = q->window.rehearsed;
	if (rc)
		return rc;
	if (q->trapped)
		return -EIO;
	return q->control ? -EOPNOTSUPP : 0;
}

static int put_answers(const struct question *q, const struct swc_oracle *ask)
{
	if (copy_to_user(u64_to_user_ptr(ask->steps), q->steps,
			 q->nsteps * sizeof(*q->steps)))
		return -EFAULT;
	if (q->watches && copy_to_user(u64_to_user_ptr(ask->walks),
				       q->walks.walked, q->walks.npages))
		return -EFAULT;
	return 0;
}

static void question_free(struct question *q)
{
	if (q->twoframes)
		swc_twoframes_free(q->twoframes);
	swc_accessed_free(&q->walks);
	if (q->file)
		fput(q->file);
	kvfree(q->steps);
	kfree(q);
}

int swc_oracle_ask(struct swc_oracle *ask)
{
	struct question *q;
	int rc;

	ask->control = SWC_ORACLE_HOLDS;
	ask->nmis = 0;
	ask->smis = 0;
	ask->ticks = 0;
	ask->rehearsed = 0;
	rc = check(ask);
	if (rc)
		return rc;
	q = kzalloc(sizeof(*q), SWC_GFP);
	if (!q)
		return -ENOMEM;
	rc = get_steps(q, ask);
	if (!rc)
		rc = get_sequence(q, ask);
	if (!rc)
		rc = check_steps(q, ask->npages);
	if (!rc)
		rc = get_twins(q, ask->npages);
	if (!rc)
		rc = open_window(q, ask);
	ask->control = q->control;
	if (!rc)
		rc = put_answers(q, ask);
	question_free(q);
	return rc;
}
