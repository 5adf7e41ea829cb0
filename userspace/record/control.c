// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "tracee.h"

/* How long a thread may run alone: one full tick at least. */
#define ALONE_TICKS 2

/* How long a system call may take before it counts as blocking: likewise. */
#define SYSCALL_TICKS 2

enum control_stop control_stop(int status)
{
	switch (status >> 16) {
	case 0:
		return CONTROL_SIGNAL;
	case PTRACE_EVENT_STOP:
		return WSTOPSIG(status) == SIGTRAP ? CONTROL_TRAP : CONTROL_JOB;
	case PTRACE_EVENT_CLONE:
		return CONTROL_CLONE;
	case PTRACE_EVENT_FORK:
		return CONTROL_FORK;
	case PTRACE_EVENT_EXEC:
		return CONTROL_EXEC;
	default:
		return CONTROL_OTHER;
	}
}

static bool ended(int status)
{
	return WIFEXITED(status) || WIFSIGNALED(status);
}

/*
 * A thread is no more. Return: 0, or -1 with @err set: it was the one that is
 * recorded, or the last.
 */
static int bury(struct tracee *t, pid_t tid, int status, struct error *err)
{
	threads_drop(&t->threads, tid);
	if (tid != t->pid && tid != t->stepping)
		return 0;
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
	return error_set(
		err, EXIT_USAGE,
		"%s: executed another program during the recording; record that program itself",
		t->name);
}

/*
 * Wait for @tid, or for any thread if it is -1. Return: the thread that
 * reported, 0 when only a tick passed, -1 with @err set.
 */
static pid_t wait_thread(struct tracee *t, pid_t tid, int *status,
			 const char *what, struct error *err)
{
	pid_t got = waitpid(tid, status, __WALL);

	if (got > 0)
		return got;
	if (errno != EINTR)
		return error_set(err, EXIT_USAGE,
				 "%s: ended before %s; run it alone to see why",
				 t->name, what);
	if (t->ending && interrupt_now() < t->deadline)
		return 0;
	return interrupt_check(t->name, what, t->deadline, err);
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
 * What a report means for the table of threads, and for their children. Return:
 * 0, or -1 with @err set: this ends the recording.
 */
static int note_event(struct tracee *t, pid_t tid, int status,
		      struct error *err)
{
	switch (control_stop(status)) {
	case CONTROL_EXEC:
		return executed(t, err);
	case CONTROL_CLONE:
		return add_cloned(t, tid, err);
	case CONTROL_FORK:
		await_child(t, tid);
		return 0;
	default:
		return 0;
	}
}

/* Let a stopped thread go on, with the signal that is kept for it. */
static void go_on(struct thread *thread)
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

	if (note_event(t, tid, status, err))
		return NULL;
	thread = threads_add(&t->threads, tid, err);
	if (!thread)
		return NULL;
	thread->stopped = true;
	thread->signalled = control_stop(status) == CONTROL_SIGNAL;
	thread->job = control_stop(status) == CONTROL_JOB;
	return thread;
}

/* A report of what isn't a thread: a forked child, before its parent's. */
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
static int keep_running(struct tracee *t, pid_t tid, int status,
			struct error *err)
{
	struct thread *thread;
	int hit;

	if (ended(status))
		return bury(t, tid, status, err);
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
	go_on(thread);
	return 0;
}

/*
 * Does a trap of our breakpoint, or of a step that was cut short, wait behind a
 * stop of another kind? The kernel reports those first.
 */
static bool trap_is_pending(struct tracee *t, pid_t tid, int status)
{
	struct __ptrace_peeksiginfo_args which = {.nr = 8};
	siginfo_t pending[8];
	long n, i;

	if (control_stop(status) == CONTROL_SIGNAL ||
	    (!t->breakpoint.planted && !t->breakpoint.lingers &&
	     tid != t->stepping))
		return false;
	n = ptrace(PTRACE_PEEKSIGINFO, tid, &which, pending);
	for (i = 0; i < n; i++)
		if (pending[i].si_signo == SIGTRAP && pending[i].si_code > 0)
			return true;
	return false;
}

