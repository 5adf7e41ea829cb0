// SPDX-License-Identifier: GPL-2.0
#include "stops.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breakpoint.h"
#include "interrupt.h"
#include "tracee.h"
#include "waitstatus.h"

/*
 * A thread is no more. Return: 0, or -1 with @err set: it was the one that is
 * recorded, or the last.
 */
int stops_bury(struct tracee *t, pid_t tid, int status, struct error *err)
{
	threads_drop(&t->threads, tid);
	if (tid != t->pid && tid != t->stepping)
		return 0;
	t->over = true;
	if (tid == t->pid)
		breakpoint_forget(&t->breakpoint);
	if (WIFSIGNALED(status))
		return error_set(
			err, EXIT_USAGE,
			"%s: killed by signal %d (%s) during the recording; run it alone to see why",
			t->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return error_set(
		err, EXIT_USAGE,
		"%s: exited with status %d during the recording; run it alone to see why",
		t->name, WEXITSTATUS(status));
}

/* All threads but one are gone, and all memory with the breakpoint in it. */
static int executed(struct tracee *t, struct error *err)
{
	struct thread *first = threads_find(&t->threads, t->pid);
	struct thread only = first ? *first : (struct thread){.tid = t->pid};

	only.stopped = true;
	only.signalled = false;
	only.signal = 0;
	t->threads.n = 0;
	if (threads_add(&t->threads, t->pid, err))
		*t->threads.list = only;
	breakpoint_forget(&t->breakpoint);
	t->stepping = 0;
	t->over = true;
	return error_set(
		err, EXIT_USAGE,
		"%s: executed another program during the recording; record that program itself",
		t->name);
}

/*
 * Wait for @tid, or for any thread if it is -1. Return: the thread that
 * reported, 0 when only a tick passed, -1 with @err set.
 */
pid_t stops_wait(struct tracee *t, pid_t tid, int *status, const char *what,
		 struct error *err)
{
	pid_t got = waitpid(tid, status, __WALL);

	if (got > 0)
		return got;
	if (errno != EINTR) {
		t->over = true;
		return error_set(err, EXIT_USAGE,
				 "%s: ended before %s; run it alone to see why",
				 t->name, what);
	}
	if (t->ending && interrupt_now() < t->deadline.at)
		return 0;
	return interrupt_check(t->name, what, &t->deadline, err);
}

/* A clone belongs to the process and may run where its maker may. */
static int add_cloned(struct tracee *t, pid_t parent, struct error *err)
{
	struct thread *thread, *maker;
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0, &tid))
		return 0; /* the parent has died meanwhile */
	thread = threads_add(&t->threads, (pid_t)tid, err);
	if (!thread)
		return -1;
	maker = threads_find(&t->threads, parent);
	if (maker && maker->pinned) {
		thread->cpus = maker->cpus;
		thread->pinned = true;
	}
	return 0;
}

/* A stopped forked child is none of ours, but has a copy of an INT3. */
static void release_child(struct tracee *t, pid_t child)
{
	breakpoint_leave_child(&t->breakpoint, child);
	ptrace(PTRACE_DETACH, child, 0, 0);
}

/* Its own report may have come before its parent's: then it is gone. */
static void await_child(struct tracee *t, pid_t parent)
{
	unsigned long child;
	int status;
	pid_t got;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0, &child))
		return;
	do {
		got = waitpid((pid_t)child, &status, __WALL);
	} while (got < 0 && errno == EINTR);
	if (got > 0 && WIFSTOPPED(status))
		release_child(t, (pid_t)child);
}

/*
 * Notes a report in the table of threads, and sees to their children. Return:
 * 0, or -1 with @err set: this ends the recording.
 */
int stops_note_event(struct tracee *t, pid_t tid, int status, struct error *err)
{
	switch (waitstatus_kind(status)) {
	case STOP_EXEC:
		return executed(t, err);
	case STOP_CLONE:
		return add_cloned(t, tid, err);
	case STOP_FORK:
		await_child(t, tid);
		return 0;
	default:
		return 0;
	}
}

/* Let a stopped thread go on, with the signal that is kept for it. */
void stops_go_on(struct thread *thread)
{
	thread->stopped = false;
	/* A stopped job must stay stopped, and hear of its end. */
	ptrace(thread->job ? PTRACE_LISTEN : PTRACE_CONT, thread->tid, 0,
	       thread->job ? 0 : thread->signal);
	thread->signal = 0;
}

