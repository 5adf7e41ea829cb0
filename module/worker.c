// SPDX-License-Identifier: GPL-2.0
#include "worker.h"

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/topology.h>
#include <asm/fpu/api.h>

#include "hooks.h"
#include "pace.h"

/*
 * The machine may stand still for a fifth of the time. The count begins with the
 * attempt to stop it, which waits for hotplug, and stops some CPUs before
 * others. One attempt alone may take long for these reasons, so MAX_REST_NS
 * bounds the rest after it.
 */
#define QUIESCED_REST 4u
#define MAX_REST_NS   250000000u

static SWC_PACE(standstills);

/*
 * IDLE: between two steps. BUSY: in one, with preemption off. OVER: no further
 * one begins.
 */
enum job_state { IDLE, BUSY, OVER };

/**
 * struct job - what caller and thread share
 * @users: caller and thread. An interrupted caller goes; a thread that finds no
 *	time on its CPU stays, however long that takes.
 * @work: the caller's; the thread's only while it is BUSY
 * @cpu: of the work
 * @softirqs_wait: likewise
 * @quiesced: likewise
 * @state: enum job_state
 * @leave: the caller wants to go
 * @stepped: what the last step came to, while the machine stood still
 * @rc: what all of it comes to, once it is
 * @over: that it is
 */
struct job {
	struct kref users;
	struct swc_work *work;
	u32 cpu;
	bool softirqs_wait;
	bool quiesced;
	atomic_t state;
	bool leave;
	int stepped;
	int rc;
	struct completion over;
};

static void job_free(struct kref *users)
{
	kfree(container_of(users, struct job, users));
}

static struct job *job_new(struct swc_work *work)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);

	if (!job)
		return NULL;
	kref_init(&job->users);
	job->work = work;
	job->cpu = work->cpu;
	job->softirqs_wait = work->softirqs_wait;
	job->quiesced = work->quiesced;
	atomic_set(&job->state, IDLE);
	init_completion(&job->over);
	return job;
}

/*
 * The thread is moved elsewhere when its CPU goes offline, and with preemption off
 * the CPU can't go.
 */
static int step_here(struct job *job)
{
	int rc = -ENODEV;

	if (READ_ONCE(job->leave) ||
	    atomic_cmpxchg(&job->state, IDLE, BUSY) != IDLE)
		return -EINTR;
	if (smp_processor_id() == job->cpu)
		rc = job->work->step(job->work);
	/* With OVER the work is the caller's again, so release. */
	atomic_set_release(&job->state, rc ? OVER : IDLE);
	return rc;
}

static int step_awake(struct job *job)
{
	int rc;

	if (job->softirqs_wait)
		local_bh_disable();
	kernel_fpu_begin(); /* preemption off; vector registers are ours */
	rc = step_here(job);
	kernel_fpu_end();
	if (job->softirqs_wait)
		local_bh_enable();
	return rc;
}

/* Does a step on the CPU, in its stopper's thread, with interrupts off everywhere. */
static int step_stopped(void *data)
{
	struct job *job = data;

	kernel_fpu_begin();
	job->stepped = step_here(job);
	kernel_fpu_end();
	return 0;
}

/*
 * Stops the machine from a thread, since stop_machine() waits for CPU hotplug,
 * which may wait for a CPU that serves nobody. If the CPU is gone, the machine
 * doesn't stop.
 */
static int step_quiesced(struct job *job)
{
	u64 start, stood;
	int rc;

	rc = swc_pace_wait(&standstills, 0);
	if (rc)
		return rc;
	job->stepped = -ENODEV;
	start = ktime_get_ns();
	rc = stop_machine(step_stopped, job, cpumask_of(job->cpu));
	stood = ktime_get_ns() - start;
	swc_hook_stood(stood);
	swc_pace_rest(&standstills,
		      min_t(u64, MAX_REST_NS, QUIESCED_REST * stood));
	return rc ? rc : job->stepped;
}

static int take_steps(void *data)
{
	struct job *job = data;
	int rc;

	do {
		rc = job->quiesced ? step_quiesced(job) : step_awake(job);
		cond_resched();
	} while (!rc);
	job->rc = min(rc, 0);
	complete(&job->over);
	kref_put(&job->users, job_free);
	module_put_and_kthread_exit(0);
	return 0; /* not reached */
}

/* No step begins any more on return. One that has begun ends soon: it can't sleep. */
static void call_off(struct job *job, struct task_struct *thread)
{
	WRITE_ONCE(job->leave, true);
	while (atomic_cmpxchg(&job->state, IDLE, OVER) == BUSY)
		usleep_range(50, 200);
	/* Others may never leave the thread time on that CPU: let it end on another. */
	set_cpus_allowed_ptr(thread, cpu_possible_mask);
}

static int wait_for(struct job *job, struct task_struct *thread)
{
	if (!wait_for_completion_interruptible(&job->over))
		return job->rc;
	call_off(job, thread);
	return -EINTR;
}

/*
 * The thread is bound, and not only allowed there: since 6.14 a thread that isn't bound
 * gets the CPUs of its node when it begins, and again with each CPU that comes online,
 * and ours then took its steps elsewhere now and then. If the machine stands still, a
 * stopper's thread takes them.
 */
static void aim(const struct job *job, struct task_struct *thread)
{
	if (!job->quiesced)
		kthread_bind(thread, job->cpu);
}

static int run_job(struct job *job)
{
	struct task_struct *thread;
	int rc;

	/* Waiting for a new thread takes as long as the CPU that it begins on likes. */
	thread = kthread_create_on_node(take_steps, job, cpu_to_node(job->cpu),
					"switchcost/%u", job->cpu);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	get_task_struct(thread);
	__module_get(THIS_MODULE);
	kref_get(&job->users);
	aim(job, thread);
	wake_up_process(thread);
	rc = wait_for(job, thread);
	put_task_struct(thread);
	return rc;
}

int swc_work_on(struct swc_work *work)
{
	struct job *job;
	int rc;

	/* aim() asks for the CPU's node, so this looks at the CPU first. */
	if (!cpu_online(work->cpu))
		return -ENODEV;
	job = job_new(work);
	if (!job)
		return -ENOMEM;
	rc = run_job(job);
	kref_put(&job->users, job_free);
	return rc;
}