/* Wait for the stop of a thread that was told to. */
static int wait_frozen(struct tracee *t, pid_t tid, struct error *err)
{
	struct thread *thread;
	int status, hit;
	bool again;
	pid_t got;

	do {
		do {
			got = wait_thread(t, tid, &status,
					  "a stop of all threads", err);
		} while (!got);
		if (got < 0)
			return -1;
		if (ended(status))
			return bury(t, tid, status, err);
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

int control_freeze(struct tracee *t, struct error *err)
{
	struct thread *thread;

	/* It was marked as stopped all along, to keep the stepping short. */
	thread = t->stepping ? threads_find(&t->threads, t->stepping) : NULL;
	if (thread)
		thread->stopped = false;
	while ((thread = threads_running(&t->threads))) {
		/* Fails for one that is exiting; the wait will tell. */
		ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
		if (wait_frozen(t, thread->tid, err) &&
		    (!t->ending || interrupt_now() > t->deadline))
			return -1;
	}
	t->stepping = 0;
	return 0;
}

/* Let all threads but @except run, with the signals that were kept for them. */
static void thaw(struct tracee *t, pid_t except)
{
	size_t i;

	for (i = 0; i < t->threads.n; i++) {
		struct thread *thread = &t->threads.list[i];

		if (thread->stopped && thread->tid != except)
			go_on(thread);
	}
}

/* Stop all threads and take the breakpoint away. */
static int freeze_without_breakpoint(struct tracee *t, struct error *err)
{
	if (control_freeze(t, err) || breakpoint_remove(t, err))
		return -1;
	breakpoint_settle(&t->breakpoint);
	return 0;
}

int control_run_to(struct tracee *t, uint64_t address, const char *what,
		   pid_t alone, pid_t *tid, struct error *err)
{
	struct thread *first = threads_find(&t->threads, alone);
	unsigned int patience = first ? ALONE_TICKS : 0;
	int status, hit = 0;
	pid_t got;

	if (control_deliver_held(t, err) || breakpoint_plant(t, address, err))
		return -1;
	if (first)
		go_on(threads_find(&t->threads, alone));
	else
		thaw(t, 0);
	while (!hit) {
		got = wait_thread(t, -1, &status, what, err);
		if (got < 0)
			return -1;
		if (got > 0)
			hit = keep_running(t, got, status, err);
		else if (patience && !--patience)
			thaw(t, 0);
	}
	if (hit < 0)
		return -1;
	*tid = got;
	return freeze_without_breakpoint(t, err);
}

/* Keep a signal of the stepped thread for later. */
static int hold(struct tracee *t, pid_t tid, const siginfo_t *info,
		struct error *err)
{
	t->held_for = tid;
	return held_signals_add(&t->held, info, err);
}

/* A fault belongs to the instruction: holding it back would repeat it. */
static bool is_fault(const siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
		return info->si_code > 0;
	case SIGTRAP: /* an INT3 of its own */
		return info->si_code == SI_KERNEL;
	default:
		return false;
	}
}

/*
 * Judge a stop of the stepped thread. Return: 1 the step is complete, 0 it must
 * be resumed, -1 with @err set.
 */
static int judge_stop(struct tracee *t, pid_t tid, int status,
		      struct error *err)
{
	struct thread *thread = threads_find(&t->threads, tid);
	siginfo_t info;

	if (ended(status)) {
		t->stepping = tid;
		return bury(t, tid, status, err);
	}
	if (control_stop(status) != CONTROL_SIGNAL)
		return note_event(t, tid, status, err);
	if (thread)
		thread->signalled = true;
	if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
		return tracee_failed(t, "read a signal", err);
	if (t->breakpoint.planted) {
		int hit = breakpoint_hit(t, tid, status, err);

		if (hit)
			return hit;
	}
	if (is_fault(&info))
		return error_set(
			err, EXIT_USAGE,
			"%s: the recorded call faults (%s); record one that does not",
			t->name, strsignal(info.si_signo));
	/* A trap that somebody sent is a signal like any other. */
	if (info.si_signo == SIGTRAP && info.si_code > 0)
		return 1;
	return hold(t, tid, &info, err);
}

/*
 * A thread is at @watch: is it the one? If not, it passes. Return: 1 yes, 0 it
 * runs on, -1 with @err set.
 */
static int meets(struct tracee *t, const struct control_watch *watch, pid_t tid,
		 struct error *err)
{
	struct thread *thread = threads_find(&t->threads, tid);
	bool written = t->breakpoint.written;
	int here = watch->is_here(watch->data, tid, err), status;

	if (here || !thread)
		return here;
	/* Another one that comes by just now is missed: it is rare, and late. */
	if (written && breakpoint_remove(t, err))
		return -1;
	if (written) {
		ptrace(PTRACE_SINGLESTEP, tid, 0, 0);
		while (!(here = wait_thread(t, tid, &status, "a step", err)))
			;
		if (here < 0 || ended(status) ||
		    breakpoint_plant(t, watch->address, err))
			return -1;
	}
	thread->signal = 0;
	go_on(thread);
	return 0;
}

/*
 * Let the threads run until @tid, which is in a system call, reports, or one
 * meets @watch. Return: the thread, all stopped; or -1 with @err set.
 */
static pid_t run_until(struct tracee *t, pid_t tid,
		       const struct control_watch *watch, int *status,
		       const char *what, struct error *err)
{
	int hit = 0;
	pid_t got;

	if (watch && breakpoint_plant(t, watch->address, err))
		return -1;
	thaw(t, tid);
	do {
		got = wait_thread(t, -1, status, what, err);
		if (got > 0 && got != tid)
			hit = keep_running(t, got, *status, err);
		if (hit > 0)
			hit = watch ? meets(t, watch, got, err) : 0;
		if (got < 0 || hit < 0)
			return -1;
	} while (!hit && (!got || got != tid));
	if (got == tid)
		t->stepping = 0;
	if (freeze_without_breakpoint(t, err))
		return -1;
	return got;
}

/* What a thread that is told to go on shall do. */
struct order {
	enum __ptrace_request how;
	int signal; /* to be delivered first, or 0 */
	bool plain; /* a step in user mode: its trap needs no second look */
	bool may_block;
	const struct control_watch *watch;
};

/*
 * Resume one thread until its step or its run is complete. Return: 0, 1 with
 * @tid changed: the order's watch was met, or -1 with @err set.
 */
static int resume(struct tracee *t, pid_t *tid, struct order order,
		  struct error *err)
{
	unsigned int ticks;
	int status, done;
	pid_t got;

	do {
		if (ptrace(order.how, *tid, 0, order.signal))
			return tracee_failed(t, "resume", err);
		order.signal = 0;
		t->stepping = *tid;
		for (ticks = 0, got = 0; !got;) {
			got = wait_thread(t, *tid, &status,
					  "the end of the call", err);
			if (!got && order.may_block && ++ticks == SYSCALL_TICKS)
				got = run_until(t, *tid, order.watch, &status,
						"the end of a system call",
						err);
		}
		if (got < 0)
			return -1;
		if (got != *tid) {
			*tid = got;
			return 1;
		}
		t->stepping = 0;
		done = order.plain && status == W_STOPCODE(SIGTRAP)
			       ? 1
			       : judge_stop(t, *tid, status, err);
	} while (!done);
	return done < 0 ? -1 : 0;
}

/*
 * Does the kernel start the system call anew when the thread goes on? Then it
 * was a signal that ended it, one that is held back (include/linux/errno.h).
 */
static bool restarts(const struct user_regs_struct *regs)
{
	long long result = (long long)regs->rax;

	return (long long)regs->orig_rax >= 0 &&
	       (result == -512 || result == -513 || result == -514 ||
		result == -516);
}

/*
 * A step that went nowhere: a jump to itself, or a trap that somebody sent.
 * Return: 1 it was a step, 0 a signal that is now held, -1 with @err set.
 */
static int went_nowhere(struct tracee *t, pid_t tid, struct error *err)
{
	return judge_stop(t, tid, W_STOPCODE(SIGTRAP), err);
}

int control_step(struct tracee *t, pid_t *tid, bool syscall,
		 const struct control_watch *watch,
		 struct user_regs_struct *regs, struct error *err)
{
	struct order order = {
		.how = PTRACE_SINGLESTEP,
		.plain = !syscall,
		.may_block = syscall,
		.watch = watch,
	};
	uint64_t from = regs->rip;
	int moved, done = 1;

	do {
		moved = resume(t, tid, order, err);
		if (moved < 0 || tracee_registers(t, *tid, regs, err))
			return -1;
		if (!syscall && regs->rip == from)
			done = went_nowhere(t, *tid, err);
	} while (!done || (syscall && !moved && restarts(regs)));
	return done < 0 ? -1 : moved;
}

int control_await(struct tracee *t, const struct control_watch *watch,
		  pid_t *tid, struct error *err)
{
	int status;

	*tid = run_until(t, 0, watch, &status, "the goroutine on any thread",
			 err);
	return *tid < 0 ? -1 : 0;
}

int control_run_over(struct tracee *t, pid_t tid, uint64_t address,
		     struct user_regs_struct *regs, struct error *err)
{
	struct order order = {.how = PTRACE_CONT};

	if (breakpoint_plant_briefly(t, address, err) ||
	    resume(t, &tid, order, err) || breakpoint_remove(t, err) ||
	    tracee_registers(t, tid, regs, err))
		return -1;
	breakpoint_settle(&t->breakpoint);
	if (regs->rip != address)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: stopped at 0x%llx instead of 0x%" PRIx64,
				 t->name, regs->rip, address);
	return 0;
}

