// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breakpoint.h"
#include "interrupt.h"
#include "schedule.h"
#include "stops.h"
#include "tracee.h"
#include "waitstatus.h"

/* A thread may sleep so long before the others run: one full tick at least. */
#define ASLEEP_TICKS 2

/* It may run alone for so long: it may be waiting for the others without sleeping. */
#define ALONE_TICKS (1000 / INTERRUPT_TICK_MS)

/* Counts the ticks of a thread that runs while the others are frozen. */
struct patience {
	unsigned int asleep;
	unsigned int all;
};

/* Counts one more tick. Return: has the thread been asleep for too long, in a row? */
static bool is_blocked(struct patience *patience, struct tracee *t, pid_t tid)
{
	patience->all++;
	if (schedule_is_asleep(t->pid, tid))
		patience->asleep++;
	else
		patience->asleep = 0;
	return patience->asleep >= ASLEEP_TICKS;
}

/* Stop all threads and take the breakpoint away. */
static int freeze_without_breakpoint(struct tracee *t, struct error *err)
{
	if (stops_freeze(t, err) || breakpoint_remove(t, err))
		return -1;
	breakpoint_settle(&t->breakpoint);
	return 0;
}

int control_run_to(struct tracee *t, uint64_t address, const char *what,
		   pid_t alone, pid_t *tid, struct error *err)
{
	struct patience patience = {0};
	struct thread *first;
	int status, hit = 0;
	bool all;
	pid_t got;

	if (control_deliver_held(t, err) || breakpoint_plant(t, address, err))
		return -1;
	first = threads_find(&t->threads, alone);
	all = !first;
	if (first)
		stops_go_on(first);
	else
		stops_thaw(t, 0);
	while (!hit) {
		got = stops_wait(t, -1, &status, what, err);
		if (got < 0)
			return -1;
		if (got > 0)
			hit = stops_keep_running(t, got, status, err);
		if (got || all)
			continue;
		all = is_blocked(&patience, t, alone) ||
		      patience.all > ALONE_TICKS;
		if (all)
			stops_thaw(t, 0);
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
 * The stop before a handler's first instruction looks like the trap of a step,
 * and is none: it takes no signal (kernel/signal.c, signal_setup_done()).
 */
static bool enters_handler(const siginfo_t *info)
{
	return info->si_signo == SIGTRAP && info->si_code == SIGTRAP;
}

static int has_left(struct tracee *t, pid_t tid, uint64_t from,
		    struct error *err)
{
	struct user_regs_struct regs;

	return tracee_registers(t, tid, &regs, err) ? -1 : regs.rip != from;
}

/*
 * Judge a stop of the thread that was at @from. Return: 1 the step is complete, 0 it must
 * be resumed, -1 with @err set.
 */
static int judge_stop(struct tracee *t, pid_t tid, int status, uint64_t from,
		      struct error *err)
{
	struct thread *thread = threads_find(&t->threads, tid);
	siginfo_t info;

	if (waitstatus_ended(status)) {
		t->stepping = tid;
		return stops_bury(t, tid, status, err);
	}
	if (waitstatus_kind(status) != STOP_SIGNAL)
		return stops_note_event(t, tid, status, err);
	if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
		return tracee_failed(t, "read a signal", err);
	if (thread)
		thread->signalled = !enters_handler(&info);
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
	if (info.si_signo == SIGTRAP && info.si_code > 0)
		return 1;
	if (hold(t, tid, &info, err))
		return -1;
	/* A trap that somebody sent may stand for the step's own as well. */
	return info.si_signo == SIGTRAP ? has_left(t, tid, from, err) : 0;
}

/*
 * A thread is at @watch's place: is it the one that is waited for? If not, it
 * passes. Return: 1 yes, 0 it runs on, -1 with @err set.
 */
static int meets(struct tracee *t, const struct control_watch *watch, pid_t tid,
		 struct error *err)
{
	struct thread *thread = threads_find(&t->threads, tid);
	bool written = t->breakpoint.written;
	int here = watch->is_here(watch->data, tid, err), status;

	if (here || !thread)
		return here;
	/* A thread that comes by just now is missed: that is rare, and it is late. */
	if (written && breakpoint_remove(t, err))
		return -1;
	if (written) {
		ptrace(PTRACE_SINGLESTEP, tid, 0, 0);
		while (!(here = stops_wait(t, tid, &status, "a step", err)))
			;
		if (here < 0 || waitstatus_ended(status) ||
		    breakpoint_plant(t, watch->address, err))
			return -1;
	}
	thread->signal = 0;
	stops_go_on(thread);
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
	stops_thaw(t, tid);
	do {
		got = stops_wait(t, -1, status, what, err);
		if (got > 0 && got != tid)
			hit = stops_keep_running(t, got, *status, err);
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

/* A thread is resumed with one of these. */
struct order {
	enum __ptrace_request how;
	int signal; /* to be delivered first, or 0 */
	bool plain; /* a step in user mode: its trap needs no second look */
	bool may_block;
	uint64_t from; /* a step: where the thread is */
	const struct control_watch *watch;
};

/*
 * Resume one thread until its step or its run is complete. Return: 0, 1 with
 * @tid changed: the order's watch was met, or -1 with @err set.
 */
static int resume(struct tracee *t, pid_t *tid, struct order order,
		  struct error *err)
{
	struct patience patience;
	int status, done;
	pid_t got;

	do {
		if (ptrace(order.how, *tid, 0, order.signal))
			return tracee_failed(t, "resume", err);
		order.signal = 0;
		t->stepping = *tid;
		patience = (struct patience){0};
		for (got = 0; !got;) {
			got = stops_wait(t, *tid, &status,
					 "the end of the call", err);
			if (!got && order.may_block &&
			    is_blocked(&patience, t, *tid))
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
			       : judge_stop(t, *tid, status, order.from, err);
	} while (!done);
	return done < 0 ? -1 : 0;
}

/*
 * Does the kernel start the system call anew when the thread goes on? Then a
 * signal ended it, one that is held back (include/linux/errno.h).
 */
static bool restarts(const struct user_regs_struct *regs)
{
	long long result = (long long)regs->rax;

	return (long long)regs->orig_rax >= 0 &&
	       (result == -512 || result == -513 || result == -514 ||
		result == -516);
}

/*
 * A step went nowhere: was it a jump to itself, or did somebody send a trap?
 * Return: 1 it was a step, 0 a signal that is now held, -1 with @err set.
 */
static int went_nowhere(struct tracee *t, pid_t tid, uint64_t from,
			struct error *err)
{
	return judge_stop(t, tid, W_STOPCODE(SIGTRAP), from, err);
}

int control_step(struct tracee *t, pid_t *tid, bool syscall,
		 const struct control_watch *watch,
		 struct user_regs_struct *regs, struct error *err)
{
	struct order order = {
		.how = PTRACE_SINGLESTEP,
		.plain = !syscall,
		.may_block = syscall,
		.from = regs->rip,
		.watch = watch,
	};
	const uint64_t from = regs->rip;
	int moved, done = 1;

	do {
		moved = resume(t, tid, order, err);
		if (moved < 0 || tracee_registers(t, *tid, regs, err))
			return -1;
		if (!syscall && regs->rip == from)
			done = went_nowhere(t, *tid, from, err);
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

int control_run_over(struct tracee *t, pid_t tid, uint64_t address, bool shared,
		     struct user_regs_struct *regs, struct error *err)
{
	struct order order = {.how = PTRACE_CONT};

	/* An INT3 in shared memory would be met by other processes, too. */
	if ((shared ? breakpoint_plant(t, address, err)
		    : breakpoint_plant_briefly(t, address, err)) ||
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
 * A signal may take the place of the one that stopped the thread, here the trap
 * of the last step (ptrace(2), PTRACE_SETSIGINFO). If more are to follow, there
 * has to be a stop after it: a step to its handler, and one more into that. A
 * signal that is blocked by then queues.
 */
static int inject(struct tracee *t, const siginfo_t *info, bool last,
		  struct error *err)
{
	struct order order = {
		.how = PTRACE_SINGLESTEP,
		.signal = info->si_signo,
		.may_block = true,
	};
	struct thread *thread = threads_find(&t->threads, t->held_for);
	pid_t tid = t->held_for;
	siginfo_t copy = *info;

	if (!thread)
		return 0; /* it has ended */
	if (!thread->signalled || thread->signal ||
	    ptrace(PTRACE_SETSIGINFO, tid, 0, &copy)) {
		send(t, &copy);
		return 0;
	}
	if (last) {
		thread->signal = info->si_signo;
		return 0;
	}
	if (resume(t, &tid, order, err) < 0)
		return -1;
	order.signal = 0;
	thread = threads_find(&t->threads, tid);
	if (thread && !thread->signalled && resume(t, &tid, order, err) < 0)
		return -1;
	return 0;
}

int control_deliver_held(struct tracee *t, struct error *err)
{
	size_t n = t->held.n; /* others may come meanwhile: they wait */
	siginfo_t info;

	while (n-- && held_signals_take(&t->held, &info))
		if (inject(t, &info, !n, err))
			return -1;
	return 0;
}