/* Enter a stop into the table. Return: the thread, NULL with @err set. */
static struct thread *note_stop(struct tracee *t, pid_t tid, int status,
				struct error *err)
{
	struct thread *thread;

	if (stops_note_event(t, tid, status, err))
		return NULL;
	thread = threads_add(&t->threads, tid, err);
	if (!thread)
		return NULL;
	thread->stopped = true;
	thread->signalled = waitstatus_kind(status) == STOP_SIGNAL;
	thread->job = waitstatus_kind(status) == STOP_JOB;
	return thread;
}

/*
 * Has something reported that isn't a thread: a forked child, before its parent
 * reports it?
 */
static bool is_foreign(struct tracee *t, pid_t tid)
{
	char path[64];

	if (threads_find(&t->threads, tid))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d", t->pid, tid);
	return access(path, F_OK) != 0;
}

/*
 * A thread that shall run has reported: keep it running. Return: 1 it is at the
 * breakpoint and stays stopped, 0 it runs or is gone, -1 with @err set.
 */
int stops_keep_running(struct tracee *t, pid_t tid, int status,
		       struct error *err)
{
	struct thread *thread;
	int hit;

	if (waitstatus_ended(status))
		return stops_bury(t, tid, status, err);
	if (is_foreign(t, tid)) {
		release_child(t, tid);
		return 0;
	}
	thread = note_stop(t, tid, status, err);
	if (!thread)
		return -1;
	hit = breakpoint_hit(t, tid, status, err);
	if (hit)
		return hit;
	if (thread->signalled)
		thread->signal = WSTOPSIG(status);
	stops_go_on(thread);
	return 0;
}

/*
 * Does a trap of our breakpoint, or of a step that was cut short, wait after a
 * stop of another kind? The kernel reports those first.
 */
static bool trap_is_pending(struct tracee *t, pid_t tid, int status)
{
	struct __ptrace_peeksiginfo_args which = {.nr = 8};
	siginfo_t pending[8];
	long n, i;

	if (waitstatus_kind(status) == STOP_SIGNAL ||
	    (!t->breakpoint.planted && !t->breakpoint.lingers &&
	     tid != t->stepping))
		return false;
	n = ptrace(PTRACE_PEEKSIGINFO, tid, &which, pending);
	for (i = 0; i < n; i++)
		if (pending[i].si_signo == SIGTRAP && pending[i].si_code > 0)
			return true;
	return false;
}

/* Wait until a thread that was asked to stop has stopped. */
static int wait_frozen(struct tracee *t, pid_t tid, struct error *err)
{
	struct thread *thread;
	int status, hit;
	bool again;
	pid_t got;

	do {
		do {
			got = stops_wait(t, tid, &status,
					 "a stop of all threads", err);
		} while (!got);
		if (got < 0)
			return -1;
		if (waitstatus_ended(status))
			return stops_bury(t, tid, status, err);
		again = trap_is_pending(t, tid, status);
		if (again)
			ptrace(PTRACE_CONT, tid, 0, 0);
	} while (again);
	thread = note_stop(t, tid, status, err);
	if (!thread)
		return -1;
	hit = breakpoint_hit(t, tid, status, err);
	/* The trap of a step that was cut short means nothing to the thread. */
	if (!hit && thread->signalled &&
	    (tid != t->stepping || WSTOPSIG(status) != SIGTRAP))
		thread->signal = WSTOPSIG(status);
	return hit < 0 ? -1 : 0;
}

int stops_freeze(struct tracee *t, struct error *err)
{
	struct thread *thread;

	/*
	 * The stepped thread was marked as stopped all along, to keep the
	 * stepping short.
	 */
	thread = t->stepping ? threads_find(&t->threads, t->stepping) : NULL;
	if (thread)
		thread->stopped = false;
	while ((thread = threads_running(&t->threads))) {
		/* Fails for one that is exiting; the wait will show that. */
		ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
		if (wait_frozen(t, thread->tid, err) &&
		    (!t->ending || interrupt_now() > t->deadline.at))
			return -1;
	}
	t->stepping = 0;
	return 0;
}

/* Let all threads but @except run, with the signals that were kept for them. */
void stops_thaw(struct tracee *t, pid_t except)
{
	size_t i;

	for (i = 0; i < t->threads.n; i++) {
		struct thread *thread = &t->threads.list[i];

		if (thread->stopped && thread->tid != except)
			stops_go_on(thread);
	}
}