/* The thread can't take a signal as it is stopped: send it from outside. */
static void send(struct tracee *t, siginfo_t *info)
{
	if (info->si_code < 0 && info->si_code != SI_TKILL &&
	    !syscall(SYS_rt_tgsigqueueinfo, t->pid, t->held_for, info->si_signo,
		     info))
		return;
	syscall(SYS_tgkill, t->pid, t->held_for, info->si_signo);
}

/*
 * A signal may be put in the place of the one that stopped the thread, here the
 * trap of the last step (ptrace(2), PTRACE_SETSIGINFO). All but the last are
 * followed by a step, into their handler, so that there is a next stop.
 */
int control_deliver_held(struct tracee *t, struct error *err)
{
	struct thread *thread = threads_find(&t->threads, t->held_for);
	size_t n = t->held.n;
	siginfo_t info;

	while (n-- && held_signals_take(&t->held, &info)) {
		struct order order = {
			.how = PTRACE_SINGLESTEP,
			.signal = info.si_signo,
			.may_block = true,
		};

		thread = threads_find(&t->threads, t->held_for);
		if (!thread)
			continue; /* it has ended */
		if (!thread->signalled || thread->signal ||
		    ptrace(PTRACE_SETSIGINFO, thread->tid, 0, &info)) {
			send(t, &info);
		} else if (!n) {
			thread->signal = info.si_signo;
		} else {
			pid_t tid = thread->tid;

			if (resume(t, &tid, order, err) < 0)
				return -1;
		}
	}
	return 0;
}
