// SPDX-License-Identifier: GPL-2.0
#include "tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "attach.h"
#include "breakpoint.h"
#include "launch.h"
#include "stops.h"
#include "tracee.h"

static int open_memory(struct tracee *t)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", t->pid);
	t->memory = open(path, O_RDWR | O_CLOEXEC);
	return t->memory < 0 ? -1 : 0;
}

/* Forked children are looked at only to take an INT3 out of their memory. */
static long options(const struct tracee *t)
{
	return PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	       (t->attached ? 0 : PTRACE_O_EXITKILL) |
	       (t->breakpoint.kind == BREAKPOINT_SOFTWARE ? PTRACE_O_TRACEFORK
							  : 0);
}

int tracing_start(struct tracee *t, char *const *argv,
		  enum breakpoint_kind kind, double timeout_s,
		  struct error *err)
{
	const char *slash = strrchr(argv[0], '/');
	struct thread *thread;

	*t = (struct tracee){.memory = -1};
	snprintf(t->name, sizeof(t->name), "%s", slash ? slash + 1 : argv[0]);
	t->breakpoint.kind = breakpoint_choose(kind);
	tracee_set_timeout(t, timeout_s);
	t->pid = launch(argv, t->name, options(t), &t->deadline, err);
	if (t->pid < 0)
		return -1;
	thread = threads_add(&t->threads, t->pid, err);
	if (!thread)
		return -1;
	thread->stopped = true;
	return open_memory(t) ? tracee_failed(t, "open its memory", err) : 0;
}

int tracing_open(struct tracee *t, pid_t pid, enum breakpoint_kind kind,
		 double timeout_s, struct error *err)
{
	*t = (struct tracee){.memory = -1, .attached = true};
	t->breakpoint.kind = breakpoint_choose(kind);
	tracee_set_timeout(t, timeout_s);
	if (attach_check(pid, t->name, sizeof(t->name), err))
		return -1;
	t->pid = pid;
	if (!open_memory(t))
		return 0;
	return errno == EACCES || errno == EPERM
		       ? attach_refused(t, err)
		       : tracee_failed(t, "open its memory", err);
}

int tracing_attach(struct tracee *t, int cpu, struct error *err)
{
	if (attach_seize(t, options(t), err) || stops_freeze(t, err))
		return -1;
	return attach_pin(t, cpu, err);
}

void tracing_end(struct tracee *t)
{
	if (t->attached && t->threads.n)
		attach_release(t);
	else if (!t->attached && t->pid > 0)
		launch_kill(t->pid);
	if (t->memory >= 0)
		close(t->memory);
	breakpoint_forget(&t->breakpoint);
	held_signals_free(&t->held);
	threads_free(&t->threads);
	*t = (struct tracee){.memory = -1};
}
